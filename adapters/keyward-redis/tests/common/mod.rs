//! A Redis of one's own, in a folder that goes when the test ends.
#![allow(dead_code, reason = "each test uses a part")]

use std::{
    env,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use keyward::{ReplayKey, Timestamp};
use keyward_redis::{RedisReplay, RedisReplayOptions};
use tempfile::TempDir;

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);
pub(crate) const WINDOW: u64 = 300;

pub(crate) fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// A request as an engine with a window of 300 seconds leaves it.
pub(crate) fn key(key_id: &str, number: u64, dated: Timestamp) -> ReplayKey {
    let ends = dated.plus(Duration::from_secs(WINDOW + 1));
    ReplayKey::for_tests("escher", key_id.parse().unwrap(), &number.to_be_bytes(), dated, ends)
}

pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    arguments: Vec<String>,
}

impl Server {
    /// Without a log and with all the memory it wants, unless the arguments say otherwise. `None` where there is no
    /// redis-server, which is said, and is a failure where everything is required.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        if let Err(error) = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status() {
            assert!(
                env::var_os("KEYWARD_REQUIRE_ALL").is_none_or(|value| value != "1"),
                "not run: no redis-server: {error}"
            );
            eprintln!("SKIPPED: there is no redis-server ({error}); `apt-get install redis-server`");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let child = run(folder.path(), &arguments);
        let server = Self { child, folder, arguments };
        server.wait();
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.path().join("redis.sock").display())
    }

    /// As `SIGKILL` does it: nothing is written any more.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.kill();
        let _ = std::fs::remove_file(self.folder.path().join("redis.sock"));
        self.child = run(self.folder.path(), &self.arguments);
        self.wait();
    }

    pub(crate) fn pause(&self, stop: bool) {
        let signal = if stop { "-STOP" } else { "-CONT" };
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    fn connection(&self) -> redis::RedisResult<redis::Connection> {
        redis::Client::open(self.url())?.get_connection()
    }

    /// A command by hand.
    pub(crate) fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        self.run(redis::Cmd::new().arg(words))
    }

    pub(crate) fn run<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> T {
        command.query(&mut self.connection().unwrap()).unwrap()
    }

    /// One more of its arguments, from the next start on.
    pub(crate) fn also(&mut self, name: &str, value: &str) {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
    }

    /// Until it answers and has read its log.
    fn wait(&self) {
        for _ in 0..500 {
            let ready = self
                .connection()
                .and_then(|mut connection| redis::cmd("PING").query::<String>(&mut connection));
            if ready.is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("redis-server does not answer after ten seconds");
    }

    pub(crate) async fn guard(&self) -> RedisReplay {
        self.guard_of(&RedisReplayOptions::new()).await
    }

    /// A guard of a server that is new.
    pub(crate) async fn guard_of(&self, options: &RedisReplayOptions) -> RedisReplay {
        let guard = options.connect(&self.url()).await.unwrap();
        guard.danger_begin_empty().await.unwrap();
        guard
    }
}

fn run(folder: &Path, arguments: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--unixsocket", "redis.sock", "--save", "", "--appendonly", "no"]);
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

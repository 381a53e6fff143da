//! A PostgreSQL server of one's own for tests: started in a temporary folder, killed, restarted, gone on drop.
//!
//! It listens on a socket in its folder alone, so that no port is taken and nobody else can connect. As root it runs as
//! the user `postgres`, since PostgreSQL refuses root. `KEYWARD_PG_URL` names another server instead, which is left
//! running.
#![forbid(unsafe_code)]

use std::{
    env, fmt, fs,
    io::{self, Write as _},
    os::unix::{fs::MetadataExt as _, fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// How long a server may take to start and to end: tenths of a second.
const TENTHS: u32 = 600;

/// A server, or where another one is.
pub struct Server(Kind);

enum Kind {
    Own(Own),
    Other(String),
}

struct Own {
    folder: TempDir,
    programs: PathBuf,
    /// User and group, where it is not ours.
    user: Option<(u32, u32)>,
    settings: Vec<String>,
    running: Mutex<Option<Child>>,
    /// Ends the server and removes the folder when this process ends in whatever way: it waits for our end of its pipe to
    /// close.
    watch: Option<Child>,
}

impl Server {
    /// The server that all tests of this process share. `None`, said aloud, where there is no PostgreSQL.
    ///
    /// # Panics
    /// Where there is none and `KEYWARD_REQUIRE_ALL=1`, and where one does not start.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[])).as_ref()
    }

    /// A server of one's own, to be killed and restarted. `settings` are lines of its configuration, behind those that
    /// make it fast: without `fsync=on` what it has answered outlives its own end, not the machine's.
    ///
    /// # Panics
    /// As [`shared`](Self::shared).
    pub fn start(settings: &[&str]) -> Option<Self> {
        if let Ok(url) = env::var("KEYWARD_PG_URL") {
            return Some(Self(Kind::Other(url)));
        }
        let Some(programs) = programs() else {
            let required = env::var_os("KEYWARD_REQUIRE_ALL").is_some_and(|value| value == "1");
            assert!(!required, "there is no PostgreSQL; install it");
            eprintln!("SKIPPED: there is no PostgreSQL; install it, or name a server in KEYWARD_PG_URL");
            return None;
        };
        let own = Own::start(programs, settings).unwrap_or_else(|error| panic!("no server: {error}"));
        Some(Self(Kind::Own(own)))
    }

    /// How to connect, with all rights.
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Own(own) => {
                format!("host={} user=postgres dbname=postgres", own.folder.path().display())
            }
            Kind::Other(url) => url.clone(),
        }
    }

    /// Whether it is ours to kill.
    pub fn is_own(&self) -> bool {
        matches!(self.0, Kind::Own(_))
    }

    /// A name that no other test of this server has.
    pub fn fresh_name(prefix: &str) -> String {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        format!("{prefix}_{}_{number}", std::process::id())
    }

    /// `kill -9` for the server and all of its processes, as a crash of the machine leaves them.
    ///
    /// # Panics
    /// Where the server is not ours.
    pub fn kill(&self) {
        let own = self.own();
        let mut running = own.running();
        let Some(mut server) = running.take() else { return };
        let pid = server.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        signal("-KILL", &pid.to_string());
        children.split_whitespace().for_each(|child| signal("-KILL", child));
        let _ = server.wait();
        for child in children.split_whitespace() {
            wait_until(|| !Path::new(&format!("/proc/{child}")).exists());
        }
    }

    /// Stops every process of the server where it stands, so that it answers nothing and closes nothing.
    ///
    /// # Panics
    /// Where the server is not ours.
    pub fn freeze(&self) {
        self.to_all("-STOP");
    }

    /// Lets it go on.
    ///
    /// # Panics
    /// Where the server is not ours.
    pub fn thaw(&self) {
        self.to_all("-CONT");
    }

    fn to_all(&self, what: &str) {
        let running = self.own().running();
        let Some(server) = running.as_ref() else { return };
        let pid = server.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        signal(what, &pid.to_string());
        children.split_whitespace().for_each(|child| signal(what, child));
    }

    /// Stops it in order and waits until it is gone.
    ///
    /// # Panics
    /// Where the server is not ours.
    pub fn stop(&self) {
        let mut running = self.own().running();
        let Some(mut server) = running.take() else { return };
        signal("-INT", &server.id().to_string());
        let _ = server.wait();
    }

    /// Starts it again where it was stopped or killed.
    ///
    /// # Panics
    /// Where the server is not ours, or does not start.
    pub fn restart(&self) {
        self.stop();
        self.own().run().unwrap_or_else(|error| panic!("no server: {error}"));
    }

    /// Lets it start as a standby of nobody, until it is promoted. It must be stopped.
    ///
    /// # Panics
    /// Where the server is not ours.
    pub fn make_standby(&self) {
        let own = self.own();
        let signal = own.data().join("standby.signal");
        let made = fs::write(&signal, "").and_then(|()| match own.user {
            Some((user, group)) => chown(&signal, Some(user), Some(group)),
            None => Ok(()),
        });
        made.unwrap_or_else(|error| panic!("no standby: {error}"));
    }

    /// Bytes that its folder takes.
    pub fn bytes(&self) -> u64 {
        match &self.0 {
            Kind::Own(own) => bytes(own.folder.path()).unwrap_or_default(),
            Kind::Other(_) => 0,
        }
    }

    fn own(&self) -> &Own {
        match &self.0 {
            Kind::Own(own) => own,
            Kind::Other(_) => panic!("the server of KEYWARD_PG_URL is not ours to stop"),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("is_own", &self.is_own()).finish_non_exhaustive()
    }
}

impl Own {
    fn start(programs: PathBuf, settings: &[&str]) -> io::Result<Self> {
        // The folder holds a socket, whose path must be short.
        let folder = tempfile::Builder::new().prefix("kwpg").tempdir_in("/tmp")?;
        let user = if fs::metadata(folder.path())?.uid() == 0 { Some(postgres()?) } else { None };
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let watch = Command::new("/bin/sh")
            .args(["-c", WATCH, "watch"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let running = Mutex::new(None);
        let own = Self { folder, programs, user, settings, running, watch: Some(watch) };
        let made = own
            .program("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(own.data())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()?;
        if !made.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        let mut file = fs::OpenOptions::new().append(true).open(own.data().join("postgresql.conf"))?;
        for setting in SETTINGS.into_iter().chain(own.settings.iter().map(String::as_str)) {
            writeln!(file, "{setting}")?;
        }
        own.run()?;
        Ok(own)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let mut program = Command::new(self.programs.join(name));
        program.stdin(Stdio::null()).current_dir(self.folder.path());
        if let Some((user, group)) = self.user {
            program.uid(user).gid(group);
        }
        program
    }

    /// Starts it and waits until it answers.
    fn run(&self) -> io::Result<()> {
        let log = self.folder.path().join("log");
        for _ in 0..TENTHS {
            let file = fs::OpenOptions::new().append(true).create(true).open(&log)?;
            let mut server = self.program("postgres");
            server.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
            // In a group of its own: a signal from the keyboard is for the test, which then ends it.
            let mut server = server.process_group(0).stdout(Stdio::null()).stderr(file).spawn()?;
            for _ in 0..TENTHS {
                if server.try_wait()?.is_some() {
                    break; // the shared memory of one that was killed is still in use
                }
                if self.is_ready(server.id()) {
                    *self.running() = Some(server);
                    return Ok(());
                }
                thread::sleep(Duration::from_millis(20));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(io::Error::other(fs::read_to_string(log)?))
    }

    /// The server says so in the last line of its file.
    fn is_ready(&self, pid: u32) -> bool {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        file.lines().next() == Some(&pid.to_string()) && file.lines().nth(7).map(str::trim) == Some("ready")
    }

    fn running(&self) -> MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(mut server) = self.running().take() {
            for what in ["-CONT", "-QUIT"] {
                signal(what, &server.id().to_string());
            }
            let _ = server.wait();
        }
        if let Some(mut watch) = self.watch.take() {
            drop(watch.stdin.take());
            let _ = watch.wait();
        }
    }
}

const SETTINGS: [&str; 8] = [
    "listen_addresses = ''",
    "max_connections = 200",
    "fsync = off",
    "logging_collector = off",
    "log_min_messages = warning",
    "autovacuum_naptime = 5s",
    "shared_buffers = 64MB",
    "unix_socket_permissions = 0777",
];

const WATCH: &str = r#"
    read -r _
    pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)
    [ -n "$pid" ] && kill -CONT "$pid" && kill -QUIT "$pid" && while grep -q . "/proc/$pid/cmdline"; do sleep 0.1; done
    rm -rf "$1"
"#;

fn bytes(path: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        // A file may go while we look.
        sum += match entry.metadata() {
            Ok(data) if data.is_dir() => bytes(&entry.path())?,
            Ok(data) => data.len(),
            Err(_) => 0,
        };
    }
    Ok(sum)
}

fn wait_until(mut holds: impl FnMut() -> bool) {
    for _ in 0..TENTHS {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn signal(name: &str, pid: &str) {
    let _ = Command::new("kill").args([name, pid]).stderr(Stdio::null()).status();
}

/// The folder with `initdb` and `postgres`: on the path, or Debian's, the latest.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort();
    let has = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("postgres").exists();
    env::split_paths(&path).chain(debian.into_iter().rev()).find(has)
}

/// The ids of the user `postgres`.
fn postgres() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let mut ids = line.unwrap_or_default().split(':').skip(2).map_while(|id| id.parse().ok());
    match (ids.next(), ids.next()) {
        (Some(user), Some(group)) => Ok((user, group)),
        _ => Err(io::Error::other("no user postgres, and as root the server does not run")),
    }
}

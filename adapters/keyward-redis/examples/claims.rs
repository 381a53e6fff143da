//! Claims of signed requests in Redis, twice each: what is fresh, what is replayed, how many a second, and how many bytes.
//! `cargo run --release -p keyward-redis --example claims [URL]`; without a URL it starts a redis-server of its own.

use std::{
    error::Error,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use keyward::{Claim, ReplayGuard, ReplayKey, Timestamp};
use keyward_redis::RedisReplayOptions;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

const CLAIMS: u64 = 100_000;
const TASKS: u64 = 64;
const STEP: usize = 64;
const KEYS: u64 = 1_000;
const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

/// A request as a verified signature leaves it; a `Gate` passes it on.
fn request(number: u64) -> Result<ReplayKey, Box<dyn Error + Send + Sync>> {
    let key = format!("kwk_{:016}", number % KEYS).parse()?;
    let ends = NOW.plus(Duration::from_secs(301));
    Ok(ReplayKey::for_tests("escher", key, &number.to_be_bytes(), NOW, ends))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let (url, _server) = match std::env::args().nth(1) {
        Some(url) => (url, None),
        None => own_server().await?,
    };
    let prefix = format!("example-{}", std::process::id());
    let guard = Arc::new(RedisReplayOptions::new().prefix(&prefix).connect(&url).await?);
    guard.danger_begin_empty().await?;
    let mut bare = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    let before = used(&mut bare).await?;
    for (wanted, what) in [(Claim::Fresh, "first"), (Claim::Replayed, "second")] {
        let start = Instant::now();
        let mut tasks = Vec::new();
        for task in 0..TASKS {
            let guard = Arc::clone(&guard);
            tasks.push(tokio::spawn(async move {
                for number in (task..CLAIMS).step_by(STEP) {
                    if guard.claim(&request(number)?, NOW).await? != wanted {
                        return Err("a claim was answered otherwise than it had to be".into());
                    }
                }
                Ok::<_, Box<dyn Error + Send + Sync>>(())
            }));
        }
        for task in tasks {
            task.await??;
        }
        let rate = f64::from(u32::try_from(CLAIMS)?) / start.elapsed().as_secs_f64();
        println!("{CLAIMS} requests for the {what} time: {wanted:?}, {rate:.0} a second on {TASKS} tasks");
    }
    let bytes = used(&mut bare).await?.saturating_sub(before);
    println!("{} bytes a claim, {KEYS} keys", bytes / CLAIMS);

    let start = Instant::now();
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let mut bare = bare.clone();
        let prefix = prefix.clone();
        tasks.push(tokio::spawn(async move {
            for number in (task..CLAIMS).step_by(STEP) {
                let mut set = redis::cmd("SET");
                set.arg(format!("{prefix}:bare:{number}")).arg(1).arg("NX").arg("PX").arg(60_000);
                set.query_async::<()>(&mut bare).await?;
            }
            redis::RedisResult::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let rate = f64::from(u32::try_from(CLAIMS)?) / start.elapsed().as_secs_f64();
    println!("beside it, bare SET NX PX: {rate:.0} a second");
    // All else goes by itself.
    redis::cmd("DEL")
        .arg(format!("{{{prefix}}}:state"))
        .arg(format!("{{{prefix}}}:spans"))
        .query_async::<()>(&mut bare)
        .await?;
    Ok(())
}

async fn used(connection: &mut redis::aio::MultiplexedConnection) -> redis::RedisResult<u64> {
    let info: String = redis::cmd("INFO").arg("memory").query_async(connection).await?;
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")?.parse().ok());
    Ok(used.unwrap_or_default())
}

/// Ends with the example.
struct Server(Child, #[allow(dead_code, reason = "goes with it")] TempDir);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn own_server() -> Result<(String, Option<Server>), Box<dyn Error + Send + Sync>> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--unixsocket", "redis.sock", "--save", ""]);
    command.args(["--appendonly", "yes", "--appendfsync", "everysec"]);
    let child = command.current_dir(folder.path()).stdout(Stdio::null()).spawn();
    let child = child.map_err(|error| format!("no redis-server: {error}; name a URL"))?;
    let socket = folder.path().join("redis.sock");
    let server = Server(child, folder);
    for _ in 0..100 {
        if socket.exists() {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok((format!("redis+unix://{}", socket.display()), Some(server)))
}

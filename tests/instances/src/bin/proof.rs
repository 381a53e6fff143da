//! All that can be broken, over and over, for so many seconds (600): `scripts/proof.sh [SECONDS]`.

use std::{env, error::Error, sync::Arc, time::Duration};

use keyward_instances::driver::{Phase, Plan, run};
use keyward_test_pg::Server;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let seconds: u64 = env::args().nth(1).map_or(Ok(600), |seconds| seconds.parse())?;
    let program = env::current_exe()?.with_file_name("instance");
    if !program.exists() {
        return Err(
            "the instance is not built; `cargo build --release -p keyward-instances --bins` first".into()
        );
    }
    let Some(server) = Server::start(&["fsync=on", "max_connections=200"]) else { return Ok(()) };
    if !server.is_own() {
        return Err("the server is killed on the way; unset KEYWARD_PG_URL".into());
    }
    let round: u64 = LENGTHS.iter().map(|(_, length)| length).sum();
    let rounds = (seconds / round).max(1);
    let phases = || LENGTHS.iter().map(|(phase, length)| (*phase, Duration::from_secs(*length)));
    let phases = (0..rounds).flat_map(|_| phases()).collect();
    let plan = Plan { instances: 4, users: 500, bound: Duration::from_secs(1), phases };
    let runtime = tokio::runtime::Runtime::new()?;
    let report = runtime.block_on(run(Arc::new(server), &program, &plan))?;
    println!("{report}");
    let failed = report.judged.false_accepts.len() + report.judged.false_denies.len();
    if failed > 0 { Err(format!("{failed} answers that must not be").into()) } else { Ok(()) }
}

const LENGTHS: [(Phase, u64); 6] = [
    (Phase::Plain, 15),
    (Phase::FeedCut, 8),
    (Phase::Killed, 8),
    (Phase::Frozen, 8),
    (Phase::Exhausted, 6),
    (Phase::Clock, 5),
];

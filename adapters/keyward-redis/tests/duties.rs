//! The duties of a replay guard, by keyward's own checks.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use common::Server;
use keyward::conformance;
use keyward_redis::RedisReplayOptions;

#[tokio::test]
async fn it_keeps_every_duty_of_a_replay_guard() {
    let Some(server) = Server::start(&[]) else { return };
    let made = AtomicUsize::new(0);
    let report = conformance::replay(async || {
        let prefix = format!("guard-{}", made.fetch_add(1, Ordering::Relaxed));
        server.guard_of(&RedisReplayOptions::new().prefix(&prefix).per_key(100)).await
    })
    .await;
    assert!(report.passed(), "{report}");
    assert!(report.checks().len() >= 8);
}

/// Floods find no room here, and nobody may gain by it.
#[tokio::test]
async fn it_keeps_every_duty_where_memory_is_short() {
    let Some(server) = Server::start(&[]) else { return };
    let made = AtomicUsize::new(0);
    let full = AtomicUsize::new(0);
    let report = conformance::replay(async || {
        let refused: String = server.ask(&["INFO", "errorstats"]);
        full.fetch_max(usize::from(refused.contains("errorstat_OOM")), Ordering::Relaxed);
        let _: String = server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
        let _: String = server.ask(&["FLUSHALL"]);
        let prefix = format!("guard-{}", made.fetch_add(1, Ordering::Relaxed));
        let guard = server.guard_of(&RedisReplayOptions::new().prefix(&prefix).per_key(100)).await;
        let used: String = server.ask(&["INFO", "memory"]);
        let used = used.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
        let room = used.parse::<usize>().unwrap() + 256 * 1024;
        let _: String = server.ask(&["CONFIG", "SET", "maxmemory", &room.to_string()]);
        guard
    })
    .await;
    assert!(report.passed(), "{report}");
    assert_eq!(full.load(Ordering::Relaxed), 1, "memory was never short");
}

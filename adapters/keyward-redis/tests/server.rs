//! What holds between instances and over what happens to a server.

mod common;

use std::{
    task::{Context, Waker},
    time::Duration,
};

use common::{NOW, Server, WINDOW, key, later};
use keyward::{Claim, ReplayGuard, Timestamp};
use keyward_redis::{RedisReplay, RedisReplayError, RedisReplayOptions};
use redis::Cmd;

#[tokio::test]
async fn every_policy_but_noeviction_is_refused() {
    let policies = [
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
    ];
    let Some(server) = Server::start(&["--maxmemory-policy", policies[0]]) else { return };
    for policy in policies {
        let _: String = server.ask(&["CONFIG", "SET", "maxmemory-policy", policy]);
        let refused = RedisReplay::connect(&server.url()).await.unwrap_err();
        assert!(matches!(&refused, RedisReplayError::Evicts(found) if found == policy), "{refused}");
        assert!(refused.to_string().contains("noeviction"));
    }
    let _: String = server.ask(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    assert!(RedisReplay::connect(&server.url()).await.is_ok());
}

/// A managed server: INFO is allowed, CONFIG is not.
#[tokio::test]
async fn the_policy_is_read_where_config_is_forbidden() {
    let Some(server) = Server::start(&[]) else { return };
    let rights = ["on", ">s3cret", "~{keyward}:*", "-@all", "+evalsha", "+script|load", "+info"];
    let commands = ["+get", "+hmget", "+hset", "+hsetnx", "+exists", "+zscore", "+hgetall", "+pttl", "+del"];
    let writes = ["+set", "+hincrby", "+hdel", "+pexpire", "+zrange", "+zrem", "+zadd"];
    let user = [&["ACL", "SETUSER", "guard"][..], &rights, &commands, &writes].concat();
    let _: String = server.ask(&user);
    let url = server.url() + "?user=guard&pass=s3cret";
    let guard = RedisReplay::connect(&url).await.unwrap();
    guard.danger_begin_empty().await.unwrap();
    assert_eq!(guard.claim(&key("key-1", 1, NOW), NOW).await.unwrap(), Claim::Fresh);
    assert_eq!(guard.claim(&key("key-1", 1, NOW), NOW).await.unwrap(), Claim::Replayed);
    assert!(!format!("{guard:?}").contains("s3cret"));

    let refused = RedisReplay::connect(&(server.url() + "?user=guard&pass=wr0ng")).await.unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains("wr0ng"));
    let _: String = server.ask(&["ACL", "SETUSER", "guard", "-info"]);
    assert!(RedisReplay::connect(&url).await.is_err());
}

#[tokio::test]
async fn a_replica_is_refused() {
    let Some(server) = Server::start(&["--replicaof", "127.0.0.1 1"]) else { return };
    let refused = RedisReplay::connect(&server.url()).await.unwrap_err();
    assert!(matches!(&refused, RedisReplayError::NotMaster(role) if role == "slave"), "{refused}");
}

/// Behind one name there is another server after a failover.
#[tokio::test]
async fn a_server_is_looked_at_again_after_its_connection_broke() {
    let Some(mut server) = Server::start(&[]) else { return };
    let guard = server.guard().await;
    server.also("--maxmemory-policy", "allkeys-lru");
    server.restart();
    let broken = guard.claim(&key("key-1", 1, NOW), NOW).await.unwrap_err();
    assert!(matches!(broken, RedisReplayError::Redis(_)), "{broken}");
    let refused = guard.claim(&key("key-1", 1, NOW), NOW).await.unwrap_err();
    assert!(matches!(refused, RedisReplayError::Evicts(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_claims_on_four_connections_exactly_one_is_fresh() {
    let Some(server) = Server::start(&[]) else { return };
    let mut guards = Vec::new();
    for _ in 0..4 {
        guards.push(std::sync::Arc::new(server.guard().await));
    }
    for round in 0..50 {
        let key = key("key-1", round, NOW);
        let claims = (0..16).map(|number| {
            let guard = guards[number % 4].clone();
            tokio::spawn(async move { guard.claim(&key, NOW).await.unwrap() })
        });
        let mut answers = Vec::new();
        for claim in claims.collect::<Vec<_>>() {
            answers.push(claim.await.unwrap());
        }
        assert_eq!(answers.iter().filter(|answer| **answer == Claim::Fresh).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == Claim::Replayed).count(), 15);
    }
}

#[tokio::test]
async fn a_killed_server_is_a_fault_and_after_a_restart_with_its_log_a_claim_is_replayed() {
    let Some(mut server) = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
    let guard = server.guard().await;
    let claimed: Vec<_> = (0..200).map(|number| key("key-1", number, NOW)).collect();
    for key in &claimed {
        assert_eq!(guard.claim(key, NOW).await.unwrap(), Claim::Fresh);
    }
    server.kill();
    for _ in 0..3 {
        let fault = guard.claim(&claimed[0], NOW).await.unwrap_err();
        assert!(matches!(fault, RedisReplayError::Redis(_)), "{fault}");
    }
    server.restart();
    for key in &claimed {
        assert_eq!(guard.claim(key, NOW).await.unwrap(), Claim::Replayed);
    }
    assert_eq!(guard.claim(&key("key-1", 1_000, NOW), NOW).await.unwrap(), Claim::Fresh);
}

#[tokio::test]
async fn a_server_that_has_lost_its_claims_is_noticed_until_the_widest_window_has_passed() {
    let Some(mut server) = Server::start(&[]) else { return };
    let guard = server.guard().await;
    let claimed = key("key-1", 1, later(WINDOW)); // dated ahead, as far as a window reaches
    assert_eq!(guard.claim(&claimed, NOW).await.unwrap(), Claim::Fresh);
    // By a clock that is ahead by the most that is allowed, dated as far ahead as the widest window reaches.
    let ahead = key("key-1", 3, later(30 + 900));
    assert_eq!(guard.claim(&ahead, later(30)).await.unwrap(), Claim::Fresh);
    server.restart();
    assert!(guard.claim(&claimed, NOW).await.is_err(), "the old connection");
    for moment in [NOW, later(1), later(WINDOW), later(2 * WINDOW)] {
        let lost = guard.claim(&claimed, moment).await.unwrap_err();
        assert!(matches!(lost, RedisReplayError::BeforeStart(since) if since == later(931)), "{lost}");
    }
    assert!(matches!(guard.claim(&ahead, later(30)).await, Err(RedisReplayError::BeforeStart(_))));
    // An instance that starts now knows as little, and opens nothing.
    let another = RedisReplay::connect(&server.url()).await.unwrap();
    assert!(another.claim(&claimed, later(1)).await.is_err());
    another.danger_begin_empty().await.unwrap();
    assert!(another.claim(&claimed, later(1)).await.is_err(), "only an untouched server begins");
    let fresh = key("key-1", 2, later(931));
    assert_eq!(another.claim(&fresh, later(931)).await.unwrap(), Claim::Fresh);
    assert_eq!(guard.claim(&fresh, later(931)).await.unwrap(), Claim::Replayed);
}

#[tokio::test]
async fn full_memory_is_a_fault_and_forgets_nothing() {
    let Some(server) = Server::start(&[]) else { return };
    let guard = server.guard().await;
    let claimed: Vec<_> = (0..100).map(|number| key("key-1", number, NOW)).collect();
    for key in &claimed {
        assert_eq!(guard.claim(key, NOW).await.unwrap(), Claim::Fresh);
    }
    let _: String = server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let before: u64 = server.ask(&["DBSIZE"]);
    for number in 1_000..1_020 {
        let full = guard.claim(&key("key-2", number, later(60)), later(60)).await.unwrap_err();
        assert!(matches!(full, RedisReplayError::Full), "{full}");
    }
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), before, "a claim that failed left something");
    for key in &claimed {
        assert_eq!(guard.claim(key, NOW).await.unwrap(), Claim::Replayed);
    }
    let _: String = server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(guard.claim(&key("key-2", 1_000, later(60)), later(60)).await.unwrap(), Claim::Fresh);
}

#[tokio::test]
async fn a_server_that_hangs_costs_the_patience_and_no_more() {
    let Some(server) = Server::start(&[]) else { return };
    let options = RedisReplayOptions::new().patience(Duration::from_millis(200));
    let guard = std::sync::Arc::new(server.guard_of(&options).await);
    server.pause(true);
    let start = tokio::time::Instant::now();
    let waiting: Vec<_> = (0..20)
        .map(|number| {
            let guard = guard.clone();
            tokio::spawn(async move { guard.claim(&key("key-1", number, NOW), NOW).await })
        })
        .collect();
    for claim in waiting {
        assert!(matches!(claim.await.unwrap(), Err(RedisReplayError::Slow | RedisReplayError::Redis(_))));
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(options.connect(&server.url()).await.is_err());
    server.pause(false);
    // What was sent before may be stored or not; nothing is both.
    for number in 0..20 {
        let key = key("key-1", number, NOW);
        let _ = guard.claim(&key, NOW).await.unwrap();
        assert_eq!(guard.claim(&key, NOW).await.unwrap(), Claim::Replayed);
    }
}

#[tokio::test]
async fn a_claim_whose_future_is_dropped_is_whole_or_not_there() {
    let Some(server) = Server::start(&[]) else { return };
    let guard = server.guard_of(&RedisReplayOptions::new().per_key(1_000)).await;
    for number in 0..100 {
        let key = key("key-1", number, NOW);
        let mut claim = Box::pin(guard.claim(&key, NOW));
        for _ in 0..=number % 4 {
            if claim.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    // Nobody waits for those that left, and what is stored of each is all of it.
    assert_eq!(guard.claim(&key("key-2", 1, NOW), NOW).await.unwrap(), Claim::Fresh);
    let mut claims = 0;
    for number in 0..100 {
        let digest = key("key-1", number, NOW).digest().to_vec();
        let name = [&b"{keyward}:claim:"[..], &digest].concat();
        claims += server.run::<u64>(Cmd::new().arg("EXISTS").arg(name));
    }
    let counted: Vec<u64> = server.ask(&["HVALS", "{keyward}:share:key-1"]);
    assert_eq!(counted.iter().sum::<u64>(), claims);
}

#[tokio::test]
async fn a_key_has_its_share_and_has_it_again_when_its_claims_have_ended() {
    let Some(server) = Server::start(&[]) else { return };
    let guard = server.guard_of(&RedisReplayOptions::new().per_key(10)).await;
    for number in 0..10 {
        assert_eq!(guard.claim(&key("key-1", number, NOW), NOW).await.unwrap(), Claim::Fresh);
    }
    assert_eq!(guard.claim(&key("key-1", 10, NOW), NOW).await.unwrap(), Claim::OverQuota);
    assert_eq!(guard.claim(&key("key-1", 1, NOW), NOW).await.unwrap(), Claim::Replayed);
    assert_eq!(guard.claim(&key("key-2", 10, NOW), NOW).await.unwrap(), Claim::Fresh);
    let after = later(WINDOW + 20);
    for number in 20..30 {
        assert_eq!(guard.claim(&key("key-1", number, after), after).await.unwrap(), Claim::Fresh);
    }
    assert_eq!(guard.claim(&key("key-1", 30, after), after).await.unwrap(), Claim::OverQuota);
}

/// What the server has thrown away by its own clock is told from what was never claimed.
#[tokio::test]
async fn what_redis_has_thrown_away_is_not_let_in_by_a_clock_that_is_set_back() {
    let Some(server) = Server::start(&[]) else { return };
    let guard = server.guard().await;
    let claimed = key("key-1", 1, NOW);
    assert_eq!(guard.claim(&claimed, NOW).await.unwrap(), Claim::Fresh);
    // As if the time had come: everything that expires is gone.
    for name in server.ask::<Vec<Vec<u8>>>(&["KEYS", "*"]) {
        if server.run::<i64>(Cmd::new().arg("PTTL").arg(&name)) > 0 {
            assert_eq!(server.run::<u64>(Cmd::new().arg("DEL").arg(&name)), 1);
        }
    }
    for moment in [NOW, later(1), later(WINDOW)] {
        let forgotten = guard.claim(&claimed, moment).await.unwrap_err();
        assert!(matches!(forgotten, RedisReplayError::Forgotten), "{forgotten}");
    }
    // Later spans sweep it up, and the trace stays.
    let after = later(WINDOW + 60);
    assert_eq!(guard.claim(&key("key-1", 2, after), after).await.unwrap(), Claim::Fresh);
    assert_eq!(server.ask::<u64>(&["ZCARD", "{keyward}:spans"]), 1);
    assert!(matches!(guard.claim(&claimed, NOW).await, Err(RedisReplayError::Forgotten)));
    // A request that ends later than all of it was never there.
    assert_eq!(guard.claim(&key("key-1", 3, later(60)), later(60)).await.unwrap(), Claim::Fresh);
}

#[tokio::test]
async fn a_claim_stays_to_its_end_and_goes_soon_after() {
    let Some(server) = Server::start(&[]) else { return };
    let guard = server.guard().await;
    for (number, dated) in [(1, NOW), (2, later(WINDOW)), (3, later(7))] {
        let key = key("key-1", number, dated);
        assert_eq!(guard.claim(&key, NOW).await.unwrap(), Claim::Fresh);
        let name = [&b"{keyward}:claim:"[..], key.digest()].concat();
        let stays = server.run::<i64>(Cmd::new().arg("PTTL").arg(name));
        let needed = (key.expires_at().unix() - NOW.unix()) * 1_000;
        assert!((needed + 29_000..=needed + 45_000).contains(&stays), "{stays} of {needed}");
    }
    for name in server.ask::<Vec<Vec<u8>>>(&["KEYS", "*"]) {
        let lasts = name.ends_with(b":state") || name.ends_with(b":spans");
        let stays = server.run::<i64>(Cmd::new().arg("PTTL").arg(&name));
        assert_eq!(stays == -1, lasts, "{}", String::from_utf8_lossy(&name));
    }
}

#[tokio::test]
async fn an_ended_claim_leaves_its_place_to_the_same_nonce() {
    let Some(server) = Server::start(&[]) else { return };
    let guard = server.guard().await;
    let (first, again) = (key("key-1", 1, NOW), key("key-1", 1, later(WINDOW + 2)));
    assert_eq!(guard.claim(&first, NOW).await.unwrap(), Claim::Fresh);
    assert_eq!(guard.claim(&again, first.expires_at()).await.unwrap(), Claim::Replayed);
    assert_eq!(guard.claim(&again, later(WINDOW + 2)).await.unwrap(), Claim::Fresh);
    assert_eq!(guard.claim(&again, later(WINDOW + 2)).await.unwrap(), Claim::Replayed);
    // And the first does not come back with its clock.
    assert_eq!(guard.claim(&first, NOW).await.unwrap(), Claim::Replayed);
}

#[tokio::test]
async fn a_claim_after_its_end_and_moments_of_any_size_are_answered() {
    let Some(server) = Server::start(&[]) else { return };
    let guard = server.guard().await;
    let ended = key("key-1", 1, NOW);
    assert!(matches!(guard.claim(&ended, later(WINDOW + 2)).await, Err(RedisReplayError::Ended)));
    for (number, dated) in [(1, i64::MIN), (2, -1_000_000), (3, -1), (4, 0), (5, i64::MAX)] {
        let dated = Timestamp::from_unix(dated);
        let key = key("key-2", number, dated);
        assert_eq!(guard.claim(&key, dated).await.unwrap(), Claim::Fresh, "{dated}");
        assert_eq!(guard.claim(&key, dated).await.unwrap(), Claim::Replayed, "{dated}");
    }
}

#[tokio::test]
async fn services_with_prefixes_of_their_own_do_not_meet() {
    let Some(server) = Server::start(&[]) else { return };
    let one = server.guard_of(&RedisReplayOptions::new().prefix("one")).await;
    let other = server.guard_of(&RedisReplayOptions::new().prefix("other")).await;
    assert_eq!(one.claim(&key("key-1", 1, NOW), NOW).await.unwrap(), Claim::Fresh);
    assert_eq!(other.claim(&key("key-1", 1, NOW), NOW).await.unwrap(), Claim::Fresh);
    for prefix in ["", "a{b}", "a b", "a\n", &"x".repeat(65)] {
        let refused = RedisReplayOptions::new().prefix(prefix).connect(&server.url()).await;
        assert!(matches!(refused, Err(RedisReplayError::Prefix)), "{prefix}");
    }
}

#[tokio::test]
async fn options_beyond_their_bounds_are_the_nearest() {
    let Some(server) = Server::start(&[]) else { return };
    for (said, held) in [(0, "10ms"), (10, "10ms"), (60_000, "30s")] {
        let options = RedisReplayOptions::new().patience(Duration::from_millis(said)).per_key(0);
        let shown = format!("{options:?}");
        assert!(shown.contains(held) && shown.contains("per_key: 1"), "{shown}");
    }
    let guard = server.guard_of(&RedisReplayOptions::new().per_key(0)).await;
    assert_eq!(guard.claim(&key("key-1", 1, NOW), NOW).await.unwrap(), Claim::Fresh);
    assert_eq!(guard.claim(&key("key-1", 2, NOW), NOW).await.unwrap(), Claim::OverQuota);
}

/// The instance whose clock is ahead would let its claims go first; the mark that would tell of it has to be gone by then.
#[tokio::test]
async fn no_claim_goes_before_the_mark_of_its_span() {
    let Some(server) = Server::start(&[]) else { return };
    let (slow, fast) = (server.guard().await, server.guard().await);
    let (one, other) = (key("key-1", 1, NOW), key("key-2", 2, later(1)));
    assert_eq!(slow.claim(&one, NOW).await.unwrap(), Claim::Fresh);
    assert_eq!(fast.claim(&other, later(120)).await.unwrap(), Claim::Fresh);
    let marks: Vec<Vec<u8>> = server.ask(&["KEYS", "{keyward}:span:*"]);
    assert_eq!(marks.len(), 1, "one span");
    for key in [one, other] {
        let name = [&b"{keyward}:claim:"[..], key.digest()].concat();
        let claim = server.run::<i64>(Cmd::new().arg("PEXPIRETIME").arg(name));
        let mark = server.run::<i64>(Cmd::new().arg("PEXPIRETIME").arg(&marks[0]));
        assert!(mark > 0 && mark <= claim, "{mark} after {claim}");
    }
}

//! A process that writes is killed, again and again: what it was told is stored is there afterwards.

use std::{
    env,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use keyward::{KeyId, Lookup, Registry};
use keyward_sqlite::SqliteStore;
use pollster::block_on;
use rusqlite::Connection;

/// Cargo builds a package's examples with its tests, next to them.
fn writer() -> PathBuf {
    let mut folder = env::current_exe().unwrap();
    folder.pop();
    folder.pop();
    folder.join("examples").join(format!("writer{}", env::consts::EXE_SUFFIX))
}

/// 50 times; `KEYWARD_KILLS` says another number.
#[test]
fn every_acknowledged_write_outlives_a_killed_process() {
    let writer = writer();
    assert!(
        writer.exists(),
        "no writer; run all of the package's tests, or `cargo build --example writer` first"
    );
    let kills = env::var("KEYWARD_KILLS").ok().map_or(50, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keyward.db");
    let mut acknowledged = 0;
    for round in 0..kills {
        let mut command = Command::new(&writer);
        command.arg(&file).arg(format!("r{round}")).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // At another point of its work each time, from within the opening on.
        thread::sleep(Duration::from_millis(5 + 37 * round % 120));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(!status.success());
        // The last line may be cut where the process was.
        let keys: Vec<KeyId> = lines.map_while(|line| line.ok()?.parse().ok()).collect();
        let store = SqliteStore::open(&file).unwrap();
        for key in &keys {
            if key.as_str().len() == "kwk_0000000000000001".len() {
                assert!(block_on(store.find(*key)).unwrap().is_some(), "{key} is lost, round {round}");
                acknowledged += 1;
            }
        }
        // No half record: each user is read, and found by its key.
        let account = "acme".parse().unwrap();
        let after = format!("r{round}-").parse().unwrap();
        for user in block_on(store.list(account, Some(after), 10_000)).unwrap() {
            let key = user.credentials()[0].key_id();
            assert!(block_on(store.find(key)).unwrap().is_some(), "half a user, round {round}");
        }
        let connection = Connection::open(&file).unwrap();
        let check: String = connection.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
        assert_eq!(check, "ok", "round {round}");
    }
    assert!(acknowledged > kills, "{acknowledged} writes in {kills} rounds: killed before any work");
    eprintln!("{kills} kills, {acknowledged} acknowledged writes, none lost");
}

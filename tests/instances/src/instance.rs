//! One instance of a service: a gate over a cache over PostgreSQL, which verifies as fast as it can.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    io::{self, BufRead, Write as _},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use keyward::{
    Ask, Authorizer, Catalogue, ClientAddr, Fault, Gate, Headers, KeyId, KeyRing, Lookup, Pepper,
    RequestHead, Timestamp,
};
use keyward_cache::{CacheOptions, Cached, Monotonic};
use keyward_postgres::{NoTls, PostgresOptions, PostgresStore};
use tokio::task::{JoinHandle, JoinSet, yield_now};

use crate::{
    track::{Call, Micros, Said, Track},
    wire::{Answer, Order, Probe, Setting},
};

/// Threads that verify.
pub const THREADS: usize = 2;
/// What they verify at the same time: where some wait for a server that is away, others go on with what is kept.
const TASKS: usize = 8;
/// Verifications between two times that others of the process may run: connections, and the feed.
const TURN: u32 = 16;
/// Connections of the pool: fewer than a burst takes.
const CONNECTIONS: usize = 4;
/// Those that were added or moved last are asked about half of the time, so that it is known well when each ended.
const WATCHED: u64 = 12;
/// Kinds of faults that are told apart.
const KINDS: usize = 32;

pub const METHOD: &str = "events.list";
pub const CLIENT: &str = "192.0.2.7";

type Faults = BTreeMap<String, u64>;

/// The service's key ring, the same in every process.
///
/// # Errors
/// None, while the pepper is long enough.
pub fn keys() -> Result<KeyRing, Box<dyn Error + Send + Sync>> {
    Ok(KeyRing::new(Pepper::new(1, [7; 32])?))
}

/// What can be called.
///
/// # Errors
/// None, while names are of the grammar.
pub fn catalogue() -> Result<Catalogue, Box<dyn Error + Send + Sync>> {
    Ok(Catalogue::builder().module("events", [METHOD]).build()?)
}

/// What the tasks share.
struct Shared {
    gate: Gate<Arc<Cached<Arc<PostgresStore>>>>,
    /// Each with the line that it sends.
    probes: RwLock<Arc<Vec<(Probe, String)>>>,
    version: AtomicUsize,
    shift: AtomicI64,
    stop: AtomicBool,
    faults: Mutex<Faults>,
}

/// The clock that all processes of this machine share.
#[allow(clippy::disallowed_methods, reason = "what is measured is when things happened")]
pub fn now() -> Micros {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Micros::try_from(since.as_micros()).unwrap_or(Micros::MAX)
}

/// Runs an instance until it is told to end. Orders come in on standard input, what it saw goes out on standard output.
///
/// # Errors
/// No server, or a broken pipe.
pub fn run(setting: &Setting) -> Result<(), Box<dyn Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    runtime.block_on(serve(setting))
}

async fn serve(setting: &Setting) -> Result<(), Box<dyn Error + Send + Sync>> {
    let options = PostgresOptions::new()
        .schema(&setting.schema)
        .connections(CONNECTIONS)
        .wait(Duration::from_millis(500))
        .answer(Duration::from_secs(1))
        .poll(setting.bound / 8);
    let store = Arc::new(options.connect(setting.server.parse()?, NoTls).await?);
    let cached = CacheOptions::new(setting.bound)?.over(Arc::clone(&store), Monotonic::start());
    let cached = Arc::new(cached);
    let engine = Authorizer::new(catalogue()?, keys()?);
    let shared = Arc::new(Shared {
        gate: Gate::new(engine, Arc::clone(&cached)),
        probes: RwLock::default(),
        version: AtomicUsize::new(0),
        shift: AtomicI64::new(0),
        stop: AtomicBool::new(false),
        faults: Mutex::default(),
    });
    let mut feed = follow(&store, &cached);
    let tasks: Vec<_> =
        (1..=TASKS).map(|task| tokio::spawn(verify(Arc::clone(&shared), task as u64))).collect();
    let mut orders = lines();
    say(&Answer::Ready)?;
    while let Some(order) = orders.recv().await {
        match order {
            Order::Probe(probe) => {
                let line = format!("Bearer {}:{}", probe.key, probe.secret);
                change(&shared, |probes| probes.push((probe, line)));
            }
            Order::Watch(id) => change(&shared, |probes| {
                if let Some(place) = probes.iter().position(|(probe, _)| probe.id == id) {
                    let last = probes.remove(place);
                    probes.push(last);
                }
            }),
            Order::Forget(id) => change(&shared, |probes| probes.retain(|(probe, _)| probe.id != id)),
            Order::Feed(on) => {
                feed.abort();
                if on {
                    feed = follow(&store, &cached);
                }
            }
            Order::Shift(seconds) => shared.shift.store(seconds, Ordering::Relaxed),
            Order::Burst(calls) => drop(tokio::spawn(burst(Arc::clone(&shared), Arc::clone(&store), calls))),
            Order::End => break,
        }
    }
    shared.stop.store(true, Ordering::Relaxed);
    for task in tasks {
        for (id, track) in task.await?? {
            say(&Answer::Saw(id, track))?;
        }
    }
    for (kind, count) in &*shared.faults.lock().unwrap_or_else(PoisonError::into_inner) {
        say(&Answer::Faults(*count, kind.clone()))?;
    }
    say(&Answer::Done)?;
    Ok(())
}

fn follow(store: &Arc<PostgresStore>, cached: &Arc<Cached<Arc<PostgresStore>>>) -> JoinHandle<()> {
    let (store, cached) = (Arc::clone(store), Arc::clone(cached));
    tokio::spawn(async move {
        store.follow(cached).await;
    })
}

fn lines() -> tokio::sync::mpsc::UnboundedReceiver<Order> {
    let (orders, received) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Some(order) = line.ok().and_then(|line| Order::from_line(&line)) else { break };
            if orders.send(order).is_err() {
                break;
            }
        }
    });
    received
}

fn say(answer: &Answer) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", answer.to_line())
}

fn change(shared: &Shared, change: impl FnOnce(&mut Vec<(Probe, String)>)) {
    let mut probes = shared.probes.write().unwrap_or_else(PoisonError::into_inner);
    change(Arc::make_mut(&mut probes));
    shared.version.fetch_add(1, Ordering::Release);
}

/// One task: a credential at random, again and again.
async fn verify(shared: Arc<Shared>, seed: u64) -> Result<HashMap<u32, Track>, Box<dyn Error + Send + Sync>> {
    let client = ClientAddr::direct(CLIENT.parse()?);
    let mut tracks: HashMap<u32, Track> = HashMap::new();
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let (mut probes, mut version) = (Arc::default(), usize::MAX);
    for round in 0_u32.. {
        if round % TURN == 0 {
            yield_now().await;
            if shared.stop.load(Ordering::Relaxed) {
                break;
            }
            let latest = shared.version.load(Ordering::Acquire);
            if version != latest {
                version = latest;
                probes = Arc::clone(&shared.probes.read().unwrap_or_else(PoisonError::into_inner));
            }
        }
        // xorshift64: which one is next matters to nobody.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let count = u64::try_from(Vec::len(&probes))?.max(1);
        let among = if random >> 63 == 0 { count } else { count.min(WATCHED) };
        let place = count - 1 - random % among;
        let Some((probe, line)) = probes.get(usize::try_from(place)?) else { continue };
        let probe: &Probe = probe;
        let line: &String = line;
        let asked = now();
        let seconds = i64::try_from(asked / 1_000_000)? + shared.shift.load(Ordering::Relaxed);
        let lines = [("authorization", line.as_bytes())];
        let head = RequestHead::new("GET", "/", Headers::lines(&lines));
        let presented = shared.gate.engine().present(head);
        let ask = Ask::new(METHOD, client, Timestamp::from_unix(seconds));
        match shared.gate.authorize(presented, &ask).await {
            Ok(verdict) => {
                let said = if verdict.into_result().is_ok() { Said::Yes } else { Said::No };
                tracks.entry(probe.id).or_default().note(said, Call { asked, answered: now() });
            }
            Err(fault) => {
                note(&shared, &fault);
                // Whoever is told 503 tries again a little later.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    Ok(tracks)
}

fn note(shared: &Shared, fault: &Fault) {
    let mut kind = fault.to_string();
    let mut source = Error::source(fault);
    while let Some(error) = source {
        kind = error.to_string();
        source = error.source();
    }
    // Without what differs from one to the next.
    let kind: String =
        kind.chars().filter(|letter| !letter.is_ascii_digit() && *letter != '\n').take(80).collect();
    let mut faults = shared.faults.lock().unwrap_or_else(PoisonError::into_inner);
    if faults.len() < KINDS || faults.contains_key(&kind) {
        *faults.entry(kind).or_default() += 1;
    }
}

/// Look-ups that the cache does not answer, all at once.
async fn burst(shared: Arc<Shared>, store: Arc<PostgresStore>, calls: u32) {
    let mut all = JoinSet::new();
    for call in 0..calls {
        let store = Arc::clone(&store);
        let Ok(key) = format!("burst{call:011}").parse::<KeyId>() else { continue };
        all.spawn(async move { store.find(key).await });
    }
    while let Some(found) = all.join_next().await {
        if let Ok(Err(error)) = found {
            note(&shared, &Fault::Lookup(Box::new(error)));
        }
    }
}

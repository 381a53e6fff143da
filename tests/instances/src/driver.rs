//! The course of a proof: phase after phase, each breaking something else.

use std::{
    error::Error,
    future::poll_fn,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use keyward_postgres::{Config, NoTls, PostgresOptions};
use keyward_test_pg::Server;
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_postgres::AsyncMessage;

use crate::{
    admin::Admin,
    fleet::Fleet,
    instance::now,
    report::Report,
    track::Micros,
    wire::{Order, Setting},
};

type Failed = Box<dyn Error + Send + Sync>;

/// Look-ups that take every connection of an instance, and more that wait.
const BURST: u32 = 64;
/// How long nobody gets at the keys, so that connections stay busy.
const LOCKED: Duration = Duration::from_millis(900);
/// How long a server that was killed is away, and one that stands still stands.
const AWAY: Duration = Duration::from_millis(500);
/// The time of day of some instances is off by so much.
const SHIFT: i64 = 3600;
/// Between two measurements of a bare notification.
const PING: Duration = Duration::from_millis(50);

/// What is broken meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing.
    Plain,
    /// The instances do not hear of changes.
    FeedCut,
    /// The server is killed with all of its processes, and started again.
    Killed,
    /// The server stands still for longer than the bound.
    Frozen,
    /// No connection of any instance comes free.
    Exhausted,
    /// The time of day of one instance is an hour ahead, that of another an hour behind.
    Clock,
}

impl Phase {
    pub const ALL: [Self; 6] =
        [Self::Plain, Self::FeedCut, Self::Killed, Self::Frozen, Self::Exhausted, Self::Clock];
}

/// How much of everything.
#[derive(Clone, Debug)]
pub struct Plan {
    pub instances: usize,
    pub users: usize,
    /// The caches'.
    pub bound: Duration,
    pub phases: Vec<(Phase, Duration)>,
}

/// Runs a plan on a server of one's own. `program` is the instance's.
///
/// # Errors
/// The server, an instance or a store that answers what it must not. What instances accepted is in the report.
pub async fn run(server: Arc<Server>, program: &Path, plan: &Plan) -> Result<Report, Failed> {
    let setting = Setting { server: server.url(), schema: Server::fresh_name("proof"), bound: plan.bound };
    let options =
        PostgresOptions::new().schema(&setting.schema).connections(2).answer(Duration::from_secs(2));
    let config: Config = setting.server.parse()?;
    let store = options.connect(config.clone(), NoTls).await?;
    let mut admin = Admin::new(store, plan.bound).await?;
    let mut fleet = Fleet::start(program, &setting, plan.instances)?;
    let mut report = Report { bound: plan.bound, instances: plan.instances, ..Report::default() };
    while admin.len() < plan.users {
        admin.hire(&mut fleet).await?;
    }
    let begun = now();
    for (phase, length) in &plan.phases {
        let course =
            Course { server: Arc::clone(&server), config: config.clone(), schema: setting.schema.clone() };
        let measured = Arc::default();
        let pings = (*phase == Phase::Plain)
            .then(|| tokio::spawn(pings(config.clone(), setting.schema.clone(), Arc::clone(&measured))));
        let broken = course.begin(*phase, &mut admin, &mut fleet, &mut report).await?;
        let (from, until) = (now(), now() + micros(*length));
        while now() < until {
            if admin.len() < plan.users {
                admin.hire(&mut fleet).await?;
            } else {
                admin.act(&mut fleet).await?;
            }
            admin.tidy(&mut fleet)?;
        }
        if let Some(broken) = broken {
            broken.await??;
        }
        course.end(*phase, &mut admin, &mut fleet).await?;
        if let Some(pings) = pings {
            pings.abort();
            if let Ok(ended) = pings.await {
                ended?;
            }
            report.pings.append(&mut measured.lock().unwrap_or_else(PoisonError::into_inner));
            report.plain.push((from, until));
        }
    }
    // What has just ended is asked about for as long as it may be stale.
    sleep(plan.bound + plan.bound).await;
    report.took = Duration::from_micros(now() - begun);
    report.judge(&admin, &fleet.end()?);
    Ok(report)
}

fn micros(duration: Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}

struct Course {
    server: Arc<Server>,
    config: Config,
    schema: String,
}

impl Course {
    /// Breaks something; what mends itself by and by is handed back, to be waited for.
    async fn begin(
        &self,
        phase: Phase,
        admin: &mut Admin,
        fleet: &mut Fleet,
        report: &mut Report,
    ) -> Result<Option<JoinHandle<Result<(), Failed>>>, Failed> {
        Ok(match phase {
            Phase::Plain => None,
            Phase::FeedCut => {
                fleet.order(&Order::Feed(false))?;
                report.injected("feeds cut", fleet.len());
                None
            }
            Phase::Killed => {
                report.injected("servers killed", 1);
                let server = Arc::clone(&self.server);
                Some(aside(move || {
                    thread::sleep(AWAY);
                    server.kill();
                    thread::sleep(AWAY);
                    server.restart();
                }))
            }
            Phase::Frozen => {
                report.injected("servers stopped for longer than the bound", 1);
                let (server, long) = (Arc::clone(&self.server), report.bound + AWAY);
                Some(aside(move || {
                    thread::sleep(AWAY);
                    server.freeze();
                    thread::sleep(long);
                    server.thaw();
                }))
            }
            Phase::Exhausted => {
                report.injected("pools exhausted", fleet.len());
                let lock = tokio::spawn(lock(self.config.clone(), self.schema.clone()));
                sleep(Duration::from_millis(50)).await;
                fleet.order(&Order::Burst(BURST))?;
                Some(lock)
            }
            Phase::Clock => {
                admin.rotates = false;
                admin.forget_rotated(fleet)?;
                // Until nobody asks about them any more.
                sleep(AWAY).await;
                fleet.order_one(0, &Order::Shift(SHIFT))?;
                fleet.order_one(1, &Order::Shift(-SHIFT))?;
                report.injected("clocks set by an hour", 2);
                None
            }
        })
    }

    async fn end(&self, phase: Phase, admin: &mut Admin, fleet: &mut Fleet) -> Result<(), Failed> {
        match phase {
            Phase::FeedCut => fleet.order(&Order::Feed(true))?,
            Phase::Clock => {
                fleet.order(&Order::Shift(0))?;
                sleep(AWAY).await;
                admin.rotates = true;
            }
            Phase::Plain | Phase::Killed | Phase::Frozen | Phase::Exhausted => {}
        }
        Ok(())
    }
}

fn aside(run: impl FnOnce() + Send + 'static) -> JoinHandle<Result<(), Failed>> {
    tokio::task::spawn_blocking(move || {
        run();
        Ok(())
    })
}

/// Keeps everybody from the keys for a while.
async fn lock(config: Config, schema: String) -> Result<(), Failed> {
    let (client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute(&format!("BEGIN; LOCK TABLE {schema}.keys IN ACCESS EXCLUSIVE MODE")).await?;
    sleep(LOCKED).await;
    client.batch_execute("ROLLBACK").await?;
    connection.abort();
    Ok(())
}

/// How long a bare notification takes, again and again until this is aborted: from the statement to the other connection.
async fn pings(config: Config, schema: String, measured: Arc<Mutex<Vec<Duration>>>) -> Result<(), Failed> {
    let (teller, connection) = config.connect(NoTls).await?;
    let _telling = Aborted(tokio::spawn(connection));
    let (listener, mut connection) = config.connect(NoTls).await?;
    let heard = Arc::new(Notify::new());
    let tell = Arc::clone(&heard);
    let _hearing = Aborted(tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) {
                tell.notify_one();
            }
        }
    }));
    listener.batch_execute(&format!("LISTEN {schema}_ping")).await?;
    loop {
        let begun = now();
        teller.batch_execute(&format!("NOTIFY {schema}_ping")).await?;
        if timeout(Duration::from_secs(5), heard.notified()).await.is_ok() {
            measured
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Duration::from_micros(now() - begun));
        }
        sleep(PING).await;
    }
}

/// A task that ends with whoever holds this.
struct Aborted<T>(JoinHandle<T>);

impl<T> Drop for Aborted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

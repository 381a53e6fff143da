//! The main job: a service gives its API users keys, then decides the requests that come in.
//!
//! ```text
//! cargo run --example quickstart                    the captured requests of examples/requests
//! cargo run --example quickstart -- FOLDER          the requests found there
//! cargo run --example quickstart -- --fixed         the same keys and time on every run
//! ```

mod requests;
mod table;

use std::{collections::HashMap, error::Error, path::PathBuf, sync::Arc};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Entropy,
    EntropyError, Fault, Keep, KeyId, KeyRing, Lifecycle, ModulePolicy, OsEntropy, Pepper, Policy, Revealed,
    Routes, Strength, Subject, Timestamp, Verdict,
};
use requests::{Captured, Fill};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let setting = Setting::from_args()?;
    let now = setting.now;
    let mut entropy = setting.entropy();

    println!("A service starts, with a catalogue of what it offers and a pepper from its secret manager.\n");
    let mut pepper = [0; 32];
    entropy.fill(&mut pepper)?;
    let engine = Authorizer::new(catalogue()?, KeyRing::new(Pepper::new(1, pepper)?));
    let routes = routes();
    println!("{}", table::offer(&engine, &routes));

    println!(
        "Its customer Acme adds three API users, one per access level. Each secret is shown this once:\n"
    );
    let account = Account::new("acme".parse()?).enable_integration("crm".parse()?);
    let by = By::new("admin@acme.test", now);
    let mut handed_out = HashMap::new();
    let mut users = Vec::new();
    for mut user in acme_users(&account)? {
        let reveal = user.issue(Keep::Hashed, engine.keys(), by, &mut entropy)?;
        // Here a service saves `user`. Only then:
        let revealed = reveal.reveal();
        println!("{}", table::revealed(&user, &revealed));
        handed_out.insert(user.name().to_owned(), revealed);
        users.push(user);
    }

    println!("The till's key leaks. It is regenerated, and the old one is refused from that moment:\n");
    let leaked = handed_out.remove("checkout").ok_or("the till has a key")?;
    let till = users.iter_mut().find(|user| user.name() == "checkout").ok_or("the till is a user")?;
    let replaced = till.regenerate(leaked.key_id(), engine.keys(), by, &mut entropy)?.reveal();
    println!("{}", table::revealed(till, &replaced));
    handed_out.insert("checkout".to_owned(), replaced);
    handed_out.insert("checkout-old".to_owned(), leaked);

    let requests = requests::read(&setting.folder, &fill(&handed_out))?;
    println!("{} requests come in, as real clients sent them.\n", requests.len());

    println!("While Acme only observes its address filter on events and signatures on coupons:\n");
    let watched = subjects(observing(account.clone())?, &users);
    let before = decide_all(&Service { engine: &engine, routes: &routes, now, subjects: watched }, &requests);
    println!("{before}");

    println!("From the day on which Acme enforces them (what changed is marked):\n");
    let enforced = subjects(enforcing(account)?, &users);
    let after = decide_all(&Service { engine: &engine, routes: &routes, now, subjects: enforced }, &requests);
    println!("{}", after.compared_with(&before));
    Ok(())
}

/// What the service offers: twelve methods in six modules, and a third party that needs three of them.
fn catalogue() -> Result<Catalogue> {
    let announced = Timestamp::from_unix(1_788_220_800); // 2026-09-01
    let sunset = Some(Timestamp::from_unix(1_798_761_600)); // 2027-01-01
    Ok(Catalogue::builder()
        .module("events", ["events.create", "events.list", "events.delete"])
        .module("customers", ["customers.read", "customers.update", "customers.delete"])
        .module("coupons", ["coupons.issue", "coupons.list"])
        .module("rewards", ["rewards.list", "rewards.claim"])
        .module("leaderboard", ["leaderboard.read"])
        .module("wallet", ["wallet.read"])
        .lifecycle("coupons.list", Lifecycle::Deprecated { since: announced, sunset })
        .lifecycle("leaderboard.read", Lifecycle::Retired)
        .integration(
            "crm",
            ["customers.read", "coupons.list", "rewards.list"],
            Allowlist::parse("127.0.0.1")?,
        )
        .build()?)
}

fn routes() -> Routes {
    Routes::new()
        .route("POST", "/events", "events.create")
        .route("GET", "/events", "events.list")
        .route("DELETE", "/events/{id}", "events.delete")
        .route("GET", "/customers/{id}", "customers.read")
        .route("PATCH", "/customers/{id}", "customers.update")
        .route("DELETE", "/customers/{id}", "customers.delete")
        .route("POST", "/coupons", "coupons.issue")
        .route("GET", "/coupons", "coupons.list")
        .route("GET", "/rewards", "rewards.list")
        .route("POST", "/rewards/{id}/claims", "rewards.claim")
        .route("GET", "/leaderboard", "leaderboard.read")
        .route("GET", "/wallet", "wallet.read")
}

/// One API user per access level. The list is a choice that each of them has to make.
fn acme_users(account: &Account) -> Result<[ApiUser; 3]> {
    let user = |id: &str, name, level, list| -> Result<ApiUser> {
        Ok(ApiUser::new(account.id(), id.parse()?, name, level, list)?)
    };
    Ok([
        user("u1", "backoffice", AccessLevel::Full, Allowlist::parse("127.0.0.1\n10.0.0.0/8")?)?,
        user(
            "u2",
            "checkout",
            AccessLevel::custom(["events.create", "events.list"]),
            Allowlist::parse("127.0.0.0/29")?,
        )?,
        // Its addresses come with the integration, so its own list may stay empty.
        user("u3", "crm-sync", AccessLevel::Integration("crm".parse()?), Allowlist::none())?,
    ])
}

/// Every module but the wallet, which Acme has not booked.
fn with_modules(account: Account, events: ModulePolicy, coupons: ModulePolicy) -> Account {
    account
        .enable("events", events)
        .enable("coupons", coupons)
        .enable("customers", ModulePolicy::default())
        .enable("rewards", ModulePolicy::default())
        .enable("leaderboard", ModulePolicy::default())
}

fn observing(account: Account) -> Result<Account> {
    let shops = Allowlist::parse("127.0.0.1\n192.0.2.0/24")?;
    Ok(with_modules(
        account,
        ModulePolicy::default().addresses(Policy::observe(shops)),
        ModulePolicy::default().strength(Policy::observe(Strength::Signature)),
    ))
}

fn enforcing(account: Account) -> Result<Account> {
    let shops = Allowlist::parse("127.0.0.1\n192.0.2.0/24")?;
    Ok(with_modules(
        account,
        ModulePolicy::default().addresses(Policy::enforce(shops)),
        ModulePolicy::default().strength(Policy::enforce(Strength::Signature)),
    ))
}

/// What a store would hold: every key with its user and account.
fn subjects(account: Account, users: &[ApiUser]) -> HashMap<KeyId, Subject> {
    let account = Arc::new(account);
    let mut subjects = HashMap::new();
    for user in users {
        let user = Arc::new(user.clone());
        for credential in user.credentials() {
            let key = credential.key_id();
            subjects.extend(Subject::new(account.clone(), user.clone(), key).map(|subject| (key, subject)));
        }
    }
    subjects
}

fn fill(handed_out: &HashMap<String, Revealed>) -> Fill {
    let mut fill = Fill::default();
    for (name, revealed) in handed_out {
        fill.insert("key", name, revealed.key_id().as_str());
        fill.insert("secret", name, revealed.secret().expose());
        fill.insert("token", name, revealed.token().expose());
    }
    fill
}

struct Service<'a> {
    engine: &'a Authorizer,
    routes: &'a Routes,
    now: Timestamp,
    subjects: HashMap<KeyId, Subject>,
}

impl Service<'_> {
    fn decide(&self, request: &Captured) -> Result<Verdict> {
        request.with_head(|head| {
            let presented = self.engine.present(head);
            let subject = presented.key_id().and_then(|key| self.subjects.get(&key)).cloned();
            let ask = Ask::new(self.routes.resolve(&head), ClientAddr::direct(request.peer), self.now);
            self.engine.authorize(presented, subject, &ask).map_err(|fault: Fault| fault.into())
        })
    }
}

fn decide_all(service: &Service<'_>, requests: &[Captured]) -> table::Rows {
    let mut rows = table::Rows::default();
    for request in requests {
        rows.push(&request.name, &service.decide(request), service.engine.catalogue());
    }
    rows
}

/// How this run gets its time, its randomness and its requests.
struct Setting {
    now: Timestamp,
    fixed: bool,
    folder: PathBuf,
}

impl Setting {
    fn from_args() -> Result<Self> {
        let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/requests");
        let mut fixed = false;
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                "--fixed" => fixed = true,
                option if option.starts_with('-') => {
                    return Err("unknown option; write --fixed, a folder, or both".into());
                }
                path => folder = path.into(),
            }
        }
        #[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
        let clock = std::time::SystemTime::now();
        let now = if fixed { Timestamp::from_unix(1_795_348_800) } else { clock.into() };
        Ok(Self { now, fixed, folder })
    }

    /// The operating system's source, or for `--fixed` a counter through a mixing function: fit for nothing else.
    fn entropy(&self) -> impl Entropy + use<> {
        let fixed = self.fixed;
        let mut state = 0u64;
        move |bytes: &mut [u8]| -> std::result::Result<(), EntropyError> {
            if !fixed {
                return OsEntropy.fill(bytes);
            }
            for byte in bytes {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15); // splitmix64
                let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                *byte = (mixed >> 40).to_le_bytes()[0];
            }
            Ok(())
        }
    }
}

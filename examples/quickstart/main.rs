//! The main job: a service gives its API users keys, then decides the requests that come in.
//!
//! ```text
//! cargo run --example quickstart                    the captured requests of examples/requests
//! cargo run --example quickstart -- FOLDER          the requests found there
//! cargo run --example quickstart -- --fixed         the same keys and time on every run
//! ```

mod acme;
mod requests;
mod setting;
mod table;

use std::{collections::HashMap, error::Error, time::Duration};

use keyward::{
    Account, ApiUser, Ask, Authorizer, By, Entropy, Keep, KeyId, KeyRing, Mode, Pepper, Revealed, Routes,
    Subject, Timestamp, TrustedProxies, Verdict,
};
use requests::{Captured, Fill};
use setting::Setting;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn main() -> Result<()> {
    let setting = Setting::from_args()?;
    let now = setting.now;
    let mut entropy = setting.entropy();

    println!("A service starts, with a catalogue of what it offers and a pepper from its secret manager.\n");
    let mut pepper = [0; 32];
    entropy.fill(&mut pepper)?;
    let engine = Authorizer::new(acme::catalogue()?, KeyRing::new(Pepper::new(1, pepper)?));
    let mut service =
        Service { routes: acme::routes(), proxies: acme::proxies()?, now, subjects: HashMap::new(), engine };
    println!("{}", table::offer(&service.engine, &service.routes));

    println!(
        "Its customer Acme adds three API users, one per access level. Each secret is shown this once:\n"
    );
    let account = Account::new("acme".parse()?).enable_integration("crm".parse()?);
    let by = By::new("admin@acme.test", now);
    let mut handed_out = HashMap::new();
    let mut users = Vec::new();
    for mut user in acme::users(&account)? {
        let reveal = user.issue(Keep::Hashed, service.engine.keys(), by, &mut entropy)?;
        // Here a service saves `user`. Only then:
        let revealed = reveal.reveal();
        println!("{}", table::revealed(&user, &revealed));
        handed_out.insert(user.name().to_owned(), revealed);
        users.push(user);
    }

    println!("The till's key leaks. It is regenerated, and the old one is refused from that moment:\n");
    let leaked = handed_out.remove("checkout").ok_or("the till has a key")?;
    let till = named(&mut users, "checkout")?;
    let replaced = till.regenerate(leaked.key_id(), service.engine.keys(), by, &mut entropy)?.reveal();
    println!("{}", table::revealed(till, &replaced));
    handed_out.insert("checkout".to_owned(), replaced);
    handed_out.insert("checkout-old".to_owned(), leaked);

    let requests = requests::read(&setting.folder, &fill(&handed_out))?;
    println!("{} requests come in, as real clients sent them.\n", requests.len());

    println!("While Acme only observes its address filter on events and signatures on coupons:\n");
    service.subjects = acme::subjects(acme::demanding(account.clone(), Mode::Observe)?, &users);
    let observed = decide_all(&service, &requests);
    println!("{observed}");

    println!("From the day on which Acme enforces them (what changed is marked):\n");
    let account = acme::demanding(account, Mode::Enforce)?;
    service.subjects = acme::subjects(account.clone(), &users);
    let enforced = decide_all(&service, &requests).compared_with(&observed);
    println!("{enforced}");

    println!(
        "Acme stops using its CRM and revokes its key. The back office gets a new pair, while the old one lives on"
    );
    println!("for a day, so that nobody has to hurry:\n");
    let _ = named(&mut users, "crm-sync")?.revoke(handed_out["crm-sync"].key_id(), by)?;
    let office = named(&mut users, "backoffice")?;
    let rotated =
        office.rotate(handed_out["backoffice"].key_id(), DAY, service.engine.keys(), by, &mut entropy)?;
    println!("{}", table::revealed(office, &rotated.reveal()));
    service.subjects = acme::subjects(account, &users);
    let rotated = decide_all(&service, &requests).compared_with(&enforced);
    println!("{}", rotated.changes());

    println!("A day later:\n");
    service.now = now.plus(DAY);
    println!("{}", decide_all(&service, &requests).compared_with(&rotated).changes());
    Ok(())
}

fn named<'u>(users: &'u mut [ApiUser], name: &str) -> Result<&'u mut ApiUser> {
    Ok(users.iter_mut().find(|user| user.name() == name).ok_or("a user of that name")?)
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

struct Service {
    engine: Authorizer,
    routes: Routes,
    proxies: TrustedProxies,
    now: Timestamp,
    subjects: HashMap<KeyId, Subject>,
}

impl Service {
    fn decide(&self, request: &Captured) -> Result<Verdict> {
        request.with_head(|head| {
            let presented = self.engine.present(head);
            let subject = presented.key_id().and_then(|key| self.subjects.get(&key)).cloned();
            let ask = Ask::new(
                self.routes.resolve(&head),
                self.proxies.client(head.headers, request.peer),
                self.now,
            );
            Ok(self.engine.authorize(presented, subject, &ask)?)
        })
    }
}

fn decide_all(service: &Service, requests: &[Captured]) -> table::Rows {
    let mut rows = table::Rows::default();
    for request in requests {
        rows.push(&request.name, &service.decide(request), service.engine.catalogue());
    }
    rows
}

//! The main job: a service gives its API users keys, then decides the requests that come in.
//!
//! ```text
//! cargo run --example quickstart                    the captured requests of examples/requests
//! cargo run --example quickstart -- FOLDER          the requests found there and in FOLDER/signed
//! cargo run --example quickstart -- --fixed         the same keys and time on every run
//! ```

mod acme;
mod body;
mod log;
mod requests;
mod service;
mod setting;
mod table;

use std::{collections::HashMap, error::Error, time::Duration};

use keyward::{
    Account, ApiUser, Authorizer, By, Entropy, JournalPart, Keep, KeyRing, MessageProfile, Mode, Pepper,
    Profile, Revealed, Schemes, SealingKey,
};
use log::Log;
use requests::Fill;
use service::Service;
use setting::Setting;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn main() -> Result<()> {
    let setting = Setting::from_args()?;
    let now = setting.now;
    let mut entropy = setting.entropy();

    println!("A service starts, with a catalogue of what it offers and two keys from its secret manager.\n");
    let engine = engine(&mut entropy)?;
    let (routes, proxies, log) = (acme::routes(), acme::proxies()?, Log::new(&mut setting.entropy())?);
    let mut service = Service { routes, proxies, now, subjects: HashMap::new(), engine, log };
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
        service.log.act(reveal.act().clone());
        // Here a service saves `user`. Only then:
        let revealed = reveal.reveal();
        println!("{}", table::revealed(&user, &revealed));
        handed_out.insert(user.name().to_owned(), revealed);
        users.push(user);
    }

    println!("The till's key leaks. It is regenerated, and the old one is refused from that moment:\n");
    let leaked = handed_out.remove("checkout").ok_or("the till has a key")?;
    let till = named(&mut users, "checkout")?;
    let regenerated = till.regenerate(leaked.key_id(), service.engine.keys(), by, &mut entropy)?;
    service.log.act(regenerated.act().clone());
    let replaced = regenerated.reveal();
    println!("{}", table::revealed(till, &replaced));
    handed_out.insert("checkout".to_owned(), replaced);
    handed_out.insert("checkout-old".to_owned(), leaked);

    println!(
        "A partner of Acme's signs what it sends, with a pair of its own. It is imported, and kept sealed:\n"
    );
    let mut partner = acme::partner(&account)?;
    let keep = Keep::Sealed(Schemes::PLAIN.and(Schemes::SIGV4).and(Schemes::RFC9421));
    service.log.act(partner.import(&acme::pair()?, keep, service.engine.keys(), by, &mut entropy)?);
    println!("{}", table::imported(&partner));
    users.push(partner);

    let requests = requests::read(&setting.folder, &fill(&handed_out))?;
    println!("{} requests come in, as real clients sent them.\n", requests.len());

    println!("While Acme only observes its address filter on events and signatures on coupons:\n");
    service.subjects = acme::subjects(acme::demanding(account.clone(), Mode::Observe)?, &users);
    let observed = service.decide_all(&requests);
    println!("{observed}");

    println!("From the day on which Acme enforces them (what changed is marked):\n");
    let account = acme::demanding(account, Mode::Enforce)?;
    service.subjects = acme::subjects(account.clone(), &users);
    let enforced = service.decide_all(&requests).compared_with(&observed);
    println!("{enforced}");

    let signed = setting.folder.join("signed");
    if signed.is_dir() {
        let signed = requests::read(&signed, &fill(&handed_out))?;
        println!("{} more come in, which clients of other makers signed for the partner.", signed.len());
        println!("Time is an argument, so each is decided as of the moment for which it was signed:\n");
        println!("{}", service.decide_all(&signed));
    }

    println!(
        "Acme stops using its CRM and revokes its key. The back office gets a new pair, while the old one lives on"
    );
    println!("for a day, so that nobody has to hurry:\n");
    service.log.act(named(&mut users, "crm-sync")?.revoke(handed_out["crm-sync"].key_id(), by)?);
    let office = named(&mut users, "backoffice")?;
    let rotated =
        office.rotate(handed_out["backoffice"].key_id(), DAY, service.engine.keys(), by, &mut entropy)?;
    service.log.act(rotated.act().clone());
    println!("{}", table::revealed(office, &rotated.reveal()));
    service.subjects = acme::subjects(account, &users);
    let rotated = service.decide_all(&requests).compared_with(&enforced);
    println!("{}", rotated.changes());

    println!("A day later:\n");
    service.now = now.plus(DAY);
    println!("{}", service.decide_all(&requests).compared_with(&rotated).changes());

    println!("All of it stands in the journal, the latest first. What Acme's administrators did:\n");
    service.log.drain()?;
    println!("{}", service.log.page(JournalPart::Acts, 10)?);
    println!("Calls that were refused, of callers who had proven who they are:\n");
    println!("{}", service.log.page(JournalPart::Calls, 12)?);
    println!(
        "And of those who had not, counted together by answer, key and address, each where its first call came in:\n"
    );
    println!("{}", service.log.page(JournalPart::Attempts, 12)?);
    Ok(())
}

/// Reads credentials as they are, and requests that are signed as Antavo, AWS or RFC 9421 have it for this host.
fn engine(entropy: &mut impl Entropy) -> Result<Authorizer> {
    let (mut pepper, mut sealing) = ([0; 32], [0; 32]);
    entropy.fill(&mut pepper)?;
    entropy.fill(&mut sealing)?;
    let keys = KeyRing::new(Pepper::new(1, pepper)?).sealing(SealingKey::new(1, sealing)?)?;
    Ok(Authorizer::new(acme::catalogue()?, keys)
        .profile(Profile::antavo("st1"))
        .profile(Profile::aws("eu-west-1", "execute-api"))
        .messages(MessageProfile::new())
        .authorities(["api.example.test"]))
}

fn named<'u>(users: &'u mut [ApiUser], name: &str) -> Result<&'u mut ApiUser> {
    Ok(users.iter_mut().find(|user| user.name() == name).ok_or("a user of that name")?)
}

fn fill(handed_out: &HashMap<String, Revealed>) -> Fill {
    let mut fill = Fill::default();
    fill.insert("key", "partner", acme::PARTNERS_KEY);
    fill.insert("secret", "partner", acme::PARTNERS_SECRET);
    for (name, revealed) in handed_out {
        fill.insert("key", name, revealed.key_id().as_str());
        fill.insert("secret", name, revealed.secret().expose());
        fill.insert("token", name, revealed.token().expose());
    }
    fill
}

//! A small server of the XML API on a loopback port: one request in, its calls permitted one after the other, one answer
//! out.
//!
//! ```text
//! cargo run --all-features --example mapp_server [PORT]
//! ```
//!
//! It prints its address and serves until it is killed. Its account has the catalogue `mapp()` and three API users with
//! pairs that were taken over from another system: `shop` with full access, `report` that may list templates alone, and
//! `partner` whose calls come from another network. The pairs are invented.

mod methods;
mod socket;

use std::{
    env,
    error::Error,
    net::{IpAddr, TcpListener},
    sync::Arc,
    thread,
    time::SystemTime,
};

use keyward::{
    AccessLevel, Account, Admission, Allowlist, ApiUser, Authorizer, Batch, By, Catalogue, ClientAddr, Gate,
    Imported, Insert, Keep, KeyRing, MemoryStore, ModulePolicy, OsEntropy, Pepper, Registry, Reply, Secret,
    Timestamp,
    mapp::{Reader, Request},
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Name, key, secret, the methods that it may call (all, if none is named), and where it calls from.
const USERS: [(&str, &str, &str, &[&str], &str); 3] = [
    ("shop", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "9f8e7d6c5b4a3021", &[], "127.0.0.0-127.255.255.255"),
    (
        "report",
        "1a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "8f9e6d7c4b5a2031",
        &["transactional.listTemplates"],
        "127.0.0.1",
    ),
    ("partner", "2a1b2c3d4e5f60718293a4b5c6d7e8f9", "7f6e9d8c3b2a5041", &[], "169.254.0.0/16"),
];

async fn set_up() -> Outcome<Gate<MemoryStore>> {
    let keys = KeyRing::new(Pepper::new(1, [7; 32])?); // 32 bytes of a secret manager
    let engine = Authorizer::new(Catalogue::mapp(), keys);
    let modules: Vec<_> = engine.catalogue().modules().map(str::to_owned).collect();
    let enable = |account: Account, module: &String| account.enable(module, ModulePolicy::default());
    let account = modules.iter().fold(Account::new("acme".parse()?), enable);
    let store = MemoryStore::new();
    store.put_account(&account).await?;
    for (name, key, secret, methods, list) in USERS {
        let level =
            if methods.is_empty() { AccessLevel::Full } else { AccessLevel::custom(methods.iter().copied()) };
        let mut user = ApiUser::new(account.id(), name.parse()?, name, level, Allowlist::parse(list)?)?;
        let pair = Imported::new(key.parse()?, Secret::new(secret.to_owned()))?;
        let _act =
            user.import(&pair, Keep::Hashed, engine.keys(), By::new("admin@acme", now()), &mut OsEntropy)?;
        if store.insert(&user).await? != Insert::Stored {
            return Err("a user was refused by the store".into());
        }
    }
    Ok(Gate::new(engine, store))
}

/// One request, whatever became of it, is one reply.
async fn post(gate: &Gate<MemoryStore>, request: Request<'_>, client: ClientAddr) -> Reply {
    let admitted = match gate.admit(request.present(), now()).await {
        Ok(Admission::Admit(admitted)) => admitted,
        Ok(Admission::Deny(denial)) => return request.refused(&denial),
        Err(fault) => return request.fault(&fault),
    };
    let mut batch = Batch::new(admitted, client, request.calls(), request.on_error(), gate.engine());
    while let Some(turn) = gate.turn(&mut batch, now()).await {
        match methods::handle(turn.grant(), turn.call(), gate.engine().catalogue()) {
            Ok(answer) => turn.done(answer),
            Err(answer) => turn.failed(answer),
        }
    }
    request.reply(batch.finish())
}

fn answer(gate: &Gate<MemoryStore>, request: &socket::Request, peer: IpAddr) -> Reply {
    request.with_head(|head| match Reader::new().receive(head, &request.body) {
        Ok(read) => pollster::block_on(post(gate, read, ClientAddr::direct(peer))),
        Err(invalid) => invalid.reply(),
    })
}

#[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
fn now() -> Timestamp {
    SystemTime::now().into()
}

fn main() -> Outcome<()> {
    let port = env::args().nth(1).map_or(Ok(0), |text| text.parse())?;
    let gate = Arc::new(pollster::block_on(set_up())?);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("http://{}/", listener.local_addr()?);
    for stream in listener.incoming() {
        let (gate, mut stream) = (Arc::clone(&gate), stream?);
        thread::spawn(move || {
            let served = stream.peer_addr().and_then(|peer| {
                let Some(request) = socket::Request::read(&mut stream)? else { return Ok(()) };
                socket::send(&mut stream, &answer(&gate, &request, peer.ip()))
            });
            if let Err(error) = served {
                eprintln!("a connection was lost: {error}");
            }
        });
    }
    Ok(())
}

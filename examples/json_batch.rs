//! A batch of one's own in JSON: many calls in one request, each permitted on its own, one object a call in the reply.
//!
//! ```console
//! $ cargo run --example json_batch --features memory -- BATCH.json
//! ```
//!
//! ```json
//! {"on_error": "halt", "calls": [{"method": "events.create", "name": "signup"}, {"method": "events.list"}]}
//! ```
//!
//! `on_error` is `halt` or `continue`. The caller here may create, list and export events and list coupons; an export
//! stands alone, and the account has not enabled the wallet. `events.create` fails without a name.

use std::{env, error::Error, fs, process::ExitCode, time::SystemTime};

use keyward::{
    AccessLevel, Account, Admission, Allowlist, ApiUser, Authorizer, Batch, BatchCall, By, CallOutcome,
    Catalogue, ClientAddr, Fault, Gate, Grant, Headers, Insert, Keep, KeyRing, Lookup, MemoryStore,
    ModulePolicy, OnError, OsEntropy, Pepper, Presented, Registry, ReplayGuard, RequestHead, Results,
    Timestamp, Wanted,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    on_error: Rule,
    calls: Vec<Call>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rule {
    Halt,
    Continue,
}

#[derive(Deserialize)]
struct Call {
    method: String,
    #[serde(flatten)]
    arguments: Map<String, Value>,
}

impl BatchCall for Call {
    fn wanted<'a>(&'a self, _: &'a Catalogue) -> Wanted<'a> {
        Wanted::Name(&self.method)
    }
}

/// The whole of it: who calls is decided once, what is called each time.
async fn post<L: Lookup, R: ReplayGuard>(
    gate: &Gate<L, R>,
    presented: Presented<'_>,
    client: ClientAddr,
    request: &Request,
    handler: &mut Events,
) -> Result<Vec<Value>, Box<dyn Error>> {
    let admitted = match gate.admit(presented, now()).await? {
        Admission::Admit(admitted) => admitted,
        Admission::Deny(denial) => return Err(denial.into()), // one answer for the whole request
    };
    let on_error = match request.on_error {
        Rule::Halt => OnError::Halt,
        Rule::Continue => OnError::Continue,
    };
    let mut batch = Batch::new(admitted, client, &request.calls, on_error, gate.engine());
    while let Some(turn) = gate.turn(&mut batch, now()).await {
        match handler.handle(turn.grant(), turn.call()) {
            Ok(value) => turn.done(value),
            Err(value) => turn.failed(value),
        }
    }
    Ok(reply(&request.calls, batch.finish()))
}

/// One object a call, in their order.
fn reply(calls: &[Call], results: Results<Value>) -> Vec<Value> {
    let calls = calls.iter().zip(results.into_outcomes());
    calls
        .map(|(Call { method, .. }, outcome)| match outcome {
            CallOutcome::Done(value) => json!({"method": method, "outcome": "done", "reply": value}),
            CallOutcome::Failed(value) => json!({"method": method, "outcome": "failed", "reply": value}),
            CallOutcome::Refused(denial) => {
                let public = denial.public();
                let (status, code, sentence) = (public.status(), public.code(), public.to_string());
                json!({"method": method, "outcome": "refused", "status": status, "code": code, "message": sentence})
            }
            CallOutcome::Fault(_) | CallOutcome::Abandoned => {
                json!({"method": method, "outcome": "fault", "status": Fault::STATUS, "message": Fault::PUBLIC})
            }
            _ => json!({"method": method, "outcome": "not_run"}),
        })
        .collect()
}

/// What the service does.
#[derive(Default)]
struct Events(Vec<String>);

impl Events {
    /// The grant is the leave to do it, and says for whom.
    fn handle(&mut self, grant: &Grant, call: &Call) -> Result<Value, Value> {
        match call.method.as_str() {
            "events.create" => match call.arguments.get("name").and_then(Value::as_str) {
                Some(name) => {
                    self.0.push(name.to_owned());
                    Ok(json!({"event": self.0.len(), "by": grant.user().name()}))
                }
                None => Err(json!("an event needs a name")),
            },
            "events.list" => Ok(json!(self.0)),
            _ => Ok(Value::Null),
        }
    }
}

fn catalogue() -> Result<Catalogue, Box<dyn Error>> {
    Ok(Catalogue::builder()
        .module("events", ["events.create", "events.list", "events.delete", "events.export"])
        .module("coupons", ["coupons.list"])
        .module("wallet", ["wallet.read"])
        .alone("events.export")
        .build()?)
}

async fn run(request: &Request) -> Result<Vec<Value>, Box<dyn Error>> {
    let engine = Authorizer::new(catalogue()?, KeyRing::new(Pepper::new(1, [7; 32])?));
    let account = Account::new("acme".parse()?)
        .enable("events", ModulePolicy::default())
        .enable("coupons", ModulePolicy::default());
    let level =
        AccessLevel::custom(["events.create", "events.list", "events.export", "coupons.list", "wallet.read"]);
    let list = Allowlist::parse("192.0.2.0/24")?;
    let mut user = ApiUser::new(account.id(), "u1".parse()?, "checkout", level, list)?;
    let reveal =
        user.issue(Keep::Hashed, engine.keys(), By::new("admin@acme.test", now()), &mut OsEntropy)?;
    let store = MemoryStore::new();
    store.put_account(&account).await?;
    if store.insert(&user).await? != Insert::Stored {
        return Err("a new store refuses nobody".into());
    }

    let gate = Gate::new(engine, store);
    let bearer = format!("Bearer {}", reveal.reveal().token().expose());
    let lines = [("authorization", bearer.as_bytes())];
    let presented = gate.engine().present(RequestHead::new("POST", "/batch", Headers::lines(&lines)));
    let client = ClientAddr::direct("192.0.2.1".parse()?);
    post(&gate, presented, client, request, &mut Events::default()).await
}

fn main() -> ExitCode {
    let read = || -> Result<Request, Box<dyn Error>> {
        let file = env::args().nth(1).ok_or("usage: json_batch BATCH.json")?;
        Ok(serde_json::from_slice(&fs::read(file)?)?)
    };
    match read().and_then(|request| pollster::block_on(run(&request))) {
        Ok(objects) => {
            for object in objects {
                println!("{object}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
fn now() -> Timestamp {
    SystemTime::now().into()
}

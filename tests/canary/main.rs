//! No secret reaches any output, on any way through the crate: fails where nine consecutive characters of one show, as they
//! are, in hexadecimal, in base64, with percent signs or escaped, or where the right signature of a refused request does.
#![cfg(all(feature = "memory", feature = "mapp", feature = "tracing", feature = "os-rng"))]
#![allow(unreachable_pub, missing_debug_implementations, reason = "a test of its own")]

mod leak;
mod requests;
mod types;
mod world;

use std::{cell::RefCell, collections::HashSet, error::Error, fmt, sync::Once};

use keyward::{
    Admission, AntavoErrors, Ask, Batch, BodyNeed, CallOutcome, CallRecord, ClientAddr, Content, Denial,
    Fault, Gate, Grant, Headers, Insert, Journal, JournalEntry, JournalQuery, KeyId, Lookup, MemoryJournal,
    MemoryStore, OnError, Payload, Presented, Problem, Profile, Recorder, RedactionKey, Redactor, Registry,
    Render, RequestHead, Secret, Signer, Subject, Verdict,
    mapp::{Answer, Envelope, Request, ResponseType},
};
use leak::Canary;
use pollster::block_on;
use requests::Sent;
use world::{Caller, KINDS, NOW, Random};

/// What came out, with where.
#[derive(Default)]
pub struct Outputs(pub Vec<(String, Vec<u8>)>);

impl Outputs {
    pub fn add(&mut self, place: &str, text: impl AsRef<[u8]>) {
        self.0.push((place.to_owned(), text.as_ref().to_vec()));
    }

    fn shown(&mut self, place: &str, value: &(impl fmt::Debug + fmt::Display)) {
        self.debug(place, value);
        self.add(&format!("{place}, displayed"), value.to_string());
    }

    pub fn debug(&mut self, place: &str, value: &impl fmt::Debug) {
        self.add(&format!("{place}, debugged"), format!("{value:?}\n{value:#?}"));
    }

    fn hold_none_of(&self, canaries: &[Canary], what: &str) {
        let mut seen = HashSet::new();
        for (place, text) in self.0.iter().filter(|(_, text)| seen.insert(text)) {
            for canary in canaries {
                if let Some(how) = canary.found_in(text) {
                    panic!("{what}: {how} in {place}: {}", String::from_utf8_lossy(text));
                }
            }
        }
    }
}

thread_local! {
    static EVENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps every event of the thread, all of its fields.
struct Keeps;

struct Fields(String);

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!("{}={value:?} ", field.name()));
    }
}

impl tracing::Subscriber for Keeps {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        EVENTS.with_borrow_mut(|events| events.push(fields.0));
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

fn events() -> Vec<String> {
    EVENTS.take()
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Keeps).unwrap());
}

/// A store that answers with what it is told to.
enum Store {
    Has(Option<Subject>),
    Down,
}

#[derive(Debug)]
struct Down;

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was lost")
    }
}

impl Error for Down {}

impl Lookup for Store {
    type Error = Down;
    async fn find(&self, key: KeyId) -> Result<Option<Subject>, Down> {
        match self {
            Self::Has(subject) => Ok(subject.clone().filter(|subject| subject.key_id() == key)),
            Self::Down => Err(Down),
        }
    }
}

fn redactor(content: Content) -> Redactor {
    let headers = Redactor::new(RedactionKey::new([3; 32]).unwrap()).default_content(content);
    headers
        .show_header("x-request-id")
        .show_header("authorization")
        .show_header("x-api-secret")
        .show_header("cookie")
}

const CONTENTS: [Content; 3] = [Content::None, Content::Shape, Content::Redacted];

/// Everything that can be had of a record.
fn record(out: &mut Outputs, record: CallRecord) {
    out.shown("the record", &record);
    let texts =
        [record.key(), record.user_name(), record.method(), record.http_method(), Some(record.reason())];
    out.add(
        "the record's texts",
        format!("{texts:?} {} {} {}", record.target(), record.body(), record.reply_body()),
    );
    for (name, value) in record.headers() {
        out.add("the record's headers", format!("{name}: {value}"));
    }
    let entry = JournalEntry::from(record);
    out.add("the stored record", entry.encode());
    let (recorder, mut drain) = Recorder::bounded(16);
    recorder.offer(entry);
    let journal = MemoryJournal::bounded(16, 1 << 20);
    let entries = drain.take();
    assert_eq!(entries.len(), 1);
    block_on(journal.append(entries)).unwrap();
    out.debug("the recorder", &recorder);
    out.debug("the journal", &journal);
    let page = block_on(journal.browse(&JournalQuery::all())).unwrap();
    assert_eq!(page.entries.len(), 1);
    out.debug("a page", &page);
}

fn denied(out: &mut Outputs, denial: &Denial, caller: &Caller) {
    let catalogue = caller.engine.catalogue();
    out.shown("the denial", denial);
    out.add("the operator's sentence", denial.operator().sentence(catalogue).to_string());
    out.debug("the operator's face", &denial.operator());
    out.add("a chain of errors", chain(denial));
    let xml = Envelope::new(ResponseType::Xml).calls(2);
    let php = Envelope::new(ResponseType::Php);
    for render in [&Problem as &dyn Render, &AntavoErrors, &xml, &php] {
        let reply = render.denial(denial, catalogue);
        out.debug("a reply", &reply);
        out.add("a reply's headers", format!("{:?}", reply.headers));
        out.add("a reply's body", &reply.body);
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut next = error.source();
    while let Some(error) = next {
        text.push_str(&format!("; {error} {error:?}"));
        next = error.source();
    }
    text
}

fn failed(out: &mut Outputs, fault: &Fault) {
    out.shown("the fault", fault);
    out.add("a fault's chain", chain(fault));
    for reply in [Problem.fault(fault), AntavoErrors.fault(fault), Envelope::default().fault(fault)] {
        out.add("a fault's reply", format!("{:?} {}", reply.headers, String::from_utf8_lossy(&reply.body)));
    }
}

/// A handler's reply that says again what it was sent.
fn echo(sent: &Sent, secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let quoted = serde_json::to_string(&format!("{} {secret}", String::from_utf8_lossy(&sent.body))).unwrap();
    vec![
        ("application/json", format!("{{\"error\":{quoted},\"secret\":\"{secret}\"}}").into_bytes()),
        ("text/html", format!("<p>{secret}</p>").into_bytes()),
        ("text/plain", format!("cannot insert {secret}: {}", requests::percent(secret)).into_bytes()),
        ("application/xml", format!("<e><{0}/>{secret}</e>", "a").into_bytes()),
    ]
}

fn granted(out: &mut Outputs, grant: &Grant, head: RequestHead<'_>, sent: &Sent, caller: &Caller) {
    out.debug("the grant", grant);
    for content in CONTENTS {
        let redactor = redactor(content);
        for (content_type, body) in echo(sent, &caller.secret) {
            let failed = CallRecord::failed(grant, 500, NOW, caller.engine.catalogue());
            let recording = failed.request(head, &sent.body, &redactor);
            out.debug("a recording", &recording);
            record(out, recording.replied(500, Some(content_type.as_bytes()), &body, &redactor));
        }
    }
}

/// Sends a request to a store and collects what comes out on the way.
fn run(caller: &Caller, sent: &Sent, store: Store, client: ClientAddr, out: &mut Outputs) {
    let lines: Vec<_> = sent.lines.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let head = RequestHead::new("POST", &sent.target, Headers::lines(&lines));
    out.debug("the head", &head);
    let present = || {
        let mut presented = caller.engine.present(head);
        if presented.body_need() != BodyNeed::Nothing {
            presented.set_body(Payload::Bytes(&sent.body));
        }
        presented
    };
    out.debug("what is presented", &present());
    let ask = Ask::new("events.create", client, NOW);
    let known = present().key_id().is_some_and(|key| key == caller.key).then(|| caller.subject.clone());
    let explanation = caller.engine.explain(present(), known, &ask);
    out.debug("the explanation", &explanation);

    let gate = Gate::new(world::engine(), store);
    out.debug("the gate", &gate);
    let verdict = block_on(gate.authorize(present(), &ask));
    match &verdict {
        Ok(Verdict::Allow(grant)) => granted(out, grant, head, sent, caller),
        Ok(Verdict::Deny(denial)) => {
            denied(out, denial, caller);
            for content in CONTENTS {
                let redactor = redactor(content);
                let refused = CallRecord::refused(denial, NOW, caller.engine.catalogue());
                let recording = refused.request(head, &sent.body, &redactor);
                record(out, recording.reply(&Problem.denial(denial, caller.engine.catalogue()), &redactor));
            }
        }
        Err(fault) => failed(out, fault),
    }
    out.debug("the verdict", &verdict);
    let admission = block_on(gate.admit(present(), NOW));
    out.debug("the admission", &admission);
    if let Ok(Admission::Admit(admitted)) = admission {
        let calls = ["events.create", "events.list", "events.none"];
        let mut batch: Batch<'_, _, ()> =
            Batch::new(admitted, client, &calls, OnError::Continue, gate.engine());
        out.debug("the batch", &batch);
        while let Some(turn) = block_on(gate.turn(&mut batch, NOW)) {
            out.debug("a turn", &turn);
            turn.failed(());
        }
        let results = batch.finish();
        out.debug("the results", &results);
        for outcome in results.outcomes() {
            if let CallOutcome::Refused(denial) = outcome {
                denied(out, denial, caller);
            }
        }
    }
    for event in events() {
        out.add("an event", event);
    }
}

/// A secret that differs in its last character: what is presented by mistake is nearly the right one.
fn nearly(secret: &str) -> String {
    let last = secret.chars().last().unwrap();
    let other = if last == '0' { '1' } else { '0' };
    format!("{}{other}", &secret[..secret.len() - 1])
}

fn here() -> ClientAddr {
    ClientAddr::direct("192.0.2.1".parse().unwrap())
}

fn elsewhere() -> ClientAddr {
    ClientAddr::direct("198.51.100.1".parse().unwrap())
}

/// Every way: accepted, refused before and after proof, unknown, undecided.
fn every_way(caller: &Caller, sent: impl Fn(&str) -> Vec<Sent>, canaries: &[Canary]) -> usize {
    let mut ways = 0;
    for secret in [caller.secret.clone(), nearly(&caller.secret)] {
        for sent in sent(&secret) {
            for (store, client) in [
                (Store::Has(Some(caller.subject.clone())), here()),
                (Store::Has(Some(caller.subject.clone())), elsewhere()),
                (Store::Has(None), here()),
                (Store::Down, here()),
            ] {
                let mut out = Outputs::default();
                run(caller, &sent, store, client, &mut out);
                out.hold_none_of(canaries, &sent.what);
                ways += 1;
            }
        }
    }
    ways
}

#[test]
fn what_is_presented_shows_in_no_output() {
    listen();
    for (seed, kind) in KINDS.into_iter().enumerate() {
        let caller = Caller::new(kind, &mut Random(seed as u64));
        let canaries = [Canary::new("the secret", &caller.random)];
        let key = caller.key.to_string();
        let ways = every_way(&caller, |secret| requests::carriers(&key, secret), &canaries);
        assert_eq!(ways, 2 * 18 * 4, "{kind:?}");
    }
}

#[test]
fn what_is_presented_and_said_again_shows_in_no_output() {
    listen();
    for (seed, kind) in KINDS.into_iter().enumerate() {
        let caller = Caller::new(kind, &mut Random(100 + seed as u64));
        let canaries = [Canary::new("the secret", &caller.random)];
        let key = caller.key.to_string();
        let ways = every_way(&caller, |secret| requests::echoes(&key, secret), &canaries);
        assert_eq!(ways, 2 * 23 * 4, "{kind:?}");
    }
}

#[test]
fn passwords_and_others_credentials_show_in_no_output() {
    listen();
    for (seed, kind) in KINDS.into_iter().enumerate() {
        let mut random = Random(200 + seed as u64);
        let caller = Caller::new(kind, &mut random);
        let other = Caller::new(world::Kind::Ours, &mut random);
        let password = random.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 20);
        let canaries = [
            Canary::new("the secret", &caller.random),
            Canary::new("the password", &password),
            Canary::new("another's secret", &other.random),
        ];
        let key = caller.key.to_string();
        let sent = |secret: &str| requests::fields(&key, secret, &password, &other.secret);
        assert_eq!(every_way(&caller, sent, &canaries), 2 * 11 * 4, "{kind:?}");
    }
}

#[test]
fn a_body_that_is_cut_anywhere_shows_no_secret() {
    let mut random = Random(300);
    for (first, kind) in KINDS.into_iter().enumerate() {
        let caller = Caller::new(kind, &mut random);
        let canaries = [Canary::new("the secret", &caller.random)];
        let denial = Denial::new(keyward::Code::AccessModule);
        for sent in requests::echoes(caller.key.as_str(), &caller.secret) {
            let lines: Vec<_> =
                sent.lines.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let head = RequestHead::new("POST", &sent.target, Headers::lines(&lines));
            for content in CONTENTS {
                let redactor = redactor(content);
                for cut in (first..sent.body.len()).step_by(KINDS.len()) {
                    let refused = CallRecord::refused(&denial, NOW, caller.engine.catalogue());
                    let recording = refused.request(head, &sent.body[..cut], &redactor);
                    let kept =
                        recording.replied(500, Some(b"application/json"), &sent.body[cut..], &redactor);
                    let mut out = Outputs::default();
                    out.shown("the record", &kept);
                    out.add("the bodies", format!("{} {}", kept.body(), kept.reply_body()));
                    out.hold_none_of(&canaries, &format!("{}, cut at {cut}", sent.what));
                }
            }
        }
    }
}

#[test]
fn the_xml_api_shows_no_secret_wherever_its_request_is_cut() {
    listen();
    let mut random = Random(400);
    for kind in KINDS {
        let caller = Caller::new(kind, &mut random);
        let canaries = [Canary::new("the secret", &caller.random)];
        let store = MemoryStore::new();
        block_on(store.put_account(&caller.account)).unwrap();
        assert_eq!(block_on(store.insert(&caller.user)).unwrap(), Insert::Stored);
        let gate = Gate::new(world::engine(), store);
        for php in ["", "<response_type>PHP</response_type>"] {
            let document = format!(
                "<api><authentication><api_key>{}</api_key><shared_secret>{}</shared_secret>{php}</authentication>\
                 <data><methodCall><methodName>events.create</methodName><a>{}</a></methodCall>\
                 <methodCall><methodName>{}</methodName></methodCall></data></api>",
                caller.key,
                caller.secret.replace('+', "&#43;"),
                "x",
                "events.none",
            );
            let form = format!("data={}", requests::percent(&document));
            for (content_type, whole) in
                [("text/xml", &document), ("application/x-www-form-urlencoded", &form)]
            {
                let cuts = (0..whole.len()).step_by(5).chain([whole.len()]);
                for cut in cuts {
                    let mut out = Outputs::default();
                    xml(&gate, content_type, &whole.as_bytes()[..cut], &mut out);
                    out.hold_none_of(&canaries, &format!("{kind:?} as {content_type}, cut at {cut}"));
                }
            }
        }
    }
}

fn xml(gate: &Gate<MemoryStore>, content_type: &str, body: &[u8], out: &mut Outputs) {
    let request = match Request::read(Some(content_type), body) {
        Ok(request) => request,
        Err(invalid) => {
            out.shown("the invalid request", &invalid);
            out.add("its reply", invalid.reply().body);
            return;
        }
    };
    out.debug("the request", &request);
    let admitted = match block_on(gate.admit(request.present(), NOW)) {
        Ok(Admission::Admit(admitted)) => admitted,
        Ok(Admission::Deny(denial)) => {
            out.shown("the denial", &denial);
            return out.add("its reply", request.refused(&denial).body);
        }
        Err(fault) => return out.add("the fault's reply", request.fault(&fault).body),
    };
    let mut batch = Batch::new(admitted, here(), request.calls(), request.on_error(), gate.engine());
    while let Some(turn) = block_on(gate.turn(&mut batch, NOW)) {
        out.debug("a turn", &turn);
        turn.failed(Answer::failure("it did not work", ""));
    }
    let reply = request.reply(batch.finish());
    out.debug("the reply", &reply);
    out.add("the reply's body", reply.body);
    for event in events() {
        out.add("an event", event);
    }
}

#[test]
fn the_right_signature_of_a_refused_request_shows_nowhere() {
    listen();
    for (seed, kind) in KINDS.into_iter().enumerate() {
        let mut caller = Caller::new(kind, &mut Random(500 + seed as u64));
        let profile = || Profile::antavo("st1");
        let signed_engine = || world::engine().profile(profile()).authorities(["api.example.test"]);
        caller.engine = signed_engine();
        let sign = |secret: &str| {
            let signer = Signer::new(profile(), caller.key, Secret::new(secret.to_owned()));
            let host = [("host", b"api.example.test".as_slice())];
            let head = RequestHead::new("POST", "/events", Headers::lines(&host));
            let signed = signer.sign(head, Payload::Bytes(b"{\"a\":1}"), NOW).unwrap();
            signed.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()
        };
        let signature = |lines: &[(String, String)]| {
            let line = lines.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).unwrap();
            line.1.rsplit_once("Signature=").unwrap().1.to_owned()
        };
        let (right, wrong) = (sign(&caller.secret), sign(&nearly(&caller.secret)));
        let (right_mac, wrong_mac) = (signature(&right), signature(&wrong));
        assert!(right_mac.len() == 64 && right_mac != wrong_mac);
        let canaries =
            [Canary::new("the secret", &caller.random), Canary::new("the right signature", &right_mac)];
        let mut lines = wrong.clone();
        lines.push(("host".into(), "api.example.test".into()));
        let sent = Sent {
            what: "a wrong signature".into(),
            target: "/events".into(),
            lines,
            body: b"{\"a\":1}".to_vec(),
        };
        for store in [Store::Has(Some(caller.subject.clone())), Store::Has(None), Store::Down] {
            let mut out = Outputs::default();
            signed(&caller, &sent, &Gate::new(signed_engine(), store), &mut out);
            out.hold_none_of(&canaries, &sent.what);
            // That it is the request's own signature that was refused, and not its form.
            assert!(out.0.iter().any(|(place, _)| place.starts_with("the canonical request")));
        }
    }
}

fn signed(caller: &Caller, sent: &Sent, gate: &Gate<Store>, out: &mut Outputs) {
    let lines: Vec<_> = sent.lines.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let head = RequestHead::new("POST", &sent.target, Headers::lines(&lines));
    let body = Payload::Bytes(&sent.body);
    let present = || -> Presented<'_> {
        let mut presented = caller.engine.present(head);
        presented.set_body(body);
        presented
    };
    let ask = Ask::new("events.create", here(), NOW);
    out.debug("what is presented", &present());
    out.debug("the explanation", &caller.engine.explain(present(), Some(caller.subject.clone()), &ask));
    let diagnosis = caller.engine.diagnose(head, body, &caller.subject, NOW).unwrap();
    out.debug("the diagnosis", &diagnosis);
    let verifier = keyward::Verifier::new().profile(Profile::antavo("st1")).authorities(["api.example.test"]);
    let canonical = verifier.canonical(head, body).unwrap();
    out.debug("the canonical request", &canonical);
    out.add("the canonical request's text", canonical.request().unwrap_or_default());
    out.add("the string to sign", canonical.to_sign());
    match block_on(gate.authorize(present(), &ask)) {
        Ok(Verdict::Allow(_)) => panic!("a wrong signature is allowed"),
        Ok(Verdict::Deny(denial)) => {
            assert_eq!(denial.code(), keyward::Code::CredentialInvalid);
            denied(out, &denial, caller);
            for content in CONTENTS {
                let refused = CallRecord::refused(&denial, NOW, caller.engine.catalogue());
                let recording = refused.request(head, &sent.body, &redactor(content));
                record(out, recording.into());
            }
        }
        Err(fault) => failed(out, &fault),
    }
    for event in events() {
        out.add("an event", event);
    }
}

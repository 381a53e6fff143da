//! Guards: the journal says who was refused what, from where and why; one event is one line; what was not proven takes
//! no body along and pushes nothing out; pages are stable.
#![cfg(feature = "std")]

mod common;
#[path = "common/logfmt.rs"]
mod logfmt;

use std::{sync::Arc, time::Duration};

use common::{NOW, World, by, from, secret};
use keyward::{
    Act, ActKind, CallRecord, CallSource, Code, Content, CorruptRecord, Denial, Headers, InvalidCursor,
    Journal, JournalCursor, JournalEntry, JournalPart, JournalQuery, MemoryJournal, ModulePolicy, Policy,
    Presented, RedactionKey, Redactor, RequestHead, Shown, Stage, Strength, Subject, Timestamp, Verdict,
};

fn redactor() -> Redactor {
    Redactor::new(RedactionKey::new([5; 32]).unwrap())
}

fn denied(world: &World) -> Denial {
    world.verdict().into_result().unwrap_err()
}

fn refused(world: &World, denial: &Denial) -> CallRecord {
    CallRecord::refused(denial, world.now, world.engine.catalogue())
}

/// A caller with the right secret from a wrong address.
fn outside() -> World {
    let mut world = World::new();
    world.client = from("203.0.113.9");
    world
}

fn wrong_secret(world: &World) -> Denial {
    world.decide(Presented::pair(world.key(), &secret("wrong"))).into_result().unwrap_err()
}

fn fields(entry: &impl ToString) -> Vec<(String, String)> {
    let line = entry.to_string();
    logfmt::read(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn ready<T>(future: impl Future<Output = Result<T, std::convert::Infallible>>) -> T {
    let Ok(value) = pollster::block_on(future);
    value
}

#[test]
fn a_refused_call_says_who_what_where_and_why() {
    let world = outside();
    let record = refused(&world, &denied(&world));
    assert_eq!((record.at(), record.last(), record.count()), (NOW, NOW, 1));
    assert_eq!((record.code(), record.status()), (Some(Code::AccessIpUser), 403));
    assert_eq!((record.stage(), record.is_proven()), (Stage::AfterProof, true));
    assert_eq!(record.account(), Some(world.account.id()));
    assert_eq!((record.user(), record.user_name()), (Some(world.user.id()), Some("checkout")));
    assert_eq!(record.key(), Some(world.key().as_str()));
    assert_eq!((record.module(), record.method()), (Some("events"), Some("events.create")));
    assert_eq!(record.client(), CallSource::Address("203.0.113.9".parse().unwrap()));
    assert_eq!(record.strength(), Some(Strength::Secret));
    let key = world.key();
    let reason = format!(
        "user \"checkout\" (u1, key {key}) called from 203.0.113.9, which no rule of its list matches; add the \
         address if it is the user's; the secret was right, so suspect that it was stolen"
    );
    assert_eq!(record.reason(), reason);
    assert_eq!(
        record.to_string(),
        format!(
            "at=2026-11-22T12:00:00Z event=refused code=access.ip_user status=403 stage=after-proof account=acme \
             user=u1 name=checkout key={key} module=events method=events.create client=203.0.113.9 strength=secret \
             reason=\"{}\"",
            reason.replace('"', "\\\"")
        )
    );
}

#[test]
fn an_allowed_call_that_ended_in_an_error_says_so() {
    let world = World::new();
    let record = CallRecord::failed(&world.granted(), 502, NOW, world.engine.catalogue());
    assert_eq!((record.code(), record.status(), record.is_proven()), (None, 502, true));
    let key = world.key();
    assert_eq!(
        record.reason(),
        format!(
            "user \"checkout\" (u1, key {key}) was allowed to call events.create, which ended with status 502"
        )
    );
    let fields = fields(&record);
    assert_eq!(logfmt::get(&fields, "event"), Some("failed"));
    assert_eq!(logfmt::get(&fields, "status"), Some("502"));
    assert_eq!(logfmt::get(&fields, "code"), None);
}

#[test]
fn what_is_not_proven_is_an_attempt_whatever_its_code() {
    let world = World::new();
    let wrong = refused(&world, &wrong_secret(&world));
    assert_eq!((wrong.stage(), wrong.is_proven()), (Stage::BeforeProof, false));
    assert_eq!(wrong.user_name(), Some("checkout"), "whose key was named");
    let nothing = world.lines(&[]).into_result().unwrap_err();
    assert!(!refused(&world, &nothing).is_proven());
    // Nobody is proven where an adapter decides.
    assert!(!refused(&world, &Denial::new(Code::AccessMethod)).is_proven());
    // A bare key suffices for this module, and proves nothing all the same.
    let mut bare = World::new();
    let policy = ModulePolicy::default().danger_key_only().strength(Policy::off(Strength::Secret));
    bare.account = bare.account.clone().enable("events", policy);
    let grant = bare.decide(Presented::key_only(bare.key())).into_result().unwrap();
    let failed = CallRecord::failed(&grant, 500, NOW, bare.engine.catalogue());
    assert_eq!((failed.stage(), failed.is_proven()), (Stage::BeforeProof, false));
    assert!(failed.reason().starts_with("someone with the key of user \"checkout\""));
    bare.client = from("203.0.113.9");
    let denial = bare.decide(Presented::key_only(bare.key())).into_result().unwrap_err();
    assert!(!refused(&bare, &denial).is_proven());
}

#[test]
fn a_key_that_nobody_has_is_masked_and_one_of_our_form_is_not() {
    let world = World::new();
    let of = |key: &str| {
        let verdict = world.decide(Presented::pair(key.parse().unwrap(), &secret("wrong")));
        refused(&world, &verdict.into_result().unwrap_err())
    };
    let foreign = of("5f4dcc3b5aa765d61d8327deb882cf99");
    assert_eq!(foreign.key(), Some("5f4dcc3b.."));
    assert!(!foreign.to_string().contains("5aa765d6"), "{foreign}");
    assert!(!format!("{foreign:?}").contains("5aa765d6"), "{foreign:?}");
    assert_eq!(of("kwk_0000000000000000").key(), Some("kwk_0000000000000000"));
}

#[test]
fn a_record_keeps_no_subject_alive() {
    let world = outside();
    let (account, user) = (Arc::new(world.account.clone()), Arc::new(world.user.clone()));
    let subject = Subject::new(account.clone(), user.clone(), world.key());
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let verdict = world.engine.authorize(pair, subject, &world.ask()).unwrap();
    let record = refused(&world, &verdict.into_result().unwrap_err());
    assert_eq!((Arc::strong_count(&account), Arc::strong_count(&user)), (1, 1));
    assert_eq!(record.user_name(), Some("checkout"));
}

const BODY: &[u8] = b"{\"card\": \"4111\"}";

fn head<'r>(target: &'r str, lines: &'r [(&'r str, &'r [u8])]) -> RequestHead<'r> {
    RequestHead::new("POST", target, Headers::lines(lines))
}

#[test]
fn of_an_attempt_neither_body_nor_reply_is_kept_and_of_a_proven_call_both() {
    let world = outside();
    let redactor = redactor();
    let lines = [("content-type", b"application/json".as_slice())];
    let recorded = |denial: &Denial| {
        let record = refused(&world, denial).request(head("/events?a=b", &lines), BODY, &redactor);
        record.replied(403, Some(b"application/json"), b"{\"why\": \"because\"}", &redactor)
    };
    let proven = recorded(&denied(&world));
    assert_eq!(proven.http_method(), Some("POST"));
    assert!(![proven.target(), proven.body(), proven.reply_body()].contains(&&Shown::Nothing), "{proven}");
    let attempt = recorded(&wrong_secret(&world));
    assert_eq!(attempt.http_method(), Some("POST"));
    assert_ne!(attempt.target(), &Shown::Nothing);
    assert_eq!([attempt.body(), attempt.reply_body()], [&Shown::Nothing; 2]);
    let names = |record: &CallRecord| fields(record).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert!(names(&proven).ends_with(&["body".to_owned(), "reply".to_owned()]), "{proven}");
    assert!(names(&attempt).iter().all(|name| name != "body" && name != "reply"), "{attempt}");
}

#[test]
fn what_was_presented_shows_nowhere_in_a_record() {
    let mut world = outside();
    let redactor = Redactor::new(RedactionKey::new([5; 32]).unwrap()).default_content(Content::Redacted);
    let token = world.revealed.token().expose().to_owned();
    let secret = world.revealed.secret().expose().to_owned();
    let bearer = format!("Bearer {token}");
    let body = format!("{{\"note\": \"sent {secret} and {token}\", \"password\": \"hunter2-hunter2\"}}");
    let target = format!("/events?note={secret}&signature=0123456789");
    let lines = [
        ("authorization", bearer.as_bytes()),
        ("user-agent", token.as_bytes()),
        ("content-type", b"application/json"),
    ];
    let head = head(&target, &lines);
    let mut records = Vec::new();
    for client in ["203.0.113.9", "192.0.2.1"] {
        world.client = from(client);
        let presented = world.engine.present(head);
        let record = match world.decide(presented) {
            Verdict::Allow(grant) => CallRecord::failed(&grant, 500, NOW, world.engine.catalogue()),
            Verdict::Deny(denial) => refused(&world, &denial),
        };
        let record = record.request(head, body.as_bytes(), &redactor);
        records.push(record.replied(500, Some(b"application/json"), body.as_bytes(), &redactor));
    }
    records.push(CallRecord::from(refused(&world, &wrong_secret(&world)).request(
        head,
        body.as_bytes(),
        &redactor,
    )));
    for record in records {
        let bytes = JournalEntry::from(record.clone()).encode();
        let all = format!("{record} {record:?} {}", String::from_utf8_lossy(&bytes));
        let hidden = [&secret[5..], &token[24..], "hunter2", "0123456789"];
        assert!(hidden.iter().all(|hidden| !all.contains(hidden)), "{all}");
        assert!(all.contains("***") && all.contains("/events"), "{all}");
    }
}

#[test]
fn the_status_is_the_one_that_was_sent() {
    let world = outside();
    let record = refused(&world, &denied(&world)).request(head("/", &[]), b"", &redactor());
    assert_eq!(CallRecord::from(record).status(), 403);
    let record = refused(&world, &denied(&world)).request(head("/", &[]), b"", &redactor());
    assert_eq!(record.replied(200, None, b"", &redactor()).status(), 200, "a format that refuses with 200");
}

#[test]
fn of_an_attempt_no_values_are_kept_whatever_the_module_keeps() {
    let world = outside();
    let redactor = Redactor::new(RedactionKey::new([5; 32]).unwrap()).content("events", Content::Redacted);
    let target = |denial: &Denial| {
        let record =
            CallRecord::from(refused(&world, denial).request(head("/a?b=value", &[]), b"", &redactor));
        assert_eq!(record.module(), Some("events"));
        record.target().to_string()
    };
    assert_eq!(target(&denied(&world)), "/a?b=value");
    assert_eq!(target(&wrong_secret(&world)), "/a?b=string(5)");
}

/// As much as anybody can make it hold.
fn largest(world: &World, denial: &Denial) -> CallRecord {
    let redactor = Redactor::new(RedactionKey::new([5; 32]).unwrap())
        .default_content(Content::Redacted)
        .show_header("x-long");
    let target = format!("/events?{}", "ab=cd&".repeat(2_700));
    let value = "v ".repeat(500);
    let lines: Vec<_> = (0..200).map(|_| ("x-long", value.as_bytes())).collect();
    let lines: Vec<_> = lines.into_iter().chain([("content-type", b"application/json".as_slice())]).collect();
    let body = format!("[{}1]", "\"a\\u0000b\",".repeat(200_000));
    let verb = "VERB".repeat(1000);
    let head = RequestHead::new(&verb, &target, Headers::lines(&lines));
    let record = refused(world, denial).request(head, body.as_bytes(), &redactor);
    record.replied(403, Some(b"application/json"), body.as_bytes(), &redactor)
}

#[test]
fn a_record_is_bounded_and_an_attempt_to_four_kibibytes() {
    let world = outside();
    let bytes = |call: CallRecord| JournalEntry::from(call).encode().len();
    let proven = bytes(largest(&world, &denied(&world)));
    assert!(proven <= 68 * 1024, "{proven}");
    let attempt = bytes(largest(&world, &wrong_secret(&world)));
    assert!(attempt <= 4 * 1024, "{attempt}");
}

/// Whatever breaks a line, colours it, turns it or closes a quote.
const HOSTILE: &str =
    "x\" at=1970 event=grant\n\r\u{1b}[31m\u{9b}31m\u{85}\u{2028}\u{2029}\u{202e}\u{2066}\u{200f}\0\u{7f}\\";

#[test]
fn whatever_a_caller_sends_is_one_line_that_reads_back() {
    let world = outside();
    let lines = [("user-agent", HOSTILE.as_bytes()), ("content-type", HOSTILE.as_bytes())];
    let head = RequestHead::new(HOSTILE, HOSTILE, Headers::lines(&lines));
    for denial in [denied(&world), wrong_secret(&world)] {
        let record = refused(&world, &denial).request(head, HOSTILE.as_bytes(), &redactor());
        let record = record.replied(403, Some(HOSTILE.as_bytes()), HOSTILE.as_bytes(), &redactor());
        let line = record.to_string();
        assert!(!line.chars().any(logfmt::is_unsafe), "{line:?}");
        let fields = fields(&record);
        assert_eq!(logfmt::get(&fields, "http"), record.http_method());
        assert_eq!(logfmt::get(&fields, "at"), Some("2026-11-22T12:00:00Z"));
        assert_eq!(fields.iter().filter(|(name, _)| name == "at" || name == "event").count(), 2);
    }
}

fn act(actor: &str) -> Act {
    let mut user = World::new().user;
    user.disable(keyward::By::new(actor, NOW))
}

#[test]
fn an_act_is_a_line_with_its_actor() {
    let mut world = World::new();
    let (key, hour) = (world.key(), Duration::from_secs(3600));
    let rotated = world.user.rotate(key, hour, world.engine.keys(), by(NOW), &mut common::seeded(2)).unwrap();
    let (new, entry) = (rotated.key_id(), JournalEntry::from(rotated.act().clone()));
    assert_eq!(
        entry.to_string(),
        format!(
            "at=2026-11-22T12:00:00Z event=rotate account=acme user=u1 key={new} replaced={key} \
             end=2026-11-22T13:00:00Z actor=admin@acme.test"
        )
    );
    assert_eq!((entry.part(), entry.count(), entry.at()), (JournalPart::Acts, 1, NOW));
    let hostile = JournalEntry::from(act(HOSTILE)).to_string();
    assert!(!hostile.chars().any(logfmt::is_unsafe), "{hostile:?}");
    assert_eq!(logfmt::get(&logfmt::read(&hostile).unwrap(), "actor"), Some(HOSTILE));
    let long = JournalEntry::from(act(&"a".repeat(5000)));
    let actor = fields(&long).pop().unwrap().1;
    assert_eq!(actor, format!("{}… of 5000 bytes", "a".repeat(991)));
}

#[test]
fn as_many_lines_are_printed_as_there_are_entries() {
    let world = outside();
    let entries: Vec<JournalEntry> = vec![
        act(HOSTILE).into(),
        refused(&world, &denied(&world)).into(),
        refused(&world, &wrong_secret(&world)).request(head(HOSTILE, &[]), b"", &redactor()).into(),
        act("\n\n\n").into(),
    ];
    let log: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    assert_eq!(log.lines().count(), entries.len());
    assert_eq!(log.split(logfmt::is_unsafe).count(), entries.len() + 1, "no other break of any kind");
}

/// One entry of every kind, with everything that it can have and with nothing.
fn entries() -> Vec<JournalEntry> {
    let world = outside();
    let record = || refused(&world, &denied(&world));
    let lines = [("user-agent", b"curl".as_slice())];
    let six = world_at("2001:db8::1");
    let mut network = refused(&six, &wrong_secret(&six));
    assert!(network.absorb(&refused(&world_at("2001:db8::2"), &wrong_secret(&six))));
    vec![
        act("admin").into(),
        record().into(),
        record()
            .request(head("/a?b=c", &lines), BODY, &redactor())
            .replied(403, None, BODY, &redactor())
            .into(),
        refused(&world, &world.lines(&[]).into_result().unwrap_err()).into(),
        CallRecord::refused(
            &Denial::new(Code::RequestTooLarge),
            Timestamp::from_unix(-1),
            &common::catalogue(),
        )
        .into(),
        CallRecord::failed(&World::new().granted(), 500, NOW, &common::catalogue()).into(),
        refused(&six, &denied(&six)).into(),
        network.into(),
    ]
}

fn world_at(client: &str) -> World {
    let mut world = World::new();
    world.client = from(client);
    world
}

#[test]
fn an_entry_is_kept_as_bytes_and_read_back() {
    for entry in entries() {
        let bytes = entry.encode();
        assert_eq!(JournalEntry::decode(&bytes).as_ref(), Ok(&entry));
        assert!((0..bytes.len()).all(|end| JournalEntry::decode(&bytes[..end]).is_err()), "torn: {entry}");
        let mut changed = bytes.clone();
        changed[8] ^= 1;
        assert_eq!(JournalEntry::decode(&changed), Err(CorruptRecord::Checksum("journal")));
    }
    let user = World::new().user.encode();
    assert_eq!(JournalEntry::decode(&user), Err(CorruptRecord::NotOne("journal")));
    for kind in ActKind::ALL {
        let mut act = act("admin");
        act.kind = *kind;
        let entry = JournalEntry::from(act);
        assert_eq!(JournalEntry::decode(&entry.encode()), Ok(entry));
    }
}

#[test]
fn attempts_are_counted_together_only_where_they_are_alike() {
    let (one, other) = (world_at("192.0.2.9"), world_at("192.0.2.10"));
    let at = |world: &World, denial: &Denial, seconds| {
        CallRecord::refused(denial, NOW.plus(Duration::from_secs(seconds)), world.engine.catalogue())
    };
    let mut held = at(&one, &wrong_secret(&one), 5);
    assert!(held.absorb(&at(&one, &wrong_secret(&one), 9)) && held.absorb(&at(&one, &wrong_secret(&one), 1)));
    let second = |seconds| NOW.plus(Duration::from_secs(seconds));
    assert_eq!((held.count(), held.at(), held.last()), (3, second(1), second(9)));
    let line = fields(&held);
    assert_eq!(logfmt::get(&line, "count"), Some("3"));
    assert_eq!(logfmt::get(&line, "last"), Some("2026-11-22T12:00:09Z"));
    let missing = one.lines(&[]).into_result().unwrap_err();
    let before = held.clone();
    for stranger in [
        at(&other, &wrong_secret(&other), 9),
        at(&one, &missing, 9),
        refused(&outside(), &denied(&outside())),
    ] {
        assert!(!held.absorb(&stranger));
    }
    let mut proven = refused(&outside(), &denied(&outside()));
    assert!(!proven.absorb(&proven.clone()), "a proven caller's calls are kept one by one");
    assert_eq!((held, proven.alike()), (before, None));
}

#[test]
fn what_attempts_do_not_have_in_common_is_forgotten() {
    let mut world = world_at("2001:db8::1");
    let mut held = refused(&world, &wrong_secret(&world));
    assert_eq!(held.alike().unwrap(), format!("credential.invalid 2001:db8::/64 {}", world.key()));
    world.client = from("2001:db8::ffff:2");
    world.method = "events.list";
    assert!(held.absorb(&refused(&world, &wrong_secret(&world))));
    assert_eq!(held.client().to_string(), "2001:db8::/64");
    assert_eq!((held.module(), held.method()), (None, None));
    assert_eq!(held.user_name(), Some("checkout"));
    // The key as it was before somebody had it.
    let known = held.clone();
    let unknown = world
        .engine
        .authorize(Presented::pair(world.key(), &secret("wrong")), None, &world.ask())
        .unwrap()
        .into_result()
        .unwrap_err();
    let unknown = CallRecord::refused(&unknown, world.now, world.engine.catalogue());
    assert_eq!((unknown.user_name(), unknown.alike()), (None, known.alike()));
    assert!(held.absorb(&unknown));
    assert_eq!((held.user_name(), held.user(), held.account()), (None, None, None));
    let mut held = unknown;
    assert!(held.absorb(&known));
    assert_eq!((held.user_name(), held.user(), held.account()), (None, None, None));
    world.client = from("2001:db8:0:1::1");
    assert!(!held.absorb(&refused(&world, &wrong_secret(&world))), "another /64");
}

fn journal() -> MemoryJournal {
    MemoryJournal::bounded(160, 1 << 20)
}

fn wrong_at(client: &str, at: Timestamp) -> JournalEntry {
    let world = world_at(client);
    CallRecord::refused(&wrong_secret(&world), at, world.engine.catalogue()).into()
}

fn read(journal: &MemoryJournal, query: &JournalQuery) -> Vec<JournalEntry> {
    ready(journal.browse(query)).entries
}

#[test]
fn alike_attempts_are_one_entry_for_an_hour_and_stay_where_they_were() {
    let journal = journal();
    let later = |seconds| NOW.plus(Duration::from_secs(seconds));
    ready(journal.append(vec![wrong_at("192.0.2.1", NOW), act("admin").into()]));
    ready(journal.append(vec![wrong_at("192.0.2.1", later(3599))]));
    let entries = read(&journal, &JournalQuery::all());
    assert_eq!(entries.iter().map(JournalEntry::count).collect::<Vec<_>>(), [1, 2], "the act arrived later");
    assert_eq!((entries[1].at(), entries[1].last()), (NOW, later(3599)));
    ready(journal.append(vec![wrong_at("192.0.2.1", later(3600))]));
    let entries = read(&journal, &JournalQuery::all());
    assert_eq!(entries.iter().map(JournalEntry::count).collect::<Vec<_>>(), [1, 1, 2]);
    ready(journal.append(vec![wrong_at("192.0.2.1", later(3601))]));
    let entries = read(&journal, &JournalQuery::all());
    assert_eq!(entries.iter().map(JournalEntry::count).collect::<Vec<_>>(), [2, 1, 2]);
}

#[test]
fn each_part_is_bounded_by_number_and_by_bytes_and_loses_its_oldest() {
    let journal = journal(); // 40 acts, 80 calls, 30 attempts
    let world = outside();
    for number in 0..100u32 {
        let at = NOW.plus(Duration::from_secs(number.into()));
        let call = CallRecord::refused(&denied(&world), at, world.engine.catalogue());
        let client = std::net::Ipv4Addr::from_bits(number).to_string();
        ready(journal.append(vec![act("admin").into(), call.into(), wrong_at(&client, at)]));
    }
    let numbers =
        JournalPart::ALL.map(|part| read(&journal, &JournalQuery::all().part(part).limit(200)).len());
    assert_eq!(numbers, [40, 80, 30]);
    assert_eq!((journal.len(), journal.displaced()), (150, 60 + 20 + 70));
    let oldest = read(&journal, &JournalQuery::all().part(JournalPart::Calls).limit(200)).pop().unwrap();
    assert_eq!(oldest.at(), NOW.plus(Duration::from_secs(20)));

    let tiny = MemoryJournal::bounded(10, 1 << 20);
    ready(tiny.append((0..10).map(|_| act("admin").into()).collect()));
    assert_eq!(tiny.len(), 2, "a quarter of ten");

    let small = MemoryJournal::bounded(1_000_000, 64 << 10); // 16 KiB of acts
    for _ in 0..100 {
        ready(small.append(vec![act(&"a".repeat(1000)).into()]));
    }
    let kept = small.len();
    assert!((10..=13).contains(&kept), "{kept}");
    ready(small.append(vec![act(&"a".repeat(1 << 20)).into()]));
    assert_eq!(small.len(), kept, "one that has no room by itself pushes nothing out");
    assert_eq!(small.displaced(), 101 - kept as u64);
    ready(small.forget(JournalPart::Acts, NOW.plus(Duration::from_secs(1))));
    for _ in 0..2 {
        ready(small.append((0..kept).map(|_| act(&"a".repeat(1000)).into()).collect()));
        assert_eq!(small.len(), kept, "what is forgotten leaves its room");
        ready(small.forget(JournalPart::Acts, NOW.plus(Duration::from_secs(1))));
    }
}

#[test]
fn entries_are_found_by_whom_what_and_when() {
    let journal = journal();
    let mut world = outside();
    let mut offered = Vec::new();
    for method in ["events.create", "events.list", "coupons.issue"] {
        world.method = method;
        world.now = world.now.plus(Duration::from_secs(60));
        offered.push(JournalEntry::from(refused(&world, &denied(&world))));
    }
    ready(journal.append(offered.clone()));
    ready(journal.append(vec![act("admin").into(), wrong_at("192.0.2.9", NOW)]));
    let acme = world.account.id();
    let methods = |query: JournalQuery| {
        let calls = read(&journal, &query.part(JournalPart::Calls));
        calls
            .iter()
            .map(|entry| logfmt::get(&fields(entry), "method").unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(methods(JournalQuery::of_account(acme)), ["coupons.issue", "events.list", "events.create"]);
    assert_eq!(methods(JournalQuery::all().module("events")), ["events.list", "events.create"]);
    assert_eq!(methods(JournalQuery::all().method("events.list")), ["events.list"]);
    assert_eq!(methods(JournalQuery::all().code(Code::AccessIpUser)).len(), 3);
    assert_eq!(methods(JournalQuery::all().code(Code::AccessMethod)).len(), 0);
    assert_eq!(methods(JournalQuery::of_user(acme, world.user.id())).len(), 3);
    assert_eq!(methods(JournalQuery::of_user(acme, "u2".parse().unwrap())).len(), 0);
    let minute = |minutes: u64| NOW.plus(Duration::from_secs(60 * minutes));
    assert_eq!(methods(JournalQuery::all().since(minute(2))), ["coupons.issue", "events.list"]);
    assert_eq!(methods(JournalQuery::all().until(minute(2))), ["events.list", "events.create"]);
    assert_eq!(read(&journal, &JournalQuery::of_account(acme)).len(), 5, "attempts on its keys and acts too");
    assert_eq!(
        read(&journal, &JournalQuery::all().part(JournalPart::Acts)),
        [JournalEntry::from(act("admin"))]
    );
}

#[test]
fn pages_go_on_behind_their_cursor_whatever_arrives() {
    let journal = journal();
    let world = outside();
    let numbered = |seconds| {
        let at = NOW.plus(Duration::from_secs(seconds));
        JournalEntry::from(CallRecord::refused(&denied(&world), at, world.engine.catalogue()))
    };
    ready(journal.append((0..7).map(numbered).collect()));
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = ready(journal.browse(&JournalQuery::all().after(after).limit(3)));
        seen.extend(page.entries.iter().map(|entry| entry.at().unix() - NOW.unix()));
        // As a link carries it.
        after = page.next.map(|next| next.to_string().parse::<JournalCursor>().unwrap());
        if after.is_none() {
            break;
        }
        ready(journal.append(vec![numbered(50), act("admin").into(), wrong_at("192.0.2.9", NOW)]));
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
}

#[test]
fn a_page_is_bounded_and_a_cursor_is_what_a_page_named() {
    assert_eq!(JournalQuery::all().page(), 50);
    for (asked, given) in [(0, 1), (1, 1), (200, 200), (201, 200), (usize::MAX, 200)] {
        assert_eq!(JournalQuery::all().limit(asked).page(), given);
    }
    for text in ["", "0", "000000000000000g", "00000000000000000", "+00000000000000f", "ABCDEF0123456789"] {
        assert_eq!(text.parse::<JournalCursor>(), Err(InvalidCursor), "{text}");
    }
    assert_eq!(
        InvalidCursor.to_string(),
        "unfit cursor; take the one that came with the page before, or none for the first page"
    );
}

#[test]
fn what_is_older_than_it_may_be_is_forgotten_part_by_part() {
    let journal = journal();
    let world = outside();
    let call = |seconds| {
        let at = NOW.plus(Duration::from_secs(seconds));
        JournalEntry::from(CallRecord::refused(&denied(&world), at, world.engine.catalogue()))
    };
    let later = |seconds| NOW.plus(Duration::from_secs(seconds));
    ready(journal.append((0..5).map(call).collect()));
    ready(journal.append(vec![
        act("admin").into(),
        wrong_at("192.0.2.1", NOW),
        wrong_at("192.0.2.1", later(9)),
    ]));
    assert_eq!(ready(journal.forget(JournalPart::Calls, later(3))), 3);
    assert_eq!(ready(journal.forget(JournalPart::Attempts, later(9))), 0, "its last call is not older");
    assert_eq!(journal.len(), 4);
    assert_eq!(ready(journal.forget(JournalPart::Attempts, later(10))), 1);
    ready(journal.append(vec![wrong_at("192.0.2.1", later(11))]));
    let attempts = read(&journal, &JournalQuery::all().part(JournalPart::Attempts));
    assert_eq!(
        attempts.iter().map(JournalEntry::count).collect::<Vec<_>>(),
        [1],
        "what is forgotten is not counted on"
    );
    assert_eq!(ready(journal.forget(JournalPart::Acts, later(1))), 1);
    assert_eq!(journal.displaced(), 0);
}

#[test]
fn what_stands_in_the_place_of_the_method_is_masked_like_everything_else() {
    let world = outside();
    let secret = "k9Xq2LmPz7Rt4Vw8";
    let line = format!("Bearer {secret}");
    let lines = [("authorization", line.as_bytes())];
    let head = RequestHead::new(secret, "/events", Headers::lines(&lines));
    let record: CallRecord = refused(&world, &denied(&world)).request(head, b"", &redactor()).into();
    assert_eq!(record.http_method(), Some("***"));
    assert!(!record.to_string().contains(&secret[..9]), "{record}");
    let head = RequestHead::new("DELETE", "/events", Headers::lines(&lines));
    let record: CallRecord = refused(&world, &denied(&world)).request(head, b"", &redactor()).into();
    assert_eq!(record.http_method(), Some("DELETE"));
}

#[test]
fn an_entry_of_many_attempts_is_found_by_its_last_moment_and_by_its_first() {
    let journal = journal();
    let later = |seconds| NOW.plus(Duration::from_secs(seconds));
    ready(journal.append(vec![wrong_at("192.0.2.1", NOW), wrong_at("192.0.2.1", later(600))]));
    for (since, until, found) in [
        (NOW, later(600), 1),
        (later(1), later(599), 1),
        (later(600), later(900), 1),
        (later(601), later(900), 0),
        (NOW.minus(Duration::from_secs(9)), NOW, 1),
        (NOW.minus(Duration::from_secs(9)), NOW.minus(Duration::from_secs(1)), 0),
    ] {
        let entries = read(&journal, &JournalQuery::all().since(since).until(until));
        assert_eq!(entries.len(), found, "{since} to {until}");
        assert!(entries.iter().all(|entry| entry.count() == 2));
    }
}

#[test]
fn attempts_under_a_clock_that_was_set_back_are_not_counted_in_an_entry_of_later() {
    let journal = journal();
    let day = Duration::from_secs(86_400);
    ready(journal.append(vec![wrong_at("192.0.2.1", NOW), wrong_at("192.0.2.1", NOW.minus(day))]));
    let entries = read(&journal, &JournalQuery::all());
    assert_eq!(entries.iter().map(JournalEntry::count).collect::<Vec<_>>(), [1, 1]);
}

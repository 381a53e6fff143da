//! Guards: whatever a caller sends and an actor is called, an entry is one line that another reader takes apart again; and
//! whatever comes in whatever order, nothing is lost that is not counted.

#[path = "../common/logfmt.rs"]
mod logfmt;

use std::{net::Ipv4Addr, time::Duration};

use keyward::{
    Ask, By, CallRecord, ClientAddr, Content, Denial, Headers, Journal, JournalEntry, JournalPart,
    JournalQuery, MemoryJournal, Presented, Recorder, RedactionKey, Redactor, RequestHead, Secret, Timestamp,
};
use proptest::{collection::vec, prelude::*, test_runner::TestCaseResult};

use crate::{
    common::{METHOD, Open, anything, ask, config},
    store::polled,
};

/// The fields of a call, in their order.
const NAMES: [&str; 19] = [
    "at", "event", "code", "status", "stage", "account", "user", "name", "key", "module", "method", "client",
    "strength", "reason", "http", "target", "headers", "body", "reply",
];

/// The longest value, and quotes around it.
const MAX_VALUE: usize = 1024 + 2;

/// Long ones too.
fn text() -> impl Strategy<Value = String> {
    (anything(), 1..80usize).prop_map(|(text, times)| text.repeat(times))
}

/// One line, and its fields.
fn fields(entry: &JournalEntry) -> Result<Vec<(String, String)>, TestCaseError> {
    let line = entry.to_string();
    prop_assert!(!line.chars().any(logfmt::is_unsafe), "{:?}", line);
    logfmt::read(&line).map_err(|error| TestCaseError::fail(format!("{error}: {line:?}")))
}

/// Whether a value is the text, or as much of it as fits and its length.
fn is(value: &str, text: &str) -> bool {
    let cut = value.rsplit_once("… of ").is_some_and(|(start, length)| {
        length == format!("{} bytes", text.len()) && text.starts_with(start) && text.len() > 160
    });
    value == text || cut
}

fn denials(open: &Open) -> [Denial; 2] {
    let wrong = Secret::new("wrong".to_owned());
    let key = open.revealed.key_id();
    let decided = |presented, ask: &Ask<'_>| {
        let verdict = open.engine.authorize(presented, Some(open.subject()), ask).expect("no fault");
        verdict.into_result().expect_err("a denial")
    };
    let unknown = Ask::new("no.such", ClientAddr::unknown(), Timestamp::from_unix(1));
    [
        decided(Presented::pair(key, open.revealed.secret()), &unknown),
        decided(Presented::pair(key, &wrong), &ask()),
    ]
}

fn redactor(content: Content) -> Redactor {
    Redactor::new(RedactionKey::new([5; 32]).expect("a key")).default_content(content).show_header("x-any")
}

fn one_line_each(entries: &[JournalEntry]) -> TestCaseResult {
    let log: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    prop_assert_eq!(log.split(logfmt::is_unsafe).count(), entries.len() + 1);
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_actor_of_any_name_is_one_field_of_one_line(actor in text(), at in any::<i64>()) {
        let mut user = Open::minted(1, "kw").user;
        let entry = JournalEntry::from(user.disable(By::new(&actor, Timestamp::from_unix(at))));
        let fields = fields(&entry)?;
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(names, ["at", "event", "account", "user", "actor"]);
        prop_assert!(is(&fields[4].1, &actor), "{:?}", fields[4].1);
        prop_assert!(entry.to_string().len() <= 200 + MAX_VALUE);
    }

    #[test]
    fn a_request_of_any_text_is_one_line_of_known_fields(
        method in anything(), target in text(), header in text(), body in text(), content in 0..3u8,
    ) {
        let open = Open::minted(1, "kw");
        let content = [Content::None, Content::Shape, Content::Redacted][usize::from(content)];
        let redactor = redactor(content);
        let lines = [("x-any", header.as_bytes()), ("content-type", header.as_bytes())];
        let head = RequestHead::new(&method, &target, Headers::lines(&lines));
        let mut entries = Vec::new();
        for denial in denials(&open) {
            let record = CallRecord::refused(&denial, Timestamp::from_unix(1), open.engine.catalogue());
            let record = record.request(head, body.as_bytes(), &redactor);
            let entry = JournalEntry::from(record.replied(403, Some(header.as_bytes()), body.as_bytes(), &redactor));
            let fields = fields(&entry)?;
            let mut known = NAMES.iter();
            prop_assert!(fields.iter().all(|(name, _)| known.any(|known| known == name)), "{:?}", fields);
            prop_assert!(entry.to_string().len() <= 19 * (MAX_VALUE + 12));
            let read = JournalEntry::decode(&entry.encode());
            prop_assert_eq!(read.as_ref(), Ok(&entry));
            entries.push(entry);
        }
        one_line_each(&entries)?;
    }

    #[test]
    fn no_bytes_make_the_reader_of_entries_panic(bytes in vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>()) {
        let _ = JournalEntry::decode(&bytes);
        let mut user = Open::minted(1, "kw").user;
        let mut record = JournalEntry::from(user.disable(By::new("admin", Timestamp::from_unix(0)))).encode();
        let at = at.index(record.len());
        record.splice(at.., bytes);
        let _ = JournalEntry::decode(&record);
    }

    #[test]
    fn whatever_comes_is_kept_or_counted(
        calls in vec((0..40u8, 0..12u8, 0..4u8, 0..5000u64), 0..300),
        room in 0..24usize,
        entries in 0..300usize,
    ) {
        let open = Open::minted(1, "kw");
        let (recorder, mut drain) = Recorder::bounded(room);
        let journal = MemoryJournal::bounded(entries, 1 << 20);
        for (source, key, kind, second) in &calls {
            let now = Timestamp::from_unix(0).plus(Duration::from_secs(*second));
            let wrong = Secret::new("wrong".to_owned());
            let key = format!("kwk_{key:016}").parse().expect("a key id");
            let client = ClientAddr::direct(Ipv4Addr::from_bits(u32::from(*source)).into());
            let proven = *kind == 0;
            let (presented, known) = if proven {
                (Presented::pair(open.revealed.key_id(), open.revealed.secret()), Some(open.subject()))
            } else {
                (Presented::pair(key, &wrong), None)
            };
            let method = if proven { "no.such" } else { METHOD };
            let decided = open.engine.authorize(presented, known, &Ask::new(method, client, now));
            let denial = decided.expect("no fault").into_result().expect_err("a denial");
            recorder.offer(CallRecord::refused(&denial, now, open.engine.catalogue()));
            if *kind == 1 {
                let taken = drain.take();
                prop_assert!(taken.iter().filter(|entry| entry.part() == JournalPart::Calls).count() <= room);
                prop_assert!(taken.iter().filter(|entry| entry.part() == JournalPart::Attempts).count() <= room + 1);
                let Ok(()) = polled(journal.append(taken));
            }
        }
        let Ok(()) = polled(journal.append(drain.take()));
        let (mut events, mut after) = (0, None);
        loop {
            let Ok(page) = polled(journal.browse(&JournalQuery::all().after(after).limit(7)));
            events += page.entries.iter().map(JournalEntry::count).sum::<u64>();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let counted = events + journal.displaced() + recorder.dropped();
        prop_assert_eq!(usize::try_from(counted), Ok(calls.len()));
        prop_assert!(journal.len() <= entries);
    }
}

//! Guards: whoever answers requests never waits for the journal; what finds no room is counted; a flood of what is not
//! proven drops nothing that is; everything else arrives, in its order, once.
#![cfg(feature = "std")]

mod common;

use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use common::{NOW, World, from, secret};
use keyward::{
    By, CallRecord, CallSource, Denial, Headers, Journal, JournalEntry, JournalPage, JournalPart,
    JournalQuery, KeyId, MemoryJournal, Presented, Recorder, RedactionKey, Redactor, RequestHead, Timestamp,
};

/// Makes entries, told apart by their second.
struct Maker {
    world: World,
    proven: Denial,
}

impl Maker {
    fn new() -> Self {
        let mut world = World::new();
        world.client = from("203.0.113.9");
        let proven = world.verdict().into_result().unwrap_err();
        Self { world, proven }
    }

    fn record(&self, denial: &Denial, second: u64) -> JournalEntry {
        let at = NOW.plus(Duration::from_secs(second));
        CallRecord::refused(denial, at, self.world.engine.catalogue()).into()
    }

    fn call(&self, second: u64) -> JournalEntry {
        self.record(&self.proven, second)
    }

    fn attempt(&mut self, client: &str, key: KeyId, second: u64) -> JournalEntry {
        self.world.client = from(client);
        let denial = self.world.decide(Presented::pair(key, &secret("wrong"))).into_result().unwrap_err();
        self.record(&denial, second)
    }

    fn act(&self, second: u64) -> JournalEntry {
        let at = NOW.plus(Duration::from_secs(second));
        self.world.user.clone().disable(By::new("admin", at)).into()
    }
}

fn unknown(number: usize) -> KeyId {
    format!("kwk_{number:016}").parse().unwrap()
}

fn seconds(entries: &[JournalEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.at().unix() - NOW.unix()).collect()
}

fn events(entries: &[JournalEntry]) -> u64 {
    entries.iter().map(JournalEntry::count).sum()
}

#[test]
fn entries_are_drained_in_the_order_in_which_they_were_offered() {
    let mut make = Maker::new();
    let (recorder, mut drain) = Recorder::bounded(8);
    recorder.offer(make.call(3));
    recorder.offer(make.attempt("192.0.2.1", unknown(1), 1));
    recorder.offer(make.act(4));
    recorder.offer(make.attempt("192.0.2.1", unknown(1), 5));
    recorder.clone().offer(make.call(2));
    let taken = drain.take();
    assert_eq!(seconds(&taken), [3, 1, 4, 2], "an attempt stands where the first of its kind stood");
    assert_eq!(events(&taken), 5);
    assert_eq!((drain.take(), recorder.dropped()), (vec![], 0));
}

#[test]
fn each_part_has_room_of_its_own_and_what_finds_none_is_counted() {
    let mut make = Maker::new();
    let (recorder, mut drain) = Recorder::bounded(4);
    for second in 0..10 {
        recorder.offer(make.call(second));
        recorder.offer(make.act(second));
    }
    assert_eq!(recorder.dropped(), 12);
    for number in 0..10 {
        recorder.offer(make.attempt(&format!("192.0.2.{number}"), unknown(number), 0));
    }
    assert_eq!(
        (recorder.dropped(), drain.dropped()),
        (12, 12),
        "attempts beyond the room are counted together"
    );
    let taken = drain.take();
    let of = |part| taken.iter().filter(|entry| entry.part() == part).cloned().collect::<Vec<_>>();
    assert_eq!(seconds(&of(JournalPart::Calls)), [0, 1, 2, 3]);
    assert_eq!(seconds(&of(JournalPart::Acts)), [0, 1, 2, 3]);
    let attempts = of(JournalPart::Attempts);
    assert_eq!((attempts.len(), events(&attempts)), (5, 10));
    recorder.offer(make.call(20));
    assert_eq!(seconds(&drain.take()), [20], "there is room again");
}

#[test]
fn calls_are_bounded_by_their_bytes_too() {
    use keyward::{Content, Headers, RedactionKey, Redactor, RequestHead};
    let make = Maker::new();
    let redactor = Redactor::new(RedactionKey::new([5; 32]).unwrap()).default_content(Content::Redacted);
    let (recorder, mut drain) = Recorder::bounded(16); // 64 KiB
    let verb = "V".repeat(32);
    let body = format!("[{}1]", "1,".repeat(5_000));
    let head = RequestHead::new(&verb, "/events", Headers::lines(&[("content-type", b"application/json")]));
    for _ in 0..16 {
        let record = CallRecord::refused(&make.proven, NOW, make.world.engine.catalogue());
        recorder.offer(record.request(head, body.as_bytes(), &redactor));
    }
    let taken = drain.take();
    let bytes: usize = taken.iter().map(|entry| entry.encode().len()).sum();
    assert!(bytes <= 64 << 10, "{bytes}");
    assert_eq!(events(&taken) + recorder.dropped(), 16);
}

#[test]
fn keys_that_nobody_has_are_kept_apart_by_the_handful_and_known_ones_always() {
    let mut make = Maker::new();
    let (recorder, mut drain) = Recorder::bounded(64);
    for number in 0..30 {
        recorder.offer(make.attempt("192.0.2.1", unknown(number), 0));
    }
    let known = make.world.key();
    recorder.offer(make.attempt("192.0.2.1", known, 0));
    recorder.offer(make.attempt("192.0.2.2", unknown(29), 0));
    let taken: Vec<_> = drain.take().into_iter().map(call).collect();
    assert_eq!(taken.len(), 8 + 1 + 1 + 1);
    let many = taken.iter().find(|call| call.key().is_none()).unwrap();
    assert_eq!((many.count(), many.client().to_string()), (22, "192.0.2.1".to_owned()));
    assert_eq!(many.reason(), "a caller tried more keys than are kept apart; see what else comes from there");
    assert!(taken.iter().any(|call| call.key() == Some(known.as_str())));
}

fn call(entry: JournalEntry) -> CallRecord {
    match entry {
        JournalEntry::Call(call) => call,
        other => panic!("{other}"),
    }
}

#[test]
fn sources_beyond_the_room_are_counted_by_their_answer() {
    let mut make = Maker::new();
    let (recorder, mut drain) = Recorder::bounded(2);
    let redactor = Redactor::new(RedactionKey::new([5; 32]).unwrap());
    let head = RequestHead::new("POST", "/events", Headers::lines(&[]));
    for number in 0..10 {
        let attempt = call(make.attempt(&format!("192.0.2.{number}"), unknown(0), number));
        recorder.offer(attempt.request(head, b"", &redactor));
    }
    let taken: Vec<_> = drain.take().into_iter().map(call).collect();
    assert_eq!(taken.iter().map(CallRecord::count).collect::<Vec<_>>(), [1, 1, 8]);
    let requests: Vec<_> = taken.iter().map(CallRecord::http_method).collect();
    assert_eq!(requests, [Some("POST"), Some("POST"), None], "of many callers none's request stays");
    let rest = &taken[2];
    assert_eq!((rest.client(), rest.key(), rest.user()), (CallSource::Many, None, None));
    assert_eq!(rest.last(), NOW.plus(Duration::from_secs(9)));
    assert_eq!(
        rest.reason(),
        "callers from more places than are kept apart got this answer; have the service's edge slow them down"
    );
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_drain_waits_until_something_is_offered_and_loses_nothing_when_it_is_not_polled_on() {
    let make = Maker::new();
    let (recorder, mut drain) = Recorder::bounded(8);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    {
        let mut next = pin!(drain.next());
        assert!(next.as_mut().poll(&mut context).is_pending());
        recorder.offer(make.call(1));
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        // Dropped as a timeout or a select would.
    }
    recorder.offer(make.call(2));
    let Poll::Ready(Some(taken)) = pin!(drain.next()).poll(&mut context) else { panic!("it is there") };
    assert_eq!(seconds(&taken), [1, 2]);
    let other = recorder.clone();
    {
        let mut next = pin!(drain.next());
        assert!(next.as_mut().poll(&mut context).is_pending());
        drop(recorder);
        assert!(next.as_mut().poll(&mut context).is_pending(), "one is left");
    }
    other.offer(make.call(3));
    drop(other);
    let Poll::Ready(Some(taken)) = pin!(drain.next()).poll(&mut context) else { panic!("offered last") };
    assert_eq!(seconds(&taken), [3]);
    assert!(pollster::block_on(drain.next()).is_none());
}

#[test]
fn draining_ends_when_the_last_recorder_is_gone_and_everything_arrived() {
    let journal = Arc::new(MemoryJournal::bounded(10_000, 16 << 20));
    let (recorder, drain) = Recorder::bounded(4096);
    let kept = journal.clone();
    let drained = thread::spawn(move || pollster::block_on(drain.drain_into(kept)));
    let offering: Vec<_> = (0..4)
        .map(|_| {
            let recorder = recorder.clone();
            thread::spawn(move || {
                let mut make = Maker::new();
                for second in 0..250 {
                    recorder.offer(make.call(second));
                    recorder.offer(make.attempt("192.0.2.1", unknown(1), second));
                }
            })
        })
        .collect();
    for thread in offering {
        thread.join().unwrap();
    }
    assert_eq!(recorder.dropped(), 0);
    drop(recorder);
    drained.join().unwrap();
    let count = |part| {
        let query = JournalQuery::all().part(part).limit(200);
        let page = pollster::block_on(journal.browse(&query)).unwrap();
        (events(&page.entries), page.next.is_some())
    };
    assert_eq!(journal.len(), 1001);
    assert_eq!(count(JournalPart::Attempts), (1000, false));
    assert_eq!(count(JournalPart::Calls), (200, true));
}

/// Fails every other time.
#[derive(Default)]
struct Flaky {
    appended: Mutex<Vec<JournalEntry>>,
    calls: AtomicUsize,
}

#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
struct Full;

impl Journal for Flaky {
    type Error = Full;
    async fn append(&self, entries: Vec<JournalEntry>) -> Result<(), Full> {
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            return Err(Full);
        }
        self.appended.lock().unwrap().extend(entries);
        Ok(())
    }
    async fn browse(&self, _: &JournalQuery) -> Result<JournalPage, Full> {
        Err(Full)
    }
    async fn forget(&self, _: JournalPart, _: Timestamp) -> Result<u64, Full> {
        Err(Full)
    }
}

#[test]
fn what_a_journal_fails_to_keep_is_counted_and_it_goes_on() {
    let mut make = Maker::new();
    let (recorder, drain) = Recorder::bounded(8);
    let (journal, woken) = (Flaky::default(), Arc::new(Woken::default()));
    let waker = Waker::from(woken);
    let mut context = Context::from_waker(&waker);
    let mut draining = pin!(drain.drain_into(&journal));
    for second in 0..3 {
        recorder.offer(make.call(second));
    }
    recorder.offer(make.attempt("192.0.2.1", unknown(1), 0));
    recorder.offer(make.attempt("192.0.2.1", unknown(1), 0));
    assert!(draining.as_mut().poll(&mut context).is_pending());
    assert_eq!(recorder.dropped(), 5, "a failed batch, attempt by attempt");
    recorder.offer(make.call(7));
    assert!(draining.as_mut().poll(&mut context).is_pending());
    assert_eq!(seconds(&journal.appended.lock().unwrap()), [7]);
    assert_eq!(recorder.dropped(), 5);
    drop(recorder);
    assert!(draining.as_mut().poll(&mut context).is_ready());
}

/// Never answers.
struct Stuck;

impl Journal for Stuck {
    type Error = Full;
    async fn append(&self, _: Vec<JournalEntry>) -> Result<(), Full> {
        std::future::pending().await
    }
    async fn browse(&self, _: &JournalQuery) -> Result<JournalPage, Full> {
        Err(Full)
    }
    async fn forget(&self, _: JournalPart, _: Timestamp) -> Result<u64, Full> {
        Err(Full)
    }
}

#[test]
fn nobody_waits_for_a_journal_that_does_not_answer() {
    let make = Maker::new();
    let (recorder, drain) = Recorder::bounded(4);
    let waker = Waker::noop();
    let mut draining = Box::pin(drain.drain_into(Stuck));
    recorder.offer(make.call(0));
    assert!(draining.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
    for second in 1..10 {
        recorder.offer(make.call(second));
    }
    assert_eq!(recorder.dropped(), 5);
    drop(draining);
    assert_eq!(recorder.dropped(), 10, "what was under way and what waited is counted when nobody drains");
    recorder.offer(make.call(10));
    assert_eq!(recorder.dropped(), 11, "and so is what comes then");
}

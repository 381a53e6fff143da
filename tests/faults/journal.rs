//! A journal that is down: verdicts are what they were, and what is lost is counted.

use std::sync::Arc;

use keyward::{
    CallRecord, Denial, Gate, JournalQuery, MemoryJournal, Presented, Recorder, Verdict,
    conformance::{FaultPlan, Faulty, Inject, Operation},
};
use keyward::{Journal, MemoryStore};
use pollster::block_on;

use super::{
    common::{World, engine, from},
    stored,
};

/// Answers a request and offers its refusal to the journal.
fn answer(gate: &Gate<MemoryStore>, world: &World, recorder: &Recorder) -> Result<(), Denial> {
    let presented = Presented::pair(world.key(), world.revealed.secret());
    match block_on(gate.authorize(presented, &world.ask())).unwrap() {
        Verdict::Allow(_) => Ok(()),
        Verdict::Deny(denial) => {
            recorder.offer(CallRecord::refused(&denial, world.now, gate.engine().catalogue()));
            Err(denial)
        }
    }
}

#[test]
fn a_journal_that_is_down_changes_no_verdict_and_what_it_lost_is_counted() {
    for (inject, arrived) in
        [(None, 4), (Some(Inject::Fail), 0), (Some(Inject::LoseAnswer), 4), (Some(Inject::Cut(2)), 2)]
    {
        let mut world = World::new();
        let gate = Gate::new(engine(), stored(&world));
        let plan =
            inject.map_or(FaultPlan::none(), |inject| FaultPlan::none().always(Operation::Append, inject));
        let journal = Arc::new(Faulty::new(MemoryJournal::bounded(100, 1 << 20), plan));
        let (recorder, drain) = Recorder::bounded(64);
        for _ in 0..4 {
            world.client = from("192.0.2.1");
            assert!(answer(&gate, &world, &recorder).is_ok(), "{inject:?}");
            world.client = from("203.0.113.9");
            assert!(answer(&gate, &world, &recorder).is_err(), "{inject:?}");
        }
        let counts = recorder.clone();
        drop(recorder);
        let drained = drain.drain_into(Arc::clone(&journal));
        // It ends when the last recorder is gone, and this one is kept to read its count.
        let _ = keyward::conformance::poll_for(20, drained);
        let lost = if inject.is_none() { 0 } else { 4 };
        assert_eq!(counts.dropped(), lost, "{inject:?}: what nobody acknowledged counts as lost");
        let kept = block_on(journal.inner().browse(&JournalQuery::all())).unwrap();
        assert_eq!(kept.entries.len(), arrived, "{inject:?}");
    }
}

#[test]
fn a_journal_that_comes_back_keeps_what_comes_then() {
    let mut world = World::new();
    let gate = Gate::new(engine(), stored(&world));
    let plan = FaultPlan::none().at(Operation::Append, 1, Inject::Fail);
    let journal = Arc::new(Faulty::new(MemoryJournal::bounded(100, 1 << 20), plan));
    let (recorder, drain) = Recorder::bounded(64);
    world.client = from("203.0.113.9");
    let mut drained = std::pin::pin!(drain.drain_into(Arc::clone(&journal)));
    for _ in 0..2 {
        assert!(answer(&gate, &world, &recorder).is_err());
        assert!(keyward::conformance::poll_for(5, drained.as_mut()).is_none());
    }
    assert_eq!(recorder.dropped(), 1);
    assert_eq!(block_on(journal.browse(&JournalQuery::all())).unwrap().entries.len(), 1);
}

#[test]
fn a_journal_that_never_answers_holds_no_verdict_up() {
    let mut world = World::new();
    world.client = from("203.0.113.9");
    let gate = Gate::new(engine(), stored(&world));
    let plan = FaultPlan::none().always(Operation::Append, Inject::DelayBefore(u32::MAX));
    let journal = Faulty::new(MemoryJournal::bounded(100, 1 << 20), plan);
    let (recorder, drain) = Recorder::bounded(3);
    let mut drained = Box::pin(drain.drain_into(&journal));
    assert!(answer(&gate, &world, &recorder).is_err());
    assert!(keyward::conformance::poll_for(5, drained.as_mut()).is_none(), "one is under way for good");
    for _ in 0..5 {
        assert!(answer(&gate, &world, &recorder).is_err());
    }
    assert_eq!(recorder.dropped(), 2, "three wait, two had no room");
    drop(drained);
    assert_eq!(recorder.dropped(), 6, "and all of it is lost when the drain is dropped");
}

//! Futures that are dropped wherever they wait.

use std::{fmt::Write as _, sync::Arc};

use keyward::{
    Account, ApiUser, Code, Gate, MemoryReplay, MemoryStore, ModulePolicy, Policy, Registry, Replay,
    conformance::{FaultPlan, Faulty, Inject, Operation, drop_at_each_poll, poll_for},
};
use pollster::block_on;

use super::{
    common::{
        NOW, World, by, code, seeded,
        signing::{POST, Signing, signing_engine, world as signing_world},
    },
    send, stored,
};

/// Everything that a store answers of the world's account.
fn state(store: &MemoryStore, world: &World, others: &[ApiUser]) -> String {
    let mut state = String::new();
    let account = block_on(store.account(world.account.id())).unwrap();
    writeln!(state, "{:?}", account.map(|account| account.encode())).unwrap();
    for user in block_on(store.list(world.account.id(), None, 99)).unwrap() {
        writeln!(state, "{:?}", user.encode()).unwrap();
        let read = block_on(store.user(user.account(), user.id())).unwrap();
        assert_eq!(read.map(|read| read.encode()), Some(user.encode()), "lists and reads agree");
    }
    for key in [&world.user].into_iter().chain(others).flat_map(ApiUser::credentials) {
        let found = block_on(keyward::Lookup::find(store, key.key_id())).unwrap();
        let found = found.map(|found| (found.user().encode(), found.credential().revoked_at()));
        writeln!(state, "{found:?}").unwrap();
    }
    state
}

type Slow = Faulty<Arc<MemoryStore>>;

/// A write, and what makes it.
type Write<'w> = (Operation, Box<dyn AsyncWrite + 'w>);

/// Calls that differ in their answers alone.
trait AsyncWrite {
    fn drop_everywhere(&self, store: &Slow, check: &mut dyn FnMut(u32));
}

impl<F: AsyncFn(&Slow)> AsyncWrite for F {
    fn drop_everywhere(&self, store: &Slow, check: &mut dyn FnMut(u32)) {
        assert!(drop_at_each_poll(|| self(store), check).is_some());
    }
}

#[test]
fn a_write_that_is_dropped_anywhere_is_done_or_not_done_and_never_half() {
    let world = World::new();
    let (account, id) = (world.account.id(), world.user.id());
    let mut other = ApiUser::new(
        account,
        "u2".parse().unwrap(),
        "till",
        keyward::AccessLevel::Full,
        keyward::Allowlist::Any,
    )
    .unwrap();
    let _ = other.issue(keyward::Keep::Hashed, world.engine.keys(), by(NOW), &mut seeded(9)).unwrap();
    let mut changed = block_on(stored(&world).user(account, id)).unwrap().unwrap();
    let _ = changed.regenerate(world.key(), world.engine.keys(), by(NOW), &mut seeded(8)).unwrap();
    let _ = changed.rename("desk", by(NOW)).unwrap();
    let others = [other.clone(), changed.clone()];
    let empty = Account::new(account);
    let key = world.key();

    let writes: [Write<'_>; 6] = [
        (Operation::PutAccount, Box::new(async |store: &Slow| store.put_account(&empty).await.unwrap())),
        (
            Operation::Insert,
            Box::new(async |store: &Slow| {
                let _ = store.insert(&other).await.unwrap();
            }),
        ),
        (
            Operation::Update,
            Box::new(async |store: &Slow| {
                let _ = store.update(&changed).await.unwrap();
            }),
        ),
        (
            Operation::Revoke,
            Box::new(async |store: &Slow| {
                let _ = store.revoke(key, NOW).await.unwrap();
            }),
        ),
        (
            Operation::Disable,
            Box::new(async |store: &Slow| {
                let _ = store.disable(account, id, by(NOW)).await.unwrap();
            }),
        ),
        (
            Operation::Delete,
            Box::new(async |store: &Slow| {
                let _ = store.delete(account, id).await.unwrap();
            }),
        ),
    ];
    for (operation, write) in writes {
        for inject in [Inject::DelayBefore(3), Inject::DelayAfter(3)] {
            let store = Arc::new(stored(&world));
            let before = state(&store, &world, &others);
            let slow = Faulty::new(Arc::clone(&store), FaultPlan::none().always(operation, inject));
            let mut seen = Vec::new();
            write.drop_everywhere(&slow, &mut |_| seen.push(state(&store, &world, &others)));
            let after = state(&store, &world, &others);
            assert_ne!(before, after, "{operation:?} does something");
            let done = seen.iter().map(|seen| u8::from(*seen != before)).collect::<Vec<_>>();
            assert!(seen.iter().all(|seen| *seen == before || *seen == after), "{operation:?} is half done");
            let meant = if inject == Inject::DelayBefore(3) { [0, 0, 0, 0] } else { [0, 1, 1, 1] };
            assert_eq!(done, meant, "{operation:?}, {inject:?}");
        }
    }
}

#[test]
fn a_request_that_is_dropped_anywhere_is_accepted_at_most_once_and_counts_as_sent_once_it_is_claimed() {
    let mut world = signing_world();
    world.set(ModulePolicy::default().replay(Policy::enforce(Replay::Every)));
    let plan = FaultPlan::none().always(Operation::Find, Inject::DelayBefore(1));
    for inject in [Inject::DelayBefore(2), Inject::DelayAfter(2)] {
        let guard =
            Faulty::new(MemoryReplay::bounded(1 << 16), FaultPlan::none().always(Operation::Claim, inject));
        let store = Faulty::new(stored(&world), plan.clone());
        let gate = Gate::new(signing_engine(), &store).with_replay(&guard);
        let mut accepted = 0;
        for polls in 0..6 {
            world.now = world.now.plus(std::time::Duration::from_secs(1)); // another request
            let (signed, ask) = (world.signed(POST), world.ask());
            let claimed = guard.inner().used();
            let first = signed.present(gate.engine(), |presented| {
                poll_for(polls, gate.authorize(presented, &ask)).map(Result::unwrap)
            });
            let claimed = guard.inner().used() > claimed;
            let first = first.map(|verdict| code(&verdict));
            let again = send(&gate, &world, &signed).unwrap();
            assert_eq!(again.is_none(), !claimed, "dropped after {polls} polls");
            assert!(again.is_none() || again == Some(Code::SignatureReplayed));
            assert_eq!(send(&gate, &world, &signed).unwrap(), Some(Code::SignatureReplayed));
            accepted += u32::from(first == Some(None));
        }
        assert!(accepted > 0, "the last ones are polled to their end");
    }
}

//! Records that are torn or changed.

use keyward::{
    Fault, Gate, Registry, Stop, Write,
    conformance::{FaultPlan, Inject, Operation, RecordOf},
};
use pollster::block_on;

use super::{
    common::{NOW, World, by, engine},
    faulty, plain,
};

#[test]
fn a_record_that_is_damaged_at_any_byte_is_a_fault_and_never_a_denial() {
    let world = World::new();
    let store = faulty(&world, FaultPlan::none());
    let gate = Gate::new(engine(), &store);
    let records = [
        (RecordOf::Account(world.account.id()), world.account.encode()),
        (RecordOf::User(world.account.id(), world.user.id()), world.user.encode()),
    ];
    for (of, whole) in records {
        for at in 0..whole.len() {
            store.overwrite(of, whole[..at].to_vec());
            assert!(matches!(plain(&gate, &world), Err(Fault::Lookup(_))), "{of:?} cut at {at}");
            let mut turned = whole.clone();
            turned[at] ^= 1 << (at % 8);
            store.overwrite(of, turned);
            assert!(matches!(plain(&gate, &world), Err(Fault::Lookup(_))), "{of:?} turned at {at}");
        }
        store.overwrite(of, whole);
        assert_eq!(plain(&gate, &world).unwrap(), None);
    }
}

#[test]
fn a_torn_write_is_a_fault_until_the_record_is_whole_and_its_key_can_be_revoked_meanwhile() {
    let world = World::new();
    let plan = FaultPlan::none().at(Operation::Update, 1, Inject::Cut(50));
    let store = faulty(&world, plan);
    let gate = Gate::new(engine(), &store);
    let mut user = block_on(store.user(world.account.id(), world.user.id())).unwrap().unwrap();
    let _ = user.rename("till", by(NOW)).unwrap();
    assert_eq!(block_on(store.update(&user)).unwrap(), Write::Stored);
    assert!(matches!(plain(&gate, &world), Err(Fault::Lookup(_))));
    assert!(block_on(store.user(world.account.id(), world.user.id())).is_err());

    assert_eq!(block_on(store.revoke(world.key(), NOW)).unwrap(), Stop::Stopped);
    assert!(matches!(plain(&gate, &world), Err(Fault::Lookup(_))), "revoked, and still no verdict");
    let restored = world.user.encode();
    store.overwrite(RecordOf::User(world.account.id(), world.user.id()), restored);
    assert!(plain(&gate, &world).unwrap().is_some(), "a backup from before the revocation does not undo it");
}

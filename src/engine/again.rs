//! Whether a caller that was admitted still stands by its record as it is now.
//!
//! The secret that was proven is gone by then, so it is the record that is compared with the one it was proven by.

use super::{
    admit::{Admitted, ended},
    live::live,
};
use crate::{
    credential::{KeyRing, SecretText},
    decision::{Denial, Fault, Reason},
    policy::Strength,
    subject::Subject,
    time::Timestamp,
};

pub(super) fn again(
    keys: &KeyRing,
    admitted: &Admitted,
    subject: Option<Subject>,
    now: Timestamp,
) -> Result<Result<Admitted, Denial>, Fault> {
    let before = admitted.subject();
    let Some(subject) = subject else { return Ok(Err(ended(admitted, Reason::Gone))) };
    if !subject.credential().is(&before.key_id()) {
        return Err(Fault::WrongSubject);
    }
    let live = match live(&subject, admitted.scheme(), now) {
        Ok(live) => live,
        Err(reason) => return Ok(Err(ended(admitted, reason))),
    };
    let same_owner =
        subject.account().id() == before.account().id() && subject.user().id() == before.user().id();
    // Whoever named a key alone proved no secret that could have changed.
    let bare = admitted.strength() == Strength::KeyOnly;
    if !same_owner || !(bare || same_secret(keys, admitted, &subject)?) {
        return Ok(Err(ended(admitted, Reason::Replaced)));
    }
    let hashed = subject.credential().at_rest().hashed();
    // What was to be stored in place of a hash that is there no more would undo what was stored since.
    let unmoved = before.credential().at_rest().hashed().same(hashed);
    let rehash = admitted.moved_to().filter(|_| unmoved).cloned();
    Ok(Ok(admitted.renewed(subject, rehash, now, live)))
}

/// Whether the record still has the secret that was proven: by the hash that it was proven by, by the one under the
/// current pepper that was made of it then, or else by what is sealed.
fn same_secret(keys: &KeyRing, admitted: &Admitted, subject: &Subject) -> Result<bool, Fault> {
    let proven = admitted.subject().credential().at_rest().hashed();
    let stored = subject.credential().at_rest().hashed();
    if proven.same(stored) || admitted.moved_to().is_some_and(|moved| moved.same(stored)) {
        return Ok(true);
    }
    let Some(sealed) = subject.credential().at_rest().sealed() else { return Ok(false) };
    let opened = sealed.open(keys, subject.owner())?;
    let secret = SecretText::whole(&opened);
    let whole =
        stored.verify(keys, subject.context(), secret).ok_or(Fault::UnknownPepper(stored.pepper()))?;
    Ok(whole & (proven.verify(keys, admitted.subject().context(), secret) == Some(true)))
}

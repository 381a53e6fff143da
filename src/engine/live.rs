//! Whether a credential is good for anything now: it lives, its user is enabled, and it may be proven in this scheme.

use crate::{credential::Schemes, decision::Reason, subject::Subject, time::Timestamp, user::Life};

/// The credential lives, its user is enabled, and it may be proven so. Only [`live`] makes it.
#[derive(Clone, Copy)]
pub(super) struct Live(());

#[inline]
pub(super) fn live(subject: &Subject, scheme: Schemes, now: Timestamp) -> Result<Live, Reason> {
    match subject.credential().life(now) {
        Life::Revoked => Err(Reason::Revoked),
        Life::Expired => Err(Reason::Expired),
        Life::NotYetValid => Err(Reason::NotYetValid),
        Life::Live if subject.is_disabled() => Err(Reason::Disabled),
        Life::Live if !subject.credential().schemes().contains(scheme) => Err(Reason::OtherScheme(scheme)),
        Life::Live => Ok(Live(())),
    }
}

//! Who still calls what is going away.

use std::{
    boxed::Box,
    collections::{HashMap, hash_map::RandomState},
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    vec::Vec,
};

use crate::{
    access::{Catalogue, Deprecation, MethodId},
    engine::Grant,
    id::{AccountId, KeyId, UserId},
    time::Timestamp,
};

/// Counts the calls of deprecated methods, by key and method: whom to write to before a method is retired. Whoever calls one
/// that is retired already is refused, and stands in the journal with `endpoint.retired`.
///
/// ```
/// use keyward::DeprecatedUses;
/// let uses = DeprecatedUses::bounded(10_000);
/// # fn served(uses: &DeprecatedUses, grant: &keyward::Grant, catalogue: &keyward::Catalogue, now: keyward::Timestamp) {
/// uses.note(grant, now, catalogue); // for every grant; those of other methods cost nothing
/// # }
/// for used in uses.of_account("acme".parse()?) {
///     println!("{} still calls {}: {} times, last at {}", used.user_name, used.method, used.count, used.last);
/// }
/// # Ok::<(), keyward::InvalidId>(())
/// ```
pub struct DeprecatedUses {
    uses: Mutex<HashMap<(KeyId, MethodId), DeprecatedUse, RandomState>>,
    room: usize,
    dropped: AtomicU64,
}

/// Calls of one deprecated method with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeprecatedUse {
    /// What is called.
    pub method: Box<str>,
    /// When that was announced to go away, and when it does.
    pub notice: Deprecation,
    /// On whose behalf.
    pub account: AccountId,
    /// Who calls.
    pub user: UserId,
    /// Under which name, at the first of these calls.
    pub user_name: Box<str>,
    /// With which key.
    pub key_id: KeyId,
    /// How often.
    pub count: u64,
    /// When last.
    pub last: Timestamp,
}

impl DeprecatedUses {
    /// Keeps up to so many pairs of key and method, and counts the calls of further ones as [dropped](Self::dropped).
    pub fn bounded(pairs: usize) -> Self {
        Self { uses: Mutex::default(), room: pairs, dropped: AtomicU64::new(0) }
    }

    /// Notes a call, if its method is deprecated. The catalogue is the one that decided.
    pub fn note(&self, grant: &Grant, now: Timestamp, catalogue: &Catalogue) {
        let Some(notice) = grant.deprecation() else { return };
        let mut uses = self.uses();
        let pair = (grant.key_id(), grant.method());
        if let Some(held) = uses.get_mut(&pair) {
            held.count = held.count.saturating_add(1);
            held.last = held.last.max(now);
        } else if uses.len() < self.room {
            uses.insert(pair, DeprecatedUse::first(grant, notice, now, catalogue));
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Everything, by method, account, user and key.
    pub fn all(&self) -> Vec<DeprecatedUse> {
        self.those(|_| true)
    }

    fn those(&self, wanted: impl Fn(&DeprecatedUse) -> bool) -> Vec<DeprecatedUse> {
        let mut those: Vec<_> = self.uses().values().filter(|used| wanted(used)).cloned().collect();
        those.sort_unstable_by(|a, b| a.order().cmp(&b.order()));
        those
    }

    /// What an account's users call, by method, user and key.
    pub fn of_account(&self, account: AccountId) -> Vec<DeprecatedUse> {
        self.those(|used| used.account == account)
    }

    /// Who calls a method, by account, user and key.
    pub fn of_method(&self, method: &str) -> Vec<DeprecatedUse> {
        self.those(|used| *used.method == *method)
    }

    /// Everything, and begins anew: for a store that adds it up.
    pub fn take(&self) -> Vec<DeprecatedUse> {
        let mut taken: Vec<_> = core::mem::take(&mut *self.uses()).into_values().collect();
        taken.sort_unstable_by(|a, b| a.order().cmp(&b.order()));
        taken
    }

    /// How many calls were not counted for want of room.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn uses(&self) -> MutexGuard<'_, HashMap<(KeyId, MethodId), DeprecatedUse, RandomState>> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DeprecatedUse {
    fn first(grant: &Grant, notice: Deprecation, now: Timestamp, catalogue: &Catalogue) -> Self {
        let user = grant.user();
        Self {
            method: catalogue.name(grant.method()).unwrap_or_default().into(),
            notice,
            account: user.account(),
            user: user.id(),
            user_name: user.name().into(),
            key_id: grant.key_id(),
            count: 1,
            last: now,
        }
    }

    fn order(&self) -> (&str, AccountId, UserId, KeyId) {
        (&self.method, self.account, self.user, self.key_id)
    }
}

impl fmt::Debug for DeprecatedUses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeprecatedUses")
            .field("pairs", &self.uses().len())
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}

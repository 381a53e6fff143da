//! A store, a guard or a journal in which things go wrong as a plan has it.

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use core::{error::Error, fmt, future::Future};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    plan::{FaultPlan, Inject, Operation},
    tear::{RecordOf, cut, flip},
    together::pending,
};
use crate::{
    account::Account,
    credential::{Act, By, NamedKey},
    id::{AccountId, KeyId, UserId},
    journal::{Journal, JournalEntry, JournalPage, JournalPart, JournalQuery},
    record::CorruptRecord,
    signature::{Claim, ReplayKey},
    store::{Insert, Lookup, Registry, ReplayGuard, Stop, Write},
    subject::Subject,
    time::Timestamp,
    user::ApiUser,
};

/// Wraps a [`Lookup`], [`Registry`], [`ReplayGuard`] or [`Journal`] for an application's own tests, and lets its calls go
/// wrong by a [`FaultPlan`]. Without one it does what the wrapped one does.
///
/// Nothing in it is random or depends on time; where several threads call, which of them a count falls to is theirs.
///
/// ```
/// # #[cfg(feature = "memory")] pollster::block_on(async {
/// use keyward::{Account, MemoryStore, Registry, conformance::{FaultPlan, Faulty, Inject, Operation}};
/// let plan = FaultPlan::none().at(Operation::PutAccount, 1, Inject::LoseAnswer);
/// let store = Faulty::new(MemoryStore::new(), plan);
/// let acme = Account::new("acme".parse()?);
/// assert!(store.put_account(&acme).await.is_err());
/// assert!(store.account(acme.id()).await?.is_some(), "it was done, and nobody was told");
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
pub struct Faulty<S> {
    inner: S,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    plan: FaultPlan,
    calls: BTreeMap<Operation, (u64, u64)>,
    /// What a read of these records meets instead.
    rows: BTreeMap<RecordOf, Vec<u8>>,
}

/// Why a [`Faulty`] call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Injected<E: Error + 'static> {
    /// [`Inject::Fail`].
    #[error("injected failure; nothing was done")]
    Failed,
    /// [`Inject::LoseAnswer`].
    #[error("injected loss of the answer; it was done")]
    AnswerLost,
    /// A record does not decode: [`Inject::Cut`], [`Inject::Flip`] or [`Faulty::overwrite`].
    #[error("injected damage to a record")]
    Torn(#[source] CorruptRecord),
    /// A record decodes, and is not the one that belongs there: [`Faulty::overwrite`].
    #[error("injected record in another one's row")]
    Misplaced,
    /// The wrapped one failed by itself.
    #[error(transparent)]
    Inner(E),
}

type Answer<T, E> = Result<T, Injected<E>>;

impl<S> Faulty<S> {
    /// With a plan.
    pub fn new(inner: S, plan: FaultPlan) -> Self {
        Self { inner, state: Mutex::new(State { plan, ..State::default() }) }
    }

    /// What is wrapped: to look at it past every fault.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Follows another plan from now on, and counts calls anew. Records that are damaged stay so.
    pub fn plan(&self, plan: FaultPlan) {
        let mut state = self.state();
        state.plan = plan;
        state.calls.clear();
    }

    /// How often an operation was called since the plan was given.
    pub fn calls(&self, operation: Operation) -> u64 {
        self.state().calls.get(&operation).map_or(0, |(calls, _)| *calls)
    }

    /// At how many of those calls something went wrong.
    pub fn injected(&self, operation: Operation) -> u64 {
        self.state().calls.get(&operation).map_or(0, |(_, injected)| *injected)
    }

    /// Puts bytes in place of a record, as whoever writes past the store does. Reads meet them until the record is
    /// written whole; the key index is as it was.
    pub fn overwrite(&self, record: RecordOf, bytes: Vec<u8>) {
        self.state().rows.insert(record, bytes);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, operation: Operation) -> Option<Inject> {
        let mut state = self.state();
        let State { plan, calls, .. } = &mut *state;
        let (called, injected) = calls.entry(operation).or_default();
        *called += 1;
        let inject = plan.what(operation, *called);
        *injected += u64::from(inject.is_some());
        inject
    }

    fn row(&self, record: RecordOf) -> Option<Vec<u8>> {
        self.state().rows.get(&record).cloned()
    }

    /// A record was written: whole, or as it is torn.
    fn written(&self, record: RecordOf, encode: impl FnOnce() -> Vec<u8>, inject: Option<Inject>) {
        let torn = torn(encode, inject);
        let rows = &mut self.state().rows;
        match torn {
            Some(bytes) => drop(rows.insert(record, bytes)),
            None => drop(rows.remove(&record)),
        }
    }
}

fn torn(encode: impl FnOnce() -> Vec<u8>, inject: Option<Inject>) -> Option<Vec<u8>> {
    match inject {
        Some(Inject::Cut(at)) => Some(cut(encode(), at)),
        Some(Inject::Flip(at)) => Some(flip(encode(), at)),
        _ => None,
    }
}

/// Calls what goes wrong in time or in number. What damages a record is the caller's.
async fn call<T, E: Error + 'static, F: Future<Output = Result<T, E>>>(
    inject: Option<Inject>,
    run: impl Fn() -> F,
) -> Answer<T, E> {
    match inject {
        Some(Inject::Fail) => return Err(Injected::Failed),
        Some(Inject::DelayBefore(polls)) => pending(polls).await,
        Some(Inject::Twice) => drop(run().await.map_err(Injected::Inner)?),
        _ => {}
    }
    let answer = run().await.map_err(Injected::Inner)?;
    match inject {
        Some(Inject::LoseAnswer) => return Err(Injected::AnswerLost),
        Some(Inject::DelayAfter(polls)) => pending(polls).await,
        _ => {}
    }
    Ok(answer)
}

/// Where there is no record to damage.
fn without_record(inject: Option<Inject>) -> Option<Inject> {
    inject
        .map(|inject| if matches!(inject, Inject::Cut(_) | Inject::Flip(_)) { Inject::Fail } else { inject })
}

/// Reading records.
impl<S> Faulty<S> {
    fn read_account<E: Error>(&self, account: Account, inject: Option<Inject>) -> Answer<Account, E> {
        let bytes = torn(|| account.encode(), inject).or_else(|| self.row(RecordOf::Account(account.id())));
        let Some(bytes) = bytes else { return Ok(account) };
        let read = Account::decode(&bytes).map_err(Injected::Torn)?;
        if read.id() == account.id() { Ok(read) } else { Err(Injected::Misplaced) }
    }

    /// With the revocations of the key index, which no damage to a record reaches.
    fn read_user<E: Error>(&self, user: ApiUser, inject: Option<Inject>) -> Answer<ApiUser, E> {
        let whose = RecordOf::User(user.account(), user.id());
        let Some(bytes) = torn(|| user.encode(), inject).or_else(|| self.row(whose)) else { return Ok(user) };
        let mut read = ApiUser::decode(&bytes).map_err(Injected::Torn)?;
        if RecordOf::User(read.account(), read.id()) != whose {
            return Err(Injected::Misplaced);
        }
        let revoked = user.credentials().iter().filter_map(|held| Some((held.key_id(), held.revoked_at()?)));
        revoked.for_each(|(key_id, at)| read.lay_over(key_id, at));
        Ok(read)
    }

    fn read_subject<E: Error>(&self, subject: Subject, inject: Option<Inject>) -> Answer<Subject, E> {
        let (account, user) = (subject.account(), subject.user());
        let whose = [RecordOf::Account(account.id()), RecordOf::User(account.id(), user.id())];
        let damaged = matches!(inject, Some(Inject::Cut(_) | Inject::Flip(_)))
            || whose.iter().any(|record| self.state().rows.contains_key(record));
        if !damaged {
            return Ok(subject);
        }
        let user = self.read_user(user.clone(), inject)?;
        let account = self.read_account(account.clone(), None)?;
        let read = Subject::new(Arc::new(account), Arc::new(user), subject.key_id());
        Ok(read.ok_or(Injected::Misplaced)?.revoked(subject.credential().revoked_at()))
    }
}

impl<S: Lookup> Lookup for Faulty<S> {
    type Error = Injected<S::Error>;

    async fn find(&self, key: KeyId) -> Answer<Option<Subject>, S::Error> {
        let inject = self.next(Operation::Find);
        let found = call(inject, || self.inner.find(key)).await?;
        found.map(|subject| self.read_subject(subject, inject)).transpose()
    }
}

impl<S: Registry> Registry for Faulty<S> {
    async fn account(&self, id: AccountId) -> Answer<Option<Account>, S::Error> {
        let inject = self.next(Operation::Account);
        let account = call(inject, || self.inner.account(id)).await?;
        account.map(|account| self.read_account(account, inject)).transpose()
    }

    async fn put_account(&self, account: &Account) -> Answer<(), S::Error> {
        let inject = self.next(Operation::PutAccount);
        let put = async || {
            self.inner.put_account(account).await?;
            self.written(RecordOf::Account(account.id()), || account.encode(), inject);
            Ok(())
        };
        call(inject, put).await
    }

    async fn user(&self, account: AccountId, user: UserId) -> Answer<Option<ApiUser>, S::Error> {
        let inject = self.next(Operation::User);
        let user = call(inject, || self.inner.user(account, user)).await?;
        user.map(|user| self.read_user(user, inject)).transpose()
    }

    async fn list(
        &self,
        account: AccountId,
        after: Option<UserId>,
        limit: usize,
    ) -> Answer<Vec<ApiUser>, S::Error> {
        let inject = self.next(Operation::List);
        let users = call(inject, || self.inner.list(account, after, limit)).await?;
        users.into_iter().map(|user| self.read_user(user, inject)).collect()
    }

    async fn insert(&self, user: &ApiUser) -> Answer<Insert, S::Error> {
        let inject = self.next(Operation::Insert);
        let insert = async || {
            let answer = self.inner.insert(user).await?;
            if answer == Insert::Stored {
                self.written(RecordOf::User(user.account(), user.id()), || user.encode(), inject);
            }
            Ok(answer)
        };
        call(inject, insert).await
    }

    async fn update(&self, user: &ApiUser) -> Answer<Write, S::Error> {
        let inject = self.next(Operation::Update);
        let update = async || {
            let answer = self.inner.update(user).await?;
            if answer == Write::Stored {
                self.written(RecordOf::User(user.account(), user.id()), || user.encode(), inject);
            }
            Ok(answer)
        };
        call(inject, update).await
    }

    async fn revoke(&self, key: KeyId, at: Timestamp) -> Answer<Stop, S::Error> {
        let inject = without_record(self.next(Operation::Revoke));
        call(inject, || self.inner.revoke(key, at)).await
    }

    async fn disable(&self, account: AccountId, user: UserId, by: By<'_>) -> Answer<Option<Act>, S::Error> {
        let inject = without_record(self.next(Operation::Disable));
        if let Some(bytes) = self.row(RecordOf::User(account, user)) {
            ApiUser::decode(&bytes).map_err(Injected::Torn)?; // it is read to be changed
        }
        call(inject, || self.inner.disable(account, user, by)).await
    }

    async fn delete(&self, account: AccountId, user: UserId) -> Answer<Stop, S::Error> {
        let inject = without_record(self.next(Operation::Delete));
        let delete = async || {
            let answer = self.inner.delete(account, user).await?;
            self.state().rows.remove(&RecordOf::User(account, user));
            Ok(answer)
        };
        call(inject, delete).await
    }

    async fn count_by_key(&self) -> Answer<BTreeMap<NamedKey, u64>, S::Error> {
        let inject = without_record(self.next(Operation::CountByKey));
        let rows = self.state().rows.clone();
        for (_, bytes) in rows.iter().filter(|(record, _)| matches!(record, RecordOf::User(..))) {
            ApiUser::decode(bytes).map_err(Injected::Torn)?;
        }
        call(inject, || self.inner.count_by_key()).await
    }
}

impl<S: ReplayGuard> ReplayGuard for Faulty<S> {
    type Error = Injected<S::Error>;

    async fn claim(&self, key: &ReplayKey, now: Timestamp) -> Answer<Claim, S::Error> {
        let inject = without_record(self.next(Operation::Claim));
        call(inject, || self.inner.claim(key, now)).await
    }
}

impl<S: Journal> Journal for Faulty<S> {
    type Error = Injected<S::Error>;

    async fn append(&self, mut entries: Vec<JournalEntry>) -> Answer<(), S::Error> {
        let inject = self.next(Operation::Append);
        if let Some(Inject::Cut(at) | Inject::Flip(at)) = inject {
            entries.truncate(at.checked_rem(entries.len()).unwrap_or(0));
            self.inner.append(entries).await.map_err(Injected::Inner)?;
            return Err(Injected::Failed);
        }
        call(inject, || self.inner.append(entries.clone())).await
    }

    async fn browse(&self, query: &JournalQuery) -> Answer<JournalPage, S::Error> {
        let inject = without_record(self.next(Operation::Browse));
        call(inject, || self.inner.browse(query)).await
    }

    async fn forget(&self, part: JournalPart, before: Timestamp) -> Answer<u64, S::Error> {
        let inject = without_record(self.next(Operation::Forget));
        call(inject, || self.inner.forget(part, before)).await
    }
}

impl<S> fmt::Debug for Faulty<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("plan", &self.state().plan).finish_non_exhaustive()
    }
}

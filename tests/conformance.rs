//! The checks of duties: the store and the guard in memory keep all of theirs, and whatever breaks one fails that one.
#![cfg(all(feature = "memory", feature = "conformance"))]

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use keyward::{
    Account, AccountId, Act, ApiUser, By, Claim, Insert, KeyId, Lookup, MemoryReplay, MemoryStore, NamedKey,
    NoReplayGuard, Refusal, Registry, ReplayGuard, ReplayKey, Stop, Subject, Timestamp, UserId, Write,
    conformance,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    /// Forgets that accounts change.
    OldAccount,
    /// Finds keys of any case.
    Folding,
    /// Takes a second user of one id.
    SecondId,
    /// Takes a second user of one name.
    SecondName,
    /// Finds no name in another that differs in case alone.
    FoldedNames,
    /// Takes the key of a deleted user.
    NoTombstones,
    /// Takes a user that nobody has read for a stored one.
    Unread,
    /// Says that an edit of an older revision is stored.
    LastEditWins,
    /// Keeps revocations where edits write.
    RevocationInTheRecord,
    /// Leaves the revision as it is when it disables.
    DisabledWithoutRevision,
    /// Lists from the cursor on, not behind it.
    CursorIncluded,
    /// Counts credentials.
    CredentialsCounted,
    /// Has a column of 64 KiB.
    ShortColumn,
}

/// A store in memory with one bug.
struct Buggy {
    inner: MemoryStore,
    bug: Bug,
    first_accounts: Mutex<HashMap<AccountId, Account>>,
    deleted: Mutex<HashSet<KeyId>>,
    revoked: Mutex<HashMap<KeyId, Timestamp>>,
}

impl Buggy {
    fn new(bug: Bug) -> Self {
        let (first_accounts, deleted, revoked) = Default::default();
        Self { inner: MemoryStore::new(), bug, first_accounts, deleted, revoked }
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == bug
    }

    fn laid_over(&self, mut user: ApiUser) -> ApiUser {
        for (key, at) in &*self.revoked.lock().unwrap() {
            user.lay_over(*key, *at);
        }
        user
    }
}

type Answer<T> = Result<T, Infallible>;

impl Lookup for Buggy {
    type Error = Infallible;

    async fn find(&self, key: KeyId) -> Answer<Option<Subject>> {
        let mut found = self.inner.find(key).await?;
        if self.has(Bug::Folding) && found.is_none() {
            found = self.inner.find(key.as_str().to_lowercase().parse().unwrap()).await?;
        }
        let Some(subject) = found else { return Ok(None) };
        let account = self.first_accounts.lock().unwrap().get(&subject.account().id()).cloned();
        let account = account.unwrap_or_else(|| subject.account().clone());
        let user = Arc::new(self.laid_over(subject.user().clone()));
        Ok(Subject::new(Arc::new(account), user, subject.key_id()))
    }
}

impl Registry for Buggy {
    async fn account(&self, id: AccountId) -> Answer<Option<Account>> {
        self.inner.account(id).await
    }

    async fn put_account(&self, account: &Account) -> Answer<()> {
        if self.has(Bug::OldAccount) {
            let mut first = self.first_accounts.lock().unwrap();
            first.entry(account.id()).or_insert_with(|| account.clone());
        }
        self.inner.put_account(account).await
    }

    async fn user(&self, account: AccountId, user: UserId) -> Answer<Option<ApiUser>> {
        Ok(self.inner.user(account, user).await?.map(|user| self.laid_over(user)))
    }

    async fn list(&self, account: AccountId, after: Option<UserId>, limit: usize) -> Answer<Vec<ApiUser>> {
        let listed = if self.has(Bug::CursorIncluded) {
            let mut all = self.inner.list(account, None, usize::MAX).await?;
            all.retain(|user| after.is_none_or(|after| user.id() >= after));
            all.truncate(limit);
            all
        } else {
            self.inner.list(account, after, limit).await?
        };
        Ok(listed.into_iter().map(|user| self.laid_over(user)).collect())
    }

    async fn insert(&self, user: &ApiUser) -> Answer<Insert> {
        if self.has(Bug::ShortColumn) && user.encode().len() > 1 << 16 {
            return Ok(Insert::Refused(Refusal::NoAccount));
        }
        if self.has(Bug::FoldedNames) {
            let mut all = self.inner.list(user.account(), None, usize::MAX).await?.into_iter();
            if all.any(|held| held.name().to_lowercase() == user.name().to_lowercase()) {
                return Ok(Insert::Refused(Refusal::NameTaken));
            }
        }
        let answer = self.inner.insert(user).await?;
        Ok(match answer {
            Insert::Refused(Refusal::IdTaken) if self.has(Bug::SecondId) => Insert::Stored,
            Insert::Refused(Refusal::NameTaken) if self.has(Bug::SecondName) => Insert::Stored,
            Insert::Refused(Refusal::KeyTaken(key))
                if self.has(Bug::NoTombstones) && self.deleted.lock().unwrap().contains(&key) =>
            {
                Insert::Stored
            }
            answer => answer,
        })
    }

    async fn update(&self, user: &ApiUser) -> Answer<Write> {
        if self.has(Bug::RevocationInTheRecord) {
            self.revoked.lock().unwrap().clear();
        }
        let answer = self.inner.update(user).await?;
        let stored = self.inner.user(user.account(), user.id()).await?;
        let Some(mut stored) = stored.filter(|_| answer == Write::Conflict) else { return Ok(answer) };
        if self.has(Bug::DisabledWithoutRevision) && stored.is_disabled() && !user.is_disabled() {
            let _ = stored.enable(By::new("bug", Timestamp::from_unix(0)));
            return self.inner.update(&stored).await;
        }
        let lies = match user.based_on() {
            None => self.has(Bug::Unread),
            Some(_) => self.has(Bug::LastEditWins),
        };
        Ok(if lies { Write::Stored } else { answer })
    }

    async fn revoke(&self, key: KeyId, at: Timestamp) -> Answer<Stop> {
        if self.has(Bug::RevocationInTheRecord) && self.inner.find(key).await?.is_some() {
            self.revoked.lock().unwrap().entry(key).or_insert(at);
            return Ok(Stop::Stopped);
        }
        self.inner.revoke(key, at).await
    }

    async fn disable(&self, account: AccountId, user: UserId, by: By<'_>) -> Answer<Option<Act>> {
        self.inner.disable(account, user, by).await
    }

    async fn delete(&self, account: AccountId, user: UserId) -> Answer<Stop> {
        let gone = self.inner.user(account, user).await?;
        let keys = gone.iter().flat_map(ApiUser::credentials).map(keyward::Credential::key_id);
        self.deleted.lock().unwrap().extend(keys);
        self.inner.delete(account, user).await
    }

    async fn count_by_key(&self) -> Answer<BTreeMap<NamedKey, u64>> {
        let mut counts = self.inner.count_by_key().await?;
        if self.has(Bug::CredentialsCounted) {
            counts.clear();
            for user in self.inner.list("acme".parse().unwrap(), None, usize::MAX).await? {
                user.named_keys().for_each(|key| *counts.entry(key).or_default() += 1);
            }
        }
        Ok(counts)
    }
}

#[test]
fn the_store_in_memory_keeps_every_duty() {
    let report = pollster::block_on(conformance::registry(async || MemoryStore::new()));
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 23);
    assert!(report.to_string().lines().all(|line| line.starts_with("ok      ")), "{report}");
}

#[test]
fn a_store_that_breaks_one_duty_fails_that_one_alone() {
    for (bug, duty) in [
        (Bug::OldAccount, "an account counts from the next look-up on"),
        (Bug::Folding, "ids differ by every byte"),
        (Bug::SecondId, "a user id is given once in an account"),
        (Bug::SecondName, "a name is given once in an account"),
        (Bug::FoldedNames, "names of any script are kept and told apart"),
        (Bug::NoTombstones, "a deleted user's keys stay taken"),
        (Bug::Unread, "only a user that is stored is updated"),
        (Bug::LastEditWins, "of two changes to one revision the second conflicts"),
        (Bug::RevocationInTheRecord, "a revocation loses to no edit"),
        (Bug::DisabledWithoutRevision, "a disabled user stays disabled"),
        (Bug::CursorIncluded, "pages are stable"),
        (Bug::CredentialsCounted, "keys of the ring are counted by user"),
        (Bug::ShortColumn, "records of any size are kept"),
    ] {
        let report = pollster::block_on(conformance::registry(async || Buggy::new(bug)));
        let failed: Vec<_> = report.failures().map(conformance::Check::duty).collect();
        assert_eq!(failed, [duty], "{bug:?}\n{report}");
        let line = report.to_string().lines().find(|line| line.starts_with("BROKEN  ")).map(str::to_owned);
        let (_, remedy) = line.as_deref().unwrap().split_once(duty).unwrap();
        assert!(remedy.starts_with(": ") && remedy.contains("; "), "{remedy}");
    }
}

#[test]
fn a_store_that_fails_breaks_every_duty_and_panics_at_none() {
    #[derive(Debug, thiserror::Error)]
    #[error("the disk is gone")]
    struct Down;
    struct Broken;
    impl Lookup for Broken {
        type Error = Down;
        async fn find(&self, _: KeyId) -> Result<Option<Subject>, Down> {
            Err(Down)
        }
    }
    impl Registry for Broken {
        async fn account(&self, _: AccountId) -> Result<Option<Account>, Down> {
            Err(Down)
        }
        async fn put_account(&self, _: &Account) -> Result<(), Down> {
            Err(Down)
        }
        async fn user(&self, _: AccountId, _: UserId) -> Result<Option<ApiUser>, Down> {
            Err(Down)
        }
        async fn list(&self, _: AccountId, _: Option<UserId>, _: usize) -> Result<Vec<ApiUser>, Down> {
            Err(Down)
        }
        async fn insert(&self, _: &ApiUser) -> Result<Insert, Down> {
            Err(Down)
        }
        async fn update(&self, _: &ApiUser) -> Result<Write, Down> {
            Err(Down)
        }
        async fn revoke(&self, _: KeyId, _: Timestamp) -> Result<Stop, Down> {
            Err(Down)
        }
        async fn disable(&self, _: AccountId, _: UserId, _: By<'_>) -> Result<Option<Act>, Down> {
            Err(Down)
        }
        async fn delete(&self, _: AccountId, _: UserId) -> Result<Stop, Down> {
            Err(Down)
        }
        async fn count_by_key(&self) -> Result<BTreeMap<NamedKey, u64>, Down> {
            Err(Down)
        }
    }
    let report = pollster::block_on(conformance::registry(async || Broken));
    assert_eq!(report.failures().count(), report.checks().len());
    assert!(
        report
            .failures()
            .all(|check| check.broken() == Some("failed with \"the disk is gone\"; it has to answer"))
    );
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Leak {
    /// Tells a replay as a flood.
    ReplayAsQuota,
    /// Identifies requests by key id and date.
    ByDate,
    /// Is done with a claim in its last second.
    LastSecond,
    /// Counts a window from the claim.
    FromTheClaim,
    /// Throws away by every clock and remembers nothing of it.
    NoMemory,
    /// Looks, waits and stores.
    TwoSteps,
    /// Makes room.
    Evicts,
    /// Has one room for all keys.
    NoShares,
}

/// A guard without a bound but for the leak's own.
struct Leaky {
    leak: Leak,
    claims: Mutex<Vec<(Vec<u8>, Timestamp)>>,
}

const LEAKY_ROOM: usize = 3_000;

impl Leaky {
    fn new(leak: Leak) -> Self {
        Self { leak, claims: Mutex::default() }
    }

    fn has(&self, leak: Leak) -> bool {
        self.leak == leak
    }

    fn name(&self, key: &ReplayKey) -> Vec<u8> {
        if self.has(Leak::ByDate) {
            return format!("{} {}", key.key_id(), key.requested_at()).into_bytes();
        }
        key.digest().to_vec()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no room")]
struct NoRoom;

impl ReplayGuard for Leaky {
    type Error = NoRoom;

    async fn claim(&self, key: &ReplayKey, now: Timestamp) -> Result<Claim, NoRoom> {
        let name = self.name(key);
        let is_open = |(_, ends): &(Vec<u8>, Timestamp)| match self.leak {
            Leak::LastSecond => *ends > now,
            Leak::FromTheClaim | Leak::NoMemory => *ends >= now,
            _ => true,
        };
        let mut seen = {
            let mut claims = self.claims.lock().unwrap();
            if self.has(Leak::NoMemory) {
                claims.retain(is_open);
            }
            claims.iter().any(|claim| claim.0 == name && is_open(claim))
        };
        if self.has(Leak::TwoSteps) {
            pause().await;
        }
        let mut claims = self.claims.lock().unwrap();
        if !self.has(Leak::TwoSteps) {
            seen |= claims.iter().any(|claim| claim.0 == name && is_open(claim));
        }
        if seen {
            return Ok(if self.has(Leak::ReplayAsQuota) { Claim::OverQuota } else { Claim::Replayed });
        }
        if self.has(Leak::NoShares) && claims.len() == LEAKY_ROOM {
            return Err(NoRoom);
        }
        if self.has(Leak::Evicts) && claims.len() == LEAKY_ROOM {
            claims.remove(0);
        }
        let from_now = now.plus(Duration::from_secs(301));
        claims.push((name, if self.has(Leak::FromTheClaim) { from_now } else { key.expires_at() }));
        Ok(Claim::Fresh)
    }
}

/// Ready at the second poll.
async fn pause() {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut polled, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[test]
fn the_guard_in_memory_keeps_every_duty_whatever_its_room() {
    for bytes in [1 << 16, 1 << 18, 8 << 20] {
        let report = pollster::block_on(conformance::replay(async || MemoryReplay::bounded(bytes)));
        assert!(report.passed(), "{bytes} bytes:\n{report}");
        assert_eq!(report.checks().len(), 8);
    }
}

#[test]
fn a_guard_that_breaks_one_duty_fails_that_one_alone() {
    for (leak, duty) in [
        (Leak::ReplayAsQuota, "a first claim is fresh and every later one is replayed"),
        (Leak::ByDate, "requests that differ are claimed apart"),
        (Leak::LastSecond, "a claim is kept to its end"),
        (Leak::FromTheClaim, "a request that is dated ahead is kept to its own end"),
        (Leak::NoMemory, "a clock that is set back lets nothing in again"),
        (Leak::TwoSteps, "of claims at one time exactly one is fresh"),
        (Leak::Evicts, "a flood lets nothing in again"),
        (Leak::NoShares, "a flood of one key leaves room to the others"),
    ] {
        let report = pollster::block_on(conformance::replay(async || Leaky::new(leak)));
        let failed: Vec<_> = report.failures().map(conformance::Check::duty).collect();
        assert_eq!(failed, [duty], "{leak:?}\n{report}");
        assert!(report.failures().all(|check| check.broken().unwrap().contains("; ")), "{report}");
    }
}

#[test]
fn a_guard_that_always_fails_breaks_every_duty() {
    let report = pollster::block_on(conformance::replay(async || NoReplayGuard));
    assert_eq!(report.failures().count(), report.checks().len(), "{report}");
}

//! A store with a bug fails the duty that the bug breaks, and no other that does not rest on it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    convert::Infallible,
    sync::{Arc, Mutex},
};

use keyward::{
    Account, AccountId, Act, ApiUser, By, Insert, KeyId, Lookup, MemoryStore, NamedKey, Refusal, Registry,
    Stop, Subject, Timestamp, UserId, Write, conformance,
};

use super::pause;

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
    /// Compares how often a user was changed, and not which one it is.
    EditsWhoComesNext,
    /// Looks whether an id is taken, waits and inserts.
    InsertsInTwoSteps,
    /// Compares the revision, waits and stores.
    UpdatesInTwoSteps,
    /// Has no column for request ids.
    ForgetsRequests,
    /// Revokes by an edit, repeated until it is stored.
    RevokesByEdit,
    /// Takes a row out, waits and puts it back changed.
    MovesRows,
}

/// A store in memory with one bug.
struct Buggy {
    inner: MemoryStore,
    bug: Bug,
    first_accounts: Mutex<HashMap<AccountId, Account>>,
    deleted: Mutex<HashSet<KeyId>>,
    gone: Mutex<HashSet<UserId>>,
    moving: Mutex<HashSet<UserId>>,
    revoked: Mutex<HashMap<KeyId, Timestamp>>,
}

impl Buggy {
    fn new(bug: Bug) -> Self {
        let (first_accounts, deleted, gone, moving, revoked) = Default::default();
        Self { inner: MemoryStore::new(), bug, first_accounts, deleted, gone, moving, revoked }
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

/// As a store has it that keeps what it knows of a user in columns of its own: without the request ids, which are the last
/// field of the record.
fn without_requests(user: &ApiUser) -> ApiUser {
    let record = user.encode();
    let requests = user.credentials().iter().map(|held| 32 + 32 + 4 + held.key_id().as_str().len() + 8);
    // Every credential of these checks was made under a request id, or none was.
    let tail = requests.sum::<usize>() + 4 + 4;
    let Some(head) = record.len().checked_sub(tail) else { return user.clone() };
    let mut without = [&record[..head], &[0; 4]].concat();
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&without);
    without.extend(crc.to_be_bytes());
    ApiUser::decode(&without).unwrap_or_else(|_| user.clone())
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
        let user = self.inner.user(account, user).await?;
        let user =
            user.map(|user| if self.has(Bug::ForgetsRequests) { without_requests(&user) } else { user });
        Ok(user.map(|user| self.laid_over(user)))
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
        let moving = self.moving.lock().unwrap();
        let listed = listed.into_iter().filter(|user| !moving.contains(&user.id()));
        Ok(listed.map(|user| self.laid_over(user)).collect())
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
        let mut seen = true;
        if self.has(Bug::InsertsInTwoSteps) {
            seen = self.inner.user(user.account(), user.id()).await?.is_some();
            pause().await;
        }
        let answer = self.inner.insert(user).await?;
        Ok(match answer {
            Insert::Refused(Refusal::IdTaken) if !seen => Insert::Stored,
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
        let mut compared = false;
        if self.has(Bug::UpdatesInTwoSteps) {
            let stored = self.inner.user(user.account(), user.id()).await?;
            compared = stored.is_some_and(|stored| user.based_on() == Some(stored.revision()));
            pause().await;
        }
        if self.has(Bug::MovesRows) {
            self.moving.lock().unwrap().insert(user.id());
            pause().await;
            self.moving.lock().unwrap().remove(&user.id());
        }
        let answer = self.inner.update(user).await?;
        if compared && answer == Write::Conflict {
            return Ok(Write::Stored);
        }
        let stored = self.inner.user(user.account(), user.id()).await?;
        let Some(mut stored) = stored.filter(|_| answer == Write::Conflict) else { return Ok(answer) };
        if self.has(Bug::DisabledWithoutRevision) && stored.is_disabled() && !user.is_disabled() {
            let _ = stored.enable(By::new("bug", Timestamp::from_unix(0)));
            return self.inner.update(&stored).await;
        }
        let lies = match user.based_on() {
            None => self.has(Bug::Unread),
            Some(_) if self.gone.lock().unwrap().contains(&user.id()) => self.has(Bug::EditsWhoComesNext),
            Some(_) => self.has(Bug::LastEditWins),
        };
        Ok(if lies { Write::Stored } else { answer })
    }

    async fn revoke(&self, key: KeyId, at: Timestamp) -> Answer<Stop> {
        if self.has(Bug::RevocationInTheRecord) && self.inner.find(key).await?.is_some() {
            self.revoked.lock().unwrap().entry(key).or_insert(at);
            return Ok(Stop::Stopped);
        }
        if self.has(Bug::RevokesByEdit) {
            while let Some(subject) = self.inner.find(key).await? {
                let mut user = self.inner.user(subject.account().id(), subject.user().id()).await?.unwrap();
                let _ = user.revoke(key, By::new("bug", at)).unwrap();
                pause().await;
                if self.inner.update(&user).await? == Write::Stored {
                    return Ok(Stop::Stopped);
                }
            }
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
        self.gone.lock().unwrap().insert(user);
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
    assert_eq!(report.checks().len(), 29);
    assert!(report.to_string().lines().all(|line| line.starts_with("ok      ")), "{report}");
}

/// What is broken for one call after another is broken for calls at a time too.
const AMONG_OTHERS: [(Bug, &[&str]); 5] = [
    (Bug::SecondId, &[INSERTS]),
    (Bug::SecondName, &[INSERTS]),
    (Bug::LastEditWins, &[ROTATIONS, "a request that is repeated makes one secret"]),
    (Bug::RevocationInTheRecord, &[REVOCATION]),
    (Bug::CursorIncluded, &[WALK]),
];

const INSERTS: &str = "of inserts at one time one takes what they share";
const ROTATIONS: &str = "of rotations at one time one is stored";
const REVOCATION: &str = "a revocation is done among a thousand edits";
const WALK: &str = "a walk through the pages meets everyone while others write";

#[test]
fn a_store_that_breaks_a_duty_fails_that_one_and_what_rests_on_it_alone() {
    // One after the other: a store in memory takes longer to drop the more threads have read one.
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
        (Bug::EditsWhoComesNext, "an edit of a deleted user reaches nobody else"),
        (Bug::InsertsInTwoSteps, INSERTS),
        (Bug::UpdatesInTwoSteps, ROTATIONS),
        (Bug::ForgetsRequests, "a request that is repeated makes one secret"),
        (Bug::RevokesByEdit, REVOCATION),
        (Bug::MovesRows, WALK),
    ] {
        let report = pollster::block_on(conformance::registry(async || Buggy::new(bug)));
        let failed: Vec<_> = report.failures().map(conformance::Check::duty).collect();
        let rests = AMONG_OTHERS.iter().find(|(other, _)| *other == bug).map_or(&[][..], |(_, rests)| *rests);
        assert_eq!(failed, [&[duty], rests].concat(), "{bug:?}\n{report}");
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

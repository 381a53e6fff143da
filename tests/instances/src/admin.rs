//! The back office: makes users, and changes, rotates, revokes and deletes them at random, noting when.

use std::{collections::HashMap, error::Error, time::Duration};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, By, Insert, Keep, KeyId, KeyRing, ModulePolicy, OsEntropy,
    Registry, Reveal, Stop, Timestamp, Write,
};
use keyward_postgres::{PostgresError, PostgresStore};
use tokio::time::sleep;

use crate::{
    fleet::Fleet,
    instance::{self, now},
    ledger::Life,
    track::Micros,
    wire::{Order, Probe},
};

type Failed = Box<dyn Error + Send + Sync>;

/// How long a credential that was rotated out may still be used.
const OVERLAP: Duration = Duration::from_secs(3);
/// How long one is asked about after it has ended, beyond the bound.
const WATCHED: Duration = Duration::from_secs(3);

/// Before the next act, where one was lost.
const PAUSE: Duration = Duration::from_millis(50);

/// An API user, and the credentials of it that live: the latest last.
struct Member {
    user: ApiUser,
    live: Vec<(u32, KeyId)>,
}

pub struct Admin {
    store: PostgresStore,
    keys: KeyRing,
    account: Account,
    members: Vec<Member>,
    /// Of every credential that there ever was.
    pub lives: HashMap<u32, Life>,
    /// Those that ended by one act rather than by themselves.
    pub ended: Vec<u32>,
    /// What is asked about no more, and from when.
    leaving: Vec<(u32, Micros)>,
    /// Those that were rotated out and whose last moment the time of day decides.
    rotated: Vec<u32>,
    pub acts: u64,
    /// Acts whose answer was lost.
    pub unknown: u64,
    next: u32,
    random: u64,
    bound: Duration,
    /// Whether credentials are rotated. Not while somebody's time of day is off.
    pub rotates: bool,
}

fn by() -> By<'static> {
    By::new("admin", today())
}

fn today() -> Timestamp {
    Timestamp::from_unix(i64::try_from(now() / 1_000_000).unwrap_or(0))
}

fn micros(duration: Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}

impl Admin {
    /// Puts the account.
    ///
    /// # Errors
    /// The store's.
    pub async fn new(store: PostgresStore, bound: Duration) -> Result<Self, Failed> {
        let module =
            instance::catalogue()?.modules().next().ok_or("a catalogue without a module")?.to_owned();
        let account = Account::new("acme".parse()?).enable(&module, ModulePolicy::default());
        store.put_account(&account).await?;
        Ok(Self {
            store,
            keys: instance::keys()?,
            account,
            members: Vec::new(),
            lives: HashMap::new(),
            ended: Vec::new(),
            leaving: Vec::new(),
            rotated: Vec::new(),
            acts: 0,
            unknown: 0,
            next: 0,
            random: 0x2545_F491_4F6C_DD1D,
            bound,
            rotates: true,
        })
    }

    pub fn store(&self) -> &PostgresStore {
        &self.store
    }

    pub fn len(&self) -> usize {
        self.members.len()
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    fn pick(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % below.max(1) as u64).unwrap_or(0)
    }

    /// Tells the instances of a credential that has been stored.
    fn announce(
        &mut self,
        reveal: Reveal,
        stored: Micros,
        fleet: &mut Fleet,
    ) -> Result<(u32, KeyId), Failed> {
        let revealed = reveal.reveal();
        let (id, key) = (self.next, revealed.key_id());
        self.next += 1;
        self.lives.insert(id, Life { good_from: stored, ..Life::default() });
        let probe = Probe { id, key: key.to_string(), secret: revealed.secret().expose().to_owned() };
        fleet.order(&Order::Probe(probe))?;
        Ok((id, key))
    }

    /// Stores a new user with one credential.
    ///
    /// # Errors
    /// An instance has ended.
    pub async fn hire(&mut self, fleet: &mut Fleet) -> Result<(), Failed> {
        let number = self.next;
        self.hire_as(&format!("u{number}"), &format!("user {number}"), fleet).await
    }

    async fn hire_as(&mut self, id: &str, name: &str, fleet: &mut Fleet) -> Result<(), Failed> {
        let level = AccessLevel::custom([instance::METHOD]);
        let mut user =
            ApiUser::new(self.account.id(), id.parse()?, name, level, Allowlist::parse("192.0.2.0/24")?)?;
        let reveal = user.issue(Keep::Hashed, &self.keys, by(), &mut OsEntropy)?;
        match self.store.insert(&user).await {
            Ok(Insert::Stored) => {
                let held = self.announce(reveal, now(), fleet)?;
                let user = self.store.user(user.account(), user.id()).await;
                if let Ok(Some(user)) = user {
                    self.members.push(Member { user, live: vec![held] });
                }
            }
            // A user whose insertion was answered by nobody is there.
            Ok(Insert::Refused(_)) | Err(_) => {
                self.unknown += 1;
                sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// One act on one user at random. What fails ends the user's part: nobody knows what has become of it.
    ///
    /// # Errors
    /// An instance has ended, or the store answered what it must not.
    pub async fn act(&mut self, fleet: &mut Fleet) -> Result<(), Failed> {
        self.acts += 1;
        let place = self.pick(self.members.len());
        if place >= self.members.len() {
            return self.hire(fleet).await;
        }
        let mut member = self.members.swap_remove(place);
        let kind = self.pick(100);
        if kind >= 60 {
            member.live.iter().try_for_each(|(id, _)| fleet.order(&Order::Watch(*id)))?;
        }
        let begun = now();
        let done = match kind {
            35..=59 if self.rotates => self.rotate(&mut member, begun, fleet).await,
            0..=59 => self.rename(&mut member).await,
            60..=74 => self.revoke(&mut member, begun).await,
            75..=84 => self.shut_out(&mut member, begun).await,
            85..=94 => self.delete(&mut member, begun).await,
            95..=97 => self.disable(&mut member, begun).await,
            _ => self.store.put_account(&self.account).await.map_err(Failed::from),
        };
        match done {
            Ok(()) if member.live.is_empty() => {
                let (id, name) = (member.user.id().to_string(), member.user.name().to_owned());
                // Whoever was deleted comes back under its id and name.
                if matches!(kind, 85..=94) {
                    self.hire_as(&id, &name, fleet).await
                } else {
                    self.hire(fleet).await
                }
            }
            Ok(()) => {
                self.members.push(member);
                Ok(())
            }
            Err(error) if error.is::<PostgresError>() => {
                self.unknown += 1;
                self.lost(&member, begun);
                sleep(PAUSE).await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Of these nobody knows whether they are good.
    fn lost(&mut self, member: &Member, begun: Micros) {
        for (id, _) in &member.live {
            if let Some(life) = self.lives.get_mut(id) {
                life.good_until = Some(life.good_until.map_or(begun, |until| until.min(begun)));
            }
            self.leaving.push((*id, begun));
        }
    }

    fn end(&mut self, member: &mut Member, begun: Micros) {
        let ended = now();
        for (id, _) in std::mem::take(&mut member.live) {
            let Some(life) = self.lives.get_mut(&id) else { continue };
            life.good_until = Some(life.good_until.map_or(begun, |until| until.min(begun)));
            life.bad_from = Some(life.bad_from.map_or(ended, |bad| bad.min(ended)));
            self.ended.push(id);
            self.leaving.push((id, ended));
        }
    }

    async fn update(&mut self, member: &mut Member) -> Result<Micros, Failed> {
        match self.store.update(&member.user).await? {
            Write::Stored => {}
            other => return Err(format!("nobody else writes, and an update is {other:?}").into()),
        }
        let stored = now();
        let read = self.store.user(member.user.account(), member.user.id()).await?;
        member.user = read.ok_or("a user that was just updated is gone")?;
        Ok(stored)
    }

    /// Changes nothing for its callers.
    async fn rename(&mut self, member: &mut Member) -> Result<(), Failed> {
        let _ = member.user.rename(&format!("{} {}", member.user.id(), self.acts), by())?;
        self.update(member).await.map(drop)
    }

    async fn rotate(&mut self, member: &mut Member, begun: Micros, fleet: &mut Fleet) -> Result<(), Failed> {
        let Some((old, key)) = member.live.last().copied() else { return Ok(()) };
        // The one before is still in its overlap.
        if member.live.len() > 1 {
            return self.rename(member).await;
        }
        let by = by();
        let reveal = member.user.rotate(key, OVERLAP, &self.keys, by, &mut OsEntropy)?;
        let stored = self.update(member).await?;
        let ends = Micros::try_from(by.at.plus(OVERLAP).unix()).unwrap_or(0).saturating_mul(1_000_000);
        if let Some(life) = self.lives.get_mut(&old) {
            (life.good_until, life.bad_from) = (Some(ends), Some(ends.max(stored)));
        }
        self.rotated.push(old);
        self.leaving.push((old, ends.max(begun)));
        let new = self.announce(reveal, stored, fleet)?;
        member.live.push(new);
        Ok(())
    }

    async fn revoke(&mut self, member: &mut Member, begun: Micros) -> Result<(), Failed> {
        for (_, key) in &member.live {
            if self.store.revoke(*key, today()).await? == Stop::Unknown {
                return Err("a live key is unknown to the store".into());
            }
        }
        self.end(member, begun);
        Ok(())
    }

    /// By its list, or by its level.
    async fn shut_out(&mut self, member: &mut Member, begun: Micros) -> Result<(), Failed> {
        if self.pick(2) == 0 {
            let _ = member.user.change_allowlist(Allowlist::parse("198.51.100.0/24")?, by())?;
        } else {
            let none: [&str; 0] = [];
            let _ = member.user.change_level(AccessLevel::custom(none), by());
        }
        self.update(member).await?;
        self.end(member, begun);
        Ok(())
    }

    async fn disable(&mut self, member: &mut Member, begun: Micros) -> Result<(), Failed> {
        let act = self.store.disable(member.user.account(), member.user.id(), by()).await?;
        let _ = act.ok_or("a live user is unknown to the store")?;
        self.end(member, begun);
        Ok(())
    }

    async fn delete(&mut self, member: &mut Member, begun: Micros) -> Result<(), Failed> {
        if self.store.delete(member.user.account(), member.user.id()).await? == Stop::Unknown {
            return Err("a live user is unknown to the store".into());
        }
        self.end(member, begun);
        Ok(())
    }

    /// Drops what ended long ago from what is asked about, and from what lives.
    ///
    /// # Errors
    /// An instance has ended.
    pub fn tidy(&mut self, fleet: &mut Fleet) -> Result<(), Failed> {
        let (time, wait) = (now(), micros(self.bound + WATCHED));
        let over = |ended: Micros| ended.saturating_add(wait) < time;
        for (id, _) in self.leaving.extract_if(.., |(_, ended)| over(*ended)) {
            fleet.order(&Order::Forget(id))?;
        }
        let lives = &self.lives;
        let ended = |id: u32| lives.get(&id).and_then(|life| life.bad_from).is_some_and(|bad| bad < time);
        self.members.iter_mut().for_each(|member| member.live.retain(|(id, _)| !ended(*id)));
        Ok(())
    }

    /// Asks no more about those whose end the time of day decides: somebody's will be off.
    ///
    /// # Errors
    /// An instance has ended.
    pub fn forget_rotated(&mut self, fleet: &mut Fleet) -> Result<(), Failed> {
        let begun = now();
        for id in self.rotated.drain(..) {
            fleet.order(&Order::Forget(id))?;
            if let Some(life) = self.lives.get_mut(&id) {
                life.good_until = life.good_until.map(|until| until.min(begun));
            }
        }
        Ok(())
    }
}

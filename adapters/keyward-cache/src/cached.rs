//! The cache.

use std::{fmt, hash::RandomState, sync::Arc, time::Duration};

use keyward::{Changed, Follower, KeyId, Lookup, Mark, Subject};
use quick_cache::{UnitWeighter, sync};

use crate::{
    clock::{Clock, Monotonic},
    error::{InvalidBound, StoreFailed},
    flight::{Answer, Flight, Loading},
    flights::{Flights, Slot},
    fresh::{Began, Fresh, Place, nanos},
    options::CacheOptions,
    wait::Wait,
};

/// A look-up that keeps what another one answered, for as long as its bound says, or as its feed confirms.
///
/// It is a [`Lookup`] for a [`Gate`](keyward::Gate), and a [`Follower`] for the feed of a store's changes: put it in an
/// [`Arc`] and give that to both. Without a feed a revocation counts after the bound at the latest. With one it counts
/// as soon as it is heard, and what is kept stays good without being read again; where the feed is lost, nothing is
/// confirmed any more, and the bound holds again by itself.
///
/// - **An answer is at most the bound old when it is asked for**; its subject [says so](Subject::staleness), on top of what
///   the store's own look-up said.
/// - **One load a key**: whoever else asks waits for it, and drives it on if the one that began is dropped.
/// - **What changed is not filled again** by a load that began before, and not handed to anybody who asks afterwards.
/// - **An error is kept from nobody and for nobody**: those who waited for that load have it, the next one asks again.
/// - **Keys of nobody** have room of their own and a shorter life.
///
/// **Duty of the look-up behind it**, where there is a feed: what it answers includes every change that the feed has passed
/// on before it was asked. One that reads a replica may lag behind, and has to [say](Subject::no_older_than) how far: then
/// the feed still drops what changed, but confirms nothing. Unsaid, a key whose
/// revocation the replica had not seen works for as long as the feed lives.
///
/// ```
/// # pollster::block_on(async {
/// use std::{sync::Arc, time::Duration};
/// use keyward::{Changed, Follower, Gate, Lookup, MemoryStore};
/// use keyward_cache::{Cached, Monotonic};
/// # let engine = keyward::Authorizer::new(keyward::Catalogue::builder().build()?, keyward::KeyRing::new(keyward::Pepper::new(1, [7; 32])?));
/// let store = Arc::new(MemoryStore::new()); // or one that is a network away
/// let cached = Arc::new(Cached::new(Arc::clone(&store), Duration::from_secs(5), Monotonic::start())?);
/// let gate: Gate<_> = Gate::new(engine, Arc::clone(&cached));
/// # drop(gate);
///
/// let key = "kwk_0000000000000000".parse()?;
/// assert!(cached.find(key).await?.is_none());
/// cached.changed(Changed::Key(key)); // from the store's feed, or from whoever just wrote
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
pub struct Cached<L: Lookup, C = Monotonic> {
    store: Arc<L>,
    fresh: Fresh<C>,
    bound: Duration,
    /// The same in nanoseconds.
    life: u64,
    unknown_life: u64,
    known: Kept<Known>,
    unknown: Kept<Began>,
    flights: Flights<L::Error>,
}

/// Callers choose what is asked for, so its places are chosen by a keyed hash: std's `SipHash`.
type Kept<T> = sync::Cache<KeyId, T, UnitWeighter, RandomState>;

#[derive(Clone)]
struct Known {
    subject: Subject,
    began: Began,
    account: Place,
    /// The store's own look-up may lag behind what its feed has passed on.
    lags: bool,
}

/// What was kept is good: the subject, or that there is none.
struct Hit(Option<Subject>);

impl<L: Lookup, C: Clock> Cached<L, C> {
    /// A cache of this store with a staleness bound of 10 milliseconds to 5 minutes, by this clock. How many entries it
    /// keeps is for [`CacheOptions`].
    ///
    /// # Errors
    /// [`InvalidBound`].
    pub fn new(store: L, bound: Duration, clock: C) -> Result<Self, InvalidBound> {
        Ok(CacheOptions::new(bound)?.over(store, clock))
    }

    pub(crate) fn made(options: &CacheOptions, store: L, clock: C) -> Self {
        Self {
            store: Arc::new(store),
            fresh: Fresh::new(clock),
            bound: options.bound,
            life: nanos(options.bound),
            unknown_life: nanos(options.unknown_for),
            known: kept(options.entries),
            unknown: kept(options.unknown),
            flights: Flights::new(),
        }
    }

    /// The store behind it.
    pub fn store(&self) -> &L {
        &self.store
    }

    /// How old an answer may be.
    pub fn bound(&self) -> Duration {
        self.bound
    }

    pub(crate) fn flights(&self) -> &Flights<L::Error> {
        &self.flights
    }

    /// What is kept of the key and still good.
    #[inline]
    fn kept(&self, key: &KeyId) -> Option<Hit> {
        if let Some(Known { subject, began, account, lags }) = self.known.get(key) {
            let young = if lags {
                self.fresh.is_young(began, self.life)
            } else {
                self.fresh.is_good(began, self.life)
            };
            return (young && self.fresh.is_unchanged(began, account)).then_some(Hit(Some(subject)));
        }
        let began = self.unknown.get(key)?;
        let good = self.fresh.is_young(began, self.unknown_life) && self.fresh.is_standing(began);
        good.then_some(Hit(None))
    }

    /// Takes a load that landed out of those under way, and keeps its answer, unless a change has taken it out before.
    pub(crate) fn land(&self, key: KeyId, flight: &Arc<Flight<L::Error>>, answer: &Answer<L::Error>) {
        let mut flights = self.flights.lock(&key);
        if !flights.get(&key).is_some_and(|slot| slot.is(flight)) {
            return;
        }
        let landed = flights.remove(&key);
        match answer {
            // The engine takes that for a fault, and so it is nobody's to keep.
            Ok(Some(subject)) if subject.key_id() != key => {}
            Ok(Some(subject)) => {
                let account = self.fresh.place(&subject.account().id());
                // What a subject says is rounded up to a millisecond, and so is a lag of less.
                let lags = subject.staleness() >= self.bound.saturating_add(Duration::from_millis(1));
                self.unknown.remove(&key);
                self.known
                    .insert(key, Known { subject: subject.clone(), began: flight.began, account, lags });
            }
            Ok(None) => {
                self.known.remove(&key);
                self.unknown.insert(key, flight.began);
            }
            Err(_) => {}
        }
        drop(flights);
        drop(landed);
    }

    /// Whether an answer is one for those who ask now.
    fn is_current(&self, began: Began, answer: &Answer<L::Error>) -> bool {
        match answer {
            Ok(Some(subject)) => self.fresh.is_unchanged(began, self.fresh.place(&subject.account().id())),
            Ok(None) => self.fresh.is_standing(began),
            Err(_) => true,
        }
    }

    /// Takes what is kept and what is under way of a key, for good.
    fn drop_key(&self, key: &KeyId) {
        let mut flights = self.flights.lock(key);
        let outdated = flights.remove(key);
        self.known.remove(key);
        self.unknown.remove(key);
        drop(flights);
        drop(outdated);
    }
}

fn kept<T: Clone>(entries: usize) -> Kept<T> {
    let weight = u64::try_from(entries).unwrap_or(u64::MAX);
    sync::Cache::with(entries, weight, UnitWeighter, RandomState::new(), sync::DefaultLifecycle::default())
}

impl<L: Lookup + 'static, C: Clock> Cached<L, C> {
    /// Apart from the hit, which is answered without.
    #[inline(never)]
    async fn load(&self, key: KeyId) -> Result<Option<Subject>, StoreFailed<L::Error>> {
        let asked = self.fresh.number();
        loop {
            let wait = match self.board(key) {
                Boarded::Kept(Hit(kept)) => return Ok(kept),
                Boarded::Waits(wait) => wait,
            };
            let flight = Arc::clone(&wait.flight);
            let Some(answer) = wait.await else { continue };
            // What was read in time may arrive too late: a revocation can have been committed in between.
            if answer.is_ok() && !self.fresh.is_young(flight.began, self.life) {
                self.land(key, &flight, &answer);
                return Err(StoreFailed::late(self.bound));
            }
            // A load that an account's change overtook before this was asked may be of that account.
            if flight.began.is_behind(asked) || self.is_current(flight.began, &answer) {
                return answer.map_err(StoreFailed::new);
            }
            // Whoever had its answer first may not have come to this yet, and it is not to be joined again.
            self.land(key, &flight, &answer);
        }
    }

    /// Joins the load of the key that is under way, or begins one.
    fn board(&self, key: KeyId) -> Boarded<'_, L, C> {
        let mut flights = self.flights.lock(&key);
        // One may have landed since it was looked for.
        if let Some(hit) = self.kept(&key) {
            return Boarded::Kept(hit);
        }
        let joined = flights.get_mut(&key).filter(|slot| self.fresh.is_young(slot.flight.began, self.life));
        if let Some(slot) = joined {
            slot.waiting += 1;
            return Boarded::Waits(Wait::new(self, key, Arc::clone(&slot.flight)));
        }
        let flight = Arc::new(Flight::new(self.fresh.begin(), self.loading(key)));
        let outlived = flights.insert(key, Slot { flight: Arc::clone(&flight), waiting: 1 });
        drop(flights);
        drop(outlived);
        Boarded::Waits(Wait::new(self, key, flight))
    }

    fn loading(&self, key: KeyId) -> Loading<L::Error> {
        let (store, bound) = (Arc::clone(&self.store), self.bound);
        Box::pin(async move {
            let found = store.find(key).await.map_err(Arc::new)?;
            // Here, once: then a hit hands it out as it is.
            Ok(found.map(|subject| {
                let age = subject.staleness().saturating_add(bound);
                subject.no_older_than(age)
            }))
        })
    }
}

enum Boarded<'c, L: Lookup, C: Clock> {
    Kept(Hit),
    Waits(Wait<'c, L, C>),
}

impl<L: Lookup + 'static, C: Clock> Lookup for Cached<L, C> {
    type Error = StoreFailed<L::Error>;

    async fn find(&self, key: KeyId) -> Result<Option<Subject>, Self::Error> {
        match self.kept(&key) {
            Some(Hit(kept)) => Ok(kept),
            None => self.load(key).await,
        }
    }
}

impl<L: Lookup, C: Clock> Follower for Cached<L, C> {
    fn mark(&self) -> Mark {
        self.fresh.mark()
    }

    fn changed(&self, what: Changed) {
        match what {
            Changed::Key(key) => self.drop_key(&key),
            Changed::Account(account) => self.fresh.account_changed(&account),
            // What is not known by name here may concern everything.
            _ => self.fresh.anything_changed(),
        }
    }

    fn caught_up(&self, mark: Mark) {
        self.fresh.caught_up(mark);
    }
}

impl<L: Lookup, C> fmt::Debug for Cached<L, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("bound", &self.bound)
            .field("known", &self.known.len())
            .field("unknown", &self.unknown.len())
            .finish_non_exhaustive()
    }
}

//! Any order of loads, changes, marks, deadlines and time against a model that knows every commit: nothing is handed out
//! that is older than the bound, and nothing that was committed over before a change that was heard before the ask.

mod common;

use std::{collections::BTreeMap, sync::Arc};

use common::{Answer, Asked, BOUND, ByHand, Down, Found, Hand, account, cached, key, user};
use keyward::{Changed, Follower, KeyId, Mark, Subject};
use keyward_cache::Cached;

const KEYS: [&str; 4] = ["acme-1", "acme-2", "zeta-1", "zeta-2"];

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}

fn owner(key: KeyId) -> &'static str {
    if key.as_str().starts_with("acme") { "acme" } else { "zeta" }
}

/// What has been committed, in order; the number of a commit is its place.
struct Commit {
    /// Of the real time, in milliseconds, whatever the cache's clock says.
    at: u64,
    what: Changed,
    /// Whether the key is there from here on, for a change of a key.
    there: bool,
    heard: bool,
}

impl Commit {
    fn concerns(&self, key: KeyId) -> bool {
        match self.what {
            Changed::Key(changed) => changed == key,
            Changed::Account(changed) => changed.as_str() == owner(key),
            _ => true,
        }
    }
}

/// One who waits, and the oldest state that it may be given.
struct Waiter {
    asked: Asked,
    key: KeyId,
    oldest: usize,
}

struct World {
    cached: Arc<Cached<ByHand, Hand>>,
    store: ByHand,
    clock: Hand,
    now: u64,
    commits: Vec<Commit>,
    /// Commits up to here have been passed on.
    passed: usize,
    /// A mark, and how many commits there were: it may be told once they are passed on.
    marks: Vec<(Mark, usize)>,
    following: bool,
    waiters: Vec<Waiter>,
    /// What a load has read and not answered yet.
    read: BTreeMap<usize, Answer>,
    answered: Vec<bool>,
    checked: BTreeMap<&'static str, usize>,
}

impl World {
    fn new() -> Self {
        let (cached, store, clock) = cached();
        Self {
            cached,
            store,
            clock,
            now: 0,
            commits: Vec::new(),
            passed: 0,
            marks: Vec::new(),
            following: true,
            waiters: Vec::new(),
            read: BTreeMap::new(),
            answered: Vec::new(),
            checked: BTreeMap::new(),
        }
    }

    fn is_there(&self, key: KeyId, state: usize) -> bool {
        let of = |commit: &&Commit| matches!(commit.what, Changed::Key(changed) if changed == key);
        self.commits[..state].iter().rev().find(of).is_none_or(|commit| commit.there)
    }

    /// As the store has it now: its name says which state that is.
    fn subject(&self, key: KeyId) -> Option<Subject> {
        let state = self.commits.len();
        let account = account(owner(key));
        let user = user(&account, &format!("state {state}"), key);
        self.is_there(key, state).then(|| Subject::new(account.into(), user.into(), key).unwrap())
    }

    fn commit(&mut self, random: &mut Random) {
        let id = key(KEYS[random.below(4)]);
        let (what, there) = match random.below(4) {
            0 => (Changed::Account(owner(id).parse().unwrap()), true),
            1 => (Changed::Key(id), !self.is_there(id, self.commits.len())),
            _ => (Changed::Key(id), self.is_there(id, self.commits.len())),
        };
        self.commits.push(Commit { at: self.now, what, there, heard: false });
    }

    fn pass_on(&mut self) {
        if !self.following || self.passed == self.commits.len() {
            return;
        }
        self.cached.changed(self.commits[self.passed].what);
        self.commits[self.passed].heard = true;
        self.passed += 1;
    }

    /// Where it cannot be told what was missed, all is said to have changed.
    fn lose_or_find_the_feed(&mut self, random: &mut Random) {
        self.following = !self.following;
        if !self.following {
            self.marks.clear();
        } else if random.below(2) == 0 {
            self.cached.changed(Changed::Anything);
            self.commits.iter_mut().for_each(|commit| commit.heard = true);
            self.passed = self.commits.len();
        }
    }

    fn tell_a_mark(&mut self, random: &mut Random) {
        if !self.following {
            return;
        }
        self.marks.push((self.cached.mark(), self.commits.len()));
        let told = self.marks[random.below(self.marks.len())];
        if told.1 <= self.passed {
            self.cached.caught_up(told.0);
        }
    }

    fn oldest(&self, key: KeyId) -> usize {
        let bound = u64::try_from(BOUND.as_millis()).unwrap();
        let must = |commit: &Commit| commit.concerns(key) && (commit.heard || commit.at + bound < self.now);
        self.commits.iter().rposition(must).map_or(0, |at| at + 1)
    }

    fn ask(&mut self, random: &mut Random) {
        let key = key(KEYS[random.below(4)]);
        let oldest = self.oldest(key);
        let calls = self.store.calls();
        let (asked, found) = Asked::of(&self.cached, key);
        let waiter = Waiter { asked, key, oldest };
        match found {
            Some(found) => {
                let kind = if self.store.calls() == calls { "kept" } else { "loaded" };
                self.check(&waiter, &found, kind);
            }
            None => self.waiters.push(waiter),
        }
    }

    fn check(&mut self, waiter: &Waiter, found: &Found, kind: &'static str) {
        let Waiter { key, oldest, .. } = waiter;
        *self.checked.entry(kind).or_default() += 1;
        match found {
            Ok(Some(subject)) => {
                let state: usize = subject.user().name().strip_prefix("state ").unwrap().parse().unwrap();
                assert!(state >= *oldest, "{key}: state {state} where {oldest} is due, {kind}");
            }
            Ok(None) => {
                let was_gone = (*oldest..=self.commits.len()).any(|state| !self.is_there(*key, state));
                assert!(was_gone, "{key}: unknown, and it never was since {oldest}, {kind}");
            }
            Err(_) => {}
        }
    }

    /// Of a load that is under way.
    fn call(&mut self, random: &mut Random) -> Option<usize> {
        self.answered.resize(self.store.calls(), false);
        let open: Vec<_> = (0..self.answered.len()).filter(|call| !self.answered[*call]).collect();
        (!open.is_empty()).then(|| open[random.below(open.len())])
    }

    fn read(&mut self, random: &mut Random) {
        let Some(call) = self.call(random) else { return };
        let answer = if random.below(10) == 0 { Err(Down) } else { Ok(self.subject(self.store.key(call))) };
        self.read.entry(call).or_insert(answer);
    }

    fn answer(&mut self, random: &mut Random) {
        let Some(call) = self.call(random) else { return };
        let Some(answer) = self.read.remove(&call) else { return };
        self.answered[call] = true;
        self.store.answer(call, answer);
    }

    fn poll(&mut self, random: &mut Random) {
        if self.waiters.is_empty() {
            return;
        }
        let at = random.below(self.waiters.len());
        let mut waiter = self.waiters.swap_remove(at);
        match waiter.asked.poll() {
            Some(found) => self.check(&waiter, &found, "waited"),
            None => self.waiters.push(waiter),
        }
    }

    fn give_up(&mut self, random: &mut Random) {
        if !self.waiters.is_empty() {
            drop(self.waiters.swap_remove(random.below(self.waiters.len())));
        }
    }

    /// Its clock goes on with the time, and now and then jumps: ahead, or back where it is looked at before and after.
    fn pass_time(&mut self, random: &mut Random) {
        let step = [1, 200, 1_000, 2_500][random.below(4)];
        self.now += step;
        self.clock.step(step);
        match random.below(60) {
            0 => self.clock.step(3_600_000),
            1 => {
                let _ = self.cached.mark();
                let back = [1, 700, 5_000, 500_000][random.below(4)];
                self.clock.put(self.clock.at().saturating_sub(back));
                let _ = self.cached.mark();
            }
            _ => {}
        }
    }

    fn step(&mut self, random: &mut Random) {
        match random.below(24) {
            0 | 1 => self.commit(random),
            2 | 3 => self.pass_on(),
            4 | 5 => self.tell_a_mark(random),
            6 if random.below(8) == 0 => self.lose_or_find_the_feed(random),
            7..=10 => self.ask(random),
            11..=14 => self.read(random),
            15..=17 => self.answer(random),
            18..=20 => self.poll(random),
            21 => self.give_up(random),
            _ => self.pass_time(random),
        }
    }

    /// Whoever still waits is told, and gets an answer: nobody hangs. Only those are polled who are told.
    fn end(&mut self, random: &mut Random) {
        while !self.waiters.is_empty() {
            let (told, rest): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.waiters).into_iter().partition(|waiter| waiter.asked.is_told());
            self.waiters = rest;
            let mut call = None;
            if told.is_empty() {
                call = self.call(random);
                assert!(call.is_some(), "{} hang", self.waiters.len());
            }
            for mut waiter in told {
                match waiter.asked.poll() {
                    Some(found) => self.check(&waiter, &found, "waited"),
                    None => self.waiters.push(waiter),
                }
            }
            if let Some(call) = call {
                self.answered[call] = true;
                let answer =
                    self.read.remove(&call).unwrap_or_else(|| Ok(self.subject(self.store.key(call))));
                self.store.answer(call, answer);
            }
        }
    }
}

#[test]
fn no_order_of_events_hands_out_what_is_too_old_or_was_heard_to_have_changed() {
    let mut checked = BTreeMap::<_, usize>::new();
    for seed in 0..400 {
        let (mut world, mut random) = (World::new(), Random(seed));
        for _ in 0..600 {
            world.step(&mut random);
        }
        world.end(&mut random);
        world.checked.into_iter().for_each(|(kind, count)| *checked.entry(kind).or_default() += count);
    }
    println!("{checked:?}");
    assert!(checked["kept"] > 1_000 && checked["waited"] > 1_000, "{checked:?}");
}

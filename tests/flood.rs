//! Guards: whoever floods the service with refused calls fills no memory, hides nothing that was proven, and is counted
//! to the last call.
#![cfg(feature = "std")]

mod common;
#[path = "common/heap.rs"]
mod heap;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use common::World;
use keyward::{
    Ask, CallRecord, CallSource, ClientAddr, Code, Denial, Drain, Headers, Journal, JournalEntry,
    JournalPage, JournalPart, JournalQuery, KeyId, MemoryJournal, Presented, Recorder, RequestHead, Secret,
    Subject,
};

const FLOOD: u32 = 1_000_000;

/// Sources of a flood that comes from many: each comes sixteen times, after all the others.
const MANY: u32 = FLOOD / 16;

/// Kinds of attempts that the recorder keeps apart.
const ROOM: usize = 512;

/// What recorder and journal may hold together: a thousand attempts of some 400 bytes with their indexes, twice over while
/// they are handed on.
const MOST_BYTES: isize = 1 << 20;

/// A service with a recorder and a journal, in which the victim's proven calls stand.
struct Service {
    world: World,
    subject: Option<Subject>,
    wrong: Secret,
    recorder: Recorder,
    drain: Drain,
    journal: MemoryJournal,
    before: isize,
    most: isize,
}

impl Service {
    fn new() -> Self {
        let world = World::new();
        let (recorder, drain) = Recorder::bounded(ROOM);
        let subject = world.subject();
        let before = heap::held();
        let journal = MemoryJournal::bounded(2_000, 1 << 20);
        let mut service = Self {
            world,
            subject,
            wrong: Secret::new("wrong".to_owned()),
            recorder,
            drain,
            journal,
            before,
            most: 0,
        };
        for _ in 0..2 {
            service.recorder.offer(service.record(&service.proven()));
            service.drain();
        }
        service
    }

    fn record(&self, denial: &Denial) -> CallRecord {
        CallRecord::refused(denial, self.world.now, self.world.engine.catalogue())
    }

    fn denied(&self, presented: Presented<'_>, client: impl Into<IpAddr>) -> Denial {
        let ask = Ask::new(self.world.method, ClientAddr::direct(client.into()), self.world.now);
        let known = presented.key_id() == Some(self.world.key());
        let subject = self.subject.clone().filter(|_| known);
        self.world.engine.authorize(presented, subject, &ask).unwrap().into_result().unwrap_err()
    }

    /// The victim calls from an address outside its list.
    fn proven(&self) -> Denial {
        let pair = Presented::pair(self.world.key(), self.world.revealed.secret());
        let denial = self.denied(pair, Ipv4Addr::new(203, 0, 113, 9));
        assert_eq!(denial.code(), Code::AccessIpUser);
        denial
    }

    fn wrong(&self, key: KeyId, client: Ipv4Addr) -> Denial {
        self.denied(Presented::pair(key, &self.wrong), client)
    }

    /// Nothing is presented: whatever it costs to refuse that is not what is looked at here.
    fn empty(&self, client: impl Into<IpAddr>) -> Denial {
        let head = RequestHead::new("GET", "/", Headers::lines(&[]));
        self.denied(self.world.engine.present(head), client)
    }

    /// What the task behind the recorder does.
    fn drain(&mut self) {
        let entries = self.drain.take();
        assert!(entries.len() <= ROOM + 64 + 2, "{}", entries.len());
        pollster::block_on(self.journal.append(entries)).unwrap();
        self.look();
    }

    fn look(&mut self) {
        self.most = self.most.max(heap::held() - self.before);
    }

    /// A million of these calls, one kind after the other and again from the first. Now and then the recorder is drained,
    /// as slowly as a journal under such a load would.
    fn flood(&mut self, kinds: u32, denial: impl Fn(&Self, u32) -> Denial) {
        let others = heap::held();
        let records: Vec<_> = (0..kinds).map(|number| self.record(&denial(self, number))).collect();
        self.before += heap::held() - others;
        for (number, record) in (0..FLOOD).zip(records.iter().cycle()) {
            self.recorder.offer(record.clone());
            if number % (FLOOD / 16) == FLOOD / 32 {
                self.look();
                self.drain();
            }
        }
        self.look();
        self.drain();
    }

    fn read(&self, query: &JournalQuery) -> Vec<CallRecord> {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let query = query.clone().after(after).limit(200);
            let JournalPage { entries, next, .. } = pollster::block_on(self.journal.browse(&query)).unwrap();
            read.extend(entries.into_iter().map(|entry| match entry {
                JournalEntry::Call(call) => call,
                other => panic!("{other}"),
            }));
            after = next;
            if after.is_none() {
                return read;
            }
        }
    }

    /// Nothing is lost but what is counted as lost, nothing grows, and the victim's own calls stand.
    fn is_sound(&self) -> Vec<CallRecord> {
        let attempts = self.read(&JournalQuery::all().part(JournalPart::Attempts));
        let counted: u64 = attempts.iter().map(CallRecord::count).sum();
        assert_eq!(counted + self.journal.displaced() + self.recorder.dropped(), u64::from(FLOOD));
        assert!(attempts.len() <= 500, "{} entries", attempts.len());
        assert!(self.most <= MOST_BYTES, "{} bytes", self.most);
        let proven = self.read(&JournalQuery::all().part(JournalPart::Calls));
        assert_eq!(proven.len(), 2);
        assert!(proven.iter().all(|call| call.code() == Some(Code::AccessIpUser) && call.count() == 1));
        assert_eq!(self.recorder.dropped(), 0);
        attempts
    }
}

fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0B00_0000 | number)
}

#[test]
fn a_million_refused_calls_of_one_source_are_one_entry() {
    let mut service = Service::new();
    service.flood(1, |service, _| service.wrong(service.world.key(), address(1)));
    let attempts = service.is_sound();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].count(), u64::from(FLOOD));
    assert_eq!(attempts[0].client(), CallSource::Address(address(1).into()));
    assert_eq!(attempts[0].user_name(), Some("checkout"));
}

#[test]
fn a_million_wrong_secrets_with_a_victims_key_leave_its_own_calls_standing() {
    let mut service = Service::new();
    service.flood(MANY, |service, number| service.wrong(service.world.key(), address(number)));
    let attempts = service.is_sound();
    let rest: Vec<_> = attempts.iter().filter(|call| call.client() == CallSource::Many).collect();
    assert_eq!(rest.len(), 1, "whoever is not kept apart is counted together");
    assert!(rest[0].count() > u64::from(FLOOD) * 9 / 10, "{}", rest[0]);
    assert_eq!((rest[0].code(), rest[0].key()), (Some(Code::CredentialInvalid), None));
    let others = attempts.iter().filter(|call| call.client() != CallSource::Many);
    assert!(others.into_iter().all(|call| call.user_name() == Some("checkout") && !call.is_proven()));
}

#[test]
fn a_million_calls_of_one_ipv6_network_are_one_entry() {
    let mut service = Service::new();
    let network = 0x2001_0db8_0000_0001_u128 << 64;
    service.flood(MANY, |service, number| {
        service.empty(Ipv6Addr::from_bits(network | u128::from(number) << 40))
    });
    let attempts = service.is_sound();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].client().to_string(), "2001:db8:0:1::/64");
    assert_eq!(attempts[0].code(), Some(Code::CredentialMissing));
}

#[test]
fn a_million_calls_of_many_ipv6_networks_are_as_many_entries_as_there_is_room() {
    let mut service = Service::new();
    service.flood(MANY, |service, number| {
        service.empty(Ipv6Addr::from_bits((0x2001_0db8 << 96) | (u128::from(number) << 64) | 1))
    });
    let attempts = service.is_sound();
    let rest = attempts.iter().find(|call| call.client() == CallSource::Many).unwrap();
    assert!(rest.count() > u64::from(FLOOD) * 9 / 10, "{rest}");
    assert_eq!(rest.code(), Some(Code::CredentialMissing));
}

#[test]
fn a_journal_of_its_own_stays_within_its_bytes_whatever_it_is_given() {
    let mut service = Service::new();
    for number in 0..20_000 {
        let record = service.record(&service.empty(address(number)));
        pollster::block_on(service.journal.append(vec![record.into()])).unwrap();
        service.look();
    }
    assert!(service.most <= MOST_BYTES, "{} bytes", service.most);
    assert_eq!(service.read(&JournalQuery::all().part(JournalPart::Attempts)).len(), 375);
    assert_eq!(service.read(&JournalQuery::all().part(JournalPart::Calls)).len(), 2);
}

#[test]
fn a_source_that_tries_keys_by_the_thousand_is_a_few_entries_and_leaves_others_apart() {
    let mut service = Service::new();
    service.flood(2_000, |service, number| match number {
        0 => service.empty(address(2)),
        _ => service.wrong(format!("kwk_{number:016}").parse().unwrap(), address(1)),
    });
    let attempts = service.is_sound();
    let other = attempts.iter().find(|call| call.code() == Some(Code::CredentialMissing)).unwrap();
    assert_eq!((other.client().to_string(), other.count()), (address(2).to_string(), 500));
    assert!(attempts.iter().all(|call| call.client() != CallSource::Many));
    let unnamed: Vec<_> = attempts.iter().filter(|call| call.key().is_none() && *call != other).collect();
    assert_eq!(unnamed.len(), 1);
    assert!(unnamed[0].count() > u64::from(FLOOD) * 9 / 10, "{}", unnamed[0]);
}

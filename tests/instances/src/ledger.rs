//! What was done to each credential and when, and what may therefore have been said of it.

use std::time::Duration;

use crate::track::{Call, Micros, Run, Said, Track};

/// A credential's whole life: it begins to be good, stays so for a while and never becomes good again.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// It was good once this had been acknowledged.
    pub good_from: Micros,
    /// It was good for certain before then: when the change that ended it was begun, or its own last moment.
    pub good_until: Option<Micros>,
    /// It was bad for certain from then on: when that change was acknowledged.
    pub bad_from: Option<Micros>,
}

/// What the answers of all tasks amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub yes: u64,
    pub no: u64,
    /// Accepted later than the bound after the change had been acknowledged. Says how much later.
    pub false_accepts: Vec<Duration>,
    /// Refused although good for longer than the bound, and not yet under change. Says how long it had been good.
    pub false_denies: Vec<Duration>,
    /// From the acknowledgement to the last question that was answered by accepting it, over all tasks.
    pub longest_stale: Duration,
    /// Whether it was asked about after it had become bad, by every task that knew it.
    pub asked_after: bool,
}

impl Judged {
    pub fn add(&mut self, other: Self) {
        self.yes += other.yes;
        self.no += other.no;
        self.false_accepts.extend(other.false_accepts);
        self.false_denies.extend(other.false_denies);
        self.longest_stale = self.longest_stale.max(other.longest_stale);
    }
}

impl Life {
    /// Judges what the tasks saw, under a bound of staleness.
    pub fn judge<'a>(&self, tracks: impl IntoIterator<Item = &'a Track>, bound: Duration) -> Judged {
        let mut judged = Judged { asked_after: self.bad_from.is_some(), ..Judged::default() };
        let micros = Micros::try_from(bound.as_micros()).unwrap_or(Micros::MAX);
        for track in tracks {
            for run in track.runs() {
                match run.said {
                    Said::Yes => judged.accepted(self, run, micros),
                    Said::No => judged.refused(self, run, micros),
                }
            }
            let last = track.runs().last().map_or(0, |run| run.last.asked);
            judged.asked_after &= self.bad_from.is_some_and(|bad| last > bad);
        }
        judged
    }
}

impl Judged {
    fn accepted(&mut self, life: &Life, run: &Run, bound: Micros) {
        self.yes += run.count;
        let Some(late) = life.bad_from.and_then(|bad| run.last.asked.checked_sub(bad)) else { return };
        self.longest_stale = self.longest_stale.max(Duration::from_micros(late));
        if late > bound {
            self.false_accepts.push(Duration::from_micros(late));
        }
    }

    /// Refused is what was asked and answered while it was good. What stands between the first and the last question of a
    /// run is not known one by one: if both lie outside, the rest lay inside.
    fn refused(&mut self, life: &Life, run: &Run, bound: Micros) {
        self.no += run.count;
        let from = life.good_from.saturating_add(bound);
        let until = life.good_until.unwrap_or(Micros::MAX);
        let within = |call: Call| from <= call.asked && call.answered < until;
        let around = run.count > 2 && run.first.asked < from && until < run.last.answered && from < until;
        if within(run.first) || within(run.last) || around {
            let last = if within(run.last) { run.last } else { run.first };
            self.false_denies.push(Duration::from_micros(last.asked.saturating_sub(life.good_from)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Duration = Duration::from_micros(100);

    fn track(answers: &[(Said, Micros)]) -> Track {
        let mut track = Track::default();
        for (said, asked) in answers {
            track.note(*said, Call { asked: *asked, answered: *asked + 5 });
        }
        track
    }

    /// Good from 1,000, revoked between 2,000 and 2,050.
    fn life() -> Life {
        Life { good_from: 1_000, good_until: Some(2_000), bad_from: Some(2_050) }
    }

    #[test]
    fn an_accept_behind_the_bound_is_false_and_one_within_it_is_stale() {
        let within =
            life().judge([&track(&[(Said::Yes, 1_500), (Said::Yes, 2_150), (Said::No, 2_151)])], BOUND);
        assert_eq!((within.false_accepts.len(), within.longest_stale), (0, Duration::from_micros(100)));
        let behind = life().judge([&track(&[(Said::Yes, 1_500), (Said::Yes, 2_151)])], BOUND);
        assert_eq!(behind.false_accepts, [Duration::from_micros(101)]);
        let again = life().judge([&track(&[(Said::No, 2_100), (Said::Yes, 3_000)])], BOUND);
        assert_eq!(again.false_accepts.len(), 1, "an answer that comes back");
    }

    #[test]
    fn a_refusal_of_what_is_good_is_false_but_for_its_beginning_and_its_end() {
        let fine = [(Said::No, 1_050), (Said::Yes, 1_100), (Said::Yes, 1_990), (Said::No, 2_001)];
        assert_eq!(life().judge([&track(&fine)], BOUND).false_denies, []);
        let late = [(Said::No, 1_050), (Said::No, 1_200), (Said::Yes, 1_300)];
        assert_eq!(life().judge([&track(&late)], BOUND).false_denies, [Duration::from_micros(200)]);
        let once = [(Said::Yes, 1_300), (Said::No, 1_400), (Said::No, 1_401), (Said::Yes, 1_500)];
        assert_eq!(life().judge([&track(&once)], BOUND).false_denies.len(), 1);
        let single = [(Said::Yes, 1_300), (Said::No, 1_400), (Said::Yes, 1_500)];
        assert_eq!(
            life().judge([&track(&single)], BOUND).false_denies.len(),
            1,
            "one refusal is one too many"
        );
        let over = [(Said::No, 900), (Said::No, 1_500), (Said::No, 2_500)];
        assert_eq!(life().judge([&track(&over)], BOUND).false_denies.len(), 1, "nothing was accepted at all");
    }

    #[test]
    fn a_refusal_that_was_answered_after_the_change_had_begun_is_none_of_a_good_credential() {
        let late = [(Said::Yes, 1_300), (Said::No, 1_995)];
        assert_eq!(life().judge([&track(&late)], BOUND).false_denies, []);
        let early = [(Said::Yes, 1_300), (Said::No, 1_994)];
        assert_eq!(life().judge([&track(&early)], BOUND).false_denies.len(), 1);
    }

    #[test]
    fn every_task_has_to_have_asked_when_it_was_bad() {
        let (asked, left) = (track(&[(Said::Yes, 1_500), (Said::No, 2_100)]), track(&[(Said::Yes, 1_500)]));
        assert!(life().judge([&asked], BOUND).asked_after);
        assert!(!life().judge([&asked, &left], BOUND).asked_after);
    }

    #[test]
    fn what_an_instance_prints_is_read_back() {
        let track = track(&[(Said::Yes, 1), (Said::Yes, 2), (Said::No, 3)]);
        assert_eq!(Track::from_text(track.to_text().split(' ')), Some(track));
        assert_eq!(Track::from_text(["x:1:2:3:4:5"].into_iter()), None);
    }
}

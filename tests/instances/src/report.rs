//! What came out.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::{
    admin::Admin,
    fleet::Seen,
    ledger::Judged,
    track::{Micros, Said, Track},
};

/// The figures of a proof. `Display` prints them.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub bound: Duration,
    pub instances: usize,
    pub took: Duration,
    pub judged: Judged,
    /// Credentials that there were, and those of them that an act ended.
    pub credentials: usize,
    pub ended: usize,
    /// Of those that ended, how many some task that had asked before did not ask about again.
    pub unwatched: usize,
    pub acts: u64,
    /// Acts whose answer was lost.
    pub unknown: u64,
    /// What was broken, and how often.
    pub injected: BTreeMap<&'static str, usize>,
    /// What instances answered instead of a verdict.
    pub faults: BTreeMap<String, u64>,
    /// When nothing was broken.
    pub plain: Vec<(Micros, Micros)>,
    /// From the beginning of an act that ends a credential, while nothing was broken, to the last question of any task that
    /// was answered by accepting it.
    pub seen: Vec<Duration>,
    /// The same from its acknowledgement.
    pub after: Vec<Duration>,
    /// What is known of credentials that were judged wrongly.
    pub details: Vec<String>,
    /// Bare notifications meanwhile, there and back.
    pub pings: Vec<Duration>,
}

impl Report {
    pub(crate) fn injected(&mut self, what: &'static str, times: usize) {
        *self.injected.entry(what).or_default() += times;
    }

    pub(crate) fn judge(&mut self, admin: &Admin, seen: &Seen) {
        self.credentials = admin.lives.len();
        self.acts = admin.acts;
        self.unknown = admin.unknown;
        self.faults.clone_from(&seen.faults);
        self.ended = admin.ended.len();
        for (id, life) in &admin.lives {
            let tracks = seen.tracks.get(id).map(Vec::as_slice).unwrap_or_default();
            let judged = life.judge(tracks, self.bound);
            if judged.false_accepts.len() + judged.false_denies.len() > 0 {
                self.details.push(format!("{life:?} {tracks:?}").chars().take(600).collect());
            }
            self.unwatched += usize::from(life.bad_from.is_some() && !judged.asked_after);
            self.judged.add(judged);
        }
        for id in &admin.ended {
            let Some(life) = admin.lives.get(id) else { continue };
            let (Some(begun), Some(ended)) = (life.good_until, life.bad_from) else { continue };
            if self.plain.iter().any(|(from, until)| (*from..*until).contains(&begun)) {
                let tracks = seen.tracks.get(id).map(Vec::as_slice).unwrap_or_default();
                let last = last_accepted(tracks);
                self.seen.push(Duration::from_micros(last.saturating_sub(begun)));
                self.after.push(Duration::from_micros(last.saturating_sub(ended)));
            }
        }
        self.seen.sort_unstable();
        self.after.sort_unstable();
        self.pings.sort_unstable();
    }

    /// The same at the given part of a hundred, of a sorted list.
    fn quantile(sorted: &[Duration], percent: usize) -> Duration {
        sorted
            .get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }

    /// How many times a bare notification's slowest hundredth this one's is.
    fn times_a_notification(&self, sorted: &[Duration]) -> f64 {
        let ping = Self::quantile(&self.pings, 99).as_secs_f64();
        Self::quantile(sorted, 99).as_secs_f64() / ping.max(1e-6)
    }
}

fn last_accepted(tracks: &[Track]) -> Micros {
    let runs = tracks.iter().flat_map(Track::runs).filter(|run| run.said == Said::Yes);
    runs.map(|run| run.last.asked).max().unwrap_or(0)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Judged { yes, no, false_accepts, false_denies, longest_stale, .. } = &self.judged;
        let rate = u128::from(yes + no) * 1_000_000 / self.took.as_micros().max(1);
        writeln!(f, "{} instances, bound {:?}, {:.0?}", self.instances, self.bound, self.took)?;
        writeln!(f, "verifications      {} ({yes} accepted, {no} refused), {rate} a second", yes + no)?;
        writeln!(f, "acts               {} ({} whose answer was lost)", self.acts, self.unknown)?;
        writeln!(f, "credentials        {}, of which {} were ended by an act", self.credentials, self.ended)?;
        writeln!(f, "  not asked about by every task after their end: {}", self.unwatched)?;
        for (what, times) in &self.injected {
            writeln!(f, "broken             {times} {what}")?;
        }
        for (kind, count) in &self.faults {
            writeln!(f, "faults             {count} {kind}")?;
        }
        writeln!(f, "longest stale accept              {longest_stale:.1?}")?;
        writeln!(f, "false accepts (behind the bound)  {}", false_accepts.len())?;
        writeln!(f, "false denies (beyond the bound)   {}", false_denies.len())?;
        for detail in self.details.iter().take(10) {
            writeln!(f, "  {detail}")?;
        }
        for (what, sorted) in [
            ("revocations seen by all, from the call  ", &self.seen),
            ("the same from the answer                ", &self.after),
            ("bare notifications, there and back      ", &self.pings),
        ] {
            let at = |percent| Self::quantile(sorted, percent);
            let times = self.times_a_notification(sorted);
            writeln!(f, "{what} {}, p50 {:.2?}, p99 {:.2?}, {times:.2} times", sorted.len(), at(50), at(99))?;
        }
        Ok(())
    }
}

//! Promises about figures, and whether they are kept.

use std::fmt;

use crate::report::{Report, number, time};

/// What noise may add to a measured time before a bar counts as not met.
const TOLERANCE: f64 = 1.1;

/// A promise, and what was measured.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) what: String,
    /// The figures behind it.
    pub(crate) figures: String,
    /// Not a number where it could not be measured.
    pub(crate) measured: f64,
    pub(crate) limit: f64,
    pub(crate) sense: Sense,
    /// Of `measured` and `limit`; `x` for a ratio.
    pub(crate) unit: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sense {
    /// A time, or a ratio of times; noise is tolerated.
    AtMost,
    /// A number that has no noise.
    Exactly,
    /// A factor that has its tolerance in its limit.
    AtLeast,
}

impl Sense {
    pub(crate) fn sign(self) -> &'static str {
        if self == Self::AtLeast { "≥" } else { "≤" }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Met,
    Tolerated,
    Missed,
    /// The machine did not have what it takes.
    Unmeasured,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Met => "met",
            Self::Tolerated => "met within 10 %",
            Self::Missed => "**NOT met**",
            Self::Unmeasured => "not measured",
        })
    }
}

impl Bar {
    pub(crate) fn outcome(&self) -> Outcome {
        let Self { measured, limit, .. } = *self;
        match self.sense {
            _ if measured.is_nan() => Outcome::Unmeasured,
            Sense::AtMost | Sense::Exactly if measured <= limit => Outcome::Met,
            Sense::AtLeast if measured >= limit => Outcome::Met,
            Sense::AtMost if measured <= limit * TOLERANCE => Outcome::Tolerated,
            _ => Outcome::Missed,
        }
    }
}

/// Collects the bars over one report. One whose rows were not measured is left out.
#[derive(Debug)]
pub(crate) struct Bars<'r> {
    report: &'r Report,
    pub(crate) all: Vec<Bar>,
}

impl<'r> Bars<'r> {
    pub(crate) fn over(report: &'r Report) -> Self {
        Self { report, all: Vec::new() }
    }

    pub(crate) fn value(&self, row: &str) -> Option<f64> {
        self.report.find(row).map(|figure| figure.least)
    }

    /// One row may take so many times another's time.
    pub(crate) fn at_most(&mut self, row: &str, limit: f64, other: &str) {
        if let (Some(ours), Some(peers)) = (self.value(row), self.value(other)) {
            let figures = format!("{} beside {}", time(ours), time(peers));
            self.add(format!("{row} ÷ {other}"), figures, (ours / peers, limit, "x"), Sense::AtMost);
        }
    }

    /// One row is to be so many times faster than another.
    pub(crate) fn times_faster(&mut self, row: &str, limit: f64, other: &str) {
        if let (Some(ours), Some(peers)) = (self.value(row), self.value(other)) {
            let figures = format!("{} beside {}", time(peers), time(ours));
            self.add(format!("{other} ÷ {row}"), figures, (peers / ours, limit, "x"), Sense::AtLeast);
        }
    }

    /// `measured`, its limit and the unit of both.
    pub(crate) fn add(&mut self, what: String, figures: String, measured: (f64, f64, &str), sense: Sense) {
        let (measured, limit, unit) = measured;
        self.all.push(Bar { what, figures, measured, limit, sense, unit: unit.into() });
    }
}

impl fmt::Display for Bars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for bar in &self.all {
            let Bar { what, figures, measured, limit, sense, unit } = bar;
            let (measured, limit, outcome) = (number(*measured), number(*limit), bar.outcome());
            writeln!(
                f,
                "{measured:>8} {unit} {} {limit} {unit}, {outcome}: {what} ({figures})",
                sense.sign()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(measured: f64, limit: f64, sense: Sense) -> Outcome {
        Bar { what: String::new(), figures: String::new(), measured, limit, sense, unit: "x".into() }
            .outcome()
    }

    #[test]
    fn times_have_a_tolerance_and_nothing_else_has() {
        assert_eq!(outcome(2.0, 2.0, Sense::AtMost), Outcome::Met);
        assert_eq!(outcome(2.1, 2.0, Sense::AtMost), Outcome::Tolerated);
        assert_eq!(outcome(2.3, 2.0, Sense::AtMost), Outcome::Missed);
        assert_eq!(outcome(26.0, 26.0, Sense::Exactly), Outcome::Met);
        assert_eq!(outcome(26.1, 26.0, Sense::Exactly), Outcome::Missed);
        assert_eq!(outcome(0.95, 0.95, Sense::AtLeast), Outcome::Met);
        assert_eq!(outcome(0.94, 0.95, Sense::AtLeast), Outcome::Missed);
    }

    #[test]
    fn what_could_not_be_measured_is_never_met() {
        for sense in [Sense::AtMost, Sense::Exactly, Sense::AtLeast] {
            assert_eq!(outcome(f64::NAN, 1.0, sense), Outcome::Unmeasured);
        }
    }

    #[test]
    fn a_bar_is_the_ratio_of_two_rows() {
        let mut report = Report::default();
        report.number("ours", 30.0, "ns");
        report.number("theirs", 20.0, "ns");
        let mut bars = Bars::over(&report);
        bars.at_most("ours", 1.0, "theirs");
        bars.at_most("ours", 1.0, "nobody's");
        bars.times_faster("ours", 0.5, "theirs");
        bars.times_faster("ours", 0.5, "nobody's");
        assert_eq!(bars.all.len(), 2);
        assert_eq!(
            bars.to_string(),
            "    1.50 x ≤ 1.00 x, **NOT met**: ours ÷ theirs (30.0 ns beside 20.0 ns)\n    \
             0.67 x ≥ 0.50 x, met: theirs ÷ ours (20.0 ns beside 30.0 ns)\n"
        );
    }
}

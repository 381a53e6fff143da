//! What a class found: figures, and the bars that are held against them.

use std::fmt;

use crate::rig::Figure;

/// What noise may add to a measured time before a bar counts as not met.
const TOLERANCE: f64 = 1.1;

/// A promise, and what was measured.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) what: String,
    /// The figures behind it.
    pub(crate) figures: String,
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
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Met => "met",
            Self::Tolerated => "met within 10 %",
            Self::Missed => "**NOT met**",
        })
    }
}

impl Bar {
    pub(crate) fn outcome(&self) -> Outcome {
        let Self { measured, limit, .. } = *self;
        match self.sense {
            Sense::AtMost | Sense::Exactly if measured <= limit => Outcome::Met,
            Sense::AtLeast if measured >= limit => Outcome::Met,
            Sense::AtMost if measured <= limit * TOLERANCE => Outcome::Tolerated,
            _ => Outcome::Missed,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) figures: Vec<Figure>,
    pub(crate) bars: Vec<Bar>,
}

impl Report {
    pub(crate) fn add(&mut self, figures: Vec<Figure>) {
        self.figures.extend(figures);
    }

    /// A figure that was counted and not timed.
    pub(crate) fn number(&mut self, name: impl Into<String>, value: f64, unit: &str) {
        self.figures.push(Figure { name: name.into(), value, unit: unit.into(), spread: 1.0 });
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    pub(crate) fn value(&self, name: &str) -> f64 {
        self.find(name).unwrap_or_else(|| panic!("no row {name:?}")).value
    }

    /// One row may take so many times another's time.
    pub(crate) fn at_most(&mut self, row: &str, limit: f64, other: &str) {
        let (ours, peers) = (self.value(row), self.value(other));
        let figures = format!("{} beside {}", time(ours), time(peers));
        self.bar(format!("{row} ÷ {other}"), figures, (ours / peers, limit, "x"), Sense::AtMost);
    }

    /// `measured`, its limit and the unit of both.
    pub(crate) fn bar(&mut self, what: String, figures: String, measured: (f64, f64, &str), sense: Sense) {
        let (measured, limit, unit) = measured;
        self.bars.push(Bar { what, figures, measured, limit, sense, unit: unit.into() });
    }
}

/// To read beside a run; the documentation's tables are made by [`page`](crate::page).
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for figure in &self.figures {
            writeln!(f, "{:>12}  spread {:.2}  {}", figure.to_string(), figure.spread, figure.name)?;
        }
        for bar in &self.bars {
            let Bar { what, figures, measured, limit, sense, unit } = bar;
            let (measured, limit) = (number(*measured), number(*limit));
            writeln!(
                f,
                "{measured:>8} {unit} {} {limit} {unit}, {}: {what} ({figures})",
                sense.sign(),
                bar.outcome()
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.unit == "ns" {
            time(self.value)
        } else {
            format!("{} {}", number(self.value), self.unit)
        };
        f.pad(&text)
    }
}

/// Nanoseconds, in the unit that keeps them short.
pub(crate) fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ..10_000.0 => format!("{} ns", number(nanoseconds)),
        10_000.0..10_000_000.0 => format!("{} µs", number(nanoseconds / 1e3)),
        _ => format!("{} ms", number(nanoseconds / 1e6)),
    }
}

/// Three digits, or all of the whole ones in groups.
pub(crate) fn number(value: f64) -> String {
    match value {
        ..0.095 => format!("{value:.4}"),
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => grouped(value.round() as usize),
    }
}

/// `1 000 000`.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

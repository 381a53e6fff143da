//! What a class found: figures, and the bars that are drawn over them.

use std::fmt;

use crate::rig::Figure;

/// What noise may add to a measured time before a bar counts as not met.
pub(crate) const TOLERANCE: f64 = 1.1;

#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) what: String,
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

impl Bar {
    pub(crate) fn outcome(&self) -> &'static str {
        let good = match self.sense {
            Sense::AtLeast => self.measured >= self.limit,
            Sense::AtMost | Sense::Exactly => self.measured <= self.limit,
        };
        match self.sense {
            _ if good => "met",
            Sense::AtMost if self.measured <= self.limit * TOLERANCE => "met within 10 %",
            _ => "**NOT met**",
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

    pub(crate) fn number(&mut self, name: impl Into<String>, value: f64, unit: &str) {
        self.figures.push(Figure { name: name.into(), value, unit: unit.into(), spread: 1.0 });
    }

    /// A row's figure.
    pub(crate) fn value(&self, name: &str) -> f64 {
        let found = self.figures.iter().find(|figure| figure.name == name);
        found.unwrap_or_else(|| panic!("no row {name:?}")).value
    }

    /// One row may take so many times another's time.
    pub(crate) fn at_most(&mut self, row: &str, limit: f64, other: &str) {
        let what = format!("{row}, beside {other}");
        self.bar(what, self.value(row) / self.value(other), limit, Sense::AtMost, "x");
    }

    pub(crate) fn bar(&mut self, what: String, measured: f64, limit: f64, sense: Sense, unit: &str) {
        self.bars.push(Bar { what, measured, limit, sense, unit: unit.into() });
    }
}

/// To read beside a run; the table for the documentation is `render`'s.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for figure in &self.figures {
            let Figure { name, value, unit, spread } = figure;
            writeln!(f, "{:>12} {unit:<5} spread {spread:.2}  {name}", short(*value))?;
        }
        for bar in &self.bars {
            let sign = if bar.sense == Sense::AtLeast { ">=" } else { "<=" };
            let (measured, limit) = (short(bar.measured), short(bar.limit));
            writeln!(f, "{measured:>12} {:<5} {sign} {limit:<8} {}  {}", bar.unit, bar.outcome(), bar.what)?;
        }
        Ok(())
    }
}

/// Three digits or all of the whole ones.
pub(crate) fn short(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => {
            let digits = format!("{value:.0}");
            let head = digits.len() % 3;
            let groups =
                digits.as_bytes()[head..].chunks(3).map(|group| str::from_utf8(group).unwrap_or_default());
            let all: Vec<_> =
                std::iter::once(&digits[..head]).filter(|head| !head.is_empty()).chain(groups).collect();
            all.join(" ")
        }
    }
}

//! Figures by row, and how they are written.

use std::fmt;

use crate::rig::Figure;

#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// Passes, in as many processes or in one.
    pub(crate) passes: usize,
    pub(crate) figures: Vec<Figure>,
}

impl Report {
    pub(crate) fn add(&mut self, figures: Vec<Figure>) {
        self.figures.extend(figures);
    }

    /// A figure that was counted and not timed.
    pub(crate) fn number(&mut self, name: impl Into<String>, value: f64, unit: &str) {
        self.figures.push(Figure { name: name.into(), least: value, most: value, unit: unit.into() });
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// With the passes of another run of the same rows.
    pub(crate) fn merged(mut self, other: &Self) -> Self {
        self.passes += other.passes;
        for figure in &mut self.figures {
            if let Some(found) = other.find(&figure.name) {
                figure.least = figure.least.min(found.least);
                figure.most = figure.most.max(found.most);
            }
        }
        self
    }
}

impl Figure {
    /// None where nothing was timed.
    pub(crate) fn spread(&self) -> String {
        if self.unit == "ns" { format!("{:.2} x", self.most / self.least) } else { String::new() }
    }
}

/// To read beside a run; the documentation's tables are made by [`page`](crate::page).
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line =
            |figure: &Figure| format!("{:>12}  {:>8}  {}", figure.to_string(), figure.spread(), figure.name);
        self.figures.iter().try_for_each(|figure| writeln!(f, "{}", line(figure)))
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.unit == "ns" {
            time(self.least)
        } else {
            format!("{} {}", number(self.least), self.unit)
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
        _ if value.is_nan() => "–".to_owned(),
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
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits_or_all_whole_ones() {
        let texts = [0.0003, 0.5, 9.99, 9.999, 99.96, 999.5, 1_234_567.0].map(number);
        assert_eq!(texts, ["0.0003", "0.50", "9.99", "10.0", "100", "1 000", "1 234 567"]);
    }

    #[test]
    fn of_merged_passes_the_quietest_counts() {
        let of = |least, most| Report {
            passes: 1,
            figures: vec![Figure { name: "row".into(), least, most, unit: "ns".into() }],
        };
        let merged = of(20.0, 30.0).merged(&of(10.0, 25.0));
        assert_eq!(merged.passes, 2);
        assert_eq!(merged.to_string(), "     10.0 ns    3.00 x  row\n");
    }
}

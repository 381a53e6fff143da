//! The measured parts of docs/performance.md and of the README, and their chart.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    addresses,
    bar::{Bar, Bars, Outcome},
    chart,
    report::{Report, number},
    rig::Figure,
    saved, store, verdict,
};

/// Its name, its heading, the bars over it.
pub(crate) type Class = (&'static str, &'static str, fn(&mut Bars<'_>));

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// Writes both from what was saved.
pub(crate) fn write(classes: &[Class]) -> io::Result<()> {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let (mut text, mut figures, mut all) = (String::new(), Report::default(), Vec::new());
    for (class, heading, hold) in classes {
        let Some((setting, report)) = saved::load(class) else {
            text += &format!("\n### {heading}\n\nNot measured.\n");
            continue;
        };
        let mut bars = Bars::over(&report);
        hold(&mut bars);
        text += &section(heading, &setting, &report, &bars.all);
        all.extend(bars.all);
        figures.add(report.figures);
    }
    let summary = summary(&all);
    fill(&docs.join("performance.md"), &format!("\n{summary}\n{text}\n"))?;
    fill(&docs.join("../README.md"), &format!("{}{summary}\n", sentences(&figures)))?;
    fs::write(docs.join("performance.svg"), chart::svg(&figures))
}

/// Puts `text` between the marks of a page.
fn fill(page: &Path, text: &str) -> io::Result<()> {
    let before = fs::read_to_string(page)?;
    let cut = |mark| before.split_once(mark).ok_or_else(|| io::Error::other("a page without its marks"));
    let (head, tail) = (cut(BEGIN)?.0, cut(END)?.1);
    fs::write(page, format!("{head}{BEGIN}{text}{END}{tail}"))
}

/// The figures that say most, for the README; none if a class was not measured.
fn sentences(report: &Report) -> String {
    let say = || {
        let found = |row: &str| report.find(row).map(Figure::to_string);
        let (verify, decide) = (found(verdict::VERIFY)?, found(verdict::DECIDE)?);
        let (hmac, bytes) = (found(verdict::HMAC)?, found(store::HELD)?);
        let address = found(&addresses::row(addresses::SET, 1_000_000, "mixed", false))?;
        Some(format!(
            "From a request's header to a caller that has proven its secret, among 10 000 users, it takes {verify}; to the\n\
             verdict, past two lists of four rules and by a hundred methods, {decide}. One HMAC-SHA-256, which no check of a\n\
             keyed hash can do without, takes {hmac}. An address is looked up among 1 000 000 rules in {address}, and each of\n\
             1 000 000 users in `MemoryStore` takes {bytes}.\n\n"
        ))
    };
    say().unwrap_or_default()
}

fn summary(bars: &[Bar]) -> String {
    let of = |outcome| bars.iter().filter(|bar| bar.outcome() == outcome).count();
    let (met, tolerated, missed) = (of(Outcome::Met), of(Outcome::Tolerated), of(Outcome::Missed));
    let unmeasured = of(Outcome::Unmeasured);
    let rest = if unmeasured > 0 { format!("; {unmeasured} could not be measured") } else { String::new() };
    let count = bars.len();
    format!(
        "Of {count} promises {met} are met, {tolerated} within the tolerance, and {missed} are NOT met{rest}."
    )
}

fn section(heading: &str, setting: &str, report: &Report, bars: &[Bar]) -> String {
    let mut text = format!("\n### {heading}\n\n{setting}; {} passes.\n\n", report.passes);
    text += "| bar | figures | measured | promised | |\n|---|---|---:|---:|---|\n";
    for bar in bars {
        let Bar { what, figures, measured, limit, sense, unit } = bar;
        let (measured, limit, sign, outcome) =
            (number(*measured), number(*limit), sense.sign(), bar.outcome());
        text += &format!("| {what} | {figures} | {measured} {unit} | {sign} {limit} {unit} | {outcome} |\n");
    }
    text += "\n| row | quietest pass | spread |\n|---|---:|---:|\n";
    for figure in &report.figures {
        text += &format!("| {} | {figure} | {} |\n", figure.name, figure.spread());
    }
    text
}

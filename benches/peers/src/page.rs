//! The measured part of docs/performance.md, and its chart.

use std::{fs, io, path::PathBuf};

use crate::{
    chart,
    report::{Bar, Outcome, Report, number},
    saved,
};

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// Writes both from what was saved of `classes`: name and heading.
pub(crate) fn write(classes: &[(&str, &str)]) -> io::Result<()> {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let (mut text, mut all) = (String::new(), Report::default());
    for (class, heading) in classes {
        match saved::load(class) {
            Some((setting, report)) => {
                text += &section(heading, &setting, &report);
                all.figures.extend(report.figures);
                all.bars.extend(report.bars);
            }
            None => text += &format!("\n### {heading}\n\nNot measured.\n"),
        }
    }
    let page = docs.join("performance.md");
    let before = fs::read_to_string(&page)?;
    let cut =
        |mark| before.split_once(mark).ok_or_else(|| io::Error::other(format!("no {mark} in the page")));
    let (head, tail) = (cut(BEGIN)?.0, cut(END)?.1);
    fs::write(page, format!("{head}{BEGIN}\n{}\n{text}\n{END}{tail}", summary(&all)))?;
    fs::write(docs.join("performance.svg"), chart::svg(&all))
}

fn summary(all: &Report) -> String {
    let of = |outcome| all.bars.iter().filter(|bar| bar.outcome() == outcome).count();
    let (met, tolerated, missed) = (of(Outcome::Met), of(Outcome::Tolerated), of(Outcome::Missed));
    format!(
        "Of {} bars {met} are met, {tolerated} within the tolerance, and {missed} are NOT met.",
        all.bars.len()
    )
}

fn section(heading: &str, setting: &str, report: &Report) -> String {
    let mut text = format!("\n### {heading}\n\n{setting}.\n\n");
    text += "| bar | figures | measured | promised | |\n|---|---|---:|---:|---|\n";
    for bar in &report.bars {
        let Bar { what, figures, measured, limit, sense, unit } = bar;
        let (measured, limit) = (number(*measured), number(*limit));
        let outcome = bar.outcome();
        text += &format!(
            "| {what} | {figures} | {measured} {unit} | {} {limit} {unit} | {outcome} |\n",
            sense.sign()
        );
    }
    text += "\n| row | quietest pass | spread |\n|---|---:|---:|\n";
    for figure in &report.figures {
        // What was counted has no spread.
        let spread = if figure.unit == "ns" { format!("{:.2} x", figure.spread) } else { String::new() };
        text += &format!("| {} | {figure} | {spread} |\n", figure.name);
    }
    text
}

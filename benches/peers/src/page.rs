//! The measured part of docs/performance.md, and its chart.

use std::{fs, io, path::PathBuf};

use crate::{
    bar::{Bar, Bars, Outcome},
    chart,
    report::{Report, number},
    saved,
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
    let page = docs.join("performance.md");
    let before = fs::read_to_string(&page)?;
    let cut =
        |mark| before.split_once(mark).ok_or_else(|| io::Error::other(format!("no {mark} in the page")));
    let (head, tail) = (cut(BEGIN)?.0, cut(END)?.1);
    fs::write(page, format!("{head}{BEGIN}\n{}\n{text}\n{END}{tail}", summary(&all)))?;
    fs::write(docs.join("performance.svg"), chart::svg(&figures))
}

fn summary(bars: &[Bar]) -> String {
    let of = |outcome| bars.iter().filter(|bar| bar.outcome() == outcome).count();
    let (met, tolerated, missed) = (of(Outcome::Met), of(Outcome::Tolerated), of(Outcome::Missed));
    let unmeasured = of(Outcome::Unmeasured);
    let rest = if unmeasured > 0 { format!("; {unmeasured} could not be measured") } else { String::new() };
    let count = bars.len();
    format!(
        "Of {count} bars {met} are met, {tolerated} within the tolerance, and {missed} are NOT met{rest}."
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

//! Reports as files, so that classes can be measured at different times: one line a figure or bar, parts apart by tabs.

use std::{env, fs, io, path::PathBuf, process::Command};

use crate::{
    report::{Bar, Report, Sense},
    rig::Figure,
};

fn path(class: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results").join(format!("{class}.tsv"))
}

/// Where and how it was measured.
fn setting(passes: usize) -> String {
    let output = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into())).arg("--version").output();
    let rustc =
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let rustc = rustc.split(" (").next().unwrap_or_default();
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of = |key: &str| {
        info.lines().find_map(|line| line.strip_prefix(key)?.split_once(": ")).map(|found| found.1)
    };
    let processor = of("model name").unwrap_or("unknown processor");
    let flags = of("flags").unwrap_or_default();
    let sha = if flags.split(' ').any(|flag| flag == "sha_ni") { "with" } else { "without" };
    let threads = std::thread::available_parallelism().map_or(0, usize::from);
    let system = env::consts::OS;
    format!(
        "{processor}, {threads} threads, {sha} SHA instructions, {system}, {rustc}, quietest of {passes} passes"
    )
}

pub(crate) fn save(class: &str, report: &Report, passes: usize) -> io::Result<()> {
    let mut text = format!("setting\t{}\n", setting(passes));
    for Figure { name, value, unit, spread } in &report.figures {
        text += &format!("figure\t{name}\t{value:.4}\t{unit}\t{spread:.2}\n");
    }
    for Bar { what, figures, measured, limit, sense, unit } in &report.bars {
        text += &format!("bar\t{what}\t{figures}\t{measured:.4}\t{limit}\t{sense:?}\t{unit}\n");
    }
    let path = path(class);
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    fs::write(path, text)
}

/// The setting and the report; `None` if the class was never measured.
pub(crate) fn load(class: &str) -> Option<(String, Report)> {
    let text = fs::read_to_string(path(class)).ok()?;
    let (mut setting, mut report) = (String::new(), Report::default());
    for line in text.lines() {
        let parts: Vec<_> = line.split('\t').collect();
        match parts[..] {
            ["setting", of] => setting = of.to_owned(),
            ["figure", name, value, unit, spread] => report.figures.push(Figure {
                name: name.into(),
                value: parsed(value),
                unit: unit.into(),
                spread: parsed(spread),
            }),
            ["bar", what, figures, measured, limit, sense, unit] => report.bars.push(Bar {
                what: what.into(),
                figures: figures.into(),
                measured: parsed(measured),
                limit: parsed(limit),
                sense: match sense {
                    "AtLeast" => Sense::AtLeast,
                    "Exactly" => Sense::Exactly,
                    _ => Sense::AtMost,
                },
                unit: unit.into(),
            }),
            _ => panic!("{class}.tsv: not a line that was saved: {line}"),
        }
    }
    Some((setting, report))
}

fn parsed(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("not a number: {text}"))
}

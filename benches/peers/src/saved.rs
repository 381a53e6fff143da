//! Reports as files, so that classes can be measured at different times: one line a figure, parts apart by tabs.

use std::{env, fs, io, path::PathBuf, process::Command};

use crate::{report::Report, rig::Figure};

fn path(class: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results").join(format!("{class}.tsv"))
}

/// Where and how it was measured.
fn setting() -> String {
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
    format!("{processor}, {threads} threads, {sha} SHA instructions, {system}, {rustc}")
}

/// In place of what was saved before.
pub(crate) fn save(class: &str, report: &Report) -> io::Result<()> {
    let mut text = format!("setting\t{}\npasses\t{}\n", setting(), report.passes);
    for Figure { name, least, most, unit } in &report.figures {
        text += &format!("figure\t{name}\t{least:.4}\t{most:.4}\t{unit}\n");
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
            ["setting", of] => of.clone_into(&mut setting),
            ["passes", passes] => report.passes = passes.parse().expect("a number of passes"),
            ["figure", name, least, most, unit] => {
                let (least, most) = (least.parse().expect("a number"), most.parse().expect("a number"));
                report.figures.push(Figure { name: name.into(), least, most, unit: unit.into() });
            }
            _ => panic!("{class}.tsv: not a line that was saved: {line}"),
        }
    }
    Some((setting, report))
}

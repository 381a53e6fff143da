//! Replays the committed corpus, on any compiler, and checks that no target lacks a part.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use keyward_fuzz::TARGETS;

/// More files than this replay nothing that fewer do not.
const MOST_FILES: usize = 40;
const MOST_BYTES: usize = 4096;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| PathBuf::from(entry.expect("an entry").file_name()))
        .map(|name| name.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect()
}

fn targets() -> BTreeSet<String> {
    TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn every_property_holds_over_its_corpus() {
    let mut broken = Vec::new();
    for (target, property) in TARGETS {
        let folder = here().join("corpus").join(target);
        let files = names(&folder);
        assert!((1..=MOST_FILES).contains(&files.len()), "{target} has {} files", files.len());
        for file in files {
            let data = fs::read(folder.join(&file)).expect("a file");
            assert!(data.len() <= MOST_BYTES, "{target}/{file} has {} bytes", data.len());
            if std::panic::catch_unwind(|| property(&data)).is_err() {
                broken.push(format!("corpus/{target}/{file}"));
            }
        }
    }
    assert!(broken.is_empty(), "properties do not hold for {broken:#?}");
}

#[test]
fn every_target_has_a_corpus_a_wrapper_and_its_sources() {
    assert_eq!(names(&here().join("corpus")), targets());
    assert_eq!(names(&here().join("fuzz_targets")), targets());
    let manifest = fs::read_to_string(here().join("Cargo.toml")).expect("a manifest");
    let table = fs::read_to_string(here().join("targets.txt")).expect("a table");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let rows: Vec<_> = rows.map(|line| line.split_once(": ").expect("a target and its sources")).collect();
    assert_eq!(rows.iter().map(|(target, _)| (*target).to_owned()).collect::<BTreeSet<_>>(), targets());
    for (target, sources) in rows {
        let path = format!("path = \"fuzz_targets/{target}.rs\"");
        assert!(manifest.contains(&path), "{target} has no [[bin]]");
        for source in sources.split(' ') {
            assert!(here().join("..").join(source).is_file(), "{target}: there is no {source}");
        }
    }
}

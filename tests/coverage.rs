//! docs/COVERAGE.md names a test for every row, and the tests exist.

use std::{collections::BTreeMap, fs, path::Path};

/// Rows 50 to 52 (rate limits, OAuth tokens, customer cookies) are not this crate's.
fn rows() -> Vec<String> {
    let numbered = (1..=94).filter(|row| !(50..=52).contains(row)).map(|row| row.to_string());
    numbered.chain((1..=20).map(|row| format!("B{row}"))).collect()
}

fn read(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            read(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// Row to tests, as the table has them.
fn table() -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/COVERAGE.md")).unwrap();
    let mut table = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| row")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [row, _, tests] = cells[..] else { panic!("three cells: {line}") };
        let tests = tests.split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
        assert!(table.insert(row.to_owned(), tests).is_none(), "row {row} stands twice");
    }
    table
}

#[test]
fn every_row_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for folder in ["src", "tests", "adapters"] {
        read(&root.join(folder), &mut code);
    }
    let table = table();
    for row in rows() {
        let tests = table.get(&row).unwrap_or_else(|| panic!("row {row} is missing"));
        for test in tests.iter().filter(|test| *test != "planned") {
            let (plain, async_) = (code.split("#[test]").skip(1), code.split("#[tokio::test").skip(1));
            let is_test = plain.chain(async_).any(|part| {
                let head = part.split('{').next().unwrap_or_default();
                head.contains(&format!("fn {test}("))
            });
            assert!(is_test, "row {row}: there is no test `{test}`");
        }
    }
    assert_eq!(table.len(), rows().len(), "a row that nobody asked for");
}

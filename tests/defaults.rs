//! docs/defaults.md holds every bound of the source with its value, the calls that loosen it and its test.

use std::{collections::BTreeSet, fs, path::Path};

struct Row {
    name: String,
    value: String,
    source: String,
    calls: Vec<String>,
    test: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            read(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn files(folders: &[&str]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in folders {
        read(&root().join(folder), &mut files);
    }
    files
}

/// Of the crate and of its adapters.
fn sources() -> Vec<(String, String)> {
    let mut files = files(&["src", "adapters"]);
    files.retain(|(name, _)| is_source(name));
    files
}

fn is_source(name: &str) -> bool {
    name.starts_with("src/") || (name.starts_with("adapters/") && name.contains("/src/"))
}

fn table() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/defaults.md")).unwrap();
    for line in page.lines().filter(|line| !line.starts_with("| ")) {
        // What a merge leaves behind stands between the rows, and a page of its own is no table.
        assert!(!["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)), "{line}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| default |"));
    rows.map(row).collect()
}

fn row(line: &str) -> Row {
    let bare = |cell: &str| cell.trim().trim_matches('`').to_owned();
    let columns: Vec<_> = line.trim_matches('|').split('|').collect();
    let [name, value, source, _, why, loosened, test] = columns[..] else { panic!("seven cells: {line}") };
    assert!(!why.trim().is_empty(), "a number without a reason: {line}");
    let calls = loosened.split(',').map(bare).filter(|call| !call.is_empty()).collect();
    Row { name: bare(name), value: bare(value), source: bare(source), calls, test: bare(test) }
}

/// `NAME` and its value, for every constant of a source.
fn constants(code: &str) -> impl Iterator<Item = (&str, &str)> {
    code.lines().filter_map(|line| {
        let (_, declared) = line.split_once("const ")?;
        let (name, rest) = declared.split_once(": ")?;
        let (_, value) = rest.split_once(" = ")?;
        Some((name, value.strip_suffix(';')?))
    })
}

#[test]
fn every_default_stands_in_the_source_with_its_value() {
    let sources = sources();
    for row in table() {
        let (_, code) = sources.iter().find(|(name, _)| *name == row.source).expect(&row.source);
        let constant = row.name.rsplit("::").next().unwrap();
        let is_constant = constant.chars().all(|char| char.is_ascii_uppercase() || char == '_');
        let by_macro = constants(code).any(|(_, value)| value == "$max");
        let stands = if is_constant && !by_macro {
            constants(code).any(|known| known == (constant, row.value.as_str()))
        } else {
            code.contains(&row.value)
        };
        assert!(stands, "{} is not {} in {}", row.name, row.value, row.source);
    }
}

#[test]
fn every_bound_of_the_source_is_a_default_of_the_table() {
    let table = table();
    let known: BTreeSet<_> =
        table.iter().map(|row| (row.source.as_str(), row.name.rsplit("::").next().unwrap())).collect();
    for (source, code) in sources() {
        for (name, _) in constants(&code) {
            let bound = name.starts_with("MAX_") || name.starts_with("MIN_");
            assert!(
                !bound || known.contains(&(source.as_str(), name)),
                "{name} of {source} is not in the table"
            );
        }
    }
}

#[test]
fn every_default_names_calls_and_a_test_that_exist() {
    let all = files(&["src", "tests", "fuzz/tests", "adapters"]);
    for row in table() {
        let code = all.iter().filter(|(name, _)| is_source(name)).map(|(_, code)| code);
        for call in &row.calls {
            let last = call.rsplit("::").next().unwrap();
            let stands = |code: &str| {
                code.contains(&format!("fn {last}(")) || code.contains(&format!("    {last},\n"))
            };
            assert!(code.clone().any(|code| stands(code)), "{}: there is no `{call}`", row.name);
        }
        let head = format!("fn {}(", row.test);
        let is_test = |code: &str| {
            let (plain, async_) = (code.split("#[test]").skip(1), code.split("#[tokio::test").skip(1));
            plain.chain(async_).any(|part| part.split('{').next().unwrap_or_default().contains(&head))
        };
        assert!(all.iter().any(|(_, code)| is_test(code)), "{}: there is no test `{}`", row.name, row.test);
    }
}

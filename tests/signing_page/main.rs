//! docs/signing.md shows what the code makes: every fenced block, every table and every snippet is written anew here and
//! compared with the page, and the page's requests are put to a verifier as a service has it.
//!
//! `KEYWARD_WRITE=1 cargo test --all-features --test signing_page` writes them into the page; read what changed.

#[path = "../common/mod.rs"]
mod common;
mod examples;
mod tables;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The programs that clients copy, and the service that takes what they send: by their paths.
fn snippets() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for folder in ["docs/snippets", "docs/snippets/service"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                found.insert(format!("{folder}/{name}"), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The page with what stands in its marked blocks replaced, and the marks that it has. A block opens with a language and
/// its mark, a table with a comment; a block without a mark would hold what nobody checks.
fn rendered(page: &str, texts: &BTreeMap<String, String>) -> (String, Vec<String>) {
    let (mut out, mut marks) = (String::new(), Vec::new());
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let table = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(": begin -->"));
        let (mark, end) = if let Some(rest) = line.strip_prefix("```") {
            let (_, mark) = rest.split_once(' ').unwrap_or_else(|| panic!("a block without a mark: {line}"));
            (mark, "```".to_owned())
        } else if let Some(mark) = table {
            (mark, format!("<!-- {mark}: end -->"))
        } else {
            continue;
        };
        marks.push(mark.to_owned());
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != end).collect();
        let text = texts.get(mark).cloned().unwrap_or_else(|| body.join("\n"));
        out.push_str(text.trim_end_matches('\n'));
        out.push('\n');
        out.push_str(&end);
        out.push('\n');
    }
    (out, marks)
}

#[test]
fn the_page_shows_what_the_code_makes() {
    let path = root().join("docs/signing.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut texts = snippets();
    texts.extend(examples::texts());
    let unread = tables::texts(&mut texts);
    let (rendered, marks) = rendered(&page, &texts);
    if env::var_os("KEYWARD_WRITE").is_some_and(|value| value == "1") {
        fs::write(&path, &rendered).unwrap();
    }
    let known: BTreeSet<_> = texts.keys().chain(&unread).cloned().collect();
    let shown: BTreeSet<_> = marks.iter().cloned().collect();
    assert_eq!(shown, known, "left: the page; right: what there is to show");
    assert_eq!(marks.len(), shown.len(), "a mark stands twice");
    for (number, (found, expected)) in page.lines().zip(rendered.lines()).enumerate() {
        assert_eq!(found, expected, "docs/signing.md, line {}", number + 1);
    }
    assert_eq!(page, rendered);
}

#[test]
fn a_changed_byte_in_the_page_is_seen() {
    let texts = BTreeMap::from([("a/b".to_owned(), "one\n".to_owned())]);
    let page = "```text a/b\none\n```\n<!-- a/b: begin -->\none\n<!-- a/b: end -->\n";
    assert_eq!(rendered(page, &texts), (page.to_owned(), vec!["a/b".to_owned(), "a/b".to_owned()]));
    assert_eq!(rendered(&page.replace("one", "two"), &texts).0, page);
    assert_eq!(rendered("```text c/d\ntwo\n```\n", &texts).0, "```text c/d\ntwo\n```\n");
}

//! What answers are to those who did not write them: xmllint, Python's xml.etree and PHP itself read hostile values as the
//! documentation of `mapp::Value` says, and one tree in both formats.
#![cfg(feature = "mapp")]

#[path = "../common/mapp.rs"]
mod reading;

use std::{
    env, fs,
    io::{Write, stderr},
    path::{Path, PathBuf},
    process::Command,
};

use keyward::{
    CallOutcome, Code, Denial, Fault, Render,
    mapp::{Answer, Envelope, ResponseType},
};
use reading::{Key, Php, Tree, read_php, read_xml};

/// Values that a writer might let out of where they belong.
fn texts() -> Vec<String> {
    let every_control: String = (0..=0x20).chain(0x7F..=0xA0).filter_map(char::from_u32).collect();
    let mut texts: Vec<String> = [
        "",
        " \t leading and trailing \n",
        "\n",
        "\r",
        "\r\n",
        "\n\r\r\n\r",
        "a\rb\r\nc\nd",
        "]]>",
        "]]",
        "]",
        ">",
        "]]]]>>",
        "]]>]]>",
        "]]]]]]>]]>]",
        "<![CDATA[x]]>",
        "</responseData></item></methodResponse>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        "&amp;&lt;&#0;&#x41;&nope;",
        "\"'`<>&\\/%+",
        "\0",
        "a\0b",
        "\u{FFFE}\u{FFFF}\u{FFFD}",
        "\u{D7FF}\u{E000}\u{10FFFF}\u{1FFFE}",
        "\u{1F600}\u{1F468}\u{200D}\u{1F469}\u{202E}abc\u{2028}\u{2029}\u{85}",
        "Größe 数 Ω e\u{301}",
        "\";s:1:\"a\";}",
        "O:8:\"stdClass\":0:{}",
        "a:1:{i:0;s:1:\"x\";}",
        "123",
        "1e5",
        "true",
    ]
    .map(str::to_owned)
    .into();
    texts.extend([every_control, "]]>".repeat(50_000), "long ".repeat(40_000), "\u{1}".repeat(1000)]);
    texts
}

const NAMES: [&str; 21] = [
    "",
    "a",
    "<a>",
    "</item>",
    "a b",
    "a=\"b\"",
    "1a",
    "-a",
    ".a",
    "_",
    "a:b",
    "xmlns:a",
    "xml",
    "Größe",
    "数",
    "\u{1F600}",
    "a\0b",
    "]]>",
    "item",
    "a]]>b",
    "7",
];

fn trees() -> Vec<Tree> {
    let text = |text: &String| Tree::Text(text.clone());
    let nest = |levels: usize| {
        (0..levels).fold(Tree::text("]]>"), |inner, _| Tree::group([("a", inner), ("b", Tree::text("\r"))]))
    };
    let mut trees: Vec<Tree> = texts().iter().map(text).collect();
    trees.extend([
        Tree::group([]),
        Tree::group(NAMES.map(|name| (name, Tree::text(name)))),
        Tree::group([
            (&*"n".repeat(63), Tree::text("1")),
            (&*"n".repeat(64), Tree::text("2")),
            (&*"n".repeat(65), Tree::text("3")),
        ]),
        // Equal names apart, and names that become equal.
        Tree::group([
            ("a", Tree::text("1")),
            ("b", Tree::text("2")),
            ("a", Tree::text("3")),
            ("<", Tree::text("4")),
            (">", Tree::text("5")),
        ]),
        Tree::group([("item", Tree::text("one alone"))]),
        Tree::group([
            ("item", Tree::text("1")),
            ("item", Tree::group([])),
            ("other", Tree::group([("item", Tree::text("2"))])),
        ]),
        Tree::group([("empty", Tree::text("")), ("group", Tree::group([])), ("item", Tree::group([]))]),
        nest(31),
        nest(32),
        nest(33),
        nest(70),
    ]);
    trees
}

/// The answers that are read: each value as text and as data of a call, and the answers of the library's own.
fn answers() -> Vec<(Option<Tree>, [String; 2])> {
    let written = |of: &dyn Fn(Envelope) -> keyward::Reply| {
        [ResponseType::Xml, ResponseType::Php]
            .map(|response_type| String::from_utf8(of(Envelope::new(response_type)).body).expect("UTF-8"))
    };
    let values = trees().into_iter().map(|tree| {
        let outcomes = || {
            let answer = || Answer::new(tree.value()).text(tree.value());
            vec![CallOutcome::Done(answer()), CallOutcome::Failed(answer())]
        };
        let written = written(&|envelope| envelope.batch(["a]]>\u{0}", "<b>&"], outcomes()));
        (Some(tree), written)
    });
    let codes =
        Code::ALL.iter().map(|code| (None, written(&|envelope| envelope.refused(&Denial::new(*code)))));
    let fault = (None, written(&|envelope| envelope.fault(&Fault::WrongSubject)));
    values.chain(codes).chain([fault]).collect()
}

/// The answers in a folder of their own, as `0.xml`, `0.php`, and so on.
struct Files(PathBuf);

impl Files {
    fn of(name: &str, answers: &[(Option<Tree>, [String; 2])]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (number, (_, [xml, php])) in answers.iter().enumerate() {
            fs::write(folder.join(format!("{number}.xml")), xml).unwrap();
            fs::write(folder.join(format!("{number}.php")), php).unwrap();
        }
        Self(folder)
    }

    /// What the program prints, if there is one.
    fn read_by(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let count = fs::read_dir(&self.0).unwrap().count() / 2;
        let output =
            Command::new(program).args(arguments).arg(count.to_string()).current_dir(&self.0).output();
        match output {
            Ok(output) => {
                assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
                Some(String::from_utf8(output.stdout).unwrap())
            }
            Err(error) => {
                skip(&format!("{program} does not start ({error})"));
                None
            }
        }
    }
}

/// Straight to stderr: what `eprintln!` says in a passing test is swallowed.
fn skip(reason: &str) {
    assert!(env::var_os("KEYWARD_REQUIRE_ALL").is_none_or(|value| value != "1"), "not run: {reason}");
    writeln!(stderr(), "SKIPPED: mapp_formats: {reason}").expect("stderr");
}

/// One line a tree, in which nothing has to be escaped: `read_etree.py` prints the same.
fn etree_line(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) => hex(text),
        // A reader of elements and texts sees the line break in an empty group, and no CDATA.
        Tree::Group(members) if members.is_empty() => hex("\n"),
        Tree::Group(members) => {
            members
                .iter()
                .fold("(".to_owned(), |line, (name, tree)| line + name + "=" + &etree_line(tree) + ",")
                + ")"
        }
    }
}

/// `read.php` prints the same.
fn php_line(php: &Php) -> String {
    match php {
        Php::Text(text) => hex(text),
        Php::Array(members) => {
            let key = |key: &Key| match key {
                Key::Number(number) => format!("#{number}"),
                Key::Name(name) => name.clone(),
            };
            members
                .iter()
                .fold("(".to_owned(), |line, (name, php)| line + &key(name) + "=" + &php_line(php) + ",")
                + ")"
        }
    }
}

fn hex(text: &str) -> String {
    text.bytes().fold("'".to_owned(), |line, byte| line + &format!("{byte:02x}"))
}

#[test]
fn both_formats_carry_the_tree_that_the_documentation_says() {
    for (tree, [xml, php]) in answers() {
        let read = read_xml(&xml).unwrap_or_else(|error| panic!("{error}: {xml:.300}"));
        assert_eq!(read_php(&php), Ok(read.php()), "{php:.300}");
        let Some(tree) = tree else { continue };
        let Some(Tree::Group(items)) = read.member("methodResponse") else { panic!("{xml:.300}") };
        let [(_, done), (_, failed)] = &items[..] else { panic!("two items: {xml:.300}") };
        for item in [done, failed] {
            for field in ["responseText", "responseData"] {
                assert_eq!(item.member(field), Some(&tree.expected()));
            }
        }
        let name = |item: &Tree| item.member("methodName").cloned();
        assert_eq!((name(done), name(failed)), (Some(Tree::text("a]]>\u{FFFD}")), Some(Tree::text("<b>&"))));
    }
}

#[test]
fn xmllint_finds_every_answer_well_formed() {
    let answers = answers();
    let files = Files::of("xmllint", &answers);
    // With the number as last argument: `sh` counts up to it.
    let script =
        "i=0; while [ $i -lt $1 ]; do xmllint --nonet --noout $i.xml || exit 1; i=$((i+1)); done; echo $i";
    let missing = Command::new("xmllint").arg("--version").output().is_err();
    if missing {
        return skip("there is no xmllint");
    }
    let counted = files.read_by("sh", &["-c", script, "sh"]).unwrap();
    assert_eq!(counted.trim(), answers.len().to_string());
}

#[test]
fn python_reads_every_answer_as_the_documentation_says() {
    let answers = answers();
    let files = Files::of("etree", &answers);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mapp_formats/read_etree.py");
    let Some(printed) = files.read_by("python3", &[script]) else { return };
    assert_eq!(printed.lines().count(), answers.len());
    for (line, (_, [xml, _])) in printed.lines().zip(&answers) {
        assert!(line == etree_line(&read_xml(xml).unwrap()), "{line:.300}\n{xml:.300}");
    }
}

#[test]
fn php_reads_every_answer_and_would_write_it_so() {
    let answers = answers();
    let files = Files::of("php", &answers);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mapp_formats/read.php");
    let Some(printed) = files.read_by("php", &["-n", script]) else { return };
    assert_eq!(printed.lines().count(), answers.len());
    for (line, (_, [_, php])) in printed.lines().zip(&answers) {
        assert!(line == php_line(&read_php(php).unwrap()), "{line:.300}\n{php:.300}");
    }
}

//! Guards: an answer of the XML API carries what was put into it, the same in both formats, and no call is passed over in
//! silence.

use keyward::{
    CallOutcome, Code, Denial, Fault, Reply,
    mapp::{Answer, Envelope, ResponseType},
};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{
    common::config,
    reading::{Tree, read_php, read_xml},
};

/// Pieces that break a writer who does not look, between any others.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "]]>",
        "]]",
        "]",
        ">",
        "<![CDATA[",
        "&",
        "<",
        "\"",
        "\r",
        "\n",
        "\0",
        "\u{FFFE}",
        "s:1:\"",
        "\u{1F600}",
    ];
    let piece =
        prop_oneof![select(pieces.to_vec()).prop_map(str::to_owned), any::<char>().prop_map(String::from)];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![select(vec!["item", "a", "b", "A", "error"]).prop_map(str::to_owned), text()]
}

fn tree() -> impl Strategy<Value = Tree> {
    let deep = (text(), 28usize..40).prop_map(|(text, levels)| {
        (0..levels).fold(Tree::Text(text), |inner, _| Tree::group([("a", inner)]))
    });
    let leaf = prop_oneof![8 => text().prop_map(Tree::Text), 1 => deep];
    leaf.prop_recursive(4, 40, 6, |inner| vec((name(), inner), 0..6).prop_map(Tree::Group))
}

/// The answer in both formats, which have to agree.
fn read(of: impl Fn(Envelope) -> Reply) -> Tree {
    let [xml, php] = [ResponseType::Xml, ResponseType::Php]
        .map(|response_type| String::from_utf8(of(Envelope::new(response_type)).body).expect("UTF-8"));
    let tree = read_xml(&xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    assert_eq!(read_php(&php), Ok(tree.php()), "{php}");
    tree
}

fn items(answer: &Tree) -> Vec<&Tree> {
    let Some(Tree::Group(items)) = answer.member("methodResponse") else { panic!("{answer:?}") };
    items.iter().map(|(_, item)| item).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Done,
    Failed,
    Abandoned,
    Refused(Code),
    Fault,
    NotRun,
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        4 => Just(Kind::Done),
        1 => Just(Kind::Failed),
        1 => Just(Kind::Abandoned),
        2 => select(Code::ALL).prop_map(Kind::Refused),
        1 => Just(Kind::Fault),
        2 => Just(Kind::NotRun),
    ]
}

impl Kind {
    fn outcome(self) -> CallOutcome<Answer> {
        match self {
            Self::Done => CallOutcome::Done(Answer::new("")),
            Self::Failed => CallOutcome::Failed(Answer::missing_variables(["a"])),
            Self::Abandoned => CallOutcome::Abandoned,
            Self::Refused(code) => CallOutcome::Refused(Denial::new(code)),
            Self::Fault => CallOutcome::Fault(Fault::WrongSubject),
            Self::NotRun => CallOutcome::NotRun,
        }
    }
}

fn number(item: &Tree, field: &str) -> Option<usize> {
    let Tree::Text(text) = item.member(field)? else { return None };
    text.parse().ok()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn both_formats_carry_what_was_put_in(text in tree(), data in tree(), method in text()) {
        let answer = || Answer::new(data.value()).text(text.value());
        let outcomes = || vec![CallOutcome::Done(answer()), CallOutcome::Failed(answer())];
        let tree = read(|envelope| envelope.batch([method.as_str(), "a"], outcomes()));
        let items = items(&tree);
        prop_assert_eq!(items.len(), 2);
        for item in &items {
            prop_assert_eq!(item.member("responseText"), Some(&text.expected()));
            prop_assert_eq!(item.member("responseData"), Some(&data.expected()));
        }
        prop_assert_eq!(items[0].member("methodName"), Some(&Tree::Text(method).expected()));
    }

    #[test]
    fn every_call_has_its_item_or_an_error_before_it_that_says_why(kinds in vec(kind(), 0..9)) {
        let names = vec!["a"; kinds.len()];
        let outcomes = || kinds.iter().map(|kind| kind.outcome()).collect();
        let tree = read(|envelope| envelope.batch(names.iter().copied(), outcomes()));
        let items = items(&tree);
        let done = kinds.iter().filter(|kind| **kind == Kind::Done).count();
        let whole = items.len() == 1 && items[0].member("methodName").is_none();
        for item in items.iter().filter(|item| item.member("error").is_some()) {
            prop_assert_eq!(number(item, "totalRequests"), Some(kinds.len()));
            prop_assert_eq!(number(item, "totalCompleted"), Some(done));
        }
        if whole {
            // Of the caller alone, or there was nothing to answer.
            let of_the_caller = |kind: &Kind| match kind {
                Kind::Refused(code) => *code == Code::AccessIpUser || code.status() == 401,
                Kind::NotRun => true,
                _ => false,
            };
            prop_assert!(kinds.iter().all(of_the_caller), "{:?}", kinds);
            return Ok(());
        }
        let mut last_is_error = false;
        for (place, kind) in (1..).zip(&kinds) {
            let item = items.iter().find(|item| number(item, "responseNum") == Some(place));
            match item {
                Some(item) => {
                    last_is_error = item.member("error").is_some();
                    prop_assert_eq!(last_is_error, *kind != Kind::Done);
                }
                None => prop_assert!(*kind == Kind::NotRun && last_is_error, "{} of {:?}", place, kinds),
            }
        }
    }

    #[test]
    fn a_post_is_to_be_sent_again_only_if_none_of_its_calls_was_run(kinds in vec(kind(), 0..9)) {
        let outcomes = kinds.iter().map(|kind| kind.outcome()).collect();
        let reply = Envelope::default().batch(vec!["a"; kinds.len()], outcomes);
        let ran = kinds.iter().any(|kind| matches!(kind, Kind::Done | Kind::Failed | Kind::Abandoned));
        prop_assert!(reply.status == 200 || reply.status == 503);
        prop_assert!(reply.status == 200 || !ran, "{:?}", kinds);
        prop_assert!(reply.status == 503 || ran || !kinds.contains(&Kind::Fault), "{:?}", kinds);
    }
}

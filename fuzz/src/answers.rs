//! Answers of the XML API: what an application answers with, in both formats.

#[path = "../../tests/common/mapp.rs"]
mod reading;

use keyward::{
    CallOutcome, Code, Denial,
    mapp::{Answer, Envelope, ResponseType},
};
use reading::{Tree, read_php, read_xml};

/// In the input these four open and close a group, and stand between name and text and behind a text.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';
const IS: char = '\u{3}';
const END: char = '\u{4}';

/// More groups within groups than a value may have.
const LEVELS: usize = 80;

/// Whatever an application answers with is read back from PHP's format and from XML as the documentation says, and the same
/// from both.
pub fn php(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let (method, rest) = text.split_once('\n').unwrap_or(("", text));
    let tree = tree(rest);
    let outcomes = || {
        let done = Answer::new("").text(tree.value());
        let failed = Answer::failure("", tree.value());
        let refused = Denial::new(Code::EndpointUnknown);
        vec![CallOutcome::Done(done), CallOutcome::Failed(failed), CallOutcome::Refused(refused)]
    };
    let [xml, php] = [ResponseType::Xml, ResponseType::Php].map(|response_type| {
        let reply = Envelope::new(response_type).batch([method; 3], outcomes());
        String::from_utf8(reply.body).expect("UTF-8")
    });
    let read = read_xml(&xml).unwrap_or_else(|error| panic!("{error}: {xml:?}"));
    assert_eq!(read_php(&php), Ok(read.php()), "{php:?}");

    let Some(Tree::Group(items)) = read.member("methodResponse") else { panic!("{xml:?}") };
    let echoed = Tree::Text(method.chars().take(128).collect()).expected();
    assert_eq!(items.len(), 3);
    for (_, item) in items {
        assert_eq!(item.member("methodName"), Some(&echoed));
    }
    let expected = tree.expected();
    assert_eq!(items[0].1.member("responseText"), Some(&expected));
    assert_eq!(items[1].1.member("responseData"), Some(&expected));
}

/// A text without any of the four is a text; what is left open ends with the input.
fn tree(input: &str) -> Tree {
    if !input.contains([OPEN, CLOSE, IS, END]) {
        return Tree::text(input);
    }
    let mut open = vec![(String::new(), Vec::new())];
    let (mut name, mut word) = (String::new(), String::new());
    for char in input.chars() {
        match char {
            OPEN if open.len() < LEVELS => open.push((std::mem::take(&mut word), Vec::new())),
            CLOSE if open.len() > 1 => close(&mut open),
            IS => name = std::mem::take(&mut word),
            END => {
                let leaf = (std::mem::take(&mut name), Tree::Text(std::mem::take(&mut word)));
                open.last_mut().expect("the outermost").1.push(leaf);
            }
            char => word.push(char),
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    Tree::Group(open.remove(0).1)
}

fn close(open: &mut Vec<(String, Vec<(String, Tree)>)>) {
    let (name, members) = open.pop().expect("an open group");
    open.last_mut().expect("the outermost").1.push((name, Tree::Group(members)));
}

/// For the seeds: `{`, `}`, `=` and `;` in the places of the four.
#[must_use]
pub fn answer_seed(readable: &str) -> String {
    let stands_for = |char| match char {
        '{' => OPEN,
        '}' => CLOSE,
        '=' => IS,
        ';' => END,
        char => char,
    };
    readable.chars().map(stands_for).collect()
}

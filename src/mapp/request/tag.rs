//! What stands in a tag behind its name. Nothing of it is used, and all of it has to be right: what one reader refuses
//! and another passes over is where two readers differ.

use super::{
    chars::{is_attribute, reference, trimmed, trimmed_start},
    problem::RequestProblem,
};

/// Attributes of one element. No client sends more than the two or three namespaces of its serializer, and each is
/// compared with those before it.
const MAX_ATTRIBUTES: usize = 16;

/// Checks that `text` is `(S Name S? "=" S? AttValue)* S?` (XML 1.0 §3.1) with no name twice.
pub(super) fn check(text: &str) -> Result<(), RequestProblem> {
    let mut names = [""; MAX_ATTRIBUTES];
    let mut rest = text;
    for count in 0.. {
        let Some((name, value, behind)) = attribute(rest)? else { break };
        if names.iter().take(count).any(|earlier| *earlier == name) {
            return Err(RequestProblem::AttributeTwice);
        }
        *names.get_mut(count).ok_or(RequestProblem::TooManyAttributes)? = name;
        check_value(value)?;
        rest = behind;
    }
    Ok(())
}

/// Checks what an XML declaration says (§2.8): version 1.0, and an encoding that these bytes are in.
pub(super) fn check_declaration(text: &str) -> Result<(), RequestProblem> {
    let mut rest = text;
    let mut next = |name: &str| match attribute(rest) {
        Ok(Some((found, value, behind))) if found == name => {
            rest = behind;
            Some(value)
        }
        _ => None,
    };
    if next("version") != Some("1.0") {
        return Err(RequestProblem::Declaration);
    }
    let is = |encoding: &str| ["utf-8", "us-ascii"].iter().any(|known| known.eq_ignore_ascii_case(encoding));
    if !next("encoding").is_none_or(is) {
        return Err(RequestProblem::Encoding);
    }
    let standalone = next("standalone").is_none_or(|said| matches!(said, "yes" | "no"));
    if standalone && trimmed(rest).is_empty() { Ok(()) } else { Err(RequestProblem::Declaration) }
}

type Attribute<'t> = (&'t str, &'t str, &'t str);

/// Name, value and what is left; `None` where nothing is left but white space.
fn attribute(text: &str) -> Result<Option<Attribute<'_>>, RequestProblem> {
    let rest = trimmed_start(text);
    if rest.is_empty() {
        return Ok(None);
    }
    let apart = rest.len() < text.len();
    let found = rest.split_once('=').and_then(|(name, rest)| {
        let (name, rest) = (trimmed(name), trimmed_start(rest));
        let (value, behind) = match rest.strip_prefix('"') {
            Some(rest) => rest.split_once('"')?,
            None => rest.strip_prefix('\'')?.split_once('\'')?,
        };
        is_attribute(name).then_some((name, value, behind))
    });
    found.filter(|_| apart).map(Some).ok_or(RequestProblem::Attribute)
}

fn check_value(value: &str) -> Result<(), RequestProblem> {
    if value.contains('<') {
        return Err(RequestProblem::Attribute);
    }
    let known = |behind: &str| behind.split_once(';').is_some_and(|(name, _)| reference(name).is_some());
    if value.split('&').skip(1).all(known) { Ok(()) } else { Err(RequestProblem::Reference) }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    #[test]
    fn attributes_are_well_formed_and_passed_over() {
        for text in [
            "",
            " ",
            "\n\t\r ",
            " a=\"b\"",
            " a='b'",
            " a = \"b\" ",
            " a=\"'\" b='\"'",
            " a=\"=>\"\n b=''",
            " xmlns=\"urn:x\" xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil=\"true\"",
            " a=\"&lt;&#65;&amp;\"",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in [
            " a",
            " a=",
            " a=b",
            " a=\"b",
            " a='b\"",
            "a=\"b\"",
            " a=\"b\"c=\"d\"",
            " =\"b\"",
            " 1=\"b\"",
            " a b=\"c\"",
            " a=\"<\"",
            " a=\"b\" /",
            " a==\"b\"",
            " a:b:c=\"d\"",
            " é=\"b\"",
        ] {
            assert_eq!(check(text), Err(RequestProblem::Attribute), "{text}");
        }
        for text in [" a=\"&\"", " a=\"&b\"", " a=\"&x;\"", " a=\"&lt;&#0;\"", " a=\"& lt;\""] {
            assert_eq!(check(text), Err(RequestProblem::Reference), "{text}");
        }
        assert_eq!(check(" a=\"b\" c=\"d\" a='e'"), Err(RequestProblem::AttributeTwice));
    }

    #[test]
    fn an_element_has_at_most_sixteen_attributes() {
        let text = |count| (0..count).map(|number| format!(" a{number}=\"\"")).collect::<String>();
        assert_eq!(check(&text(MAX_ATTRIBUTES)), Ok(()));
        assert_eq!(check(&text(MAX_ATTRIBUTES + 1)), Err(RequestProblem::TooManyAttributes));
    }

    #[test]
    fn a_declaration_says_version_1_0_and_utf_8() {
        for text in [
            " version=\"1.0\"",
            " version='1.0' ",
            " version=\"1.0\" encoding=\"UTF-8\"",
            " version = \"1.0\" encoding='utf-8'",
            " version=\"1.0\" encoding=\"US-ASCII\" standalone=\"no\"",
            " version=\"1.0\" standalone='yes'",
        ] {
            assert_eq!(check_declaration(text), Ok(()), "{text}");
        }
        for encoding in ["ISO-8859-1", "utf-16", "UTF8", "windows-1252", ""] {
            let text = format!(" version=\"1.0\" encoding=\"{encoding}\"");
            assert_eq!(check_declaration(&text), Err(RequestProblem::Encoding), "{encoding}");
        }
        for text in [
            "",
            " version=\"1.1\"",
            " version=1.0",
            " encoding=\"utf-8\"",
            " encoding=\"utf-8\" version=\"1.0\"",
            " version=\"1.0\" standalone=\"maybe\"",
            " version=\"1.0\" standalone=\"no\" encoding=\"utf-8\"",
            " version=\"1.0\"encoding=\"utf-8\"",
            " version=\"1.0\" x=\"y\"",
            " version=\"1.0\" version=\"1.0\"",
        ] {
            assert_eq!(check_declaration(text), Err(RequestProblem::Declaration), "{text}");
        }
    }
}

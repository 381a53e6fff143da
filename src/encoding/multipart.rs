//! Forms in parts: `multipart/form-data` (RFC 7578), whose parts are cut by RFC 2046 §5.1. Read where they stand.
//!
//! Whatever two readers could cut or name differently is unreadable as a whole: a boundary that only begins like the
//! given one, a part without a name or with two, an encoding of a part.

use super::media::{Media, Text, Unreadable};

/// Parts that one body may have. Forms have a handful, and a method's arguments are no parts.
const MAX_PARTS: usize = 100;
/// Bytes of a part's header lines. A name, a file's name and a type take a few hundred.
const MAX_HEAD: usize = 8 * 1024;
/// Characters of a boundary (RFC 2046 §5.1.1).
const MAX_BOUNDARY: usize = 70;

/// One field of a form.
pub(crate) struct Part<'b> {
    /// The field's name.
    pub(crate) name: Text<'b>,
    pub(crate) body: &'b [u8],
}

/// The boundary that a content type names.
pub(crate) fn boundary<'v>(media: &Media<'v>) -> Result<&'v [u8], Unreadable> {
    let boundary = media.parameter("boundary")?.ok_or(Unreadable)?.raw();
    // bchars; there is none among them that a quoted text would have to escape.
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte);
    let known = (1..=MAX_BOUNDARY).contains(&boundary.len()) && boundary.iter().all(fits);
    if known && !boundary.ends_with(b" ") { Ok(boundary) } else { Err(Unreadable) }
}

/// The parts in their order. Behind the first error there is nothing more.
pub(crate) fn parts<'b>(
    body: &'b [u8],
    boundary: &[u8],
) -> impl Iterator<Item = Result<Part<'b>, Unreadable>> {
    // What stands before the first boundary is for readers that know no parts, and is passed over.
    let mut rest = first(body, boundary);
    let mut left = MAX_PARTS;
    core::iter::from_fn(move || {
        let next = core::mem::replace(&mut rest, Ok(None)).transpose()?;
        let read = next.and_then(|text| {
            left = left.checked_sub(1).ok_or(Unreadable)?;
            let (part, behind) = self::next(text, boundary)?;
            rest = Ok(behind);
            Ok(part)
        });
        Some(read)
    })
}

/// What follows the first boundary's line; `None` if that one ends the body.
fn first<'b>(body: &'b [u8], boundary: &[u8]) -> Result<Option<&'b [u8]>, Unreadable> {
    match body.strip_prefix(b"--").and_then(|text| text.strip_prefix(boundary)) {
        Some(behind) => line(behind),
        None => cut(body, boundary).map(|(_, behind)| behind),
    }
}

/// A part, and what follows it.
fn next<'b>(text: &'b [u8], boundary: &[u8]) -> Result<(Part<'b>, Option<&'b [u8]>), Unreadable> {
    let (head, text) = head(text)?;
    let name = name(head)?;
    let (body, behind) = cut(text, boundary)?;
    Ok((Part { name, body }, behind))
}

/// What stands before the next boundary, and behind its line.
fn cut<'b>(text: &'b [u8], boundary: &[u8]) -> Result<(&'b [u8], Option<&'b [u8]>), Unreadable> {
    // No boundary has a line break in it, so no byte is compared more than twice.
    let mut from = 0;
    loop {
        let rest = text.get(from..).unwrap_or_default();
        let at = from + rest.iter().position(|byte| *byte == b'\r').ok_or(Unreadable)?;
        let (before, rest) = text.split_at_checked(at).ok_or(Unreadable)?;
        if let Some(behind) = rest.strip_prefix(b"\r\n--").and_then(|rest| rest.strip_prefix(boundary)) {
            return Ok((before, line(behind)?));
        }
        from = at + 1;
    }
}

/// The rest of a boundary's line: blanks, or `--` where it is the last one.
fn line(text: &[u8]) -> Result<Option<&[u8]>, Unreadable> {
    let (last, mut rest) = text.strip_prefix(b"--").map_or((false, text), |rest| (true, rest));
    while let [b' ' | b'\t', behind @ ..] = rest {
        rest = behind;
    }
    match (last, rest.strip_prefix(b"\r\n")) {
        (false, Some(part)) => Ok(Some(part)),
        (false, None) => Err(Unreadable),
        (true, behind) => {
            if behind.is_some() || rest.is_empty() {
                Ok(None)
            } else {
                Err(Unreadable)
            }
        }
    }
}

/// The header lines of a part, and its body.
fn head(text: &[u8]) -> Result<(&[u8], &[u8]), Unreadable> {
    let within = text.get(..MAX_HEAD).unwrap_or(text);
    let end = within.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or(Unreadable)?;
    let (head, rest) = text.split_at_checked(end).ok_or(Unreadable)?;
    Ok((head, rest.get(4..).unwrap_or_default()))
}

/// The one name, in the one disposition.
fn name(head: &[u8]) -> Result<Text<'_>, Unreadable> {
    let mut found = None;
    for line in lines(head) {
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Unreadable)?;
        let (field, value) = line.split_at_checked(colon).ok_or(Unreadable)?;
        let value = value.get(1..).unwrap_or_default();
        // A line that begins with a blank continues the one before, for some; for some a line ends at either character.
        let bare = value.iter().any(|byte| b"\r\n\0".contains(byte));
        if field.is_empty() || !field.iter().all(u8::is_ascii_graphic) || bare {
            return Err(Unreadable);
        }
        let is = |name: &str| field.eq_ignore_ascii_case(name.as_bytes());
        let encodes = is("content-transfer-encoding")
            && !["7bit", "8bit", "binary"].iter().any(|plain| Media::new(value).is(plain));
        // RFC 7578 §4.7: nobody encodes parts any more.
        if encodes || (is("content-disposition") && found.replace(disposition(value)?).is_some()) {
            return Err(Unreadable);
        }
    }
    found.ok_or(Unreadable)
}

fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(head);
    core::iter::from_fn(move || {
        let text = rest?;
        let end = text.windows(2).position(|bytes| bytes == b"\r\n");
        rest = end.and_then(|end| text.get(end + 2..));
        text.get(..end.unwrap_or(text.len()))
    })
}

fn disposition(value: &[u8]) -> Result<Text<'_>, Unreadable> {
    let media = Media::new(value);
    // `name*` (RFC 8187) has no place in a form, and some would read it first.
    if !media.is("form-data") || media.parameter("name*")?.is_some() {
        return Err(Unreadable);
    }
    media.parameter("name")?.ok_or(Unreadable)
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::*;

    fn named(head: &str) -> String {
        alloc::format!("--b\r\n{head}\r\n\r\nbody\r\n--b--\r\n")
    }

    fn read(body: &str) -> Result<Vec<(String, String)>, Unreadable> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let all = parts(body.as_bytes(), b"b");
        all.map(|part| part.map(|part| (text(&part.name.bytes().collect::<Vec<_>>()), text(part.body))))
            .collect()
    }

    const DATA: &str = "Content-Disposition: form-data; name=\"data\"";

    #[test]
    fn parts_are_cut_at_the_boundarys_lines() {
        let part = |name: &str, body: &str| {
            alloc::format!("Content-Disposition: form-data; name={name}\r\n\r\n{body}")
        };
        let (a, b) = (part("a", "1"), part("b", "--b\r\n-b\r\r\n\n--B"));
        let both = [("a".into(), "1".into()), ("b".into(), "--b\r\n-b\r\r\n\n--B".into())];
        for body in [
            alloc::format!("--b\r\n{a}\r\n--b\r\n{b}\r\n--b--"),
            alloc::format!("--b\r\n{a}\r\n--b \t\r\n{b}\r\n--b-- \r\nwhatever\r\n--b"),
            alloc::format!("preamble\r\n--b\r\n{a}\r\n--b\r\n{b}\r\n--b--\r\n"),
        ] {
            assert_eq!(read(&body), Ok(both.to_vec()), "{body:?}");
        }
        assert_eq!(
            read(&alloc::format!("--b\r\n{}\r\n--b--", part("a", ""))),
            Ok([("a".into(), String::new())].to_vec())
        );
        assert_eq!(read("--b--"), Ok(Vec::new()));
    }

    #[test]
    fn what_could_be_cut_in_two_ways_is_not_cut() {
        for body in [
            "",
            "--b",
            "--b\r\n",
            "b",
            "--c\r\n",
            "--b-",
            "--b--x",
            "--bx\r\n",
            "--b\n",
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n",
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nbody\r\n",
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nbody\n--b--",
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nbody\r\n--bb\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=a\n\nbody\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=a\r\n--b--",
        ] {
            assert!(read(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_part_has_one_name() {
        for head in [
            DATA,
            "content-disposition:form-data;NAME=data",
            "Content-Type: text/xml\r\nContent-Disposition: form-data; filename=\"a;b\"; name=data",
            "Content-Disposition: form-data; name=\"d\\ata\"\r\nContent-Transfer-Encoding: 8BIT",
        ] {
            assert_eq!(read(&named(head)).unwrap()[0], ("data".into(), "body".into()), "{head}");
        }
        for head in [
            "",
            "Content-Type: text/xml",
            "Content-Disposition: form-data",
            "Content-Disposition: attachment; name=data",
            "Content-Disposition: form-data; name=data; name=other",
            "Content-Disposition: form-data; name=data; name*=utf-8''other",
            &alloc::format!("{DATA}\r\n{DATA}"),
            &alloc::format!("{DATA}\r\nContent-Transfer-Encoding: base64"),
            &alloc::format!("{DATA}\r\n continued"),
            &alloc::format!("{DATA}\r\nno colon"),
            &alloc::format!("A: b\n{DATA}"),
            &alloc::format!("A: b\r{DATA}"),
            &alloc::format!("{DATA}\0"),
            &alloc::format!(" {DATA}"),
            "Content-Disposition : form-data; name=data",
        ] {
            assert_eq!(read(&named(head)), Err(Unreadable), "{head:?}");
        }
    }

    #[test]
    fn a_form_has_at_most_a_hundred_parts_with_eight_kilobytes_of_header_lines() {
        let body =
            |count| alloc::format!("{}--b--", alloc::format!("--b\r\n{DATA}\r\n\r\n\r\n").repeat(count));
        assert_eq!(read(&body(MAX_PARTS)).unwrap().len(), MAX_PARTS);
        assert_eq!(read(&body(MAX_PARTS + 1)), Err(Unreadable));
        let padded = |length: usize| named(&alloc::format!("{DATA}\r\nX: {}", "x".repeat(length)));
        let fits = MAX_HEAD - DATA.len() - "\r\nX: \r\n\r\n".len();
        assert!(read(&padded(fits)).is_ok());
        assert_eq!(read(&padded(fits + 1)), Err(Unreadable));
    }

    #[test]
    fn a_boundary_is_1_to_70_of_its_characters() {
        let found = |text: &str| {
            boundary(&Media::new(text.as_bytes())).map(|found| String::from_utf8(found.to_vec()).unwrap())
        };
        let longest = "x".repeat(MAX_BOUNDARY);
        for (text, meant) in [
            ("multipart/form-data; boundary=----WebKitFormBoundaryAbC", "----WebKitFormBoundaryAbC"),
            ("multipart/form-data; boundary=\"a b:c\"", "a b:c"),
            (&alloc::format!("multipart/form-data; boundary={longest}"), &longest),
        ] {
            assert_eq!(found(text).as_deref(), Ok(meant));
        }
        for text in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=\"a \"",
            "multipart/form-data; boundary=\"a\\b\"",
            "multipart/form-data; boundary=a; boundary=b",
            &alloc::format!("multipart/form-data; boundary={longest}x"),
        ] {
            assert_eq!(found(text), Err(Unreadable), "{text}");
        }
    }
}

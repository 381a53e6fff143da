//! Structured fields as RFC 8941 has them, which RFC 9421 builds on: read in place and written back in the one form that
//! is signed, without a copy.
//!
//! Stricter than the RFC where it lets the last of two win: a name that stands twice, in a dictionary or among
//! parameters, is refused, and so is base64 that another encoder would write differently.

mod bare;
mod classes;
mod reader;

pub(crate) use bare::Bare;
pub(crate) use classes::{in_name, is_text};
pub(crate) use reader::{Names, Nothing, Reader, Unread, is_key};

use super::sink::Sink;

/// Bytes of all lines of one dictionary. `Signature-Input` with 32 components, names of a hundred characters and all
/// parameters takes half of it; servers stop at 8 to 64 KiB for all headers together.
const MAX_BYTES: usize = 8 * 1024;

/// The value of `name` in the dictionary that `lines` are, in canonical form; whether it is there. A name alone is `?1`.
///
/// Every line is read to its end: what is malformed behind the member makes the field unreadable.
pub(crate) fn put_value<'r, S: Sink + ?Sized>(
    lines: impl Iterator<Item = &'r [u8]>,
    name: &[u8],
    out: &mut S,
) -> Result<bool, Unread> {
    let mut found = false;
    entries(lines, |key, reader| {
        if key == name {
            found = true;
            reader.value(out)
        } else {
            reader.value(&mut Nothing)
        }
    })?;
    Ok(found)
}

/// Hands every key of a dictionary to `each`, which reads what stands behind it.
pub(crate) fn entries<'r, E: From<Unread>>(
    lines: impl Iterator<Item = &'r [u8]>,
    mut each: impl FnMut(&'r [u8], &mut Reader<'r>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut names, mut bytes) = (Names::new(), 0);
    for line in lines {
        bytes += line.len();
        if bytes > MAX_BYTES {
            return Err(Unread::TooMany.into());
        }
        let mut reader = Reader::new(line);
        loop {
            let key = reader.key()?;
            names.add(key)?;
            each(key, &mut reader)?;
            if !reader.comma()? {
                break;
            }
        }
    }
    Ok(())
}

/// A whole field in canonical form, when nobody says whether it is an item, a list or a dictionary.
///
/// A member that both a list and a dictionary may have, a name alone, is written alike in both. Only doubles differ, and
/// those are refused.
pub(crate) fn put_field<'r, S: Sink + ?Sized>(
    lines: impl Iterator<Item = &'r [u8]>,
    out: &mut S,
) -> Result<(), Unread> {
    let (mut names, mut kind, mut first) = (Names::new(), None, true);
    for line in lines {
        let mut reader = Reader::new(line);
        loop {
            if !first {
                out.put(b", ");
            }
            first = false;
            let of_member = reader.any_member(&mut names, out)?;
            if kind.is_some() && of_member.is_some() && kind != of_member {
                return Err(Unread::Malformed);
            }
            kind = kind.or(of_member);
            if !reader.comma()? {
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use sfv::{FieldType, Parser, Version};

    use super::*;

    /// `SplitMix64` (Steele, Lea and Flood 2014): the same inputs in every run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, most: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            usize::try_from((mixed ^ (mixed >> 31)) % most as u64).unwrap()
        }

        fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
            from[self.below(from.len())]
        }
    }

    /// Pieces of fields; one after another they are a field often enough.
    const PIECES: [&str; 52] = [
        "a",
        "b",
        "*c",
        "d.e_f-g",
        "key",
        "A",
        "Tok/en:x",
        "*",
        "=",
        "=",
        "=",
        ";",
        ";",
        "; ",
        ";  ",
        ",",
        ", ",
        " ,\t",
        "(",
        ")",
        "( ",
        " )",
        " ",
        "  ",
        "\"x\"",
        "\"\\\"\\\\\"",
        "\"\"",
        "\"a",
        "\\",
        "1",
        "-1",
        "0",
        "-0",
        "007",
        "999999999999999",
        "1234567890123456",
        "1.5",
        "-0.0",
        "1.500",
        "123456789012.123",
        "1.",
        "1.1234",
        "?1",
        "?0",
        "?",
        ":AQID:",
        ":AQ==:",
        "::",
        "\u{e9}",
        "\t",
        "@1",
        "%\"x\"",
    ];

    fn field(random: &mut Random) -> String {
        let members = random.below(4);
        let mut text = String::new();
        for at in 0..=members {
            if at > 0 {
                text += random.pick(&[", ", ",", " ,  "]);
            }
            match random.below(4) {
                0 => (0..random.below(8)).for_each(|_| text += random.pick(&PIECES)),
                kind => {
                    if kind < 3 {
                        text += random.pick(&["a", "b", "c", "*d", "e1", "f-", "g.h", "i"]);
                        text += random.pick(&["=", "=", ";p", ""]);
                    }
                    item(random, &mut text);
                }
            }
        }
        text
    }

    fn item(random: &mut Random, text: &mut String) {
        let bare = |random: &mut Random, text: &mut String| {
            *text += random
                .pick(&["1", "-0", "007", "1.50", "\"x y\"", "\"\\\"\"", "tok", "?1", "?0", ":AQID:", "a"]);
            for _ in 0..random.below(3) {
                *text += random.pick(&[";", "; "]);
                *text += random.pick(&["p", "q", "r=1", "s=?1", "t=?0", "u=\"v\"", "w=x/y", "z=0.10"]);
            }
        };
        if random.below(3) > 0 {
            return bare(random, text);
        }
        *text += random.pick(&["(", "( "]);
        for at in 0..random.below(4) {
            if at > 0 {
                *text += random.pick(&[" ", "  "]);
            }
            bare(random, text);
        }
        *text += random.pick(&[")", " )", ");p=1"]);
    }

    fn theirs<T: FieldType>(text: &str) -> Option<String> {
        let parsed = Parser::new(text).with_version(Version::Rfc8941).parse::<T>().ok()?;
        // An empty list or dictionary has no form.
        parsed.serialize().into()
    }

    #[test]
    fn fields_are_read_and_written_as_another_reader_does() {
        let mut random = Random(9421);
        let (mut read, mut refused) = (0, 0);
        for _ in 0..50_000 {
            let text = field(&mut random);
            let text = text.trim_matches([' ', '\t']);
            if text.is_empty() {
                continue; // no member at all: they have an empty field, we have none
            }
            let mut out = Vec::new();
            let ours =
                put_field([text.as_bytes()].into_iter(), &mut out).map(|()| String::from_utf8(out).unwrap());
            let dictionary = theirs::<sfv::Dictionary>(text);
            let list = theirs::<sfv::List>(text);
            match ours {
                Ok(ours) => {
                    assert!(
                        dictionary.as_ref() == Some(&ours) || list.as_ref() == Some(&ours),
                        "{text}: {ours} {dictionary:?} {list:?}"
                    );
                    assert!(dictionary.is_none_or(|theirs| theirs == ours), "{text}");
                    assert!(list.is_none_or(|theirs| theirs == ours), "{text}");
                    read += 1;
                }
                // What they read and we do not has a name twice.
                Err(Unread::Twice) => refused += 1,
                Err(_) => assert!(dictionary.is_none() && list.is_none(), "{text}: {dictionary:?} {list:?}"),
            }
        }
        assert!(read > 5000 && refused > 300, "{read} {refused}");
    }

    #[test]
    fn a_member_is_found_as_another_reader_finds_it() {
        let mut random = Random(8941);
        let mut found = 0;
        for _ in 0..50_000 {
            let text = field(&mut random);
            let text = text.trim_matches([' ', '\t']);
            if text.is_empty() {
                continue; // no member at all: they have an empty field, we have none
            }
            let mut out = Vec::new();
            let ours = put_value([text.as_bytes()].into_iter(), b"a", &mut out);
            let theirs = Parser::new(text).with_version(Version::Rfc8941).parse::<sfv::Dictionary>().ok();
            match ours {
                Ok(true) => {
                    let theirs = theirs.unwrap();
                    let member = match theirs.get("a").unwrap() {
                        sfv::ListEntry::Item(item) => item.serialize(),
                        sfv::ListEntry::InnerList(list) => {
                            sfv::List::from([list.clone().into()]).serialize().unwrap()
                        }
                    };
                    assert_eq!(String::from_utf8(out).unwrap(), member, "{text}");
                    found += 1;
                }
                Ok(false) => assert!(theirs.is_none_or(|theirs| theirs.get("a").is_none()), "{text}"),
                Err(Unread::Twice) => {}
                Err(_) => assert!(theirs.is_none(), "{text}"),
            }
        }
        assert!(found > 500, "{found}");
    }

    #[test]
    fn base64_that_another_encoder_would_write_differently_is_refused() {
        let read = |text: &str| put_field([text.as_bytes()].into_iter(), &mut Nothing);
        let long = alloc::format!(":{}:", "AQID".repeat(100));
        assert_eq!([":AQID:", ":AQ==:", ":AQI=:", "::", &long].map(read), [Ok(()); 5]);
        let padded_inside = alloc::format!(":{}AQ=={}:", "AQID".repeat(15), "AQID");
        for text in
            [":AQ:", ":AQ=:", ":AQ===:", ":AR==:", ":A:", ":AQ_-:", ":AQ ID:", ":AQID", &padded_inside]
        {
            assert_eq!(read(text), Err(Unread::Malformed), "{text}");
        }
    }

    #[test]
    fn more_names_or_bytes_than_are_kept_are_refused() {
        let dictionary =
            |count: usize| (0..count).map(|at| alloc::format!("k{at}")).collect::<Vec<_>>().join(", ");
        let put = |text: &str| put_field([text.as_bytes()].into_iter(), &mut Nothing);
        assert_eq!(put(&dictionary(32)), Ok(()));
        assert_eq!(put(&dictionary(33)), Err(Unread::TooMany));
        let find = |text: &str| put_value([text.as_bytes()].into_iter(), b"z", &mut Nothing);
        assert_eq!(find(&alloc::format!("a=\"{}\"", "x".repeat(8 * 1024 - 4))), Ok(false));
        assert_eq!(find(&alloc::format!("a=\"{}\"", "x".repeat(8 * 1024 - 3))), Err(Unread::TooMany));
        assert_eq!(find(&alloc::format!("{}, k5", dictionary(20))), Err(Unread::Twice));
    }
}

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

//! A request as a fuzzer writes it, and one byte of it changed.

use keyward::{Headers, Payload, RequestHead};

/// `METHOD TARGET`, header lines, an empty line, a body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) lines: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn read(data: &[u8]) -> Option<Self> {
        let (first, mut rest) = line(data);
        let (method, target) = crate::text(first)?.split_once(' ')?;
        let mut lines = Vec::new();
        while !rest.is_empty() {
            let (head, behind) = line(rest);
            rest = behind;
            if head.is_empty() {
                break;
            }
            let colon = head.iter().position(|byte| *byte == b':')?;
            lines.push((crate::text(&head[..colon])?.to_owned(), head[colon + 1..].to_vec()));
        }
        Some(Self { method: method.to_owned(), target: target.to_owned(), lines, body: rest.to_vec() })
    }

    /// Without any line of these names.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.lines.retain(|(name, _)| !names.iter().any(|known| known.eq_ignore_ascii_case(name)));
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.lines.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.lines.iter().filter(move |line| line.0.eq_ignore_ascii_case(name)).map(|line| line.1.as_slice())
    }

    pub(crate) fn payload(&self) -> Payload<'_> {
        if self.body.is_empty() { Payload::Absent } else { Payload::Bytes(&self.body) }
    }

    pub(crate) fn under<T>(&self, then: impl FnOnce(RequestHead<'_>, Payload<'_>) -> T) -> T {
        let lines: Vec<_> = self.lines.iter().map(|(name, value)| (name.as_str(), &value[..])).collect();
        let head = RequestHead::new(&self.method, &self.target, Headers::lines(&lines)).scheme("https");
        then(head, self.payload())
    }

    /// Some requests that differ from this one in one byte; which, the seed says.
    pub(crate) fn changes(&self, seed: u64) -> impl Iterator<Item = Self> {
        (0..4).filter_map(move |turn| self.changed(seed.rotate_left(turn * 16)))
    }

    /// `None`, where the change makes no text or the same again.
    fn changed(&self, seed: u64) -> Option<Self> {
        let mut changed = self.clone();
        let (place, at, byte) = (seed % 8, seed / 8, seed.to_be_bytes()[2]);
        let text = |text: &mut String| {
            let mut bytes = std::mem::take(text).into_bytes();
            change(&mut bytes, at, byte & 0x7F)?;
            *text = String::from_utf8(bytes).ok()?;
            Some(())
        };
        match place {
            0 => text(&mut changed.method)?,
            1 | 2 => text(&mut changed.target)?,
            3 if changed.body.is_empty() => changed.body.push(byte),
            3 => change(&mut changed.body, at, byte)?,
            _ if changed.lines.is_empty() => return None,
            _ => {
                let line = index(at, changed.lines.len());
                change(&mut changed.lines[line].1, at / 64, byte)?;
            }
        }
        Some(changed)
    }
}

fn change(bytes: &mut [u8], at: u64, byte: u8) -> Option<()> {
    let at = index(at, bytes.len().max(1));
    let slot = bytes.get_mut(at).filter(|slot| **slot != byte)?;
    *slot = byte;
    Some(())
}

fn index(at: u64, length: usize) -> usize {
    usize::try_from(at % length as u64).unwrap_or_default()
}

fn line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    (&data[..end], data.get(end + 1..).unwrap_or_default())
}

/// FNV-1a: a place to change that depends on every byte of the input.
pub(crate) fn seed(data: &[u8]) -> u64 {
    data.iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

/// Without blanks and tabs around it.
pub(crate) fn trimmed(value: &[u8]) -> &[u8] {
    let inner = |byte: &u8| !b" \t".contains(byte);
    let Some(first) = value.iter().position(inner) else { return b"" };
    let last = value.iter().rposition(inner).unwrap_or(first);
    &value[first..=last]
}

//! `Signature-Input` and `Signature` (RFC 9421 §4): the one signature that counts, and what it says of itself.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::component::{Components, Seen};
use crate::{
    id::KeyId,
    request::RequestHead,
    signature::{
        flaw::Flaw,
        host::trimmed,
        message_profile::MessageProfile,
        structured::{Bare, Names, Nothing, Reader, entries},
    },
};

/// Bytes of all lines of `Signature-Input`, and of `Signature`. Thirty-two components with names of a hundred
/// characters and all parameters take half of it; servers stop at 8 to 64 KiB for all headers together.
const MAX_BYTES: usize = 8 * 1024;

/// What one signature says of itself (RFC 9421 §2.3).
#[derive(Clone, Copy)]
pub(crate) struct Input<'r> {
    /// The inner list and its parameters.
    pub(crate) list: &'r [u8],
    /// Whether that is not in canonical form.
    pub(crate) loose: bool,
    pub(crate) key_id: KeyId,
    /// As it stands between the quotes.
    pub(crate) nonce: Option<&'r [u8]>,
    /// `i64::MIN`, which no structured field can hold: it is not said.
    pub(crate) created: i64,
    /// `i64::MAX`: never.
    pub(crate) expires: i64,
    /// An `alg` that is not HMAC-SHA-256.
    pub(crate) foreign: bool,
}

/// The signature that `profile` looks for, and its MAC. `None`: there is no such signature.
pub(crate) fn read<'r>(
    profile: &MessageProfile,
    head: &RequestHead<'r>,
) -> Option<Result<(Input<'r>, [u8; 32]), Flaw>> {
    let (inputs, signatures) = (Lines(head, "signature-input"), Lines(head, "signature"));
    if inputs.bytes() + signatures.bytes() > MAX_BYTES {
        return Some(Err(Flaw::TooMany));
    }
    let (label, list) = match select(profile, inputs) {
        Ok(Some(selected)) => selected,
        Ok(None) => return missing(profile, inputs, signatures).err().map(Err),
        Err(flaw) => return Some(Err(flaw)),
    };
    let alone = profile.chosen_label().is_none() && profile.chosen_tag().is_none();
    Some(claimed(signatures, label, alone).and_then(|mac| Ok((Input::read(list)?, mac))))
}

#[derive(Clone, Copy)]
struct Lines<'h, 'r>(&'h RequestHead<'r>, &'static str);

impl<'r> Lines<'_, 'r> {
    fn all(self) -> impl Iterator<Item = &'r [u8]> {
        self.0.headers.all(self.1).map(trimmed)
    }

    fn bytes(self) -> usize {
        self.0.headers.all(self.1).map(<[u8]>::len).sum()
    }
}

/// A label, and the inner list behind it.
type Labelled<'r> = (&'r [u8], &'r [u8]);

/// The signature that the profile names, or the only one.
fn select<'r>(profile: &MessageProfile, inputs: Lines<'_, 'r>) -> Result<Option<Labelled<'r>>, Flaw> {
    let (label, tag) = (profile.chosen_label(), profile.chosen_tag());
    let (mut found, mut twice) = (None, false);
    entries(inputs.all(), |key, reader| {
        let named = reader.skip(b'=');
        let start = *reader;
        if named {
            reader.member(&mut Nothing)?;
        } else {
            reader.parameters(&mut Nothing)?;
        }
        let list = reader.since(&start);
        if label.is_none_or(|label| label.as_bytes() == key) && tag.is_none_or(|tag| has_tag(list, tag)) {
            twice |= found.replace((key, list)).is_some();
        }
        Ok(())
    })?;
    if twice { Err(Flaw::Twice) } else { Ok(found) }
}

fn has_tag(list: &[u8], tag: &str) -> bool {
    let mut reader = Reader::new(list);
    if reader.list(&mut Nothing).is_err() {
        return false;
    }
    let mut same = false;
    while let Ok(Some((name, value))) = reader.parameter() {
        same |= name == b"tag" && matches!(value, Bare::Text(text) if is_text(text, tag));
    }
    same
}

/// Whether a string as it stands between its quotes is `plain`.
fn is_text(text: &[u8], plain: &str) -> bool {
    let mut bytes = text.iter();
    let mut next = || bytes.next().and_then(|byte| if *byte == b'\\' { bytes.next() } else { Some(byte) });
    plain.bytes().all(|byte| next() == Some(&byte)) && next().is_none()
}

/// Nothing was selected. It is an error where somebody removed one half of what the profile looks for.
fn missing(profile: &MessageProfile, inputs: Lines<'_, '_>, signatures: Lines<'_, '_>) -> Result<(), Flaw> {
    if signatures.all().next().is_none() {
        return Ok(());
    }
    let Some(label) = profile.chosen_label() else {
        let stripped = inputs.all().next().is_none();
        return if stripped { Err(Flaw::Incomplete) } else { Ok(()) };
    };
    let mut found = false;
    entries(signatures.all(), |key, reader| {
        found |= key == label.as_bytes();
        reader.value(&mut Nothing)
    })?;
    // With a tag besides, another's signature may have the label.
    if found && profile.chosen_tag().is_none() { Err(Flaw::Incomplete) } else { Ok(()) }
}

/// The MAC under `label`, which stands `alone` where the profile names no signature.
fn claimed(signatures: Lines<'_, '_>, label: &[u8], alone: bool) -> Result<[u8; 32], Flaw> {
    let (mut mac, mut others) = (None, false);
    entries(signatures.all(), |key, reader| {
        if key != label {
            others = true;
            return reader.value(&mut Nothing);
        }
        let value = if reader.skip(b'=') { reader.bare()? } else { Bare::Flag(true) };
        mac = Some(value);
        reader.parameters(&mut Nothing)
    })?;
    match mac {
        None => Err(Flaw::Incomplete),
        Some(_) if others && alone => Err(Flaw::Twice),
        Some(Bare::Bytes(base64)) => {
            let mut bytes = [0; 32];
            match STANDARD.decode_slice(base64, &mut bytes) {
                Ok(32) => Ok(bytes),
                _ => Err(Flaw::Header),
            }
        }
        Some(_) => Err(Flaw::Header),
    }
}

impl<'r> Input<'r> {
    fn read(list: &'r [u8]) -> Result<Self, Flaw> {
        let mut components = Components::new(Reader::new(list))?;
        let mut seen = Seen::default();
        while let Some((component, _)) = components.next()? {
            seen.add(component)?;
        }
        let mut reader = components.rest();
        let mut said = Said::default();
        let mut names = Names::new();
        while let Some((name, value)) = reader.parameter()? {
            names.add(name)?;
            said.add(name, value)?;
        }
        Ok(Self {
            list,
            loose: reader.loose(),
            key_id: said.key_id.ok_or(Flaw::Incomplete)?,
            nonce: said.nonce,
            created: said.created.unwrap_or(i64::MIN),
            expires: said.expires.unwrap_or(i64::MAX),
            foreign: said.foreign,
        })
    }
}

/// The parameters that mean something here.
#[derive(Default)]
struct Said<'r> {
    key_id: Option<KeyId>,
    nonce: Option<&'r [u8]>,
    created: Option<i64>,
    expires: Option<i64>,
    foreign: bool,
}

impl<'r> Said<'r> {
    fn add(&mut self, name: &[u8], value: Bare<'r>) -> Result<(), Flaw> {
        match (name, value) {
            (b"created", Bare::Integer(at)) => self.created = Some(at),
            (b"expires", Bare::Integer(at)) => self.expires = Some(at),
            (b"created" | b"expires", _) => return Err(Flaw::Date),
            (b"keyid", Bare::Text(id)) => self.key_id = Some(KeyId::from_bytes(id).map_err(|_| Flaw::KeyId)?),
            (b"nonce", Bare::Text(nonce)) => self.nonce = Some(nonce),
            (b"alg", Bare::Text(alg)) => self.foreign = alg != b"hmac-sha256",
            (b"keyid" | b"nonce" | b"alg", _) => return Err(Flaw::Header),
            // §2.3: they are signed, whatever they mean to whom.
            _ => {}
        }
        Ok(())
    }
}

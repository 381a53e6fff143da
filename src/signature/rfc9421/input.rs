//! `Signature-Input` and `Signature` (RFC 9421 §4): the one signature that counts, and what it says of itself.

use super::component::{Components, Seen};
use crate::{
    id::KeyId,
    request::{RequestHead, trimmed},
    signature::{
        flaw::Flaw,
        message_profile::MessageProfile,
        structured::{Bare, Names, Nothing, Reader, Unread, entries},
    },
};

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
    let (label, input) = match select(profile, inputs) {
        Ok(Some(selected)) => selected,
        Ok(None) => return missing(profile, inputs, signatures).err().map(Err),
        Err(flaw) => return Some(Err(flaw)),
    };
    let alone = profile.chosen_label().is_none() && profile.chosen_tag().is_none();
    Some(claimed(signatures, label, alone).map(|mac| (input, mac)))
}

#[derive(Clone, Copy)]
struct Lines<'h, 'r>(&'h RequestHead<'r>, &'static str);

impl<'r> Lines<'_, 'r> {
    fn all(self) -> impl Iterator<Item = &'r [u8]> {
        self.0.headers.all(self.1).map(trimmed)
    }
}

/// The signature that the profile names, or the only one, behind its label.
fn select<'r>(
    profile: &MessageProfile,
    inputs: Lines<'_, 'r>,
) -> Result<Option<(&'r [u8], Input<'r>)>, Flaw> {
    let (label, tag) = (profile.chosen_label(), profile.chosen_tag());
    let mut found = None;
    entries(inputs.all(), |key, reader| {
        let named = label.is_none_or(|label| label.as_bytes() == key);
        let start = *reader;
        let selected = named && tag.is_none_or(|tag| has_tag(start, tag));
        if !selected {
            return Ok(reader.value(&mut Nothing)?);
        }
        match found.replace((key, Input::read(reader)?)) {
            Some(_) => Err(Flaw::Twice),
            None => Ok(()),
        }
    })?;
    Ok(found)
}

/// Behind the label of a signature.
fn has_tag(mut reader: Reader<'_>, tag: &str) -> bool {
    if !reader.skip(b'=') || reader.list(&mut Nothing).is_err() {
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
        if !reader.skip(b'=') {
            return Err(Unread::Malformed);
        }
        mac = Some(reader.decoded::<32>()?);
        reader.parameters(&mut Nothing)
    })?;
    match mac {
        None => Err(Flaw::Incomplete),
        Some(_) if others && alone => Err(Flaw::Twice),
        Some((bytes, 32)) => Ok(bytes),
        Some(_) => Err(Flaw::Header),
    }
}

impl<'r> Input<'r> {
    /// Behind the label.
    fn read(reader: &mut Reader<'r>) -> Result<Self, Flaw> {
        if !reader.skip(b'=') {
            return Err(Flaw::Header);
        }
        let start = *reader;
        let mut components = Components::new(start)?;
        let mut seen = Seen::new(start);
        while let Some((component, _)) = components.next()? {
            seen.add(component)?;
        }
        *reader = components.rest();
        let mut said = Said::default();
        let mut names = Names::new();
        while let Some((name, value)) = reader.parameter()? {
            names.add(name)?;
            said.add(name, value)?;
        }
        Ok(Self {
            list: reader.since(&start),
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

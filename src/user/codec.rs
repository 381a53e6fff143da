//! An API user as bytes.

use alloc::{boxed::Box, vec::Vec};

use super::{
    credential::{Credential, Origin},
    once::{Remembered, Requests},
    record::{ApiUser, MAX_RECORDED, checked},
};
use crate::{
    access::AccessLevel,
    credential::{AtRest, Hashed, NONCE, Schemes, Sealed},
    network::Allowlist,
    record::{CorruptRecord, Kind, Reader, Writer},
    time::Timestamp,
};

const KIND: Kind = Kind { name: "API user", magic: *b"kwu", version: 1 };

impl ApiUser {
    /// As bytes, for one column of a store. The format is versioned: later releases read what this one writes.
    ///
    /// It holds what verifies the secrets and, sealed, the secrets themselves; keep it as a store keeps such things.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new(KIND);
        to.text(self.account.as_str());
        to.text(self.id.as_str());
        to.text(&self.name);
        write_level(&mut to, &self.level);
        self.allowlist.write(&mut to);
        to.flag(self.disabled);
        to.u64(self.revision);
        to.count(self.credentials.len());
        for held in &self.credentials {
            write_credential(&mut to, held);
        }
        to.count(self.requests.0.len());
        for done in &self.requests.0 {
            to.raw(&done.name);
            to.raw(&done.parameters);
            to.text(done.key_id.as_str());
            to.i64(done.at.unix());
        }
        to.finish()
    }

    /// Reads what [`encode`](Self::encode) wrote. What is read is [based on](Self::based_on) its own revision.
    ///
    /// # Errors
    /// [`CorruptRecord`]: torn, changed, of another kind or of a later version. Treat it as a fault of the store.
    pub fn decode(record: &[u8]) -> Result<Self, CorruptRecord> {
        let mut from = Reader::new(KIND, record)?;
        let (account, id) = (from.parsed("account id")?, from.parsed("user id")?);
        let name = checked(from.text("name")?).map_err(|_| from.bad("name"))?;
        let (level, allowlist) = (read_level(&mut from)?, Allowlist::read(&mut from)?);
        let (disabled, revision) = (from.flag("status")?, from.u64("revision")?);
        let credentials = from.list("credential", read_credential)?;
        let requests = Requests(from.list("request", read_request)?);
        if credentials.len() > MAX_RECORDED {
            return Err(from.bad("number of credentials"));
        }
        from.finish()?;
        let based_on = Some(revision);
        Ok(Self { account, id, name, level, allowlist, disabled, credentials, requests, revision, based_on })
    }
}

fn write_level(to: &mut Writer, level: &AccessLevel) {
    match level {
        AccessLevel::Full => to.byte(0),
        AccessLevel::Custom(names) => {
            to.byte(1);
            to.count(names.iter().count());
            names.iter().for_each(|name| to.text(name));
        }
        AccessLevel::Integration(id) => {
            to.byte(2);
            to.text(id.as_str());
        }
    }
}

fn read_level(from: &mut Reader<'_>) -> Result<AccessLevel, CorruptRecord> {
    match from.byte("level")? {
        0 => Ok(AccessLevel::Full),
        1 => {
            let names = from.list("method name", |from| from.text("method name"))?;
            // They are searched by halves, so an order that nobody wrote would hide some of them.
            let sorted = names.is_sorted_by(|a, b| a < b);
            if sorted { Ok(AccessLevel::custom(names)) } else { Err(from.bad("order of method names")) }
        }
        2 => Ok(AccessLevel::Integration(from.parsed("integration id")?)),
        _ => Err(from.bad("level")),
    }
}

fn write_credential(to: &mut Writer, held: &Credential) {
    to.text(held.key_id.as_str());
    to.byte(match held.origin {
        Origin::Minted => 0,
        Origin::Imported => 1,
        Origin::ImportedWeak => 2,
    });
    to.i64(held.issued_at.unix());
    for moment in [held.not_before, held.expires_at, held.revoked_at] {
        to.option(moment, |to, at| to.i64(at.unix()));
    }
    let hashed = held.at_rest.hashed();
    to.u32(hashed.pepper());
    to.raw(hashed.mac());
    match &held.at_rest {
        AtRest::Hashed(_) => to.byte(0),
        AtRest::Sealed(_, sealed, schemes) => {
            to.byte(1);
            to.byte(schemes.bits());
            to.u32(sealed.key());
            to.raw(sealed.nonce());
            to.bytes(sealed.text());
        }
    }
}

fn read_credential(from: &mut Reader<'_>) -> Result<Credential, CorruptRecord> {
    let key_id = from.parsed("key id")?;
    let origin = match from.byte("origin")? {
        0 => Origin::Minted,
        1 => Origin::Imported,
        2 => Origin::ImportedWeak,
        _ => return Err(from.bad("origin")),
    };
    let moment = |from: &mut Reader<'_>| from.i64("moment").map(Timestamp::from_unix);
    let issued_at = moment(from)?;
    let not_before = from.option("beginning", moment)?;
    let expires_at = from.option("end", moment)?;
    let revoked_at = from.option("revocation", moment)?;
    let hashed = Hashed::stored(from.u32("pepper")?, from.array("hash")?);
    let at_rest = match from.byte("format at rest")? {
        0 => AtRest::Hashed(hashed),
        1 => {
            let schemes = Schemes::from_bits(from.byte("schemes")?).ok_or(from.bad("schemes"))?;
            let (key, nonce) = (from.u32("sealing key")?, from.array::<NONCE>("nonce")?);
            let sealed =
                Sealed::stored(key, nonce, from.bytes("sealed secret")?).ok_or(from.bad("sealed secret"))?;
            AtRest::Sealed(hashed, Box::new(sealed), schemes)
        }
        _ => return Err(from.bad("format at rest")),
    };
    Ok(Credential { key_id, at_rest, origin, issued_at, not_before, expires_at, revoked_at })
}

fn read_request(from: &mut Reader<'_>) -> Result<Remembered, CorruptRecord> {
    let (name, parameters) = (from.array("request")?, from.array("request")?);
    let key_id = from.parsed("key id of a request")?;
    Ok(Remembered { name, parameters, key_id, at: Timestamp::from_unix(from.i64("moment")?) })
}

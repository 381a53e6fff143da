//! An account as bytes.

use alloc::vec::Vec;

use super::{
    modules::{Module, Modules},
    record::Account,
};
use crate::{
    policy::{Mode, ModulePolicy, Policy, Presigned, Replay, Strength},
    record::{CorruptRecord, Kind, Reader, Writer},
    time::Timestamp,
};

const KIND: Kind = Kind { name: "account", magic: *b"kwa", version: 2 };

impl Account {
    /// As bytes, for one column of a store. The format is versioned: later releases read what this one writes.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new(KIND);
        to.text(self.id.as_str());
        to.count(self.modules.len());
        for module in self.modules.iter() {
            to.text(&module.name);
            to.flag(module.enabled);
            write_module_policy(&mut to, &module.policy);
        }
        to.count(self.integrations.len());
        self.integrations.iter().for_each(|id| to.text(id.as_str()));
        write_module_policy(&mut to, &self.default_policy);
        to.finish()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// [`CorruptRecord`]: torn, changed, of another kind or of a later version. Treat it as a fault of the store.
    pub fn decode(record: &[u8]) -> Result<Self, CorruptRecord> {
        let mut from = Reader::new(KIND, record)?;
        let id = from.parsed("account id")?;
        let modules = from.list("module", |from| {
            let (name, enabled) = (from.text("module name")?.into(), from.flag("module switch")?);
            Ok(Module { name, enabled, policy: read_module_policy(from)? })
        })?;
        let integrations = from.list("integration id", |from| from.parsed("integration id"))?;
        let default_policy = read_module_policy(&mut from)?;
        // An order that nobody wrote would hide some of them.
        let modules = Modules::of(modules).ok_or(from.bad("order of modules"))?;
        if !integrations.is_sorted_by(|a, b| a < b) {
            return Err(from.bad("order of integrations"));
        }
        from.finish()?;
        Ok(Self { id, modules, integrations, default_policy })
    }
}

fn write_module_policy(to: &mut Writer, policy: &ModulePolicy) {
    write_policy(to, &policy.addresses, |to, list| list.write(to));
    write_policy(to, &policy.strength, |to, strength| to.byte(strength_byte(*strength)));
    to.byte(strength_byte(policy.floor));
    write_policy(to, &policy.replay, |to, replay| {
        to.byte(match replay {
            Replay::Unsafe => 0,
            Replay::Every => 1,
        });
    });
    to.byte(match policy.presigned {
        Presigned::Refuse => 0,
        Presigned::Reusable => 1,
        Presigned::SingleUse => 2,
    });
}

fn read_module_policy(from: &mut Reader<'_>) -> Result<ModulePolicy, CorruptRecord> {
    let addresses = read_policy(from, crate::network::Allowlist::read)?;
    let strength = read_policy(from, read_strength)?;
    let policy = ModulePolicy { addresses, strength, floor: read_strength(from)?, ..ModulePolicy::default() };
    if from.version() == 1 {
        return Ok(policy); // written before requests could be signed
    }
    Ok(ModulePolicy { replay: read_policy(from, read_replay)?, presigned: read_presigned(from)?, ..policy })
}

fn write_policy<T>(to: &mut Writer, policy: &Policy<T>, write: impl FnOnce(&mut Writer, &T)) {
    to.byte(match policy.mode {
        Mode::Off => 0,
        Mode::Observe => 1,
        Mode::Enforce => 2,
    });
    write(to, &policy.rule);
    to.option(policy.enforce_from, |to, at| to.i64(at.unix()));
}

fn read_policy<T>(
    from: &mut Reader<'_>,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, CorruptRecord>,
) -> Result<Policy<T>, CorruptRecord> {
    let mode = match from.byte("mode")? {
        0 => Mode::Off,
        1 => Mode::Observe,
        2 => Mode::Enforce,
        _ => return Err(from.bad("mode")),
    };
    let rule = read(from)?;
    let enforce_from = from.option("date", |from| from.i64("date").map(Timestamp::from_unix))?;
    Ok(Policy { mode, rule, enforce_from })
}

fn strength_byte(strength: Strength) -> u8 {
    match strength {
        Strength::KeyOnly => 0,
        Strength::Secret => 1,
        Strength::Signature => 2,
    }
}

fn read_strength(from: &mut Reader<'_>) -> Result<Strength, CorruptRecord> {
    match from.byte("strength")? {
        0 => Ok(Strength::KeyOnly),
        1 => Ok(Strength::Secret),
        2 => Ok(Strength::Signature),
        _ => Err(from.bad("strength")),
    }
}

fn read_replay(from: &mut Reader<'_>) -> Result<Replay, CorruptRecord> {
    match from.byte("replay rule")? {
        0 => Ok(Replay::Unsafe),
        1 => Ok(Replay::Every),
        _ => Err(from.bad("replay rule")),
    }
}

fn read_presigned(from: &mut Reader<'_>) -> Result<Presigned, CorruptRecord> {
    match from.byte("use of presigned requests")? {
        0 => Ok(Presigned::Refuse),
        1 => Ok(Presigned::Reusable),
        2 => Ok(Presigned::SingleUse),
        _ => Err(from.bad("use of presigned requests")),
    }
}

//! An entry as bytes.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::net::{IpAddr, Ipv6Addr};

use super::{
    entry::JournalEntry,
    exchange::Request,
    record::{CallRecord, Called, Caller},
    redact::{KeyedDigest, Shown},
    source::CallSource,
};
use crate::{
    credential::{Act, ActKind},
    decision::{Code, Stage},
    policy::Strength,
    record::{CorruptRecord, Kind, Reader, Writer},
    time::Timestamp,
};

const KIND: Kind = Kind { name: "journal", magic: *b"kwj", version: 1 };

type Read<T> = Result<T, CorruptRecord>;

impl JournalEntry {
    /// As bytes, for one column of a store, beside those that it is looked for by. The format is versioned: later
    /// releases read what this one writes.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new(KIND);
        match self {
            Self::Call(call) => {
                to.byte(0);
                write_call(&mut to, call);
            }
            Self::Act(act) => {
                to.byte(1);
                write_act(&mut to, act);
            }
        }
        to.finish()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// [`CorruptRecord`]: torn, changed, of another kind or of a later version.
    pub fn decode(record: &[u8]) -> Read<Self> {
        let mut from = Reader::new(KIND, record)?;
        let entry = match from.byte("kind of entry")? {
            0 => Self::Call(read_call(&mut from)?),
            1 => Self::Act(read_act(&mut from)?),
            _ => return Err(from.bad("kind of entry")),
        };
        from.finish()?;
        Ok(entry)
    }
}

fn write_call(to: &mut Writer, call: &CallRecord) {
    to.i64(call.first.unix());
    to.i64(call.last.unix());
    to.u64(call.count);
    to.option(call.code, |to, code| to.text(code.as_str()));
    to.u32(call.status.into());
    to.byte(match call.stage {
        Stage::Static => 0,
        Stage::BeforeProof => 1,
        Stage::AfterProof => 2,
    });
    to.option(call.caller.as_ref(), |to, caller| {
        to.text(caller.account.as_str());
        to.text(caller.user.as_str());
        to.text(&caller.name);
    });
    to.option(call.key.as_deref(), Writer::text);
    to.option(call.called.as_ref(), |to, called| {
        to.text(&called.module);
        to.text(&called.method);
    });
    write_source(to, call.source);
    to.option(call.strength, |to, strength| {
        to.byte(match strength {
            Strength::KeyOnly => 0,
            Strength::Secret => 1,
            Strength::Signature => 2,
        });
    });
    to.text(&call.reason);
    to.option(call.request.as_deref(), |to, request| {
        to.text(&request.verb);
        write_shown(to, &request.target);
        to.count(request.headers.len());
        for (name, value) in &request.headers {
            to.text(name);
            to.text(value);
        }
        write_shown(to, &request.body);
    });
    to.option(call.reply.as_deref(), write_shown);
}

fn read_call(from: &mut Reader<'_>) -> Read<CallRecord> {
    Ok(CallRecord {
        first: read_time(from, "first call")?,
        last: read_time(from, "last call")?,
        count: from.u64("number of calls")?,
        code: from.option("code", |from| {
            let text = from.text("code")?;
            Code::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(from.bad("code"))
        })?,
        status: u16::try_from(from.u32("status")?).map_err(|_| from.bad("status"))?,
        stage: match from.byte("stage")? {
            0 => Stage::Static,
            1 => Stage::BeforeProof,
            2 => Stage::AfterProof,
            _ => return Err(from.bad("stage")),
        },
        caller: from.option("caller", |from| {
            let (account, user) = (from.parsed("account id")?, from.parsed("user id")?);
            Ok(Caller { account, user, name: boxed(from, "user name")? })
        })?,
        key: from.option("key id", |from| boxed(from, "key id"))?,
        called: from.option("method", |from| {
            Ok(Called { module: boxed(from, "module")?, method: boxed(from, "method")? })
        })?,
        source: read_source(from)?,
        strength: from.option("strength", |from| match from.byte("strength")? {
            0 => Ok(Strength::KeyOnly),
            1 => Ok(Strength::Secret),
            2 => Ok(Strength::Signature),
            _ => Err(from.bad("strength")),
        })?,
        reason: boxed(from, "reason")?,
        request: from.option("request", |from| {
            Ok(Box::new(Request {
                verb: boxed(from, "HTTP method")?,
                target: read_shown(from)?,
                headers: from
                    .list("header", |from| Ok((boxed(from, "header")?, boxed(from, "header")?)))?
                    .into(),
                body: read_shown(from)?,
            }))
        })?,
        reply: from.option("reply", |from| read_shown(from).map(Box::new))?,
    })
}

fn write_source(to: &mut Writer, source: CallSource) {
    match source {
        CallSource::Unknown => to.byte(0),
        CallSource::Many => to.byte(1),
        CallSource::Address(IpAddr::V4(ip)) => {
            to.byte(4);
            to.raw(&ip.octets());
        }
        CallSource::Address(IpAddr::V6(ip)) => {
            to.byte(6);
            to.raw(&ip.octets());
        }
        CallSource::Network(ip) => {
            to.byte(64);
            to.raw(&ip.octets());
        }
    }
}

fn read_source(from: &mut Reader<'_>) -> Read<CallSource> {
    let field = "client address";
    let v6 = |from: &mut Reader<'_>| from.array::<16>(field).map(Ipv6Addr::from);
    Ok(match from.byte(field)? {
        0 => CallSource::Unknown,
        1 => CallSource::Many,
        4 => CallSource::Address(from.array::<4>(field)?.into()),
        6 => CallSource::Address(v6(from)?.into()),
        64 => CallSource::Network(v6(from)?),
        _ => return Err(from.bad(field)),
    })
}

fn write_shown(to: &mut Writer, shown: &Shown) {
    match shown {
        Shown::Nothing => to.byte(0),
        Shown::Text(text) => {
            to.byte(1);
            to.text(text);
        }
        Shown::Digest(length, digest) => {
            to.byte(2);
            to.u64(u64::try_from(*length).unwrap_or(u64::MAX));
            to.raw(&digest.0);
        }
    }
}

fn read_shown(from: &mut Reader<'_>) -> Read<Shown> {
    let field = "content";
    Ok(match from.byte(field)? {
        0 => Shown::Nothing,
        1 => Shown::Text(String::from(from.text(field)?)),
        2 => {
            let length = usize::try_from(from.u64(field)?).map_err(|_| from.bad(field))?;
            Shown::Digest(length, KeyedDigest(from.array(field)?))
        }
        _ => return Err(from.bad(field)),
    })
}

fn write_act(to: &mut Writer, act: &Act) {
    to.text(act.kind.as_str());
    to.text(act.account.as_str());
    to.option(act.user, |to, user| to.text(user.as_str()));
    to.option(act.key_id, |to, key| to.text(key.as_str()));
    to.option(act.replaced, |to, key| to.text(key.as_str()));
    to.option(act.end, |to, end| to.i64(end.unix()));
    to.text(&act.actor);
    to.i64(act.at.unix());
}

fn read_act(from: &mut Reader<'_>) -> Read<Act> {
    let kind = from.text("act")?;
    Ok(Act {
        kind: ActKind::ALL.iter().copied().find(|known| known.as_str() == kind).ok_or(from.bad("act"))?,
        account: from.parsed("account id")?,
        user: from.option("user id", |from| from.parsed("user id"))?,
        key_id: from.option("key id", |from| from.parsed("key id"))?,
        replaced: from.option("key id", |from| from.parsed("key id"))?,
        end: from.option("end", |from| read_time(from, "end"))?,
        actor: boxed(from, "actor")?,
        at: read_time(from, "moment")?,
    })
}

fn read_time(from: &mut Reader<'_>, field: &'static str) -> Read<Timestamp> {
    from.i64(field).map(Timestamp::from_unix)
}

fn boxed(from: &mut Reader<'_>, field: &'static str) -> Read<Box<str>> {
    from.text(field).map(Box::from)
}

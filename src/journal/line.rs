//! Entries as lines of logfmt: which fields they have, in which order.
//!
//! ```text
//! at=… event=refused|failed code=… status=… stage=static|before-proof|after-proof count=… last=… account=… user=… name=…
//!     key=… module=… method=… client=… strength=key|secret|signature reason=… http=… target=… headers=… body=… reply=…
//! at=… event=ACT account=… user=… key=… replaced=… end=… actor=…
//! ```
//!
//! `count` and `last` stand only where a record stands for several calls.

use alloc::{format, string::ToString, vec::Vec};
use core::fmt;

use super::{entry::JournalEntry, logfmt::Line, record::CallRecord, redact::Shown};
use crate::{credential::Act, decision::Stage, policy::Strength};

impl fmt::Display for CallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line::new(f);
        line.bare("at", self.first)?;
        line.bare("event", if self.code.is_some() { "refused" } else { "failed" })?;
        line.bare_if("code", self.code)?;
        line.bare("status", self.status)?;
        line.bare("stage", stage(self.stage))?;
        if self.count != 1 {
            line.bare("count", self.count)?;
            line.bare("last", self.last)?;
        }
        line.bare_if("account", self.account())?;
        line.bare_if("user", self.user())?;
        line.text_if("name", self.user_name())?;
        line.text_if("key", self.key())?;
        line.text_if("module", self.module())?;
        line.text_if("method", self.method())?;
        line.bare("client", self.source)?;
        line.bare_if("strength", self.strength.map(strength))?;
        line.text("reason", &self.reason)?;
        line.text_if("http", self.http_method())?;
        shown(&mut line, "target", self.target())?;
        let headers: Vec<_> = self.headers().map(|(name, value)| format!("{name}: {value}")).collect();
        line.text_if("headers", (!headers.is_empty()).then(|| headers.join("\n")).as_deref())?;
        shown(&mut line, "body", self.body())?;
        shown(&mut line, "reply", self.reply_body())
    }
}

impl fmt::Display for JournalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Act(act) => write_act(act, f),
            Self::Call(call) => call.fmt(f),
        }
    }
}

fn write_act(act: &Act, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut line = Line::new(f);
    line.bare("at", act.at)?;
    line.bare("event", act.kind)?;
    line.bare("account", act.account)?;
    line.bare_if("user", act.user)?;
    line.bare_if("key", act.key_id)?;
    line.bare_if("replaced", act.replaced)?;
    line.bare_if("end", act.end)?;
    line.text("actor", &act.actor)
}

fn shown(line: &mut Line<'_, '_>, name: &str, shown: &Shown) -> fmt::Result {
    match shown {
        Shown::Nothing => Ok(()),
        Shown::Text(text) => line.text(name, text),
        digest @ Shown::Digest(..) => line.text(name, &digest.to_string()),
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Static => "static",
        Stage::BeforeProof => "before-proof",
        Stage::AfterProof => "after-proof",
    }
}

fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::KeyOnly => "key",
        Strength::Secret => "secret",
        Strength::Signature => "signature",
    }
}

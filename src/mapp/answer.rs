//! What a handler says of its call.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::value::Value;

/// A call's answer, as its handler gives it to the batch: `Done(answer)` or `Failed(answer)`.
///
/// Which of the two it is decides the item that is written:
///
/// | | `Done` | `Failed` |
/// |---|---|---|
/// | `methodName`, as sent | yes | yes |
/// | `responseCode` | yes | no |
/// | `error`, always 1 | no | yes |
/// | `responseText`, `responseData`, `responseNum` | yes | yes |
/// | `totalRequests`, `totalCompleted` | no | yes |
/// | the calls behind it | are run | are run under `no_halt` alone |
///
/// A method that ran, and whose own codes have one for what came of it, is done, whatever the code.
///
/// ```
/// use keyward::mapp::{Answer, Value};
/// let added = Answer::new(Value::fields([("group_id", 1337)])).text("The segment has been added");
/// let not_there = Answer::failure("No such segment", Value::fields([("group_id", 1338)]));
/// let incomplete = Answer::missing_variables(["group_id"]);
/// # let _ = (added, not_there, incomplete);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Answer {
    pub(super) code: Option<u16>,
    pub(super) text: Value,
    pub(super) data: Value,
}

/// The code of the vendor's own example of a call that succeeded. Each of its methods has codes of its own.
const SUCCEEDED: u16 = 201;

/// Three digits.
const CODES: core::ops::RangeInclusive<u16> = 100..=999;

impl Answer {
    /// Of a call that succeeded: `responseCode` 201, `responseText` `Success`, and this `responseData`; `""` if there is
    /// none.
    pub fn new(data: impl Into<Value>) -> Self {
        Self { code: Some(SUCCEEDED), text: "Success".into(), data: data.into() }
    }

    /// Of a call that failed: its `responseText` and `responseData`.
    pub fn failure(text: impl Into<Value>, data: impl Into<Value>) -> Self {
        Self { code: None, text: text.into(), data: data.into() }
    }

    /// Of a call that lacks arguments: `Missing variables`, and the names in one `missing_vars`, with commas between them.
    ///
    /// ```
    /// use keyward::mapp::{Answer, Value};
    /// let data = Value::fields([("missing_vars", "group_id,email")]);
    /// assert_eq!(Answer::missing_variables(["group_id", "email"]), Answer::failure("Missing variables", data));
    /// ```
    pub fn missing_variables<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(|name| name.as_ref().into()).collect();
        Self::failure("Missing variables", Value::fields([("missing_vars", names.join(","))]))
    }

    /// Changes `responseText`. It may be a list: some of the vendor's methods say several things.
    pub fn text(mut self, text: impl Into<Value>) -> Self {
        self.text = text.into();
        self
    }

    /// Changes `responseCode`. It has three digits: below 100 it is 100, above 999 it is 999.
    pub fn code(mut self, code: u16) -> Self {
        self.code = Some(code.clamp(*CODES.start(), *CODES.end()));
        self
    }

    /// Leaves `responseCode` out, as the vendor's older methods do.
    pub fn without_code(mut self) -> Self {
        self.code = None;
        self
    }
}

/// Without texts and data: those may be the callers' own.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("code", &self.code).finish_non_exhaustive()
    }
}

//! The whole answer to a POST.

use super::{
    answer::Answer,
    item::{Counters, Said, document, error},
    php,
    response_type::ResponseType,
    tree::Node,
    wording::Wording,
    xml,
};
use crate::{
    access::Catalogue,
    decision::{Denial, Fault},
    reply::{Render, Reply, notices},
};

/// Writes `methodResponse`: one item for a POST that is refused as a whole, or one for each of its calls.
///
/// | item | fields, in this order |
/// |---|---|
/// | a call that succeeded | `methodName`, `responseCode`, `responseText`, `responseData`, `responseNum` |
/// | any other | `methodName`, `error` (1), `responseText`, `responseData`, `responseNum`, `totalRequests`, `totalCompleted` |
///
/// `methodName` is as it was sent, and is not there for a POST as a whole. `responseNum` is the call's place, from 1 on;
/// `totalRequests` counts the calls of the POST, `totalCompleted` those that succeeded. `responseData` has a
/// `responseCode` of 445 for whatever is 401, and a `request_ip` for an address that is in no list: the client's, behind
/// trusted proxies too, and empty where it cannot be told. All leaves are texts, in PHP's format too: see
/// [`Value`](super::Value).
///
/// **The status** is 200, for refusals too: the vendor's clients look for `error` in the body, and take any other status
/// for a line that broke. It is 503 where the service could not decide and nothing was run, so that whoever repeats a
/// request by its status runs nothing twice.
///
/// ```
/// use keyward::{CallOutcome, Code, Denial, mapp::{Answer, Envelope, ResponseType}};
/// let outcomes = vec![
///     CallOutcome::Done(Answer::new("").text("The segment has been renamed").code(202)),
///     CallOutcome::Refused(Denial::new(Code::AccessMethod)),
///     CallOutcome::NotRun,
/// ];
/// let names = ["legacy.group_rename", "legacy.bulk_sync", "legacy.send_campaign"];
/// let reply = Envelope::new(ResponseType::Xml).calls(3).batch(names, outcomes);
/// assert_eq!(String::from_utf8(reply.body)?, "<methodResponse>
/// <item>
/// <methodName><![CDATA[legacy.group_rename]]></methodName>
/// <responseCode><![CDATA[202]]></responseCode>
/// <responseText><![CDATA[The segment has been renamed]]></responseText>
/// <responseData><![CDATA[]]></responseData>
/// <responseNum><![CDATA[1]]></responseNum>
/// </item>
/// <item>
/// <methodName><![CDATA[legacy.bulk_sync]]></methodName>
/// <error><![CDATA[1]]></error>
/// <responseText><![CDATA[Incorrect Action Specified]]></responseText>
/// <responseData><![CDATA[]]></responseData>
/// <responseNum><![CDATA[2]]></responseNum>
/// <totalRequests><![CDATA[3]]></totalRequests>
/// <totalCompleted><![CDATA[1]]></totalCompleted>
/// </item>
/// </methodResponse>
/// ");
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Envelope {
    response_type: ResponseType,
    calls: usize,
    pub(super) wording: Wording,
}

/// Of refusals too.
pub(super) const OK: u16 = 200;

/// An answer is for one caller, and a status of 200 does not say so.
const NO_STORE: (&str, &str) = ("cache-control", "no-store");

impl Envelope {
    /// For a POST of one call, with the default [`Wording`].
    pub fn new(response_type: ResponseType) -> Self {
        Self { response_type, calls: 1, wording: Wording::default() }
    }

    /// How many calls the POST holds, for `totalRequests` where it is refused as a whole.
    pub fn calls(mut self, calls: usize) -> Self {
        self.calls = calls;
        self
    }

    /// Changes the sentences.
    pub fn wording(mut self, wording: Wording) -> Self {
        self.wording = wording;
        self
    }

    /// The answer to a POST that is refused as a whole, before any of its calls.
    pub fn refused(&self, denial: &Denial) -> Reply {
        self.whole(OK, self.refusal(denial), self.calls)
    }

    /// The answer to a POST that is no use as it is, for example because it cannot be read.
    ///
    /// ```
    /// use keyward::mapp::{Answer, Envelope, ResponseType};
    /// let reply = Envelope::new(ResponseType::Php).failed(Answer::failure("No XML in `data`", ""));
    /// assert_eq!(reply.status, 200);
    /// assert!(reply.body.starts_with(br#"a:1:{s:14:"methodResponse";a:1:{s:4:"item";a:1:{i:0;a:6:{s:5:"error";s:1:"1";"#));
    /// ```
    pub fn failed(&self, answer: Answer) -> Reply {
        self.whole(OK, answer.into(), self.calls)
    }

    pub(super) fn refusal(&self, denial: &Denial) -> Said {
        Said::denied(self.wording.of(denial.code()), denial)
    }

    /// One item without a method's name.
    pub(super) fn whole(&self, status: u16, said: Said, total: usize) -> Reply {
        self.reply(status, [error(None, said, 1, Counters { total, completed: 0 })])
    }

    pub(super) fn reply(&self, status: u16, items: impl IntoIterator<Item = Node>) -> Reply {
        let document = document(items);
        let text = match self.response_type {
            ResponseType::Xml => xml::write(&document),
            ResponseType::Php => php::write(&document),
        };
        let mut reply = Reply::new(status, self.response_type.content_type(), text.into_bytes());
        let more = if status == Fault::STATUS { Fault::HEADERS } else { &[NO_STORE] };
        reply.headers.extend(more.iter().map(|(name, value)| (*name, (*value).into())));
        reply
    }
}

/// As [`refused`](Self::refused) has it, with headers where the method goes away; a fault is 503, with an item.
impl Render for Envelope {
    fn denial(&self, denial: &Denial, catalogue: &Catalogue) -> Reply {
        let mut reply = self.refused(denial);
        reply.headers.extend(notices(denial, catalogue));
        reply
    }

    fn fault(&self, _: &Fault) -> Reply {
        self.whole(Fault::STATUS, Said::sentence(&self.wording.unavailable), self.calls)
    }
}

/// For a POST of one call, as XML.
impl Default for Envelope {
    fn default() -> Self {
        Self::new(ResponseType::default())
    }
}

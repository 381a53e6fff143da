//! A record on its way: with its request, and then with its reply.

use alloc::boxed::Box;

use super::{
    exchange::{Request, bounded, lines},
    record::CallRecord,
    redact::{Content, Needles, Redactor, Shown},
};
use crate::{reply::Reply, request::RequestHead, text::beginning};

/// Bytes of an HTTP method that are kept; the longest that is registered has 17.
const MAX_VERB: usize = 32;

/// Bytes of a target and of a body that are kept, whatever the redactor made of them; and of the header lines together.
const MAX_SHOWN: usize = 16 * 1024;

/// The same of an attempt, for the target and for the header lines together: a whole one stays below 4 KiB.
const MAX_ATTEMPT: usize = 1024;

/// A record of a request whose reply may still be shown. It holds what the request presented, so that none of it shows in
/// the reply, and wipes that as soon as it becomes a record.
#[derive(Debug)]
#[must_use = "a record belongs in the journal"]
pub struct Recording {
    record: CallRecord,
    needles: Needles,
}

impl CallRecord {
    /// With what may be kept of the request: its method, target and headers, and if the caller is proven its body. Of an
    /// attempt no body is kept and no values, whatever the module's [`Content`].
    ///
    /// The body is the one that arrived, whole; an empty one if it was not read.
    pub fn request(mut self, head: RequestHead<'_>, body: &[u8], redactor: &Redactor) -> Recording {
        let needles = redactor.needles(&head, body);
        let content = self.content(redactor);
        let most = if self.is_proven() { MAX_SHOWN } else { MAX_ATTEMPT };
        let content_type = head.headers.all("content-type").next();
        self.request = Some(Box::new(Request {
            // A caller that mixes up the parts of its request may have put anything there.
            verb: beginning(&redactor.text_with(head.method, &needles), MAX_VERB).into(),
            target: bounded(redactor.target(head.target, &needles, content), most),
            headers: lines(&redactor.headers(head.headers, &needles), most),
            body: if self.is_proven() {
                bounded(redactor.body(content_type, body, &needles, content), most)
            } else {
                Shown::Nothing
            },
        }));
        Recording { record: self, needles }
    }

    fn content(&self, redactor: &Redactor) -> Content {
        match redactor.content_of(self.module()) {
            Content::Redacted if !self.is_proven() => Content::Shape,
            content => content,
        }
    }

    /// The HTTP method of the request, if it was recorded.
    pub fn http_method(&self) -> Option<&str> {
        self.request.as_ref().map(|request| &*request.verb)
    }

    /// The target of the request, as far as it may be kept.
    pub fn target(&self) -> &Shown {
        self.request.as_ref().map_or(&Shown::Nothing, |request| &request.target)
    }

    /// The header lines of the request that may be kept, names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.request.iter().flat_map(|request| &request.headers);
        lines.map(|(name, value)| (&**name, &**value))
    }

    /// The body of the request, as far as it may be kept.
    pub fn body(&self) -> &Shown {
        self.request.as_ref().map_or(&Shown::Nothing, |request| &request.body)
    }

    /// The body of the reply, as far as it may be kept.
    pub fn reply_body(&self) -> &Shown {
        self.reply.as_deref().unwrap_or(&Shown::Nothing)
    }
}

impl Recording {
    /// With the reply that was sent: its status, and if the caller is proven what may be kept of its body.
    pub fn reply(self, reply: &Reply, redactor: &Redactor) -> CallRecord {
        let content_type = reply.headers.iter().find(|(name, _)| *name == "content-type");
        let content_type = content_type.map(|(_, value)| value.as_bytes());
        self.replied(reply.status, content_type, &reply.body, redactor)
    }

    /// The same with a reply of the application's own: its status, its `Content-Type` and its body.
    pub fn replied(
        self,
        status: u16,
        content_type: Option<&[u8]>,
        body: &[u8],
        redactor: &Redactor,
    ) -> CallRecord {
        let Self { mut record, needles } = self;
        record.status = status;
        if record.is_proven() {
            let shown = redactor.body(content_type, body, &needles, record.content(redactor));
            let shown = bounded(shown, MAX_SHOWN);
            record.reply = (shown != Shown::Nothing).then(|| Box::new(shown));
        }
        record
    }
}

/// Without a reply.
impl From<Recording> for CallRecord {
    fn from(recording: Recording) -> Self {
        recording.record
    }
}

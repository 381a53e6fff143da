//! One item of an answer, and the document around all of them.

use alloc::string::{String, ToString};

use super::{
    answer::Answer,
    tree::{Group, Name, Node},
};
use crate::{
    decision::{Code, Denial},
    network::{AddrSource, ClientAddr},
};

/// What every item says, whatever became of its call: `responseText` and `responseData`.
pub(super) struct Said {
    text: Node,
    data: Node,
}

/// Where an error stands among the calls of its POST.
#[derive(Clone, Copy)]
pub(super) struct Counters {
    /// `totalRequests`.
    pub(super) total: usize,
    /// `totalCompleted`.
    pub(super) completed: usize,
}

/// The code of the vendor's answer to a wrong pair.
const UNAUTHENTICATED: &str = "445";

/// Characters of a method's name that are sent back: twice a catalogue's longest.
const MAX_ECHOED: usize = 128;

impl Said {
    pub(super) fn sentence(text: &str) -> Self {
        Self { text: Node::text(text), data: Node::text("") }
    }

    pub(super) fn denied(text: &str, denial: &Denial) -> Self {
        let data = match denial.code() {
            Code::AccessIpUser | Code::AccessIpEndpoint => field("request_ip", request_ip(denial.client())),
            code if code.status() == 401 => field("responseCode", UNAUTHENTICATED),
            _ => return Self::sentence(text),
        };
        Self { text: Node::text(text), data: Node::Group(Group::of([data])) }
    }

    fn fields(self) -> [(Name, Node); 2] {
        [(Name::fixed("responseText"), self.text), (Name::fixed("responseData"), self.data)]
    }
}

impl From<Answer> for Said {
    fn from(answer: Answer) -> Self {
        Self { text: answer.text.into_node(), data: answer.data.into_node() }
    }
}

/// The item of a call that succeeded.
pub(super) fn success(name: Option<&str>, answer: Answer, number: usize) -> Node {
    let code = answer.code.map(|code| field("responseCode", code.to_string()));
    let fields = method_name(name).into_iter().chain(code).chain(Said::from(answer).fields());
    Node::Group(Group::of(fields.chain([field("responseNum", number.to_string())])))
}

/// The item of any other call, or of a POST as a whole, which has no name.
pub(super) fn error(name: Option<&str>, said: Said, number: usize, counters: Counters) -> Node {
    let fields = method_name(name).into_iter().chain([field("error", "1")]).chain(said.fields()).chain([
        field("responseNum", number.to_string()),
        field("totalRequests", counters.total.to_string()),
        field("totalCompleted", counters.completed.to_string()),
    ]);
    Node::Group(Group::of(fields))
}

pub(super) fn document(items: impl IntoIterator<Item = Node>) -> Group {
    let items = Group::of(items.into_iter().map(|item| (Name::ITEM, item)));
    Group::of([(Name::fixed("methodResponse"), Node::Group(items))])
}

fn method_name(name: Option<&str>) -> Option<(Name, Node)> {
    let echoed = |name: &str| name.chars().take(MAX_ECHOED).collect::<String>();
    name.map(|name| field("methodName", echoed(name)))
}

fn field(name: &'static str, text: impl Into<String>) -> (Name, Node) {
    (Name::fixed(name), Node::text(text))
}

/// What a caller could put into its list. The address of a proxy that lost the header is no client's, and none of the
/// caller's business.
fn request_ip(client: ClientAddr) -> String {
    let told = matches!(client.source(), AddrSource::Peer | AddrSource::Header);
    client.ip().filter(|_| told).map(|ip| ip.to_string()).unwrap_or_default()
}

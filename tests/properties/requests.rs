//! Guards: what was written into a request of the XML API is what is read, however it is spelt and sent; what another
//! reader of XML reads, this one reads alike or refuses; and no text is too much for it.

use keyward::{
    Headers, RequestHead,
    mapp::{InvalidRequest, Reader, Request, RequestProblem},
};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{
    common::config,
    xml::{Said, Tree, agree, said, second},
};

/// Characters among which are those that XML has a meaning for.
fn letters() -> impl Strategy<Value = String> {
    let special =
        select(vec!['<', '>', '&', ']', '"', '\'', '\r', '\n', '\t', ' ', '-', '%', '+', 'é', '\u{1F600}']);
    let xml =
        prop_oneof![proptest::char::range(' ', '\u{FFFD}'), proptest::char::range('\u{10000}', char::MAX)];
    vec(prop_oneof![2 => special, 2 => proptest::char::range('a', 'z'), 1 => xml], 0..12)
        .prop_map(String::from_iter)
}

/// How a character is written.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    Plain,
    Decimal,
    Hexadecimal,
    Section,
    BehindComment,
}

fn spelt(text: &str, spellings: &[Spelling]) -> String {
    let mut out = String::new();
    for (char, spelling) in text.chars().zip(spellings.iter().cycle()) {
        let code = u32::from(char);
        match (spelling, char) {
            // As it is, a line end would be another character.
            (Spelling::Decimal, _) | (_, '\r') => out += &format!("&#{code};"),
            (Spelling::Hexadecimal, _) => out += &format!("&#x{code:x};"),
            (Spelling::Section, _) => out += &format!("<![CDATA[{char}]]>"),
            (_, '<') => out += "&lt;",
            (_, '>') => out += "&gt;",
            (_, '&') => out += "&amp;",
            (Spelling::Plain, _) => out.push(char),
            (Spelling::BehindComment, _) => out += &format!("<!-- {} -->{char}", '<'),
        }
    }
    out
}

fn spellings() -> impl Strategy<Value = Vec<Spelling>> {
    let one = select(vec![
        Spelling::Plain,
        Spelling::Plain,
        Spelling::Plain,
        Spelling::Decimal,
        Spelling::Hexadecimal,
        Spelling::Section,
        Spelling::BehindComment,
    ]);
    vec(one, 1..8)
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_][a-zA-Z0-9._-]{0,6}".prop_filter("an argument", |name| name != "methodName")
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (name(), letters()).prop_map(|(name, text)| Tree(name, text, Vec::new()));
    leaf.prop_recursive(4, 12, 4, |inner| {
        (name(), vec(inner, 1..4)).prop_map(|(name, inner)| Tree(name, String::new(), inner))
    })
}

fn request() -> impl Strategy<Value = Said> {
    let key =
        proptest::option::of("[a-zA-Z0-9_-]{1,55}".prop_filter("no secret", |key| !key.contains("s1_")));
    let call = ("[a-z.A-Z<&é ]{0,10}x", vec(tree(), 0..4))
        .prop_map(|(method, args)| (method.trim().to_owned(), args));
    (key, any::<bool>(), any::<bool>(), vec(call, 1..5)).prop_map(|(key, php, goes_on, calls)| Said {
        key: key.map(|key| key.parse().expect("of the grammar")),
        php,
        goes_on,
        calls,
    })
}

/// How a document is laid out around its texts.
#[derive(Clone, Debug)]
struct Layout {
    spellings: Vec<Spelling>,
    /// Between elements.
    gap: &'static str,
    attributes: &'static str,
    data_first: bool,
}

fn layout() -> impl Strategy<Value = Layout> {
    let gap = select(vec!["", "\n", "\r\n\t", " <!-- > -->", "<![CDATA[ ]]>\n", "&#32;"]);
    let attributes =
        select(vec!["", " ", " a='>' b = \"&lt;\"", " xmlns=\"urn:x\" xmlns:x='urn:y' x:a=''\n"]);
    (spellings(), gap, attributes, any::<bool>()).prop_map(|(spellings, gap, attributes, data_first)| {
        Layout { spellings, gap, attributes, data_first }
    })
}

impl Layout {
    fn leaf(&self, name: &str, text: &str) -> String {
        let (gap, attributes) = (self.gap, self.attributes);
        if text.is_empty() && self.data_first {
            return format!("{gap}<{name}{attributes}/>");
        }
        format!("{gap}<{name}{attributes}>{}</{name} >", spelt(text, &self.spellings))
    }

    fn group(&self, name: &str, inner: &str) -> String {
        let (gap, attributes) = (self.gap, self.attributes);
        format!("{gap}<{name}{attributes}>{inner}{gap}</{name}>")
    }

    fn tree(&self, Tree(name, text, inner): &Tree) -> String {
        if inner.is_empty() {
            return self.leaf(name, text);
        }
        self.group(name, &inner.iter().map(|tree| self.tree(tree)).collect::<String>())
    }

    fn write(&self, said: &Said) -> String {
        let mut fields = vec![
            self.leaf("response_type", if said.php { "pHp" } else { "" }),
            self.leaf("no_halt", if said.goes_on { " 1" } else { "0" }),
        ];
        fields.extend(said.key.map(|key| self.leaf("api_key", key.as_str())));
        if self.data_first {
            fields.reverse();
        }
        let calls = said.calls.iter().map(|(method, args)| {
            let args: String = args.iter().map(|tree| self.tree(tree)).collect();
            let name = self.leaf("methodName", &format!(" {method}\n"));
            self.group("methodCall", &if self.data_first { args + &name } else { name + &args })
        });
        let mut parts =
            [self.group("authentication", &fields.concat()), self.group("data", &calls.collect::<String>())];
        if self.data_first {
            parts.reverse();
        }
        // Around the root there is less room.
        let outside = if self.gap.contains(['[', '&']) { "\n" } else { self.gap };
        format!("{outside}<api{}>{}{}</api>{outside}", self.attributes, parts.concat(), self.gap)
    }
}

fn escaped(text: &str, all: bool) -> String {
    let plain = |byte: u8| !all && (byte.is_ascii_alphanumeric() || b"<>/_-.*".contains(&byte));
    let escape = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// What was read, or what is wrong, on which line and in which column.
type Seen = Result<Said, (RequestProblem, Option<(usize, usize)>)>;

/// The same XML from every transport, decoded from a form in two spellings.
fn everywhere(xml: &str) -> Vec<Seen> {
    let forms = [true, false].map(|all| format!("data={}&x=y", escaped(xml, all)));
    let parts = format!("--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{xml}\r\n--b--\r\n");
    let target = format!("/?{}", forms[0]);
    let head = RequestHead::new("GET", &target, Headers::lines(&[]));
    let seen = |read: Result<Request<'_>, InvalidRequest>| match read {
        Ok(request) => Ok(said(&request)),
        Err(error) => Err((error.problem(), error.place().map(|place| (place.line, place.column)))),
    };
    vec![
        seen(Request::read(Some("application/xml"), xml.as_bytes())),
        seen(Request::read(Some("application/x-www-form-urlencoded"), forms[0].as_bytes())),
        seen(Request::read(Some("application/x-www-form-urlencoded"), forms[1].as_bytes())),
        seen(Request::read(Some("multipart/form-data; boundary=b"), parts.as_bytes())),
        seen(Reader::new().danger_get().receive(&head, b"")),
    ]
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "<",
        ">",
        "/>",
        "</",
        "&",
        "&#",
        ";",
        "&lt;",
        "&#x0;",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "--",
        "<?x ?>",
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE api>",
        "\"",
        "'",
        "=",
        " ",
        "\n",
        "\r",
        "\0",
        "\u{FEFF}",
        "\u{FFFE}",
        "<a>",
        "</a>",
        "<a/>",
        "x",
        ":",
        "xmlns:x=''",
        " a='b'",
        "</api>",
        "<api>",
        "<no_halt>1</no_halt>",
        "<methodName>a</methodName>",
        "é",
    ]);
    vec(piece.prop_map(str::to_owned), 1..3).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_request_says_what_was_written_however_it_is_spelt_and_sent(said in request(), layout in layout()) {
        let xml = layout.write(&said);
        for read in everywhere(&xml) {
            prop_assert_eq!(read, Ok(said.clone()), "{}", xml);
        }
    }

    #[test]
    fn another_reader_of_xml_reads_alike_what_is_read(
        said_first in request(),
        layout in layout(),
        changes in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), pieces()), 0..3),
    ) {
        let mut xml: Vec<char> = layout.write(&said_first).chars().collect();
        for (at, length, piece) in changes {
            let at = at.index(xml.len() + 1);
            let cut = length.index(4).min(xml.len() - at);
            xml.splice(at..at + cut, piece.chars());
        }
        let xml: String = xml.into_iter().collect();
        let all = everywhere(&xml);
        let second = second(&xml);
        prop_assert!(agree(all[0].as_ref().ok(), &second), "{:?}\n{:?}\n{:?}", xml, all[0], second);
        for other in &all[1..] {
            prop_assert_eq!(other, &all[0], "{}", xml);
        }
    }

    #[test]
    fn no_body_is_too_much_for_the_reader(
        content_type in prop_oneof![
            Just(None),
            select(vec![
                "application/xml", "text/xml; charset=utf-8", "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=b", "multipart/form-data; boundary=\"", "text/xml; charset=\"\\",
            ]).prop_map(|text| Some(text.to_owned())),
            any::<String>().prop_map(Some),
        ],
        body in prop_oneof![
            vec(any::<u8>(), 0..200),
            vec(pieces(), 0..20).prop_map(|pieces| pieces.concat().into_bytes()),
            vec(select(vec!["--b", "\r\n", "--", "data=", "Content-Disposition: form-data; name=data", "<api>", "%", "%3C", "\r\n\r\n", "&"]), 0..12)
                .prop_map(|pieces| pieces.concat().into_bytes()),
        ],
    ) {
        let read = Request::read(content_type.as_deref(), &body);
        if let Err(error) = read {
            prop_assert_eq!(error.reply().status, 200);
            prop_assert!(error.to_string().is_ascii());
        }
    }
}

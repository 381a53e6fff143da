//! What is taken and what is refused, one rule after another.

use alloc::{format, string::String, vec, vec::Vec};

use super::*;
use crate::request::Headers;

/// A request that the default profile takes, and what a test changes in it.
#[derive(Clone)]
struct Sent {
    profile: MessageProfile,
    target: &'static str,
    lines: Vec<(&'static str, String)>,
    scheme: Option<&'static str>,
    body: &'static [u8],
    now: i64,
}

const CREATED: i64 = 1_795_348_800;
const HONEST: &str = r#"("@method" "@authority" "@path" "@query");created=1795348800;keyid="KEY1""#;
const WITH_BODY: &str = r#"("@method" "@authority" "@path" "@query" "content-digest" "content-type");created=1795348800;keyid="KEY1""#;
/// RFC 9530's `sha-256` of `{"hello": "world"}`, from its appendix B.
const DIGEST: &str = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
const MAC: &str = ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";

impl Sent {
    fn signed(list: &str) -> Self {
        let lines = vec![
            ("Host", "api.example.test".into()),
            ("Signature-Input", format!("sig1={list}")),
            ("Signature", format!("sig1={MAC}")),
        ];
        Self {
            profile: MessageProfile::new(),
            target: "/a?b=c",
            lines,
            scheme: None,
            body: b"",
            now: CREATED,
        }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.lines.push((name, value.into()));
        self
    }

    fn set(mut self, name: &'static str, value: &str) -> Self {
        self.lines.retain(|line| line.0 != name);
        self.with(name, value)
    }

    fn without(mut self, name: &str) -> Self {
        self.lines.retain(|line| line.0 != name);
        self
    }

    fn under(mut self, change: impl FnOnce(MessageProfile) -> MessageProfile) -> Self {
        self.profile = change(self.profile);
        self
    }

    /// `None`: not signed, as far as the profile is concerned. The base goes to `out`.
    fn base(&self, out: &mut Vec<u8>) -> Option<Result<(), Flaw>> {
        let lines: Vec<_> = self.lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let head = RequestHead {
            scheme: self.scheme,
            ..RequestHead::new("POST", self.target, Headers::lines(&lines))
        };
        let mut ours = Authorities::default();
        ours.add("api.example.test");
        let signed = match Signed::read(&self.profile, &head)? {
            Ok(signed) => signed,
            Err(flaw) => return Some(Err(flaw)),
        };
        let checked =
            signed.check(&self.profile, &ours, &Payload::Bytes(self.body), Timestamp::from_unix(self.now));
        signed.signature_base(out);
        Some(checked)
    }

    fn check(&self) -> Option<Result<(), Flaw>> {
        self.base(&mut Vec::new())
    }

    #[track_caller]
    fn holds(&self) {
        assert_eq!(self.check(), Some(Ok(())));
    }

    #[track_caller]
    fn fails(&self, flaw: Flaw) {
        assert_eq!(self.check(), Some(Err(flaw)));
    }
}

fn with_body() -> Sent {
    let sent =
        Sent::signed(WITH_BODY).with("Content-Type", "application/json").with("Content-Digest", DIGEST);
    Sent { body: br#"{"hello": "world"}"#, ..sent }
}

#[test]
fn a_signature_fits_in_256_bytes() {
    assert!(size_of::<Signed<'_>>() <= 256, "{}", size_of::<Signed<'_>>());
}

#[test]
fn a_request_without_a_signature_is_not_signed() {
    assert_eq!(Sent::signed(HONEST).without("Signature-Input").without("Signature").check(), None);
    Sent::signed(HONEST).holds();
}

#[test]
fn half_a_signature_is_refused() {
    Sent::signed(HONEST).without("Signature").fails(Flaw::Incomplete);
    Sent::signed(HONEST).without("Signature-Input").fails(Flaw::Incomplete);
    Sent::signed(HONEST).set("Signature", &format!("sig2={MAC}")).fails(Flaw::Incomplete);
    let named = Sent::signed(HONEST).under(|profile| profile.label("sig1"));
    named.holds();
    named.clone().without("Signature-Input").fails(Flaw::Incomplete);
    named.clone().set("Signature-Input", &format!("sig2={HONEST}")).fails(Flaw::Incomplete);
    named.clone().set("Signature", &format!("sig2={MAC}")).fails(Flaw::Incomplete);
    Sent::signed(HONEST).without("Signature-Input").under(|profile| profile.tag("t")).fails(Flaw::Incomplete);
}

#[test]
fn one_label_counts_the_only_one_or_the_named_one() {
    let two = Sent::signed(HONEST)
        .with("Signature-Input", &format!("sig2={HONEST};tag=\"a\\\"b\""))
        .with("Signature", &format!("sig2={MAC}"));
    two.fails(Flaw::Twice);
    for label in ["sig1", "sig2"] {
        two.clone().under(|profile| profile.label(label)).holds();
    }
    assert_eq!(two.clone().under(|profile| profile.label("sig3")).check(), None);
    two.clone().under(|profile| profile.tag("a\"b")).holds();
    for tag in ["a", "a\"b\"", "", "a\\\"b"] {
        assert_eq!(two.clone().under(|profile| profile.tag(tag)).check(), None, "{tag}");
    }
    assert_eq!(two.clone().under(|profile| profile.tag("a\"b").label("sig1")).check(), None);
    let three = two.with("Signature-Input", &format!("sig3={HONEST};tag=\"a\\\"b\""));
    three.under(|profile| profile.tag("a\"b")).fails(Flaw::Twice);
}

#[test]
fn a_label_that_stands_twice_is_refused_in_either_header() {
    Sent::signed(HONEST).with("Signature-Input", &format!("sig1={HONEST}")).fails(Flaw::Twice);
    Sent::signed(HONEST).with("Signature", &format!("sig1={MAC}")).fails(Flaw::Twice);
    Sent::signed(HONEST).with("Signature", &format!("sig2={MAC}")).fails(Flaw::Twice);
    let named = Sent::signed(HONEST).under(|profile| profile.label("sig1"));
    named.clone().with("Signature", &format!("sig2={MAC}, sig2={MAC}")).fails(Flaw::Twice);
    named.with("Signature-Input", "sig2=(), sig2=()").fails(Flaw::Twice);
}

#[test]
fn headers_that_are_not_of_the_grammar_are_refused() {
    for list in [
        "",
        "1",
        "(",
        "()",
        "(\"@method\"",
        "(@method)",
        "(\"@method\"\"@path\")",
        "(\"@method\");",
        "(\"a\\\"b\")",
    ] {
        assert!(matches!(Sent::signed(list).check(), Some(Err(Flaw::Header | Flaw::Incomplete))), "{list}");
    }
    for mac in
        ["sig1", "sig1=1", "sig1=:AAAA:", "sig1=:!:", "sig1=:AA", "Sig1=:AAAA:", "sig1=();a", "keyId=\"x\""]
    {
        let refused = Sent::signed(HONEST).set("Signature", mac).check();
        assert!(matches!(refused, Some(Err(Flaw::Header | Flaw::Incomplete))), "{mac}");
    }
}

/// [`HONEST`] with more components.
fn covering(more: &str) -> Sent {
    Sent::signed(&HONEST.replace(" \"@query\")", &format!(" \"@query\" {more})")))
}

#[test]
fn components_that_a_request_does_not_have_are_refused() {
    for unknown in [
        "\"@status\"",
        "\"@signature-params\"",
        "\"@nope\"",
        "\"@\"",
        "\"\"",
        "\"Date\"",
        "\"da te\"",
        "\"date:\"",
        "\"@query-param\"",
        "\"@method\";sf",
        "\"@method\";name=\"x\"",
        "\"@query-param\";name=\"b\";sf",
        "\"@query-param\";name=b",
        "\"date\";req",
        "\"@path\";req",
        "\"date\";nope",
        "\"date\";sf=?0",
        "\"date\";key=a",
        "\"date\";name=\"x\"",
        "\"date\";bs;sf",
        "\"date\";bs;key=\"a\"",
        "date",
        "1",
    ] {
        covering(unknown).with("Date", "a=1").fails(Flaw::Header);
    }
    for absent in
        ["\"date\"", "\"date\";sf", "\"date\";bs", "\"date\";key=\"a\"", "\"@query-param\";name=\"a\""]
    {
        covering(absent).fails(Flaw::Absent);
    }
    covering("\"date\";key=\"b\"").with("Date", "a=1").fails(Flaw::Absent);
    covering("\"date\";tr").with("Date", "a=1").fails(Flaw::Absent);
}

#[test]
fn a_component_is_covered_once() {
    for twice in [
        "\"@path\"",
        "\"date\" \"date\"",
        "\"date\";sf \"date\";sf",
        "\"date\";key=\"a\" \"date\";key=\"a\"",
        "\"date\";key=\"a\";key=\"a\"",
        "\"date\";bs;bs",
        "\"@query-param\";name=\"b\" \"@query-param\";name=\"b\"",
    ] {
        covering(twice).with("Date", "a=1").fails(Flaw::Twice);
    }
    covering("\"date\" \"date\";sf \"date\";bs \"date\";key=\"a\"").with("Date", "a=1").holds();
}

#[test]
fn a_component_with_parameters_meets_no_requirement() {
    let profile = |profile: MessageProfile| profile.require(["date"]);
    covering("\"date\"").with("Date", "a=1").under(profile).holds();
    for changed in ["\"date\";sf", "\"date\";bs", "\"date\";key=\"a\""] {
        covering(changed).with("Date", "a=1").under(profile).fails(Flaw::Unsigned(4));
    }
}

#[test]
fn what_the_profile_asks_for_is_covered() {
    for (name, flaw) in [
        ("@method", Flaw::Unsigned(0)),
        ("@authority", Flaw::HostUnsigned),
        ("@path", Flaw::Unsigned(2)),
        ("@query", Flaw::Unsigned(3)),
    ] {
        let list = HONEST.replace(&format!("\"{name}\""), "\"host\"");
        Sent::signed(&list).fails(flaw);
        Sent::signed(&list).under(MessageProfile::danger_any_host).fails(flaw);
    }
}

#[test]
fn the_signed_host_is_ours() {
    let other = Sent::signed(HONEST).set("Host", "other.example.test");
    other.fails(Flaw::Authority);
    other.under(MessageProfile::danger_any_host).holds();
    Sent::signed(HONEST).set("Host", "API.example.test:443").holds();
    Sent::signed(HONEST).without("Host").fails(Flaw::HostMissing);
    Sent::signed(HONEST).with("Host", "api.example.test").fails(Flaw::Hosts);
}

#[test]
fn a_body_is_covered_by_digest_and_type() {
    with_body().holds();
    Sent { body: b"{}", ..with_body() }.fails(Flaw::Digest);
    with_body().without("Content-Digest").fails(Flaw::Absent);
    let without = |name: &str| WITH_BODY.replace(&format!(" \"{name}\""), "");
    with_body()
        .set("Signature-Input", &format!("sig1={}", without("content-digest")))
        .fails(Flaw::DigestMissing);
    with_body().set("Signature-Input", &format!("sig1={}", without("content-type"))).fails(Flaw::Unsigned(4));
    let keyed = WITH_BODY.replace("\"content-digest\"", "\"content-digest\";key=\"sha-256\"");
    with_body().set("Signature-Input", &format!("sig1={keyed}")).fails(Flaw::DigestMissing);
    with_body().set("Content-Digest", "md5=:AAAA:").fails(Flaw::DigestMissing);
}

#[test]
fn every_digest_of_a_known_algorithm_is_the_bodys() {
    const SHA512: &str =
        "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
    for right in [SHA512, &format!("{DIGEST}, {SHA512}"), &format!("md5=:AAAA:,unixsum=1, {DIGEST};a=1")] {
        with_body().set("Content-Digest", right).holds();
    }
    with_body().with("Content-Digest", SHA512).holds();
    let wrong = SHA512.replace("WZDP", "WZDQ");
    for wrong in [
        &wrong,
        &format!("{DIGEST}, {wrong}"),
        "sha-256",
        "sha-256=1",
        "sha-256=:AAAA:",
        "sha-256=::",
        "",
        "?",
    ] {
        with_body().set("Content-Digest", wrong).fails(Flaw::Digest);
        Sent::signed(HONEST).with("Content-Digest", wrong).fails(Flaw::Digest);
    }
    with_body().set("Content-Digest", &format!("{DIGEST}, {DIGEST}")).fails(Flaw::Twice);
    let lines: [(&str, &[u8]); 1] = [("Content-Digest", SHA512.as_bytes())];
    let found = Digests::of(&RequestHead::new("GET", "/", Headers::lines(&lines))).unwrap();
    assert_eq!((found.alg(), found.both()), (HashAlg::Sha512, false));
}

#[test]
fn a_digest_of_another_kind_than_the_header_has_matches_nothing() {
    let lines: [(&str, &[u8]); 1] = [("Content-Digest", DIGEST.as_bytes())];
    let head = RequestHead::new("GET", "/", Headers::lines(&lines));
    let digest = |alg| {
        let mut hasher = crate::body::BodyHasher::new(alg);
        hasher.update(br#"{"hello": "world"}"#);
        Payload::Digest(hasher.finish())
    };
    assert_eq!(match_body(&head, &digest(HashAlg::Sha256)), Ok(()));
    assert_eq!(match_body(&head, &digest(HashAlg::Sha512)), Err(Flaw::Digest));
}

#[test]
fn a_header_that_overrides_the_method_is_signed() {
    for name in ["X-HTTP-Method-Override", "X-Http-Method", "x-method-override"] {
        Sent::signed(HONEST).with(name, "DELETE").fails(Flaw::Override);
        let name: &'static str = name;
        let quoted = format!("\"{}\"", name.to_ascii_lowercase());
        covering(&quoted).with(name, "DELETE").holds();
        covering(&format!("{quoted};bs")).with(name, "DELETE").fails(Flaw::Override);
    }
}

#[test]
fn parameters_are_of_their_type_and_stand_once() {
    let said = |parameters: &str| {
        Sent::signed(&format!("(\"@method\" \"@authority\" \"@path\" \"@query\"){parameters}"))
    };
    said(";created=1795348800;keyid=\"KEY1\"").holds();
    said(";keyid=\"KEY1\"").fails(Flaw::DateMissing);
    said(";created=1795348800").fails(Flaw::Incomplete);
    for date in ["1795348800.0", "\"1795348800\"", "a", "?1", ":AAAA:"] {
        said(&format!(";created={date};keyid=\"KEY1\"")).fails(Flaw::Date);
        said(&format!(";created=1795348800;expires={date};keyid=\"KEY1\"")).fails(Flaw::Date);
    }
    for date in ["1234567890123456", "@1795348800", "--1", "+1"] {
        said(&format!(";created={date};keyid=\"KEY1\"")).fails(Flaw::Header);
    }
    said(";created=1795348800e0;keyid=\"KEY1\"").fails(Flaw::Incomplete);
    said(";keyid=\"KEY1\";created=1795348800e0").fails(Flaw::Header);
    for id in ["", "a b", "\u{7f}", &"a".repeat(56)] {
        let refused = said(&format!(";created=1795348800;keyid=\"{id}\"")).check();
        assert!(matches!(refused, Some(Err(Flaw::KeyId | Flaw::Header))), "{id}");
    }
    said(";created=1795348800;keyid=KEY1").fails(Flaw::Header);
    for twice in [";keyid=\"KEY1\"", ";created=1795348800", ";a;a"] {
        said(&format!(";created=1795348800;keyid=\"KEY1\"{twice}")).fails(Flaw::Twice);
    }
    said(";created=1795348800;keyid=\"KEY1\";alg=\"hmac-sha256\";nonce=\"n\";tag=\"t\";other=(a)")
        .fails(Flaw::Header);
    said(";created=1795348800;keyid=\"KEY1\";alg=\"hmac-sha256\";nonce=\"n\";tag=\"t\";other=a").holds();
    for alg in ["hmac-sha512", "HMAC-SHA256", "", "ed25519"] {
        said(&format!(";created=1795348800;keyid=\"KEY1\";alg=\"{alg}\"")).fails(Flaw::Algorithm);
    }
}

#[test]
fn more_than_is_read_is_refused() {
    let names = |count: usize| (0..count).map(|at| format!("\"x-{at}\"")).collect::<Vec<_>>().join(" ");
    let sent = |count: usize| {
        let mut sent = covering(&names(count));
        for name in ["x-0", "x-1", "x-2", "x-3", "x-4", "x-5", "x-6", "x-7", "x-8", "x-9"] {
            sent = sent.with(name, "");
        }
        sent
    };
    sent(10).holds();
    sent(28).fails(Flaw::Absent);
    sent(29).fails(Flaw::TooMany);
    let parameters = |count: usize| {
        Sent::signed(&format!("{HONEST}{}", (0..count).map(|at| format!(";p{at}")).collect::<String>()))
    };
    parameters(30).holds();
    parameters(31).fails(Flaw::TooMany);
    let long = |length: usize| Sent::signed(&format!("{HONEST};n=\"{}\"", "n".repeat(length)));
    let room = 8 * 1024 - HONEST.len() - "sig1=".len() - ";n=\"\"".len();
    long(room).holds();
    long(room + 1).fails(Flaw::TooMany);
}

#[test]
fn values_have_one_reading() {
    for value in ["a\r\n b", "a\nb", "a\rb", "a\0b", "é", "\u{7f}"] {
        covering("\"x\"").with("x", value).fails(Flaw::Value);
        covering("\"x\";bs").with("x", value).holds();
    }
    covering("\"x\"").with("x", " a\tb ").holds();
    for target in ["/a//b", "/a/../b", "/%61", "/a%2fb", "/a#b", "/é", "*", "", "a"] {
        assert!(matches!(Sent { target, ..Sent::signed(HONEST) }.check(), Some(Err(Flaw::Path))), "{target}");
    }
    for target in ["/a?é", "/a?b c", "/a?b#c", "/a?\0"] {
        Sent { target, ..Sent::signed(HONEST) }.fails(Flaw::Parameters);
    }
}

#[test]
fn a_scheme_that_nobody_told_is_not_signed() {
    for component in ["\"@scheme\"", "\"@target-uri\""] {
        covering(component).fails(Flaw::Absent);
        Sent { scheme: Some("https"), ..covering(component) }.holds();
        Sent { target: "https://api.example.test/a", ..covering(component) }.holds();
        Sent { target: "https://api.example.test/a", scheme: Some("http"), ..covering(component) }
            .fails(Flaw::Absolute);
    }
}

#[test]
fn the_base_is_written_from_what_arrived() {
    let mut base = Vec::new();
    let sent = Sent::signed(
        "(  \"@method\"  \"@target-uri\" \"@scheme\" \"@authority\" \"@path\" \"@query\"   \"x\"; bs=?1 );created=01795348800; keyid=\"KEY1\";a=?1;d=0.50;n=-0;f=?0",
    );
    let sent = Sent { scheme: Some("HTTPS"), ..sent.set("Host", "API.example.test:443").with("x", " a ") };
    assert_eq!(sent.base(&mut base), Some(Ok(())));
    let wanted = "\"@method\": POST\n\"@target-uri\": https://API.example.test:443/a?b=c\n\"@scheme\": https\n\
        \"@authority\": api.example.test\n\"@path\": /a\n\"@query\": ?b=c\n\"x\";bs: :YQ==:\n\
        \"@signature-params\": (\"@method\" \"@target-uri\" \"@scheme\" \"@authority\" \"@path\" \"@query\" \"x\";bs)\
        ;created=1795348800;keyid=\"KEY1\";a;d=0.5;n=0;f=?0";
    assert_eq!(String::from_utf8(base).unwrap(), wanted);
}

#[test]
fn a_port_is_dropped_where_the_scheme_has_it() {
    let authority = |host: &str, scheme| {
        let mut base = Vec::new();
        let sent = Sent { scheme, ..Sent::signed(HONEST).set("Host", host) };
        sent.under(MessageProfile::danger_any_host).base(&mut base);
        String::from_utf8(base).unwrap().lines().nth(1).unwrap().replace("\"@authority\": ", "")
    };
    for (host, scheme, wanted) in [
        ("a.test:443", Some("https"), "a.test"),
        ("a.test:80", Some("https"), "a.test:80"),
        ("a.test:80", Some("http"), "a.test"),
        ("a.test:443", Some("http"), "a.test:443"),
        ("a.test:443", None, "a.test"),
        ("a.test:80", None, "a.test"),
        ("a.test:8443", None, "a.test:8443"),
        ("[::1]:443", Some("https"), "[::1]"),
        ("::443", Some("https"), "::443"),
    ] {
        assert_eq!(authority(host, scheme), wanted);
    }
}

#[test]
fn the_window_is_closed_at_both_ends_and_total() {
    use core::time::Duration;
    let at = |now: i64, age: u64, parameters: &str| {
        let list = HONEST.replace(";keyid", &format!("{parameters};keyid"));
        Sent { now, ..Sent::signed(&list).under(|profile| profile.max_age(Duration::from_secs(age))) }
    };
    for (age, first, last) in [(0, CREATED - 300, CREATED + 300), (900, CREATED - 300, CREATED + 1200)] {
        at(first, age, "").holds();
        at(last, age, "").holds();
        for now in [first - 1, last + 1, i64::MIN, i64::MAX, 0] {
            at(now, age, "").fails(Flaw::Window);
        }
    }
    let expires = |by: i64| format!(";expires={}", CREATED + by);
    at(CREATED + 310, 900, &expires(10)).holds();
    at(CREATED + 311, 900, &expires(10)).fails(Flaw::Window);
    at(CREATED, 0, &expires(900)).holds();
    at(CREATED, 0, &expires(901)).fails(Flaw::Life);
    at(CREATED, 0, &expires(-1)).fails(Flaw::Window);
    at(CREATED, 0, ";expires=-999999999999999").fails(Flaw::Window);
    at(CREATED, 0, ";expires=999999999999999").fails(Flaw::Life);
    for created in ["-999999999999999", "999999999999999", "0"] {
        for now in [i64::MIN, i64::MAX, 0, -999_999_999_999_999, 999_999_999_999_999] {
            let list = HONEST.replace("1795348800", created);
            let created: i64 = created.parse().unwrap();
            let inside = i128::from(now) - i128::from(created);
            let sent = Sent { now, ..Sent::signed(&list) };
            assert_eq!(sent.check() == Some(Ok(())), (-300..=300).contains(&inside), "{created} {now}");
        }
    }
}

#[test]
fn what_is_remembered_lives_as_long_as_the_signature() {
    let until = |profile: MessageProfile, parameters: &str| {
        let list = HONEST.replace(";created=1795348800", parameters);
        let lines = [
            ("Host", "a".into()),
            ("Signature-Input", format!("s={list}")),
            ("Signature", format!("s={MAC}")),
        ];
        let lines: Vec<_> =
            lines.iter().map(|(name, value): &(&str, String)| (*name, value.as_bytes())).collect();
        let signed =
            Signed::read(&profile, &RequestHead::new("GET", "/", Headers::lines(&lines))).unwrap().unwrap();
        (signed.requested_at().unix(), signed.valid_until(&profile).unix())
    };
    let new = MessageProfile::new;
    let age = |seconds| new().max_age(core::time::Duration::from_secs(seconds));
    assert_eq!(until(new(), ";created=1000"), (1000, 1300));
    assert_eq!(until(age(600), ";created=1000"), (1000, 1900));
    assert_eq!(until(age(600), ";created=1000;expires=1100"), (1000, 1400));
    assert_eq!(until(new().danger_conformance(), ""), (i64::MIN, i64::MAX));
    assert_eq!(until(new().danger_conformance(), ";expires=7"), (i64::MIN, 7));
}

#[test]
fn nonce_and_key_are_read_as_they_stand() {
    let list = HONEST.replace(";keyid", ";nonce=\"a\\\"b\";keyid");
    let input = format!("sig1={list}");
    let mac = format!("sig1={MAC}");
    let lines = [("Host", "a"), ("Signature-Input", &*input), ("Signature", &*mac)]
        .map(|(name, value)| (name, value.as_bytes()));
    let head = RequestHead::new("GET", "/", Headers::lines(&lines));
    let signed = Signed::read(&MessageProfile::new(), &head).unwrap().unwrap();
    assert_eq!(signed.nonce(), Some(b"a\\\"b".as_slice()));
    assert_eq!(signed.key_id().as_str(), "KEY1");
    assert!(signed.claimed().same(&Tag::Sha256([0; 32])));
    assert!(!signed.needs_bytes());
}

//! Every check, and what must not pass it.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::*;
use crate::{
    body::HashAlg,
    id::KeyId,
    request::{Headers, RequestHead},
};

const NOW: i64 = 1_440_938_160; // 20150830T123600Z
const HEX: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A request to change one thing in.
#[derive(Clone)]
struct Case {
    profile: Profile,
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: &'static [u8],
    now: i64,
}

fn escher() -> Profile {
    Profile::escher("eu/suite/ems_request").auth_header("Authorization")
}

fn case(profile: Profile, names: &str) -> Case {
    let prefix = profile.prefix.clone();
    let auth = format!(
        "{prefix}-HMAC-SHA256 Credential=KEY/20150830/{}, SignedHeaders={names}, Signature={HEX}",
        profile.scope
    );
    let date: &'static str = if prefix.starts_with("AWS") { "X-Amz-Date" } else { "X-Escher-Date" };
    let headers = [("Host", "a.test".into()), (date, "20150830T123600Z".into()), ("Authorization", auth)];
    Case { profile, method: "GET", target: "/a?b=c".into(), headers: headers.into(), body: b"", now: NOW }
}

fn ours() -> Case {
    case(escher(), "host;x-escher-date")
}

fn aws() -> Case {
    case(Profile::aws("r", "s"), "host;x-amz-date")
}

fn presigned(profile: Profile, names: &str, life: &str) -> Case {
    let (vendor, credential) = (profile.vendor.clone(), presigned::roles(&profile)[1]);
    let target = format!(
        "/a?b=c&X-{vendor}-Algorithm={}-HMAC-SHA256&X-{vendor}-{credential}=KEY%2F20150830%2F{}\
         &X-{vendor}-Date=20150830T123600Z&X-{vendor}-Expires={life}\
         &X-{vendor}-SignedHeaders={names}&X-{vendor}-Signature={HEX}",
        profile.prefix,
        profile.scope.replace('/', "%2F")
    );
    let headers = [("Host", "a.test".into())].into();
    Case { profile, method: "GET", target, headers, body: b"", now: NOW }
}

impl Case {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.headers.iter_mut().find(|line| line.0 == name).unwrap().1 = value.into();
        self
    }

    fn to(mut self, target: &str) -> Self {
        self.target = target.into();
        self
    }

    fn by(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    fn body(mut self, body: &'static [u8]) -> Self {
        self.body = body;
        self
    }

    fn profile(mut self, change: impl FnOnce(Profile) -> Profile) -> Self {
        self.profile = change(self.profile);
        self
    }

    fn in_auth(self, from: &str, to: &str) -> Self {
        let auth = self.headers.iter().find(|line| line.0 == "Authorization").unwrap().1.replace(from, to);
        self.set("Authorization", &auth)
    }

    /// `None`: it carries nothing of the profile.
    fn read_and_check(&self) -> Option<Result<(), Flaw>> {
        let lines: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let head = RequestHead::new(self.method, &self.target, Headers::lines(&lines));
        let mut authorities = Authorities::default();
        authorities.add("a.test");
        let now = Timestamp::from_unix(self.now);
        let read = Signed::read(&self.profile, &head)?;
        Some(read.and_then(|signed| {
            signed.check(
                &self.profile,
                &signed.fields(&self.profile),
                &authorities,
                &Payload::Bytes(self.body),
                now,
            )
        }))
    }

    #[track_caller]
    fn fails(self, flaw: Flaw) {
        assert_eq!(self.read_and_check(), Some(Err(flaw)));
    }

    #[track_caller]
    fn passes(self) {
        assert_eq!(self.read_and_check(), Some(Ok(())));
    }
}

#[test]
fn only_the_profiles_own_signature_is_read() {
    ours().passes();
    aws().passes();
    presigned(escher(), "host", "60").passes();
    assert_eq!(ours().set("Authorization", "Bearer abc").read_and_check(), None);
    assert_eq!(ours().in_auth("ESR-", "EMS-").read_and_check(), None);
    assert_eq!(ours().profile(|profile| profile.scope("")).read_and_check(), None);
    ours().set("Authorization", "ESR-HMAC-nonsense").fails(Flaw::Header);
    // A header of the profile's own is read whatever stands in it.
    let own = ours().profile(|profile| profile.auth_header("X-Escher-Auth"));
    assert_eq!(own.clone().read_and_check(), None);
    own.with("X-Escher-Auth", "Bearer abc").fails(Flaw::Header);
    let alone = presigned(escher(), "host", "60").to("/?X-Escher-Signature=1");
    alone.clone().fails(Flaw::Incomplete);
    alone.clone().to("/?X-Escher-Algorithm=1").fails(Flaw::Incomplete);
    assert_eq!(alone.clone().to("/?x-escher-signature=1").read_and_check(), None);
    assert_eq!(alone.clone().to("/?X-Escher-Date=1").read_and_check(), None);
    assert_eq!(alone.to("/?X-Amz-Signature=1").read_and_check(), None);
}

#[test]
fn two_signatures_or_one_part_twice_are_refused() {
    ours().to("/?X-Escher-Signature=1").fails(Flaw::Twice);
    ours().with("Authorization", "Bearer abc").fails(Flaw::Twice);
    ours().with("x-escher-date", "20150830T123600Z").fails(Flaw::Twice);
    ours().in_auth(", Signature=", ", SignedHeaders=host, Signature=").fails(Flaw::Twice);
    ours().in_auth("=host;", "=host;host;").fails(Flaw::Twice);
    ours().with("Host", "a.test").fails(Flaw::Hosts);
    for part in ["Algorithm", "Credentials", "Date", "Expires", "SignedHeaders", "Signature"] {
        let mut twice = presigned(escher(), "host", "60");
        twice.target += &format!("&X-Escher-{part}=1");
        twice.fails(Flaw::Twice);
    }
    let digest = aws().in_auth("=host;", "=host;x-amz-content-sha256;");
    digest.with("X-Amz-Content-Sha256", HEX).with("X-Amz-Content-Sha256", HEX).fails(Flaw::Twice);
}

#[test]
fn forms_that_are_nearly_right_are_refused() {
    for (from, to) in [
        ("KEY/", ""),
        ("/20150830", "/2015083"),
        ("/20150830", "/2015O830"),
        ("20150830/", "20150830"),
        ("SignedHeaders=", "Signedheaders="),
        ("SignedHeaders=host", "SignedHeaders=Host"),
        ("SignedHeaders=host;", "SignedHeaders=host;;"),
        ("Credential=", "Credentials="),
        (", Signature=", "; Signature="),
        ("Signature=0", "Signature="),
        ("Signature=0", "Signature=00"),
        ("Signature=0", "Signature=A"),
        ("SHA256 ", "SHA256"),
        ("SHA256 ", "SHA256,"),
        ("HMAC-SHA256", "HMAC-"),
    ] {
        assert_eq!(ours().in_auth(from, to).read_and_check(), Some(Err(Flaw::Header)), "{from} {to}");
    }
    ours().in_auth(", ", ",").passes();
    ours().in_auth(", ", ",   ").passes();
    let order = format!("ESR-HMAC-SHA256 SignedHeaders=host, Credential=KEY/20150830/x, Signature={HEX}");
    ours().set("Authorization", &order).fails(Flaw::Header);
    for bad in ["K Y", "K.Y", &"k".repeat(56), &"k".repeat(1000), ""] {
        ours().in_auth("KEY", bad).fails(Flaw::KeyId);
    }
    ours().in_auth("KEY", &"k".repeat(55)).passes();
    for (from, to, flaw) in [
        ("SHA256", "", Flaw::Query),
        ("=ESR-HMAC-", "=EMS-HMAC-", Flaw::Query),
        ("KEY%2F", "KEY", Flaw::Query),
        ("%2Fsuite", "%2suite", Flaw::Query),
        ("Expires=60", "Expires=-1", Flaw::Query),
        ("Expires=60", "Expires=+60", Flaw::Query),
        ("Expires=60", "Expires=", Flaw::Query),
        ("X-Escher-Expires=60&", "", Flaw::Incomplete),
        ("Date=20150830T", "Date=2015-08-30T", Flaw::Date),
        ("=host", "=Host", Flaw::Query),
        ("Signature=0", "Signature=g", Flaw::Query),
    ] {
        let mut case = presigned(escher(), "host", "60");
        case.target = case.target.replacen(from, to, 1);
        assert_eq!(case.read_and_check(), Some(Err(flaw)), "{from} {to}");
    }
}

#[test]
fn the_host_and_the_date_are_there_and_signed() {
    ours().set("Host", "b.test").fails(Flaw::Authority);
    let without = |name| {
        let mut case = ours();
        case.headers.retain(|line| line.0 != name);
        case
    };
    without("Host").fails(Flaw::HostMissing);
    without("X-Escher-Date").fails(Flaw::DateMissing);
    for date in ["", "now", "Sun, 30 Aug 2015 12:36:00 GMT", "2015-08-30T12:36:00Z"] {
        ours().set("X-Escher-Date", date).fails(Flaw::Date);
    }
    ours().in_auth("=host;x-escher-date", "=x-escher-date").fails(Flaw::HostUnsigned);
    ours().in_auth("=host;x-escher-date", "=host").fails(Flaw::DateUnsigned);
    let two = ours().profile(|profile| profile.require_signed(["X-Escher-Date", "X-Tenant"]));
    two.clone().fails(Flaw::Unsigned(1));
    two.clone().in_auth("=host;", "=host;x-tenant;").fails(Flaw::Absent);
    two.in_auth("=host;", "=host;x-tenant;").with("x-TENANT", "t").passes();
}

#[test]
fn a_host_that_is_not_ours_is_refused() {
    for host in ["b.test", "a.test.b.test", "a.test:8443", ""] {
        ours().set("Host", host).fails(Flaw::Authority);
        aws().set("Host", host).fails(Flaw::Authority);
        ours().set("Host", host).profile(Profile::danger_any_host).passes();
    }
    ours().set("Host", "A.test:443").passes();
}

#[test]
fn scope_day_hash_and_clock_are_the_profiles() {
    ours().in_auth("/suite/", "/other/").fails(Flaw::Scope);
    ours().in_auth("ems_request", "ems_reques").fails(Flaw::Scope);
    ours().in_auth("ems_request", "ems_request2").fails(Flaw::Scope);
    ours().in_auth("20150830", "20150831").fails(Flaw::ScopeDay);
    ours().in_auth("SHA256", "SHA999").fails(Flaw::Algorithm);
    let sha512 = ours().in_auth("SHA256", "SHA512").in_auth(HEX, &[HEX, HEX].concat());
    sha512.clone().fails(Flaw::Algorithm);
    sha512.profile(|profile| profile.hashes([HashAlg::Sha256, HashAlg::Sha512])).passes();
    ours().in_auth("SHA256", "SHA512").fails(Flaw::Header);
}

#[test]
fn a_credential_counts_to_its_last_byte_however_long_it_is() {
    let (key, scope) = ("k".repeat(KeyId::MAX_LEN), "s".repeat(128));
    let profile = || escher().scope(&scope);
    let in_both = |from: &str, to: &str, wanted: Result<(), [Flaw; 2]>| {
        let header = case(profile(), "host;x-escher-date").in_auth(from, to);
        let mut query = presigned(profile(), "host", "60");
        query.target = query.target.replacen(&from.replace('/', "%2F"), &to.replace('/', "%2F"), 1);
        let [in_header, in_query] = wanted.err().map_or([None; 2], |flaws| flaws.map(Some));
        assert_eq!(header.read_and_check(), Some(in_header.map_or(Ok(()), Err)), "{from} {to}");
        assert_eq!(query.read_and_check(), Some(in_query.map_or(Ok(()), Err)), "{from} {to}");
    };
    in_both("KEY/", &format!("{key}/"), Ok(()));
    in_both("KEY/", &format!("{key}k/"), Err([Flaw::KeyId; 2]));
    in_both("KEY/", "/", Err([Flaw::KeyId; 2]));
    in_both("KEY/", "K.Y/", Err([Flaw::KeyId; 2]));
    for key in ["KEY/", &format!("{key}/")] {
        for other in [format!("{scope}s"), scope.repeat(3), scope[1..].to_owned(), String::new()] {
            let wanted = Err([Flaw::Scope; 2]);
            in_both(&format!("KEY/20150830/{scope}"), &format!("{key}20150830/{other}"), wanted);
        }
    }
    let malformed = Err([Flaw::Header, Flaw::Query]);
    for other in ["KEY/2015083/", "KEY/2015083a/", "KEY/201508300/", "KEY/20150830", "KEY", ""] {
        in_both(&format!("KEY/20150830/{scope}"), other, malformed);
    }
    // So long that its key id alone is more than is looked at.
    in_both("KEY/", &format!("{}/", key.repeat(9)), Err([Flaw::KeyId, Flaw::Query]));
}

#[test]
fn windows_are_closed_at_both_ends_for_every_clock() {
    let header = |now| Case { now, ..ours() }.read_and_check() == Some(Ok(()));
    for (now, inside) in [
        (NOW - 301, false),
        (NOW - 300, true),
        (NOW + 300, true),
        (NOW + 301, false),
        (i64::MIN, false),
        (i64::MAX, false),
        (0, false),
    ] {
        assert_eq!(header(now), inside, "{now}");
    }
    let presigned = |now| Case { now, ..presigned(escher(), "host", "60") }.read_and_check();
    for (now, inside) in [
        (NOW - 301, false),
        (NOW - 300, true),
        (NOW + 360, true),
        (NOW + 361, false),
        (i64::MIN, false),
        (i64::MAX, false),
    ] {
        assert_eq!(presigned(now) == Some(Ok(())), inside, "{now}");
    }
}

#[test]
fn a_life_is_bounded_and_no_number_overflows() {
    presigned(escher(), "host", "604800").passes();
    for life in ["604801", "9223372036854775807", "18446744073709551615", "18446744073709551616"] {
        presigned(escher(), "host", life).fails(Flaw::Life);
    }
    presigned(escher(), "host", &"9".repeat(400)).fails(Flaw::Life);
    let judge = || escher().danger_conformance().max_life(Duration::MAX);
    for now in [NOW, i64::MAX] {
        Case { now, ..presigned(judge(), "host", "18446744073709551615") }.passes();
    }
    Case { now: i64::MIN, ..presigned(judge(), "host", "18446744073709551615") }.fails(Flaw::Window);
    presigned(escher().max_life(Duration::from_secs(59)), "host", "60").fails(Flaw::Life);
}

#[test]
fn a_presigned_request_is_a_get_without_a_body() {
    let aws = || presigned(Profile::aws("r", "s"), "host", "60");
    for method in ["POST", "HEAD", "DELETE"] {
        presigned(escher(), "host", "60").by(method).fails(Flaw::Method);
        presigned(escher().danger_conformance(), "host", "60").by(method).fails(Flaw::Method);
        aws().by(method).fails(Flaw::Method);
        aws().by(method).profile(|profile| profile.presigned_methods([method])).passes();
    }
    aws().by("get").fails(Flaw::Method);
    presigned(escher(), "host", "60").by("get").passes();
    for case in [aws(), presigned(escher(), "host", "60"), presigned(Profile::aws_s3("r"), "host", "60")] {
        case.clone().body(b"x").fails(Flaw::PresignedBody);
        case.body(b"x").profile(|profile| profile.danger_presigned_body(true)).passes();
    }
}

#[test]
fn what_a_presigned_request_signs_depends_on_the_family() {
    presigned(escher(), "x-a", "60").fails(Flaw::HostUnsigned);
    presigned(escher(), "host%3Bx-a", "60").with("X-A", "1").fails(Flaw::PresignedHeaders);
    let aws = |names| presigned(Profile::aws("r", "s"), names, "60");
    aws("x-a").fails(Flaw::HostUnsigned);
    aws("host%3Bx-a").with("X-A", "1").passes();
    aws("host%3Bx-a").fails(Flaw::Absent);
}

#[test]
fn methods_targets_and_bodies_are_ones_that_the_scheme_signs() {
    ours().by("get").passes();
    ours().by("PURGE").fails(Flaw::Method);
    aws().by("PURGE").passes();
    for target in ["https://a.test/a", "https://", "HTTP://a.test/"] {
        ours().to(target).fails(Flaw::Absolute);
        aws().to(target).fails(Flaw::Absolute);
    }
    for target in ["*", "", "a", "?a=b"] {
        ours().to(target).fails(Flaw::Path);
        ours().to(target).profile(Profile::lenient_path).fails(Flaw::Path);
    }
    ours().to("/?u=https://a.test/").passes();
}

#[test]
fn a_path_that_is_not_canonical_is_refused_unless_lenient() {
    for path in ["//", "/a/../b", "/a/.", "/a%2fb", "/%5C", "/%2e", "/%00", "/%41", "/a\\b", "/%"] {
        ours().to(path).fails(Flaw::Path);
        aws().to(path).fails(Flaw::Path);
        ours().to(path).profile(Profile::lenient_path).passes();
        ours().to(path).profile(Profile::danger_conformance).passes();
        ours().to(path).profile(|profile| profile.danger_conformance().strict_path()).fails(Flaw::Path);
    }
    for path in ["/a%20b", "/%C3%A9", "/%c3%a9", "/a/"] {
        ours().to(path).passes();
        aws().to(path).passes();
    }
}

#[test]
fn more_pairs_than_are_signed_are_refused() {
    let many = |count: usize| format!("/?{}", "a=b&".repeat(count));
    ours().to(&many(MAX_PAIRS)).passes();
    ours().to(&many(MAX_PAIRS + 1)).fails(Flaw::TooMany);
    ours().to(&format!("/?{}", "&".repeat(2 * MAX_PAIRS))).passes();
}

#[test]
fn nothing_can_stand_for_several_lines_of_what_is_signed() {
    for method in ["", "GET\n/b", "GE T", "GÉT"] {
        aws().by(method).fails(Flaw::Method);
        aws().by(method).profile(Profile::danger_conformance).fails(Flaw::Method);
    }
    for path in ["/a\n", "/\n/b", "/\r", "/\0", "/\x7f"] {
        for case in [ours(), aws()] {
            case.to(path).profile(Profile::danger_conformance).fails(Flaw::Path);
        }
    }
    let lines = [
        ("X-Escher-Date", b"20150830T123600Z".as_slice()),
        ("Authorization", ours().headers[2].1.as_bytes()),
    ]
    .map(|(name, value)| (name, value.to_vec()));
    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    for (authority, wanted) in [("a.test", Ok(())), ("a.test\nx-a:1", Err(Flaw::Value))] {
        let head = RequestHead::new("GET", "/", Headers::lines(&lines)).authority(authority);
        let profile = escher().danger_any_host();
        let signed = Signed::read(&profile, &head).unwrap().unwrap();
        let now = Timestamp::from_unix(NOW);
        assert_eq!(
            signed.check(&profile, &signed.fields(&profile), &Authorities::default(), &Payload::Absent, now),
            wanted
        );
    }
}

#[test]
fn a_header_that_overrides_the_method_is_signed() {
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        ours().with(name, "DELETE").fails(Flaw::Override);
        aws().with(name, "DELETE").fails(Flaw::Override);
        let names = format!("=host;{};", name.to_ascii_lowercase());
        ours().with(name, "DELETE").in_auth("=host;", &names).passes();
    }
}

#[test]
fn a_signed_value_is_one_line() {
    let with = |value| ours().in_auth("=host;", "=host;x-a;").with("X-A", value);
    with("a\tb").passes();
    for value in ["a\nb", "a\r\nb", "a\0", "a\n b"] {
        with(value).fails(Flaw::Value);
    }
    with("a\n b").profile(Profile::danger_conformance).passes();
    with("a\nb").profile(Profile::danger_conformance).fails(Flaw::Value);
    ours().with("X-A", "a\nb").passes();
}

#[test]
fn a_session_token_is_refused() {
    aws().with("X-Amz-Security-Token", "t").fails(Flaw::Token);
    aws().to("/?X-Amz-Security-Token=t").fails(Flaw::Token);
    let mut case = presigned(Profile::aws("r", "s"), "host", "60");
    case.target += "&X-Amz-Security-Token=t";
    case.clone().fails(Flaw::Token);
    case.profile(|profile| profile.danger_session_token(false)).passes();
    ours().with("X-Escher-Security-Token", "t").passes();
}

#[test]
fn the_digest_header_is_signed_and_the_bodys() {
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let with = |value: &str| {
        let case = aws().by("PUT").body(b"abc").in_auth("=host;", "=host;x-amz-content-sha256;");
        case.with("X-Amz-Content-Sha256", value)
    };
    with(ABC).passes();
    with(ABC).body(b"abd").fails(Flaw::Digest);
    for value in ["", HEX, &ABC.to_uppercase(), &ABC[1..]] {
        with(value).fails(Flaw::Digest);
    }
    aws().body(b"abc").with("X-Amz-Content-Sha256", ABC).fails(Flaw::DigestMissing);
    with("UNSIGNED-PAYLOAD").fails(Flaw::BodyUnsigned);
    with("UNSIGNED-PAYLOAD").profile(Profile::danger_unsigned_payload).passes();
    with("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        .profile(Profile::danger_unsigned_payload)
        .fails(Flaw::BodyUnsigned);
    ours().with("X-Escher-Content-Sha256", HEX).passes();
    // S3's presigned requests alone say so unasked.
    let names = "host;x-amz-content-sha256";
    let header = case(Profile::aws_s3("r"), "host;x-amz-content-sha256;x-amz-date");
    header.with("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD").fails(Flaw::BodyUnsigned);
    for (profile, allowed) in [(Profile::aws_s3("r"), true), (Profile::aws("r", "s"), false)] {
        let presigned = presigned(profile, names, "60").with("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
        if allowed { presigned.passes() } else { presigned.fails(Flaw::BodyUnsigned) }
    }
}

#[test]
fn a_plus_that_is_signed_like_a_space_is_ambiguous() {
    let ambiguous = |profile: Profile, target: &str| {
        let case = case(profile, "host;x-escher-date").to(target);
        let lines: Vec<_> = case.headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let head = RequestHead::new(case.method, target, Headers::lines(&lines));
        Signed::read(&case.profile, &head).unwrap().unwrap().is_ambiguous(&case.profile)
    };
    for target in ["/?a=+", "/?a=%2B", "/?a=%2b", "/?a=%20", "/?%20"] {
        assert!(ambiguous(escher().antavo_php(), target) && !ambiguous(escher(), target), "{target}");
    }
    assert!(!ambiguous(escher().antavo_php(), "/a+b%20?a=%252B"));
}

#[test]
fn what_antavos_fork_leaves_unsigned_is_refused() {
    let php = || ours().profile(Profile::antavo_php);
    php().passes();
    for query in ["a=b=c", "a==", "a=1&&b=2", "&a=1", "a=1&", "a=%", "a=%4", "a=%zz", "%=1", "a=1#b"] {
        php().to(&format!("/x?{query}")).fails(Flaw::Parameters);
        ours().to(&format!("/x?{query}")).passes();
    }
    for query in ["a=+", "a=%2B&b", "a=%20", ""] {
        php().to(&format!("/x?{query}")).passes();
    }
    for path in ["/a//b", "/file./x", "/a/.", "/a/..", "/./a"] {
        php().to(path).profile(Profile::lenient_path).fails(Flaw::Path);
    }
    for method in ["PATCH", "DELETE", "GET"] {
        php().by(method).body(b"x").fails(Flaw::BodyUnsigned);
    }
    for method in ["PUT", "POST", "put"] {
        php().by(method).body(b"x").passes();
    }
}

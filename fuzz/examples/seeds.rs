//! Writes the seeds of the corpus: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`. Every secret in them is
//! invented by [`world`](keyward_fuzz::world), whose random source is a counter.
//!
//! Files whose names begin with `seed-` are these, with `version-` records that an earlier version of the crate wrote;
//! the others were found by the fuzzer (docs/fuzzing.md).

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, By, Keep, ModulePolicy, Policy, Schemes, Strength, Timestamp,
};
use keyward_fuzz::{
    answer_seed, presigned_target, signed_authorization, signed_delivery, signed_message,
    world::{issue, tokens, world},
};

fn main() {
    addresses();
    forwarding();
    names();
    webhook_secrets();
    carriers();
    signatures();
    messages();
    deliveries();
    answers();
    requests();
    glued_tokens();
    records();
    redacted();
}

fn addresses() {
    texts(
        "rule",
        &[
            "192.0.2.1",
            "192.168.0.3/24",
            "10.0.0.250-10.0.1.5",
            "2001:db8::1",
            "2001:db8::1/32",
            "::/0",
            "0.0.0.0/0",
            "::1-::ffff",
            "::ffff:192.0.2.0/120",
            "::ffff:10.0.0.1-::ffff:10.0.0.9",
            "10.1",
            "010.0.0.1",
            "0x0a.0.0.1",
            "fe80::1%eth0",
            "[::1]",
            "10.0.0.0/255.0.0.0",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "::ffff:10.0.0.0/90",
            "10.0.0.1-::1",
            "10.0.0.9-10.0.0.1",
            "192.0.2.1 ",
            "١.0.0.1",
            "",
        ],
    );
    texts(
        "allowlist",
        &[
            "192.168.1.2\n192.168.0.3/24\n10.0.0.250-10.0.1.5",
            " 192.0.2.1\t\r\n\r\n2001:db8::/32\n",
            "",
            "any",
            "\n \t\r\n",
            "10.0.0.0/8\n10.1\n10.0.0.0/8\n::1%1",
            "::/0\n0.0.0.0/0",
            "10.0.0.0/25\n10.0.0.128/25\n10.0.1.0",
            "255.255.255.255\n0.0.0.0\nffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n::",
            "192.0.2.1\r192.0.2.2",
        ],
    );
}

fn forwarding() {
    texts(
        "x_forwarded_for",
        &[
            "192.0.2.66, 203.0.113.9, 10.0.0.2",
            "203.0.113.9:4711,[2001:db8::1]:4711\n10.0.0.3",
            "\"[2001:db8:1::1]:1\"",
            "unknown",
            "",
            ",",
            "203.0.113.9,",
            "fe80::1%eth0",
            "::ffff:203.0.113.9, ::ffff:10.0.0.1",
            "2001:db8:1::1",
            "203.0.113.9:70000",
            "203.0.113.9:00080",
            "[203.0.113.9]",
            "\"203.0.113.9",
            "10.0.0.2\n10.0.0.3",
            &"10.0.0.2,".repeat(70),
            "203.0.113.9 10.0.0.2",
        ],
    );
    texts(
        "forwarded",
        &[
            "for=203.0.113.9;proto=https, for=\"[2001:db8::1]:4711\"",
            "for=203.0.113.9\nfor=10.0.0.2",
            "For=\"203.0.113.9:_a\"",
            "for=_hidden, for=10.0.0.1",
            "for=unknown",
            "by=10.0.0.1",
            "",
            ",",
            ";",
            "for=203.0.113.9;for=203.0.113.8",
            "for=\"a,b\"",
            "for=\"\\1\\9\\2.0.2.1\"",
            "for=\"203.0.113.9",
            "for = 203.0.113.9",
            "for=203.0.113.9 ;proto=http",
            "for=2001:db8::1",
            "for=\"[::ffff:203.0.113.9]\", for=10.0.0.2",
            &"a=b;".repeat(17),
            &"for=10.0.0.2,".repeat(70),
            "a=b;c=d;;for=203.0.113.9;",
        ],
    );
}

fn names() {
    let long = "a".repeat(64);
    texts(
        "ids",
        &[
            "kwk_8fZ0000000000000\nkwk_8fZ0000000000001",
            "acme\nacme.eu",
            "u-1_2.3\nu-1",
            "",
            "no spaces",
            "kw",
            "acme2",
            "Acme",
            "a0b1c2d3e4",
            "a0b1c2d3e45",
            "\u{e9}",
            "a\0",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            &long,
            &long[..55],
            &long[..39],
            &format!("{long}a"),
            &format!("{}\n{}", &long[..39], &long[..38]),
        ],
    );
    texts(
        "routes",
        &[
            "GET /events/7?verbose=1\nGET /events/{id}",
            "GET /events/../admin\nGET /events/{a}/admin\nGET /admin",
            "GET /events/%2e%2e\nGET /events/{id}",
            "GET https://api.example.test/a?b\nGET /a",
            "GET https://a\nGET /",
            "POST /a%20b/%C3%A9\nGET /{a}/{b}\nPOST /{a}/{b}",
            "GET /a%2Fb\nGET /{a}",
            "GET //a\nGET //{a}",
            "GET /a/\nGET /a/",
            "GET /a#/b\nGET /{a}\nGET /{a}/{b}",
            "GET /%41\nGET /A\nGET /{a}",
            "GET *\nGET *",
            "GET /a\\b\nGET /{a}",
            "GET /%00\nGET /{a}",
            "GET /a:b@c;d=e,f\nGET /{a}",
            "GET /%3A\nGET /{a}",
            "GET /a://b/c\nGET /{a}//b/c",
            "GET /a/b/c\nGET /{x}/b/c\nGET /a/{y}/c\nGET /a/{z}/c",
        ],
    );
}

fn webhook_secrets() {
    texts(
        "webhook_secret",
        &[
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA==",
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA",
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA=",
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGB==",
            "whsec_!",
            "whsec_AAAA",
            "whsec_",
            "",
            &format!("whsec_{}", STANDARD.encode([5; 64])),
            &format!("whsec_{}", STANDARD.encode([5; 65])),
            "whsec_whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
            "AAECAwQFBgcICQoLDA0ODxAR EhMUFRYX",
            "-_-_AwQFBgcICQoLDA0ODxAREhMUFRYX",
        ],
    );
}

fn carriers() {
    let world = world();
    let (key, secret, token) = (world.key_id, &world.secret, &world.token);
    let basic = STANDARD.encode(format!("{key}:{secret}"));
    let form = "content-type:application/x-www-form-urlencoded";
    texts(
        "present",
        &[
            &format!("/events\nauthorization:Bearer {token}"),
            &format!("/events\nAuthorization: ApiKey {key}:{secret}"),
            &format!("/events\nauthorization:Basic {basic}"),
            &format!("/events\nx-api-key:{key}\nx-api-secret: {secret}\t"),
            &format!("/events\nx-api-key:{key}"),
            &format!("/events?a=b&api_key={key}"),
            &format!("/events?api%5Fkey=%6B{}\nauthorization:bearer {token}", &key.as_str()[1..]),
            &format!("/events\n{form}; charset=utf-8\n\ntype=checkin&api_key={key}"),
            &format!("/?api_key={key}\n{form}\nauthorization:Bearer {token}\n\napi_key={key}"),
            &format!("/?api_key=other\nauthorization:Bearer {token}"),
            &format!("/\nauthorization:Bearer {token}\nauthorization:Bearer {token}"),
            &format!("/\nauthorization:Bearer {token}\nx-api-key:{key}"),
            &format!("/\nauthorization:Bearer {}", &token[..token.len() - 1]),
            &format!("/\nauthorization:Bearer {}0", &token[..token.len() - 1]),
            &format!("/\nauthorization:ApiKey {key}:guess"),
            &format!("/\nauthorization:ApiKey {key}:"),
            &format!("/\nx-api-key:{secret}"),
            &format!("/?api_key={}", &token[..50]),
            &format!("/\nx-api-secret:{secret}"),
            "/\nauthorization:Digest x",
            "/\nauthorization:Basic !!!!",
            "/\nauthorization:Bearer kwk_unknown:guess",
            "/events\naccept:*/*",
            "",
            &format!("/{}", "\na".repeat(1001)),
        ],
    );
}

fn signatures() {
    let right = signed_authorization();
    let without_mac = &right[..right.len() - 64];
    texts(
        "authorization",
        &[
            &right,
            &format!(" {right}\t"),
            &right.replace(", ", ","),
            &right.replace(", ", ",  "),
            &right.replace("date;host", "host;date"),
            &right.replace("date;host", "date%3bhost"),
            &right.replace("date;host", "date;date;host"),
            &right.replace("date;host", "Host"),
            &right.replace("SHA256", "SHA512"),
            &right.replace("SHA256", "MD5"),
            &format!("{without_mac}{}", "a".repeat(64)),
            &format!("{without_mac}{}", "A".repeat(64)),
            &right.replace("SHA256 ", "SHA256"),
            &right.replace("Credential", "Credentials"),
            &right.replace("/20261122/", "/2026112/"),
            &right.replace("AN1EXAMPLEKEY000001", "OTHER"),
            &right.replace("AN1EXAMPLEKEY000001", ""),
            &right.replace("AN1EXAMPLEKEY000001", &"k".repeat(56)),
            &format!("{right}, Signature=a"),
            "ANTAVO-HMAC-",
            "Bearer kwt1_",
            "",
        ],
    );
    texts(
        "canonical",
        &[
            "0GET /?Foo=bar&foo=bar",
            "0post /a/b%20c/?b=2&a=%2B+&a&=&&\"!*'()\nMy-Header:  a   b  \"c   d\"\nX-A: 1\nx-a:2\n\n{}",
            "1GET /events/../a//b/./c/..?customer=1",
            "1POST /events?a=1\nContent-Type:application/json\n\n{\"a\":1}",
            "2GET /documents%20and%20settings/\u{e9}?b=2&a=1&a=0&%zz=%",
            "2DELETE /-/.//?X-Amz-Signature=1\nX-A:a \"b  c\" ",
            "2PUT /a?a=b=c\nX-Amz-Content-Sha256:UNSIGNED-PAYLOAD\n\nx",
            "3PUT /a//b/../c%2F?uploads\n\nbody",
            "3GET /a\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD",
            "1GET /?X-Antavo-Signature=a",
            "1GET https://api.example.test/a?b",
            "1GET /a?b\nX-HTTP-Method-Override:PUT",
            "1BREW /",
            "0GET *",
        ],
    );
    let target = presigned_target();
    texts(
        "presigned",
        &[
            &format!("0{target}"),
            "0/a?b=1&c=%2B+d#e",
            "1/events?customer=1",
            "2/a%20b/",
            "3/bucket/key?versionId=1",
            "0/",
            &format!("0{}", target.replace("Expires=60", "Expires=604801")),
            &format!("0{}", target.replace("Expires=60", "Expires=99999999999999999999")),
            &format!("0{target}&X-Escher-Signature=00"),
            &format!("0{}", target.replace("X-Escher-Date", "X-Escher-Dat")),
            &format!("0{}", target.replace("%2F", "/")),
            &format!("0{}", target.replace("AN1EXAMPLEKEY000001", "%41N1")),
            "0/?X-Escher-Signature=",
            "1/?X-Antavo-Algorithm=ANTAVO-HMAC-SHA256",
        ],
    );
}

fn messages() {
    let right = signed_message(None);
    let list = |list: &str| {
        signed_message(Some(&format!("({list});created=1795348800;keyid=\"AN1EXAMPLEKEY000001\"")))
    };
    let all = "\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" \"content-type\"";
    texts(
        "message",
        &[
            &right,
            "GET /foo?a=b&c=d%20e",
            "POST /foo\nContent-Type:application/json\n\n{}",
            "PUT /a/b\nContent-Type: text/plain\nX-HTTP-Method-Override:PATCH\n\nx",
            &list(&format!("{all} \"@scheme\" \"@target-uri\" \"@request-target\"")),
            &list(&format!("{all} \"@query-param\";name=\"a\"")),
            &list(&format!("{all} \"content-type\";bs \"content-digest\";sf")),
            &list(&format!("{all} \"content-digest\";key=\"sha-256\"")),
            &list(&format!(" {} ", all.replace(' ', "  "))),
            &list("\"@method\""),
            &list(&format!("{all} \"@method\"")),
            &list(&format!("{all} \"x-absent\"")),
            &signed_message(Some(&format!(
                "({all});created=1795348800;expires=1795348860;keyid=\"AN1EXAMPLEKEY000001\";nonce=\"n\";alg=\"hmac-sha256\";tag=\"t\""
            ))),
            &signed_message(Some(&format!("({all});created=1795348800;keyid=\"OTHER KEY\""))),
            &right.replace("sig1=:", "sig2=:"),
            &right.replace("world", "World"),
            &right.replace("Signature:", "X:"),
            &format!("GET /\nSignature-Input:{}", "a=();".repeat(40)),
        ],
    );
}

fn deliveries() {
    let right = signed_delivery("msg_1", "{\"test\": 1}");
    texts(
        "webhook",
        &[
            &right,
            &signed_delivery("a", ""),
            &signed_delivery(&"~".repeat(256), "x"),
            &right.replace("v1,", "v2,"),
            &right.replace("v1,", "v1,AAAA v1,"),
            &right.replace("v1,", &format!("{}v1,", "v1 ".repeat(15))),
            &right.replace("v1,", &format!("{}v1,", "v1 ".repeat(16))),
            &right.replace("1795348800", "01795348800"),
            &right.replace("1795348800", "1795349101"),
            &right.replace("msg_1", "msg.1"),
            &right.replace("msg_1", " msg_1\t"),
            &format!("webhook-id:b\n{right}"),
            &right.replace("webhook-id", "Webhook-Id"),
            "",
            "webhook-id:a",
        ],
    );
}

fn answers() {
    let deep = "a{".repeat(40);
    let seeds = [
        "legacy.group_clear\n7",
        "a\nvalid=1;reason=;",
        "a\nitem=1;item=2;",
        "a\nsegments{item{id=1;}item{id=2;}}total=2;",
        "a\nb=1;c=2;b=3;<=4;>=5;",
        "a\n]]>",
        "a]]>\n]]]]>>]]>",
        "a\nb=<![CDATA[;]]>=]]>;",
        "a\nb{}c=;item{}",
        "a\n1=a\r\nb\rc;-=\u{0}\u{b}\u{fffe}\u{ffff};=\u{1f600};",
        "a\n\";s:1:\"a\"",
        "\u{e9}\ngr\u{f6}\u{df}e=\u{e9};",
        "\n",
        &format!("{}\n{}=1;", "m".repeat(129), "n".repeat(65)),
        &format!("a\n{}=x;", &deep[..31 * 2]),
        &format!("a\n{}=x;", &deep[..32 * 2]),
        &format!("a\n{deep}=x;"),
    ]
    .map(answer_seed);
    texts("php", &seeds.each_ref().map(String::as_str));
}

fn glued_tokens() {
    let [short, ordinary, long] = tokens();
    let (world, mistyped) = (world(), format!("{}0", &short[..short.len() - 1]));
    let secret = &world.secret;
    let [dull, id] = ["0".repeat(49), "0".repeat(16)];
    texts(
        "token",
        &[
            short,
            ordinary,
            long,
            secret,
            &mistyped,
            &format!("bearer{short}"),
            &format!("Set-Cookie: a={short}; b={secret}"),
            &format!("{short}{ordinary}"),
            &format!("{secret}{long}x"),
            &format!("kwt1_{id}_{dull}"),
            &format!("kws1_{dull}"),
            &format!("kwt1_{}s1_{dull}", &id[..14]),
            &format!("kws1_{}kws1_{dull}", &dull[..45]),
            &short[1..],
            "kwt1_",
            "",
        ],
    );
}

fn requests() {
    let api = |authentication: &str, calls: &str| {
        format!("<api><authentication>{authentication}</authentication><data>{calls}</data></api>")
    };
    let call = |arguments: &str| format!("<methodCall><methodName>a.b</methodName>{arguments}</methodCall>");
    let one = |arguments: &str| format!("text/xml\n{}", api("", &call(arguments)));
    let usual = api(
        "\n <api_key>0123456789abcdef</api_key>\n <shared_secret>fedcba9876543210</shared_secret>\n \
         <response_type>php</response_type>\n <no_halt>1</no_halt>\n",
        &format!("\n{}{}\n", call("<email>a@b.test</email>"), call("<l><i>1</i><i>2</i></l>")),
    );
    let escaped: String = usual.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let part = "Content-Disposition: form-data; name=\"data\"\r\nContent-Type: text/xml";
    write(
        "xml_request",
        &[
            format!("text/xml\n{usual}"),
            format!(
                "text/xml\n\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='no'?>\r\n{usual}\n<!-- -->"
            ),
            format!("\n{usual}"),
            format!("application/x-www-form-urlencoded\na=b&data={escaped}"),
            format!("application/x-www-form-urlencoded\ndata={}", usual.replace(' ', "+")),
            format!("application/x-www-form-urlencoded\n{usual}"),
            format!("application/x-www-form-urlencoded\ndata={escaped}&d%61ta="),
            format!("multipart/form-data; boundary=\"b\"\n--b\r\n{part}\r\n\r\n{usual}\r\n--b--\r\n"),
            format!("text/xml; charset=utf-8\n{usual}"),
            one("<t a='>' b = \"&lt;\">x</t ><u xmlns='urn:x' xmlns:x=\"urn:y\" x:y=''/>"),
            one("<t>a<![CDATA[<&]]]]><![CDATA[>]]>b<!-- - -->c&amp;&#65;&#x1F600;\r\n\r</t>"),
            one("<t> <u/>&#32;<![CDATA[ ]]></t>"),
            one("<t>text<u/></t>"),
            one("]]>"),
            one("&nbsp;&#0;"),
            one("<?php ?>"),
            one("<x:y/><\u{e9}/>"),
            one("<t a='1' a='2'/>"),
            one(&"<a>".repeat(33)),
            one("<methodName>c</methodName>"),
            format!("text/xml\n<!DOCTYPE api [<!ENTITY x \"y\">]>{}", api("", &call("<t>&x;</t>"))),
            format!("text/xml\n{}", api("<no_halt>2</no_halt>", &call(""))),
            format!("text/xml\n{}", api("<api_key>a</api_key><api_key>b</api_key>", &call(""))),
            "text/xml\n<api/><api/>".to_owned(),
            "text/xml\n<api><data>\0\u{FFFF}".to_owned(),
        ],
    );
}

fn records() {
    let world = world();
    let by = || By::new("admin", Timestamp::from_unix(7));
    let list = Allowlist::parse("192.0.2.0/24\n2001:db8::1-2001:db8::9").expect("a list");
    let user = |name: &str, level, list| {
        ApiUser::new(world.account.id(), "u2".parse().expect("an id"), name, level, list).expect("a name")
    };
    let plain = user("a", AccessLevel::Full, Allowlist::none());
    let mut custom = user("Caf\u{e9} 2", AccessLevel::custom(["events.create", "events.list"]), list.clone());
    let (schemes, crm) = (Schemes::PLAIN.and(Schemes::SIGV4), "crm".parse().expect("an id"));
    let _ = issue(&mut custom, &world.engine, Keep::Sealed(schemes), 2);
    let _ = custom.disable(by());
    let mut integration = user("crm", AccessLevel::Integration(crm), Allowlist::Any);
    let _ = issue(&mut integration, &world.engine, Keep::Hashed, 3);
    let key = issue(&mut integration, &world.engine, Keep::Hashed, 4).key_id();
    let _ = integration.revoke(key, by()).expect("its own key");
    let users = [&world.user, &plain, &custom, &integration].map(ApiUser::encode);
    let twice = user("twice", AccessLevel::custom(["list-a", "list-b"]), Allowlist::none()).encode();
    let twice = replaced(&twice, *b"list-b", *b"list-a");
    write("user_record", &[&users[..], &[twice]].concat());

    let strict = ModulePolicy::default()
        .addresses(Policy::enforce_from(list, Timestamp::from_unix(9)))
        .strength(Policy::observe(Strength::Signature));
    let bare = Account::new("acme".parse().expect("an id"));
    let full = bare
        .clone()
        .enable("events", strict.clone())
        .enable("coupons", ModulePolicy::default().danger_key_only())
        .disable("coupons")
        .enable_integration(crm)
        .default_policy(strict);
    let accounts = [&bare, &full, &world.account, &world.open].map(Account::encode);
    let twice =
        bare.enable("part-a", ModulePolicy::default()).enable("part-b", ModulePolicy::default()).encode();
    let twice = replaced(&twice, *b"part-b", *b"part-a");
    write("account_record", &[&accounts[..], &[twice]].concat());
}

/// A name that stands twice, which nobody wrote.
fn replaced(record: &[u8], from: [u8; 6], to: [u8; 6]) -> Vec<u8> {
    let at = record.windows(6).position(|window| *window == from).expect("it is there");
    [&record[..at], &to, &record[at + 6..]].concat()
}

/// Control characters stand for the canaries.
fn redacted() {
    texts(
        "redact_json",
        &[
            "{\"a\":\"x \u{1} y\",\"b\":[1,-2.5e7,true,null],\"c\":{\"d\":\"\u{2}\"}}",
            "{\"\u{1}\":{\"password\":\"p\",\"b\":[\"\u{7}\"]},\"\u{3}\":\"\u{4}\u{5}\"}",
            "[\" {\\\"token\\\":\\\"\u{1}\\\",\\\"a\\\":\\\"\\\\u0041\u{2}\\\"}\",\"a=1&pwd=\u{6}&b=2\",\"<a>\u{8}</a>\"]",
            "[\"\u{c}\",\"\u{b}\",\"\u{e}\",12345678,\"\\/\\b\\ud83d\\ude00\"]",
            "{\"a\":\"\u{1}",
            "",
        ],
    );
    texts(
        "redact_form",
        &[
            "a=\u{1}&b=\u{6}&pass%77ord=p&\u{2}=1&lone&\u{4}",
            "data=%3Capi%3E%3Cshared_secret%3E\u{6}%3C/shared_secret%3E%3Ca%3E\u{8}%3C/a%3E%3C/api%3E",
            "data=%7B%22a%22:%22\u{6}%22%7D&x=\u{3}\u{5}+y",
            "a=%",
            "a=%25\u{1}&c=\u{c}\u{e}",
        ],
    );
    texts(
        "redact_xml",
        &[
            "<?xml version=\"1.0\"?><api><shared_secret>p</shared_secret><a b='\u{1}'>\u{8}</a></api>",
            "<a><![CDATA[\u{1}]]>&amp;\u{2}<b c=\"d\" x:e='f' xmlns:x='u'/></a>",
            "<a><f name='password' v='1'>\u{1}</f>{\"a\":\"\u{7}\"}<!-- \u{1} --><?p \u{2}?></a>",
            "<\u{1}/>",
            "<a>\u{4} \u{5} &#x41;</a><b/>",
        ],
    );
    texts(
        "redact_multipart",
        &[
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\u{1} \u{6}\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\np\r\n--b\r\nContent-Disposition: form-data; name=\u{2}\r\n\r\n<a>\u{8}</a>\r\n--b--\r\n",
            "--b--",
        ],
    );
    texts(
        "redact_text",
        &[
            "level=info token=\u{1} user=joe\npassword: \u{3}\nb",
            "{\"token\":\"a\\\"b\",\"c\":\"\u{7}\"} <pwd>\u{8}</pwd> name=\"secret\" \u{2}",
            "/a/\u{6}?b=\u{4}&c=%2541\u{5}#\u{c}",
            "kws1_0123456789 \u{b} \u{e} %u0041&#65;\\x41",
            "https://api.example.test/a/\u{1}",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\u{1}\r\n--b--",
        ],
    );
}

fn texts(target: &str, seeds: &[&str]) {
    write(target, seeds);
}

fn write(target: &str, seeds: &[impl AsRef<[u8]>]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).expect("a folder");
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:02}")), seed).expect("a file");
    }
}

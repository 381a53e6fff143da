//! Who the request says it is from, to the engine.

use keyward::Code;

use super::{KEY, SECRET, USUAL, authenticated, read, world::World};

#[test]
fn key_and_secret_of_the_authentication_element_are_proven_by_the_stored_hash() {
    let world = World::new();
    let pair = |key: &str, secret: &str| {
        authenticated(&format!("<api_key>{key}</api_key><shared_secret>{secret}</shared_secret>"))
    };
    for xml in [
        USUAL.to_owned(),
        pair(KEY, SECRET),
        pair(&format!("<![CDATA[{KEY}]]>"), &format!("<![CDATA[{SECRET}]]>")),
        pair(&format!("\n  {KEY}\t"), &format!(" \r\n{SECRET}\n ")),
        pair("0123456789abcdef<!-- -->0123456789abcdef", "fedcba98<![CDATA[7654]]>3210"),
        pair("&#x30;123456789abcdef0123456789abcde&#102;", "fedcba9876543210"),
        authenticated(&format!(
            "<no_halt>0</no_halt><shared_secret>{SECRET}</shared_secret><api_key>{KEY}</api_key>"
        )),
    ] {
        let request = read(&xml).unwrap();
        assert_eq!(request.present().key_id(), Some(KEY.parse().unwrap()), "{xml}");
        assert!(world.denied(&request).is_none(), "{xml}");
    }
    for secret in [
        &SECRET[1..],
        "fedcba9876543211",
        "FEDCBA9876543210",
        "fedcba98 76543210",
        &format!("{SECRET}0"),
        KEY,
    ] {
        let denial = world.denied(&read(&pair(KEY, secret)).unwrap()).unwrap();
        assert_eq!(denial.code(), Code::CredentialInvalid, "{secret}");
    }
}

#[test]
fn what_cannot_be_read_of_a_pair_is_for_the_engine_to_deny() {
    let world = World::new();
    let denied = |elements: &str, code| {
        let xml = authenticated(elements);
        let request = read(&xml).unwrap();
        assert_eq!(world.denied(&request).map(|denial| denial.code()), Some(code), "{elements}");
    };
    let key = |text: &str| format!("<api_key>{text}</api_key>");
    let secret = |text: &str| format!("<shared_secret>{text}</shared_secret>");
    denied("", Code::CredentialMissing);
    denied(&secret(SECRET), Code::CredentialMalformed);
    for text in ["", " ", "0123 4567", "clé", &"a".repeat(56), "a&amp;b", "kws1_0123456789"] {
        denied(&format!("{}{}", key(text), secret(SECRET)), Code::CredentialMalformed);
    }
    for text in ["", "\n", &"a".repeat(129)] {
        denied(&format!("{}{}", key(KEY), secret(text)), Code::CredentialMalformed);
    }
    // A bare key proves nothing.
    denied(&key(KEY), Code::CredentialInvalid);
    // Without `authentication` at all.
    let request =
        read("<api><data><methodCall><methodName>a</methodName></methodCall></data></api>").unwrap();
    assert_eq!(world.denied(&request).unwrap().code(), Code::CredentialMissing);
}

#[test]
fn whoever_is_not_known_is_answered_with_item_445() {
    let world = World::new();
    let answer = "<methodResponse>\n<item>\n<error><![CDATA[1]]></error>\n\
        <responseText><![CDATA[Could not authenticate]]></responseText>\n<responseData>\n\
        <responseCode><![CDATA[445]]></responseCode>\n</responseData>\n<responseNum><![CDATA[1]]></responseNum>\n\
        <totalRequests><![CDATA[1]]></totalRequests>\n<totalCompleted><![CDATA[0]]></totalCompleted>\n</item>\n\
        </methodResponse>\n";
    let pair =
        |key: &str, secret: &str| format!("<api_key>{key}</api_key><shared_secret>{secret}</shared_secret>");
    let unknown = "f".repeat(32);
    for elements in [
        pair(KEY, "fedcba9876543211"),
        pair(&unknown, SECRET),
        pair("", SECRET),
        pair(KEY, ""),
        String::new(),
    ] {
        let xml = authenticated(&elements);
        let request = read(&xml).unwrap();
        let reply = request.refused(&world.denied(&request).unwrap());
        assert_eq!((reply.status, str::from_utf8(&reply.body).unwrap()), (200, answer), "{elements}");
        let xml = authenticated(&format!("{elements}<response_type>PHP</response_type>"));
        let request = read(&xml).unwrap();
        let reply = request.refused(&world.denied(&request).unwrap());
        assert!(reply.body.starts_with(b"a:1:{s:14:\"methodResponse\";"), "{elements}");
    }
}

//! Guards: what is signed verifies and nothing else does, and no input makes a signer or a verifier panic.

use keyward::{
    Headers, MessageProfile, MessageSigner, Payload, RequestHead, Secret, Timestamp, Webhook, WebhookError,
};
use proptest::{collection::vec, prelude::*};

use crate::common::anything;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn webhook() -> Webhook {
    Webhook::new("shop".parse().unwrap(), SECRET.parse().unwrap())
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..60),
        "[0-9]{0,14}".prop_map(String::into_bytes),
        "(v1,[A-Za-z0-9+/]{43}=| |v1a?,[A-Za-z0-9]{0,9}){0,9}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn a_delivery_verifies_until_a_bit_of_it_changes(
        id in "[!-~&&[^.]]{1,256}",
        now in 0i64..=999_999_999_999,
        body in vec(any::<u8>(), 0..200),
        (part, at, bit) in (0usize..4, any::<prop::sample::Index>(), 0u8..8),
    ) {
        let webhook = webhook();
        let now = Timestamp::from_unix(now);
        let headers = webhook.sign(&id, now, &body).unwrap();
        let mut values: Vec<_> = headers.iter().map(|(_, value)| value.as_bytes().to_vec()).collect();
        let names: Vec<_> = headers.iter().map(|(name, _)| name).collect();
        let verify = |values: &[Vec<u8>], body: &[u8]| {
            let lines: Vec<_> = names.iter().copied().zip(values.iter().map(Vec::as_slice)).collect();
            webhook.verify(Headers::lines(&lines), body, now).map(|delivery| delivery.timestamp())
        };
        prop_assert_eq!(verify(&values, &body), Ok(now));
        values.push(body);
        let changed = &mut values[part];
        prop_assume!(!changed.is_empty());
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        prop_assert!(verify(&values[..3], &values[3]).is_err());
    }

    #[test]
    fn headers_that_nobody_signed_are_refused(
        lines in vec((prop::sample::select(vec!["webhook-id", "Webhook-Timestamp", "webhook-signature", "x"]), value()), 0..6),
        now: i64,
        body in vec(any::<u8>(), 0..20),
    ) {
        let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_slice())).collect();
        let refused = webhook().verify(Headers::lines(&lines), &body, Timestamp::from_unix(now));
        prop_assert!(matches!(refused, Err(error) if !matches!(error, WebhookError::Signature) || lines.len() >= 3));
    }

    #[test]
    fn any_request_is_signed_or_refused_and_the_base_says_what_is_covered(
        (method, target, label, tag, nonce) in (anything(), anything(), anything(), anything(), anything()),
        more in vec(prop_oneof![Just("date".to_owned()), Just("@target-uri".to_owned()), anything()], 0..3),
        host in prop_oneof![Just("api.example.test".to_owned()), anything()],
        now: i64,
        body in vec(any::<u8>(), 0..20),
        plain: bool,
    ) {
        let profile = MessageProfile::new().require(more.iter().map(String::as_str));
        let profile = if plain { profile } else { profile.label(&label).tag(&tag) };
        let signer = MessageSigner::new(profile, "KEY1".parse().unwrap(), Secret::new("correct horse battery".to_owned()));
        let lines = [("Host", host.as_bytes()), ("Date", b"now".as_slice()), ("Content-Type", b"text/plain")];
        let (method, target) = if plain { ("GET", "/a") } else { (&*method, &*target) };
        let head = RequestHead::new(method, target, Headers::lines(&lines)).scheme("https");
        let now = if plain { now % 1_000_000_000_000_000 } else { now };
        let signed = match nonce.len() % 2 {
            0 => signer.sign(head, Payload::Bytes(&body), Timestamp::from_unix(now)),
            _ => signer.sign_with_nonce(&nonce, head, Payload::Bytes(&body), Timestamp::from_unix(now)),
        };
        if let Ok(signed) = signed {
            let (_, input) = signed.iter().next().unwrap();
            let (_, list) = input.split_once('=').unwrap();
            let last = format!("\"@signature-params\": {list}");
            prop_assert!(signed.signature_base().is_ascii());
            prop_assert_eq!(signed.signature_base().lines().last(), Some(last.as_str()));
            let covered = list.split_once(')').unwrap().0.matches('"').count() / 2;
            prop_assert_eq!(signed.signature_base().lines().count(), covered + 1);
        }
    }
}

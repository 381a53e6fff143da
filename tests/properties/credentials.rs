//! Guards: a minted pair opens its door by every carrier, and a pair that differs in one byte opens none.

use keyward::{Code, MAX_SECRET, Secret, Verdict};
use proptest::{prelude::*, sample::Index};

use crate::{
    carriers::{Pair, carrier, pair_carrier},
    common::{Open, answer, anything, config},
};

/// Bytes that stand for themselves in every carrier: no blank, which is trimmed off an end, and no colon, which turns a
/// token into a pair.
fn plain_byte() -> impl Strategy<Value = u8> {
    any::<u8>().prop_filter("blank or colon", |byte| !b" \t:".contains(byte))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_minted_pair_is_of_the_published_grammar(seed: u64, vendor in "[a-z][a-z0-9]{1,9}") {
        let open = Open::minted(seed, &vendor);
        let pair = Pair::of(&open.revealed);
        prop_assert_eq!(pair.token(), open.revealed.token().expose().as_bytes());
        prop_assert_eq!(pair.secret(), open.revealed.secret().expose().as_bytes());
        prop_assert_eq!(pair.key(), open.revealed.key_id().to_string().into_bytes());
        prop_assert!(pair.tail.iter().all(u8::is_ascii_alphanumeric));
        prop_assert_eq!(pair.clone().with_right_checksum().tail, pair.tail);
    }

    #[test]
    fn a_minted_pair_is_allowed_by_every_carrier(
        seed: u64, vendor in "[a-z][a-z0-9]{1,9}", carrier in carrier(),
    ) {
        let open = Open::minted(seed, &vendor);
        let verdict = open.verdict(&carrier.lines(&Pair::of(&open.revealed)));
        prop_assert_eq!(verdict.map(|verdict| answer(&verdict)).ok(), Some("allow"));
    }

    #[test]
    fn a_secret_that_differs_in_one_byte_is_invalid(
        seed: u64, carrier in carrier(), at: Index, byte in plain_byte(),
    ) {
        let open = Open::minted(seed, "kw");
        let mut pair = Pair::of(&open.revealed);
        let place = at.get_mut(&mut pair.tail);
        prop_assume!(*place != byte);
        *place = byte;
        let verdict = open.verdict(&carrier.lines(&pair));
        prop_assert_eq!(verdict.map(|verdict| answer(&verdict)).ok(), Some("credential.invalid"));
    }

    #[test]
    fn no_byte_of_a_secret_is_changed_and_still_allowed(
        seed: u64, carrier in carrier(), at: Index, byte: u8,
    ) {
        let open = Open::minted(seed, "kw");
        let mut pair = Pair::of(&open.revealed);
        let place = at.get_mut(&mut pair.tail);
        prop_assume!(*place != byte);
        *place = byte;
        prop_assert!(matches!(open.verdict(&carrier.lines(&pair)), Ok(Verdict::Deny(_))));
    }

    #[test]
    fn the_checksum_plays_no_part(seed: u64, carrier in carrier(), at in 0..43usize, byte in b'A'..=b'Z') {
        let open = Open::minted(seed, "kw");
        let mut pair = Pair::of(&open.revealed);
        prop_assume!(pair.tail[at] != byte);
        pair.tail[at] = byte;
        for pair in [pair.clone(), pair.with_right_checksum()] {
            let verdict = open.verdict(&carrier.lines(&pair));
            let Ok(Verdict::Deny(denial)) = verdict else { panic!("{verdict:?}") };
            prop_assert_eq!(denial.code(), Code::CredentialInvalid);
            let operator = denial.operator().sentence(open.engine.catalogue()).to_string();
            prop_assert!(operator.contains("wrong secret"), "{}", operator);
        }
    }

    #[test]
    fn a_secret_of_no_or_of_too_many_bytes_is_unreadable(
        carrier in pair_carrier(),
        length in prop_oneof![Just(0), 1..=MAX_SECRET, MAX_SECRET + 1..MAX_SECRET + 9],
    ) {
        let open = Open::minted(0, "kw");
        let lines = carrier.carry(&Pair::of(&open.revealed).key(), &vec![b'x'; length], b"");
        let fits = (1..=MAX_SECRET).contains(&length);
        let expected = if fits { "credential.invalid" } else { "credential.malformed" };
        prop_assert_eq!(open.verdict(&lines).map(|verdict| answer(&verdict)).ok(), Some(expected));
    }

    #[test]
    fn two_credentials_in_one_request_are_unreadable(
        seed: u64, carriers in (carrier(), carrier()), other: bool,
    ) {
        let (open, stranger) = (Open::minted(seed, "kw"), Open::minted(!seed, "kw"));
        let second = Pair::of(if other { &stranger.revealed } else { &open.revealed });
        let lines = [carriers.0.lines(&Pair::of(&open.revealed)), carriers.1.lines(&second)].concat();
        for lines in [lines.clone(), lines.into_iter().rev().collect()] {
            let verdict = open.verdict(&lines);
            prop_assert_eq!(verdict.map(|verdict| answer(&verdict)).ok(), Some("credential.malformed"));
        }
    }

    #[test]
    fn a_secret_of_another_credential_is_invalid(seeds: (u64, u64), carrier in carrier()) {
        prop_assume!(seeds.0 != seeds.1);
        let (open, other) = (Open::minted(seeds.0, "kw"), Open::minted(seeds.1, "kw"));
        let mut pair = Pair::of(&open.revealed);
        pair.tail = Pair::of(&other.revealed).tail;
        let verdict = open.verdict(&carrier.lines(&pair));
        prop_assert_eq!(verdict.map(|verdict| answer(&verdict)).ok(), Some("credential.invalid"));
    }

    #[test]
    fn a_secret_never_shows_in_its_debug(text in anything()) {
        prop_assert_eq!(format!("{:?}", Secret::new(text)), "Secret(..)");
    }
}

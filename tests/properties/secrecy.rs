//! Guards: nothing that a secret passes through prints it, in whole or in part.

use std::fmt::Debug;

use keyward::{
    AccountId, Allowlist, ApiUser, Authorizer, CallRecord, Catalogue, Fault, Gate, Headers, KeyId,
    MemoryStore, Pepper, Presented, Registry, RequestHead, Rule, SealingKey, Secret, Step, Subject,
    Timestamp, Vendor, Verdict, WebhookSecret,
};
use proptest::{prelude::*, sample::Index, test_runner::TestCaseResult};

use crate::{
    carriers::{Carrier, Pair, carrier, edit},
    common::{Open, ask, borrowed, by, config, entropy, head, ring},
    store::ready,
};

/// Characters of a secret that may stand in a text by chance; one more may not.
const BY_CHANCE: usize = 8;

/// No nine consecutive characters of the 43 random ones, or of the base64 that a line carries them in.
fn silent(text: &str, open: &Open, lines: &[(String, Vec<u8>)]) -> TestCaseResult {
    let random = Pair::of(&open.revealed).tail[..43].to_vec();
    let encoded: Vec<&[u8]> = lines.iter().filter_map(|(_, value)| value.strip_prefix(b"Basic ")).collect();
    // Base64 of the key id, which is public, comes first.
    let encoded = encoded.iter().filter_map(|value| value.get(40..));
    for needle in [random.as_slice()].into_iter().chain(encoded) {
        for piece in needle.windows(BY_CHANCE + 1) {
            let holds = |line: &&str| line.as_bytes().windows(piece.len()).any(|found| found == piece);
            let line = text.lines().find(holds);
            prop_assert!(line.is_none(), "{:?}", line);
        }
    }
    Ok(())
}

fn debug(value: &dyn Debug) -> String {
    format!("{value:?} {value:#?}")
}

fn of_fault(fault: &Fault) -> String {
    format!("{fault} {}", debug(fault))
}

fn of_verdict(verdict: &Verdict, catalogue: &Catalogue) -> String {
    match verdict {
        Verdict::Allow(grant) => {
            [debug(verdict), debug(grant), debug(grant.user()), debug(grant.account())].join("\n")
        }
        Verdict::Deny(denial) => {
            let (public, operator) = (denial.public(), denial.operator());
            let faces = [debug(&public), public.to_string(), debug(&operator)];
            let sentences = [denial.to_string(), operator.sentence(catalogue).to_string()];
            let record = CallRecord::refused(denial, Timestamp::from_unix(0), catalogue);
            let record = [debug(&record), record.to_string()];
            let said = [faces.join("\n"), sentences.join("\n"), record.join("\n")];
            [debug(verdict), debug(denial), debug(&denial.subject()), said.join("\n")].join("\n")
        }
    }
}

fn of_decision(engine: &Authorizer, presented: Presented<'_>, found: Option<Subject>) -> String {
    let read = debug(&presented);
    let decided = match engine.decide(presented, found, &ask()) {
        Ok(Step::Done(verdict)) => of_verdict(&verdict, engine.catalogue()),
        Ok(step) => debug(&step),
        Err(fault) => of_fault(&fault),
    };
    [read, decided].join("\n")
}

/// Everything that is printed of a request: read, then decided with the right subject, none, and another's.
fn of_request(open: &Open, lines: &[(String, Vec<u8>)]) -> String {
    let borrowed = borrowed(lines);
    let other = Open::minted(!0, "kw").subject();
    let head = head(&borrowed);
    let mut texts = vec![debug(&head), debug(&head.headers)];
    for found in [Some(open.subject()), None, Some(other)] {
        texts.push(of_decision(&open.engine, open.engine.present(head), found));
    }
    texts.join("\n")
}

/// Everything that is printed of what holds a credential.
fn of_holders(open: &Open) -> String {
    let (store, mut user) = (MemoryStore::new(), open.user.clone());
    ready(store.put_account(&open.account));
    assert_eq!(ready(store.insert(&user)), keyward::Insert::Stored);
    let key = open.revealed.key_id();
    let acts = [user.disable(by(1)), user.revoke(key, by(2)).expect("its own key")];
    let again = user.issue(keyward::Keep::Hashed, &ring(), by(3), &mut entropy(5)).expect("a credential");
    let gate = Gate::new(Authorizer::new(Catalogue::builder().build().expect("nothing"), ring()), &store);
    let unused = Secret::new(open.revealed.secret().expose().to_owned());
    [
        debug(&open.user),
        debug(&open.user.credentials()),
        debug(&open.subject()),
        debug(&open.engine),
        debug(&open.engine.keys()),
        debug(&acts),
        debug(again.act()),
        debug(&store),
        debug(&gate),
        debug(&unused),
        debug(&Presented::pair(key, &unused)),
    ]
    .join("\n")
}

/// Everything that is printed when a text is taken for something else.
fn of_mistakes(text: &str) -> String {
    fn both<T>(result: Result<T, impl std::error::Error>) -> String {
        result.err().map_or_else(String::new, |error| format!("{error} {}", debug(&error)))
    }
    let (account, id) = ("acme".parse().expect("an id"), "u1".parse().expect("an id"));
    let (level, list) = (keyward::AccessLevel::Full, Allowlist::Any);
    [
        both(format!("{text}~").parse::<KeyId>()),
        both(format!("{text}~").parse::<AccountId>()),
        both(text.parse::<Vendor>()),
        both(text.parse::<Rule>()),
        both(Allowlist::parse(text)),
        both(text.parse::<WebhookSecret>()),
        both(ApiUser::new(account, id, &format!("{text}\n"), level, list)),
        both(serde_json::from_value::<KeyId>(format!("{text}~").into())),
        both(serde_json::from_value::<Rule>(text.into())),
        both(serde_json::from_value::<Allowlist>(text.into())),
    ]
    .join("\n")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_part_of_a_secret_is_printed_of_a_request(seed: u64, carrier in carrier(), edit in edit()) {
        let open = Open::minted(seed, "kw");
        let mut pair = Pair::of(&open.revealed);
        edit.apply(&mut pair.tail);
        let lines = carrier.lines(&pair);
        silent(&of_request(&open, &lines), &open, &lines)?;
    }

    #[test]
    fn no_part_of_a_secret_is_printed_of_what_holds_it(seed: u64) {
        let open = Open::minted(seed, "kw");
        silent(&of_holders(&open), &open, &[])?;
    }

    #[test]
    fn no_part_of_a_secret_is_printed_where_it_is_taken_for_something_else(seed: u64) {
        let open = Open::minted(seed, "kw");
        for text in [open.revealed.secret(), open.revealed.token()] {
            silent(&of_mistakes(text.expose()), &open, &[])?;
        }
    }

    #[test]
    fn no_part_of_a_secret_in_the_target_is_printed(seed: u64) {
        let open = Open::minted(seed, "kw");
        let target = format!("/events?token={}", open.revealed.token().expose());
        let head = RequestHead::new("GET", &target, Headers::lines(&[]));
        silent(&debug(&head), &open, &[])?;
        silent(&of_decision(&open.engine, open.engine.present(head), Some(open.subject())), &open, &[])?;
    }

    /// The commonest mistake: the two halves change places, or the secret goes where the key belongs.
    #[test]
    fn no_part_of_a_secret_is_printed_that_was_sent_in_the_place_of_the_key(
        seed: u64, carrier in carrier(), alone: bool,
    ) {
        let open = Open::minted(seed, "kw");
        let pair = Pair::of(&open.revealed);
        let mut lines = carrier.carry(&pair.secret(), &pair.key(), &pair.secret());
        if alone && carrier == Carrier::TwoHeaders {
            lines.truncate(1);
        }
        silent(&of_request(&open, &lines), &open, &[])?;
    }

    #[test]
    fn no_part_of_a_secret_is_printed_of_a_token_with_a_colon_in_it(
        seed: u64, bearer: bool, at: Index,
    ) {
        let carrier = if bearer { Carrier::BearerToken } else { Carrier::ApiKeyToken };
        let open = Open::minted(seed, "kw");
        let mut pair = Pair::of(&open.revealed);
        *at.get_mut(&mut pair.tail) = b':';
        silent(&of_request(&open, &carrier.lines(&pair)), &open, &[])?;
    }

    #[test]
    fn a_key_of_the_ring_prints_its_number_alone(id: u32, bytes in any::<[u8; 32]>()) {
        prop_assume!(bytes != [0; 32]);
        prop_assert_eq!(format!("{:?}", Pepper::new(id, bytes)), format!("Ok(Pepper({id}, ..))"));
        prop_assert_eq!(format!("{:?}", SealingKey::new(id, bytes)), format!("Ok(SealingKey({id}, ..))"));
    }
}

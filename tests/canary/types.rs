//! Every public type is looked at: those that hold a secret, or something that one is made of, show none.

use std::{collections::BTreeSet, fs, path::Path};

use keyward::{
    By, Catalogue, Fault, Imported, KeyRing, MessageProfile, MessageSigner, OsEntropy, Pepper, Presented,
    Profile, RedactionKey, Redactor, SealingKey, Secret, Signer, Subject, Webhook, WebhookSecret,
    mapp::{Call, Request},
};

use super::{
    Outputs,
    leak::Canary,
    world::{Caller, KINDS, NOW, Random},
};

/// Hold secrets, or what requests carry, and have a `Debug` that is looked at below or on the ways of `main.rs`.
const HOLD: &[&str] = &[
    "Secret",
    "Imported",
    "ApiUser",
    "Credential",
    "Account",
    "Subject",
    "KeyRing",
    "Pepper",
    "SealingKey",
    "Authorizer",
    "Presented",
    "Signer",
    "MessageSigner",
    "SignedHeaders",
    "WebhookSecret",
    "Webhook",
    "WebhookHeaders",
    "Verifier",
    "Verified",
    "Canonical",
    "Diagnosis",
    "Explanation",
    "Grant",
    "Admitted",
    "Admission",
    "AdmitStep",
    "Step",
    "Unclaimed",
    "UnclaimedAdmission",
    "Verdict",
    "Denial",
    "Fault",
    "OperatorFace",
    "PublicFace",
    "Gate",
    "MemoryStore",
    "Batch",
    "Turn",
    "Results",
    "CallOutcome",
    "Reply",
    "RequestHead",
    "Headers",
    "Payload",
    "CallRecord",
    "Recording",
    "JournalEntry",
    "Recorder",
    "Drain",
    "MemoryJournal",
    "JournalPage",
    "Redactor",
    "RedactionKey",
    "Needles",
    "Shown",
    "KeyedDigest",
    "Decided",
    "MemoryReplay",
    "ReplayKey",
    "Rehash",
    "BodyHasher",
    "BodyDigest",
    "Delivery",
    "DynLookup",
    "LookupFailed",
    "MessageSignature",
];

/// Have neither `Debug` nor `Display`.
const MUTE: &[&str] = &["Reveal", "Revealed"];

/// Names of `pub use` in the crate's root.
fn exported(root: &str) -> BTreeSet<String> {
    let uses = root.split("\npub use ").skip(1).filter_map(|rest| rest.split_once(';')).map(|(list, _)| list);
    let names = uses.flat_map(|list| {
        let list =
            list.rsplit_once('{').map_or_else(|| list.rsplit("::").next().unwrap(), |(_, names)| names);
        list.trim_end_matches('}').split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()
    });
    names.filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase())).collect()
}

/// Types that hold what an administrator typed or a configuration says, numbers and choices. A new type has to be put
/// into one of the three lists.
const PLAIN: &[&str] = &[
    "AccessLevel",
    "AccountEdit",
    "AccountId",
    "AccountLint",
    "Accept",
    "Act",
    "ActKind",
    "AddrSource",
    "AddressSet",
    "Allowlist",
    "AntavoErrors",
    "Ask",
    "BatchCall",
    "BodyNeed",
    "By",
    "CallSource",
    "Catalogue",
    "CatalogueBuilder",
    "Cause",
    "Challenge",
    "Change",
    "Changed",
    "Check",
    "Claim",
    "ClaimFailed",
    "ClientAddr",
    "Clue",
    "Code",
    "Content",
    "CorruptRecord",
    "Deleted",
    "Deprecation",
    "DeprecatedUse",
    "DeprecatedUses",
    "Difference",
    "Edited",
    "Entropy",
    "EntropyError",
    "ErasedLookup",
    "EscherText",
    "Finding",
    "Findings",
    "Flaw",
    "Follower",
    "Forwarding",
    "Found",
    "HashAlg",
    "ImportError",
    "Insert",
    "Integration",
    "IntegrationId",
    "InvalidCatalogue",
    "InvalidChallenge",
    "InvalidCursor",
    "InvalidEdit",
    "InvalidField",
    "InvalidId",
    "InvalidKey",
    "InvalidLine",
    "InvalidName",
    "InvalidRule",
    "InvalidRules",
    "InvalidVendor",
    "InvalidWebhookSecret",
    "IssueError",
    "Journal",
    "JournalCursor",
    "JournalPart",
    "JournalQuery",
    "Keep",
    "KeyId",
    "LastUse",
    "LastUsed",
    "Life",
    "Lifecycle",
    "Lint",
    "ListNeeded",
    "Local",
    "Lookup",
    "MAX_CALLS",
    "MAX_FORWARDING",
    "MAX_HEADER_LINES",
    "MAX_HOPS",
    "MAX_IMPORTS",
    "MAX_LIVE",
    "MAX_OVERLAP",
    "MAX_SECRET",
    "MAX_WEAK",
    "Mark",
    "MessageProfile",
    "MessageSignError",
    "MethodId",
    "MethodNames",
    "Mode",
    "ModulePolicy",
    "NamedKey",
    "NoGuard",
    "NoReplayGuard",
    "Obstacle",
    "OnError",
    "Origin",
    "OsEntropy",
    "Outcome",
    "Policy",
    "Presigned",
    "Problem",
    "Profile",
    "Reach",
    "Refusal",
    "Registry",
    "Rejected",
    "Render",
    "Replay",
    "ReplayGuard",
    "RequestId",
    "ResealError",
    "Routes",
    "Rule",
    "RuleIndex",
    "RuleOrigin",
    "RuleProblem",
    "RuleSet",
    "SCANNER_EXPRESSION",
    "Schemes",
    "SignError",
    "Stage",
    "Stop",
    "Strength",
    "Tally",
    "Timestamp",
    "TrustedProxies",
    "Uncovered",
    "UnknownKey",
    "Unopened",
    "UserId",
    "UserLint",
    "Vendor",
    "Wanted",
    "WebhookError",
    "WhatStops",
    "Withheld",
    "Write",
];

#[test]
fn every_public_type_is_in_one_of_the_lists() {
    let root = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let listed: Vec<_> = [HOLD, MUTE, PLAIN].concat();
    let unique: BTreeSet<String> = listed.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(unique.len(), listed.len(), "one in two lists");
    let exported = exported(&root);
    assert!(exported.len() > 150);
    let missing: Vec<_> = exported.difference(&unique).collect();
    let gone: Vec<_> = unique.difference(&exported).collect();
    assert!(missing.is_empty() && gone.is_empty(), "in no list: {missing:?}; not there: {gone:?}");
}

#[test]
fn types_that_hold_a_secret_do_not_show_it() {
    let mut random = Random(600);
    for kind in KINDS {
        let caller = Caller::new(kind, &mut random);
        let canaries = [Canary::new("the secret", &caller.random)];
        let secret = || Secret::new(caller.secret.clone());
        let mut out = Outputs::default();
        out.debug("a secret", &secret());
        if let Ok(pair) = Imported::new("other".parse().unwrap(), secret()) {
            out.debug("a pair", &pair);
        }
        out.debug("a user", &*caller.user);
        out.add("a stored user", caller.user.encode());
        out.add("a user in JSON", serde_json::to_string(&*caller.user).unwrap());
        out.debug("an account", &*caller.account);
        out.debug("a subject", &caller.subject);
        out.debug("a credential", caller.subject.credential());
        out.debug("the engine", &caller.engine);
        let by = By::new("admin@acme.test", NOW);
        let mut user = (*caller.user).clone();
        let act = user
            .regenerate(caller.key, caller.engine.keys(), by, &mut OsEntropy)
            .map(|reveal| reveal.act().clone());
        out.debug("an act", &act);
        out.debug("a user behind it", &user);
        let signer = Signer::new(Profile::antavo("st1"), caller.key, secret());
        out.debug("a signer", &signer);
        out.debug("a signer of messages", &MessageSigner::new(MessageProfile::new(), caller.key, secret()));
        out.debug("presented", &Presented::pair(caller.key, &secret()));
        out.debug("a key alone", &Presented::key_only(caller.key));
        out.hold_none_of(&canaries, "types");
    }
}

#[test]
fn keys_of_the_service_do_not_show() {
    let mut random = Random(700);
    let text = random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 32);
    let bytes: [u8; 32] = text.as_bytes().try_into().unwrap();
    let decimal = bytes[..4].iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let canaries = [Canary::new("a key", &text)];
    let mut out = Outputs::default();
    let mut other = bytes;
    other.reverse();
    out.debug("a pepper", &Pepper::new(1, bytes).unwrap());
    out.debug("a sealing key", &SealingKey::new(1, bytes).unwrap());
    let ring =
        KeyRing::new(Pepper::new(1, bytes).unwrap()).sealing(SealingKey::new(1, other).unwrap()).unwrap();
    out.debug("a ring", &ring);
    out.debug("an engine", &keyward::Authorizer::new(Catalogue::mapp(), ring));
    out.debug("a key of redaction", &RedactionKey::new(bytes).unwrap());
    out.debug("a redactor", &Redactor::new(RedactionKey::new(bytes).unwrap()));
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    let parse = || format!("whsec_{encoded}").parse::<WebhookSecret>().unwrap();
    out.debug("a webhook's secret", &parse());
    out.debug("a webhook", &Webhook::new("shop".parse().unwrap(), parse()));
    out.hold_none_of(&canaries, "keys");
    for (place, shown) in &out.0 {
        assert!(!String::from_utf8_lossy(shown).contains(&decimal), "{place}: a key's bytes as numbers");
    }
}

/// What has neither `Debug` nor `Display` cannot show anything; that it stays so is among the programs that must not
/// compile. These are here so that the names above are types.
#[allow(dead_code, reason = "types alone")]
type Named<'a> = (Subject, Fault, Request<'a>, Call<'a>);

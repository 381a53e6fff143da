//! What compares, opens or derives secrets is followed on the compiled binary: `scripts/taint.sh` does that, and this
//! holds that no place is left out and that it is done for every change.

use std::{collections::BTreeMap, fs, path::Path};

/// Words that only stand where secrets are compared, opened or derived.
const WORDS: [&str; 6] = [
    "same_mac(",
    ".verifies(",
    ".ct_eq(",
    "decrypt_inout_detached(",
    "SigningKey::derived(",
    "SigningKey::whole(",
];

/// Where they stand, and in which cases of `tests/taint` they are followed.
const FOLLOWED: [(&str, &[&str]); 14] = [
    ("secret.rs", &["hash", "mac-sha256", "mac-sha512"]),
    ("credential/hashed.rs", &["hash"]),
    // Of a service's own keys, once, when they are configured.
    ("credential/keyring.rs", &[]),
    ("journal/redact/digest.rs", &[]),
    ("credential/sealed.rs", &["unseal"]),
    ("signature/key.rs", &["mac-sha256", "mac-sha512", "derive-sha256", "derive-sha512", "whole"]),
    ("signature/sigv4.rs", &["derive-sha256", "derive-sha512"]),
    ("signature/signed.rs", &["whole"]),
    ("signature/webhook.rs", &["whole"]),
    // A client's own secret, which it signs with.
    ("signature/message_signer.rs", &["whole"]),
    // What an operator asks about one request; no caller waits for it.
    ("signature/diagnose/sigv4.rs", &["derive-sha256", "derive-sha512"]),
    ("signature/diagnose/message.rs", &["whole"]),
    // Made once, of the pepper's hash.
    ("engine/prove.rs", &["derive-sha256", "derive-sha512"]),
    // The way of the cases to all of them.
    ("taint.rs", &[]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, files);
            continue;
        }
        let name = path.strip_prefix(root().join("src")).unwrap().to_str().unwrap().replace('\\', "/");
        let code = fs::read_to_string(&path).unwrap();
        files.insert(name, code.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned());
    }
}

#[test]
fn every_place_that_handles_secrets_is_followed_on_the_compiled_binary() {
    let mut files = BTreeMap::new();
    read(&root().join("src"), &mut files);
    let stands = |code: &str| WORDS.iter().any(|word| code.contains(word));
    let found: Vec<_> = files
        .iter()
        .filter(|(name, code)| !name.ends_with("tests.rs") && !name.contains("vectors") && stands(code))
        .map(|(name, _)| name.as_str())
        .collect();
    let mut known: Vec<_> = FOLLOWED.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(found, known, "give it a case in tests/taint, and name it here");
    let cases = fs::read_to_string(root().join("tests/taint/src/cases.rs")).unwrap();
    for case in FOLLOWED.iter().flat_map(|(_, cases)| *cases) {
        assert!(cases.contains(&format!("(\"{case}\", ")), "there is no case {case}");
    }
    let steps = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(steps.lines().any(|line| line == "step taint scripts/taint.sh"));
}

/// Where a claimed MAC is compared with the right one, and how often: another comparison in its place is another number.
#[test]
fn every_mac_is_compared_by_the_one_comparison_that_is_followed() {
    for (file, times) in [
        ("engine/prove.rs", 2),
        ("signature/verifier.rs", 1),
        ("signature/webhook.rs", 1),
        ("signature/diagnose/sigv4.rs", 1),
        ("signature/diagnose/message.rs", 1),
    ] {
        let code = fs::read_to_string(root().join("src").join(file)).unwrap();
        let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
        assert_eq!(code.matches(".same(").count(), times, "{file}");
        for other in
            ["as_bytes() ==", "as_bytes() !=", "mac ==", "mac !=", "claimed ==", "claimed !=", "claimed() =="]
        {
            assert!(
                file.contains("diagnose") || !code.contains(other),
                "{file}: `{other}` ends where the first byte differs"
            );
        }
    }
}

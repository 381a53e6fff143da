//! Whether the caller holds the secret: by presenting it, or by a MAC made with it.
//!
//! Every refusal costs the whole way: an unknown key is verified against a dummy, a credential that has nothing to
//! verify against too, and a key that was derived before saves work for a valid signature of a live credential alone.

use alloc::format;

use super::{live::live, read::Read};
use crate::{
    body::HashAlg,
    credential::{Context, Hashed, KeyRing, Owner, Sealed, SecretText},
    decision::Fault,
    secret::Wiped,
    signature::{Checked, SigningKey, Tag, Verifier},
    slot::Slot,
    subject::Subject,
    time::Timestamp,
};

/// What an engine proves callers with.
#[derive(Clone, Copy)]
pub(super) struct Means<'e> {
    pub(super) keys: &'e KeyRing,
    pub(super) verifier: &'e Verifier,
    pub(super) dummy: &'e Dummy,
}

/// What unknown keys are verified against, so that they take the same work as known ones.
pub(super) struct Dummy {
    context: Context,
    hashed: Hashed,
    /// Where the ring seals.
    sealed: Option<(Sealed, Owner)>,
    /// In place of a key that was derived before, as a slot keeps it. Secret like any other, or a request could be signed
    /// with it.
    derived: [Wiped<{ SigningKey::LEN }>; 2],
    /// Never filled.
    slot: Slot,
}

/// The secret was the stored one, or none was claimed and the strength says so. Only this module makes it.
#[derive(Clone, Copy)]
pub(super) struct Proven(());

/// Behind the vendor's prefix as long as a minted secret: a key that is derived from a longer one than a block of the
/// hash takes more work.
const DUMMY_SECRET: &str = "s1_0000000000000000000000000000000000000000000aaaaaa";

/// Of half the length that an id may have: the cipher goes over the ids of whom a secret is sealed for, so the work for an
/// unknown key is that for ids of this length.
const DUMMY_ID: &str = "dummy000000000000000";

impl Dummy {
    pub(super) fn new(keys: &KeyRing) -> Self {
        let context = Context::dummy();
        let hashed = Hashed::new(keys, &context, SecretText::whole(b""));
        let derived = [HashAlg::Sha256, HashAlg::Sha512].map(|alg| {
            let mac = hashed.mac();
            SigningKey::derived(alg, b"keyward/dummy/1", mac, [mac.as_slice()]).bytes()
        });
        Self { context, sealed: sealed(keys), derived, hashed, slot: Slot::empty() }
    }

    fn derived(&self, alg: HashAlg) -> &Wiped<{ SigningKey::LEN }> {
        let [sha256, sha512] = &self.derived;
        if alg == HashAlg::Sha256 { sha256 } else { sha512 }
    }
}

fn sealed(keys: &KeyRing) -> Option<(Sealed, Owner)> {
    let vendor = keys.minting_for();
    let owner = Owner {
        account: DUMMY_ID.parse().ok()?,
        user: DUMMY_ID.parse().ok()?,
        key_id: format!("{}k_0000000000000000", vendor.as_str()).parse().ok()?,
    };
    let secret = format!("{}{DUMMY_SECRET}", vendor.as_str());
    // Never stored, and what it holds is no secret; a nonce that was drawn for a real one is another.
    let mut nonce = |bytes: &mut [u8]| {
        bytes.iter_mut().zip(0..).for_each(|(slot, byte)| *slot = byte);
        Ok(())
    };
    let sealed = Sealed::seal(keys, owner, SecretText::whole(secret.as_bytes()), &mut nonce);
    sealed.ok().map(|sealed| (sealed, owner))
}

/// `None`: not proven. `mac` is filled for a signed request that is.
#[inline]
pub(super) fn prove(
    means: Means<'_>,
    read: &Read<'_, '_, '_>,
    subject: Option<&Subject>,
    now: Timestamp,
    mac: &mut Option<Tag>,
) -> Result<Option<Proven>, Fault> {
    match read {
        Read::Key => Ok(Some(Proven(()))),
        Read::Plain(secret) => plain(means, subject, *secret),
        Read::Signed(_, checked) => signed(means, checked, subject, now, mac),
    }
}

#[inline(never)]
fn signed(
    means: Means<'_>,
    checked: &Checked<'_, '_>,
    subject: Option<&Subject>,
    now: Timestamp,
    mac: &mut Option<Tag>,
) -> Result<Option<Proven>, Fault> {
    // Where the key of this subject may be kept, if its credential is live: whoever holds the secret of another one is
    // refused like everybody else, and gets no answer sooner.
    let lives = subject.filter(|subject| live(subject, checked.schemes(), now).is_ok());
    let proof = signature(means, checked, subject, lives.and_then(Subject::slot))?;
    Ok(proof.map(|(proven, made)| {
        *mac = Some(made);
        proven
    }))
}

/// Hashes and compares, against the dummy where the key is unknown. Nothing here depends on whether the credential
/// lives, or on the length of any id.
#[inline]
fn plain(
    means: Means<'_>,
    subject: Option<&Subject>,
    secret: SecretText<'_>,
) -> Result<Option<Proven>, Fault> {
    let (hashed, context) = match subject {
        Some(subject) => (subject.credential().at_rest().hashed(), subject.context()),
        None => (&means.dummy.hashed, &means.dummy.context),
    };
    let same =
        hashed.verify(means.keys, context, secret).ok_or_else(|| Fault::UnknownPepper(hashed.pepper()))?;
    Ok(same.then_some(Proven(())))
}

/// Makes the MAC with the key that was derived before, if there is one, and with one that is derived from the sealed
/// secret if that does not fit.
fn signature(
    means: Means<'_>,
    checked: &Checked<'_, '_>,
    subject: Option<&Subject>,
    slot: Option<&Slot>,
) -> Result<Option<(Proven, Tag)>, Fault> {
    let (claimed, label) = (checked.claimed(), checked.label());
    let kept = slot.unwrap_or(&means.dummy.slot).read(&label);
    let (held, alg) = (kept.is_some(), checked.alg());
    // The dummy's is copied, and wiped again, as a kept one is.
    let key = kept.unwrap_or_else(|| means.dummy.derived(alg).clone());
    let mac = checked.mac(&SigningKey::from_bytes(alg, key));
    if mac.same(&claimed) & held {
        return Ok(Some((Proven(()), mac)));
    }
    let own = subject.and_then(|subject| Some((subject.credential().at_rest().sealed()?, subject.owner())));
    let dummy = means.dummy.sealed.as_ref().map(|(sealed, owner)| (sealed, *owner));
    let Some((sealed, owner)) = own.or(dummy) else { return Ok(None) };
    let key = checked.signing_key(&sealed.open(means.keys, owner)?);
    let mac = checked.mac(&key);
    if !(mac.same(&claimed) & own.is_some()) {
        return Ok(None);
    }
    if let Some(slot) = slot {
        slot.fill(&label, &key.bytes());
    }
    Ok(Some((Proven(()), mac)))
}

#[cfg(test)]
mod tests {
    use alloc::{borrow::ToOwned, string::String, sync::Arc, vec::Vec};

    use super::*;
    use crate::{
        access::AccessLevel,
        account::Account,
        body::Payload,
        credential::{By, Imported, Keep, Pepper, SealingKey},
        entropy::EntropyError,
        network::Allowlist,
        request::{Headers, RequestHead},
        secret::Secret,
        signature::{Profile, Signer},
        user::ApiUser,
    };

    const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

    fn ring() -> KeyRing {
        KeyRing::new(Pepper::new(1, [7; 32]).unwrap()).sealing(SealingKey::new(1, [9; 32]).unwrap()).unwrap()
    }

    /// A record that holds a hash alone.
    fn unsealed() -> Subject {
        let (account, key) = ("acme".parse().unwrap(), "AN1EXAMPLEKEY000001".parse().unwrap());
        let mut user =
            ApiUser::new(account, "u1".parse().unwrap(), "till", AccessLevel::Full, Allowlist::Any).unwrap();
        let pair = Imported::new(key, Secret::new("a1B2/c3D4+e5F6/g7H8".to_owned())).unwrap();
        let mut zeros = |_: &mut [u8]| -> Result<(), EntropyError> { Ok(()) };
        let _ = user.import(&pair, Keep::Hashed, &ring(), By::new("admin", NOW), &mut zeros).unwrap();
        Subject::new(Arc::new(Account::new(account)), Arc::new(user), key).unwrap()
    }

    /// A request that is signed with this secret, or that claims this MAC instead, and what is proven by it.
    fn proven(
        secret: &str,
        mac: impl Fn(&Checked<'_, '_>, &Dummy) -> Option<Tag>,
        subject: Option<&Subject>,
    ) -> bool {
        let keys = ring();
        let dummy = Dummy::new(&keys);
        let verifier = Verifier::new().profile(Profile::antavo("st1")).authorities(["api.example.test"]);
        let host = ("host", b"api.example.test".as_slice());
        let key = "AN1EXAMPLEKEY000001".parse().unwrap();
        let made = Signer::new(Profile::antavo("st1"), key, Secret::new(secret.to_owned()));
        let made =
            made.sign(RequestHead::new("GET", "/", Headers::lines(&[host])), Payload::Absent, NOW).unwrap();
        let mut added: Vec<(&str, String)> =
            made.iter().map(|(name, value)| (name, value.to_owned())).collect();
        let mut outcome = None;
        // A second time with another MAC, where there is one.
        for last in [false, true] {
            let lines: Vec<_> = core::iter::once(host)
                .chain(added.iter().map(|(name, value)| (*name, value.as_bytes())))
                .collect();
            let mut signed =
                verifier.read(&RequestHead::new("GET", "/", Headers::lines(&lines))).unwrap().unwrap();
            signed.set_body(Payload::Absent);
            let checked = verifier.check(&signed, NOW).unwrap();
            if last {
                let means = Means { keys: &keys, verifier: &verifier, dummy: &dummy };
                outcome = Some(signature(means, &checked, subject, None).unwrap().is_some());
            } else if let Some(tag) = mac(&checked, &dummy) {
                let hex: String = tag.as_bytes().iter().map(|byte| alloc::format!("{byte:02x}")).collect();
                for (_, value) in &mut added {
                    if let Some((before, _)) = value.split_once("Signature=") {
                        *value = alloc::format!("{before}Signature={hex}");
                    }
                }
            }
        }
        outcome.unwrap()
    }

    #[test]
    fn the_secret_of_the_dummy_proves_nobody() {
        let dummys = alloc::format!("kw{DUMMY_SECRET}");
        assert!(!proven(&dummys, |_, _| None, Some(&unsealed())));
        assert!(!proven(&dummys, |_, _| None, None));
    }

    #[test]
    fn the_derived_key_of_the_dummy_proves_nobody() {
        let dummys = |checked: &Checked<'_, '_>, dummy: &Dummy| {
            let alg = checked.alg();
            Some(checked.mac(&SigningKey::from_bytes(alg, dummy.derived(alg).clone())))
        };
        assert!(!proven("a1B2/c3D4+e5F6/g7H8", dummys, Some(&unsealed())));
        assert!(!proven("a1B2/c3D4+e5F6/g7H8", dummys, None));
    }
}

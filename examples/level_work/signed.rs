//! Refusals of signed requests.

use std::{sync::Arc, time::Duration};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, EntropyError, HashAlg, Headers,
    Keep, KeyRing, MessageProfile, MessageSigner, ModulePolicy, Payload, Policy, Presented, Profile,
    RequestHead, Revealed, Schemes, SealingKey, Secret, Signer, Strength, Subject,
};

use crate::{CURRENT, NOW, Result, ask, pepper};

const HOST: &str = "api.example.test";
const TARGET: &str = "/events?a=1";
const CHANGED: &str = "/events?a=2";
const BODY: &[u8] = br#"{"type":"checkin"}"#;

/// What a record decides. `right` is no refusal: it shows what a kept key saves.
const CALLERS: [&str; 9] =
    ["unknown", "unsealed", "wrong", "changed", "revoked", "expired", "disabled", "other-scheme", "right"];

pub(crate) fn cases() -> impl Iterator<Item = [&'static str; 4]> {
    let forms = ["header", "presigned", "longer", "message"];
    let groups = ["min", "max"].into_iter().flat_map(move |ids| forms.map(|form| (ids, form)));
    groups.flat_map(|(ids, form)| {
        CALLERS.into_iter().chain(WARM).map(move |caller| ["seal", ids, form, caller])
    })
}

/// There is no room to keep a key for the others.
const WARM: [&str; 7] = [
    "wrong-warm",
    "changed-warm",
    "revoked-warm",
    "expired-warm",
    "disabled-warm",
    "other-scheme-warm",
    "right-warm",
];

/// One case, prepared up to the call that is counted.
pub(crate) struct Prepared {
    pub(crate) engine: Authorizer,
    pub(crate) request: Request,
    pub(crate) subject: Option<Subject>,
    pub(crate) ask: Ask<'static>,
    pub(crate) refused: bool,
}

pub(crate) fn prepare([_, ids, form, caller]: [&str; 4]) -> Result<Prepared> {
    let (caller, warm) = caller.strip_suffix("-warm").map_or((caller, false), |caller| (caller, true));
    let engine = engine(ids == "max")?;
    let known = Known::new(&engine, ids == "max", form, caller)?;
    let right = Request::signed(form, &known.revealed, known.revealed.secret().expose())?;
    if warm {
        // A request that is right in everything, so that the key of this day is kept if it ever is.
        let step = engine.decide(right.presented(&engine), Some(known.subject.clone()), &ask(NOW)?)?;
        drop(step);
    }
    let request = match caller {
        "wrong" => Request::signed(form, &known.revealed, known.other.secret().expose())?,
        "changed" => Request { target: right.target.replace(TARGET, CHANGED), ..right },
        _ => right,
    };
    let subject = match caller {
        "unknown" => None,
        "revoked" => Some(known.subject.revoked(NOW)),
        _ => Some(known.subject),
    };
    let now = if caller == "expired" { NOW.plus(Duration::from_secs(10)) } else { NOW };
    Ok(Prepared { engine, request, subject, ask: ask(now)?, refused: caller != "right" })
}

fn engine(long: bool) -> Result<Authorizer> {
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let vendor = if long { "abcdefghij" } else { "ab" };
    let keys = KeyRing::new(pepper(CURRENT)?).sealing(SealingKey::new(1, [3; 32])?)?.vendor(vendor.parse()?);
    let profile = profile().hashes([HashAlg::Sha256, HashAlg::Sha512]);
    let engine = Authorizer::new(catalogue, keys).profile(profile).messages(MessageProfile::new());
    Ok(engine.authorities([HOST]))
}

fn profile() -> Profile {
    Profile::antavo("st1")
}

/// A credential, as the case has it, and a secret of the same length that is not its own.
struct Known {
    subject: Subject,
    revealed: Revealed,
    other: Revealed,
}

impl Known {
    fn new(engine: &Authorizer, long: bool, form: &str, caller: &str) -> Result<Self> {
        let id = if long { "i".repeat(39) } else { "i".to_owned() };
        let policy = ModulePolicy::default()
            .strength(Policy::enforce(Strength::Signature))
            .presigned(keyward::Presigned::SingleUse);
        let account = Account::new(id.parse()?).enable("events", policy);
        let mut user = ApiUser::new(account.id(), id.parse()?, "till", AccessLevel::Full, Allowlist::Any)?;
        let by = By::new("admin", NOW);
        let mut next = 0u8;
        let mut counter = |bytes: &mut [u8]| -> std::result::Result<(), EntropyError> {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(7);
            }
            Ok(())
        };
        let (own, others) = match form {
            "message" => (Schemes::RFC9421, Schemes::SIGV4),
            _ => (Schemes::SIGV4, Schemes::RFC9421),
        };
        let keep = match caller {
            "unsealed" => Keep::Hashed,
            "other-scheme" => Keep::Sealed(others),
            _ => Keep::Sealed(own),
        };
        let revealed = user.issue(keep, engine.keys(), by, &mut counter)?.reveal();
        let other = user.issue(keep, engine.keys(), by, &mut counter)?.reveal();
        match caller {
            "expired" => drop(user.expire(revealed.key_id(), NOW.plus(Duration::from_secs(5)), by)?),
            "disabled" => drop(user.disable(by)),
            _ => {}
        }
        let subject = Subject::new(Arc::new(account), Arc::new(user), revealed.key_id());
        Ok(Self { subject: subject.ok_or("the user has the key")?, revealed, other })
    }
}

/// As it arrives.
pub(crate) struct Request {
    method: &'static str,
    target: String,
    lines: Vec<(String, String)>,
    body: &'static [u8],
}

impl Request {
    fn signed(form: &str, revealed: &Revealed, secret: &str) -> Result<Self> {
        let (key, secret) = (revealed.key_id(), Secret::new(secret.to_owned()));
        let own = [("Host", HOST), ("Content-Type", "application/json")];
        let lines = own.map(|(name, value)| (name, value.as_bytes()));
        let head = RequestHead::new("POST", TARGET, Headers::lines(&lines)).scheme("https");
        let mut lines: Vec<_> =
            own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let (mut method, mut target, mut body) = ("POST", TARGET.to_owned(), BODY);
        match form {
            "header" | "longer" => {
                let longer = form == "longer";
                let alg = if longer { HashAlg::Sha512 } else { HashAlg::Sha256 };
                let signed =
                    Signer::new(profile().hash(alg), key, secret).sign(head, Payload::Bytes(BODY), NOW)?;
                lines.extend(signed.iter().map(owned));
            }
            "message" => {
                let signer = MessageSigner::new(MessageProfile::new(), key, secret);
                let signed = signer.sign(head, Payload::Bytes(BODY), NOW)?;
                lines.extend(signed.iter().map(owned));
            }
            _ => {
                let url = format!("https://{HOST}{TARGET}");
                let url = Signer::new(profile(), key, secret).presign(&url, Duration::from_secs(60), NOW)?;
                let presigned = url.strip_prefix("https://").and_then(|url| url.strip_prefix(HOST));
                (method, target, body) = ("GET", presigned.ok_or("of that host")?.to_owned(), b"");
            }
        }
        Ok(Self { method, target, lines, body })
    }

    pub(crate) fn presented<'r>(&'r self, engine: &Authorizer) -> Presented<'r> {
        let lines: Vec<_> =
            self.lines.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        // It lives as long as the request, which lives as long as the program.
        let lines = Vec::leak(lines);
        let head = RequestHead::new(self.method, &self.target, Headers::lines(lines)).scheme("https");
        let mut presented = engine.present(head);
        presented.set_body(if self.body.is_empty() { Payload::Absent } else { Payload::Bytes(self.body) });
        presented
    }
}

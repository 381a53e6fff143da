//! A denial as the back office sees it.

use core::{fmt, time::Duration};

use super::{
    code::Code,
    denial::{Denial, Who},
    reason::Reason,
};
use crate::{
    access::{AccessLevel, Catalogue},
    credential::{Masked, Schemes},
    network::AddrSource,
    policy::Strength,
    presented::Malformed,
    signature::{self, EscherText, Profile},
    subject::Subject,
};

/// What happened, to whom, by which rule, and what to do about it. Not for the caller.
#[derive(Clone, Copy, Debug)]
pub struct OperatorFace<'d>(&'d Denial);

impl Denial {
    /// What happened, for the back office.
    pub fn operator(&self) -> OperatorFace<'_> {
        OperatorFace(self)
    }
}

impl<'d> OperatorFace<'d> {
    /// How old, at most, the record was that it was decided by, when it was looked up; `None` without a record. Above
    /// zero, what was changed a moment ago may not have counted yet.
    pub fn staleness(&self) -> Option<Duration> {
        self.0.subject().map(Subject::staleness)
    }

    /// One sentence, on demand. Names come from the catalogue that decided.
    pub fn sentence<'c>(&self, catalogue: &'c Catalogue) -> impl fmt::Display + use<'c, 'd> {
        Sentence { denial: self.0, catalogue }
    }

    /// The denial of a signed or an unsigned request as Escher's libraries number and word it, for a service whose
    /// callers know those. `None`: they have nothing like it, for example for what is refused after proof.
    ///
    /// A key whose credential or user has ended is one that their database of keys would not have.
    pub fn escher<'p>(&self, profile: &'p Profile) -> Option<EscherText<'p>> {
        let signed = self.0.presented_strength() == Some(Strength::Signature);
        Some(match self.0.reason() {
            Reason::Flaw(flaw) => signature::escher(flaw, profile),
            Reason::AsCoded if self.0.code() == Code::CredentialMissing => signature::MISSING,
            Reason::Malformed(Malformed::Scheme | Malformed::NoScheme) if !profile.owns_header() => {
                signature::FOREIGN
            }
            Reason::Malformed(Malformed::Scheme | Malformed::NoScheme) => signature::MISSING,
            Reason::WrongSignature | Reason::NotSealed => signature::MISMATCH,
            Reason::UnknownKey
            | Reason::Revoked
            | Reason::Expired
            | Reason::NotYetValid
            | Reason::Disabled
            | Reason::OtherScheme(_)
                if signed =>
            {
                signature::KEY
            }
            _ => return None,
        })
    }
}

struct Sentence<'d, 'c> {
    denial: &'d Denial,
    catalogue: &'c Catalogue,
}

impl fmt::Display for Sentence<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.who(f)?;
        self.what(f)?;
        if self.denial.stolen_secret_suspected() {
            f.write_str("; the secret was right, so suspect that it was stolen")?;
        }
        Ok(())
    }
}

impl Sentence<'_, '_> {
    fn who(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denial.who() {
            Who::Nobody => f.write_str("a caller"),
            Who::Key(key_id) => write!(f, "key {}", Masked(*key_id)),
            Who::Known(subject) => {
                let user = subject.user();
                let unproven = matches!(
                    self.denial.reason(),
                    Reason::WrongSecret | Reason::WrongSignature | Reason::NotSealed
                );
                let proven = self.denial.presented_strength() > Some(Strength::KeyOnly) && !unproven;
                let claim = if proven { "user" } else { "someone with the key of user" };
                write!(f, "{claim} {:?} ({}, key {})", user.name(), user.id(), subject.key_id())
            }
        }
    }

    fn what(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Reason::Flaw(flaw) = self.denial.reason() {
            return write!(f, " {flaw}");
        }
        match self.denial.code() {
            Code::CredentialMissing => f.write_str(" presented nothing; tell it to send its key and secret"),
            Code::CredentialMalformed => f.write_str(malformed(self.denial.reason())),
            Code::CredentialInvalid => self.invalid(f),
            Code::RequestTooLarge if self.denial.reason() == Reason::TooManyCalls => {
                f.write_str(" sent more calls in one request than are run; have it send fewer at a time")
            }
            Code::SignatureRequired if self.denial.reason() == Reason::Presigned => {
                write!(
                    f,
                    " used a presigned URL for {}, whose module takes none; have it sign in headers, or let the module take them",
                    self.method()
                )
            }
            Code::SignatureReplayed => write!(
                f,
                " sent a signed request to {} a second time; have it sign every attempt anew, and find out who repeats it",
                self.method()
            ),
            Code::ReplayQuota => f.write_str(
                " has as many signed requests open as one key may; have it slow down, or give the replay guard more room",
            ),
            Code::SignatureRequired => {
                write!(
                    f,
                    " presented a plain secret to {}, whose module enforces signatures; have it sign",
                    self.method()
                )
            }
            Code::AccessIpUser => {
                f.write_str(" called")?;
                self.address(f, "its list", "if it is the user's")
            }
            Code::AccessIpEndpoint => {
                write!(f, " called {}", self.method())?;
                self.address(f, "the endpoint's filter", "if it belongs there")
            }
            Code::AccessModule => write!(
                f,
                " called {}, whose module {} the account has not enabled; enable it if it should be",
                self.method(),
                self.module()
            ),
            Code::AccessMethod => {
                write!(
                    f,
                    " called {}, which its custom access level does not list; add it there if it should be",
                    self.method()
                )
            }
            Code::AccessIntegration => self.integration(f),
            Code::EndpointUnknown => f.write_str(
                " asked for what no route or method of the catalogue answers; have it check method and path",
            ),
            Code::EndpointRetired => {
                write!(f, " called {}, which is retired; have it move to the successor", self.method())
            }
            Code::BatchAlone => write!(
                f,
                " called {} among other calls, though it must be the only one of its request; have it send it by itself",
                self.method()
            ),
            code => write!(f, " was refused: {code}"),
        }
    }

    /// Adding an address helps only where one was learnt.
    fn address(&self, f: &mut fmt::Formatter<'_>, list: &str, condition: &str) -> fmt::Result {
        let client = self.denial.client();
        match client.source() {
            AddrSource::Unknown => write!(
                f,
                " from an address that could not be told, which {list} never matches; check the peer address and \
                 what the proxies send"
            ),
            AddrSource::ProxyItself => write!(
                f,
                " through the proxy {client}, which named no client; have the proxy send its forwarding header"
            ),
            _ => write!(f, " from {client}, which no rule of {list} matches; add the address {condition}"),
        }
    }

    fn invalid(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.denial.reason() {
            Reason::UnknownKey => " is unknown; it may be mistyped, deleted or another environment's",
            Reason::WrongSecret => {
                " presented a wrong secret; if it was mistyped, copy it again, if it is lost, regenerate"
            }
            Reason::Revoked => " presented a revoked credential; hand over the new one, or if that one leaked, find out who calls",
            Reason::Expired => " presented an expired credential; issue a new one",
            Reason::NotYetValid => " presented a credential before its time; wait, or let it begin earlier",
            Reason::WrongSignature => {
                " signed with another secret, or something else than what arrived; compare the canonical requests"
            }
            Reason::NotSealed => {
                " signed with a credential whose secret is kept as a hash alone; issue one that is sealed"
            }
            Reason::OtherScheme(Schemes::PLAIN) => {
                " presented a plain secret with a credential for signatures alone; have it sign"
            }
            Reason::OtherScheme(_) => {
                " signed in a scheme that its credential may not prove; have it use another, or issue one that may"
            }
            Reason::Disabled => " is disabled; enable it if it should call",
            Reason::Gone => " is not there any more, and its calls were under way; if it was deleted, find out who still calls",
            Reason::Replaced => {
                " proved a secret that is not its record's any more, while its calls were under way; have it call again with the new one"
            }
            Reason::TooWeak(Strength::Signature) => {
                " presented a bare key where a signature is required; have it sign"
            }
            Reason::TooWeak(_) => " presented a bare key where its secret is required; have it send both",
            _ => " is not valid here",
        })
    }

    fn integration(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.denial.subject().and_then(|subject| match subject.user().level() {
            AccessLevel::Integration(id) => Some(*id),
            _ => None,
        });
        let name = id.as_ref().map_or("that it has", |id| id.as_str());
        match self.denial.reason() {
            Reason::IntegrationOff => {
                write!(
                    f,
                    " called {}, but the account is not enabled for integration {name}; enable it if it should be",
                    self.method()
                )
            }
            _ => write!(
                f,
                " called {}, which integration {name} does not have; give the caller another access level if it needs it",
                self.method()
            ),
        }
    }

    fn method(&self) -> &str {
        self.denial.method().and_then(|id| self.catalogue.name(id)).unwrap_or("an unknown method")
    }

    fn module(&self) -> &str {
        self.denial.method().and_then(|id| self.catalogue.module_of(id)).unwrap_or("of no name")
    }
}

fn malformed(reason: Reason) -> &'static str {
    let Reason::Malformed(what) = reason else { return " presented what could not be read" };
    match what {
        Malformed::Twice => " presented more than one credential; have it send one, in one header line",
        Malformed::Scheme => {
            " used an Authorization scheme that is not read here; have it use Bearer, ApiKey or Basic, or if it signs, give the service a usable profile for it"
        }
        Malformed::NoScheme => {
            " sent an Authorization header of one word; have it write a scheme before its token, for example Bearer"
        }
        Malformed::Token => " presented neither a whole token nor key:secret; the token may be cut off",
        Malformed::Basic => " presented Basic credentials that are not base64 of key:secret",
        Malformed::KeyId => " presented a key with characters or a length that no key has",
        Malformed::MixedUp => {
            " presented a secret or a token where its key belongs; have it send the key there"
        }
        Malformed::NoKeyId => " sent a secret without its key; have it send both",
        Malformed::Body => " sent a form whose key was not read; have the service give its bytes",
        Malformed::Secret => " presented an empty or overlong secret; have it send the one it was shown",
    }
}

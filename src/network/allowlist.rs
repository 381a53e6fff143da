//! Lists of rules, and the choice between a list and no restriction.

use alloc::boxed::Box;
use core::fmt;

use super::{
    client::ClientAddr,
    index::RuleIndex,
    lint::{self, Lint},
    rule::Rule,
    set::AddressSet,
    text::{self, InvalidRules},
};

/// Which addresses may call.
///
/// There is no default: whoever creates an API user says which. A list without a rule refuses every address, and
/// nothing that is parsed ever becomes [`Any`](Self::Any).
///
/// ```
/// use keyward::{Allowlist, ClientAddr};
/// let list = Allowlist::parse("192.168.1.2\n192.168.0.3/24\n10.0.0.250-10.0.1.5")?;
/// let from = |ip: &str| ClientAddr::direct(ip.parse().expect("an address"));
/// assert!(list.admits(from("192.168.0.255")));
/// assert!(list.admits(from("10.0.1.0")));
/// assert!(!list.admits(from("192.168.1.3")));
/// assert!(!Allowlist::none().admits(from("192.168.1.2")));
/// # Ok::<(), keyward::InvalidRules>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowlist {
    /// Every address, known or not.
    Any,
    /// Addresses that a rule matches; an unknown address never.
    Only(RuleSet),
}

impl Allowlist {
    /// Reads a text area: one rule a line, lines ended by LF or CRLF, space and tab around a rule ignored, blank
    /// lines skipped. The grammar of a rule is [`Rule`]'s. No rule at all is the list that refuses everything.
    ///
    /// # Errors
    /// Every bad line, with its number. Nothing of a text with a bad line is used.
    pub fn parse(text: &str) -> Result<Self, InvalidRules> {
        text::rules(text).map(Self::from_iter)
    }

    /// The list that refuses every address.
    pub fn none() -> Self {
        Self::Only(RuleSet::default())
    }

    /// What deserves a second look, in the order of the rules: repeated, covered and very wide ones, and blocks with
    /// host bits. Takes about as long as reading the rules did. [`Any`](Self::Any) has no rules.
    pub fn lint(&self) -> impl Iterator<Item = Lint> + use<> {
        lint::lint(self.rules(), false)
    }

    /// [`lint`](Self::lint) for a service that [`TrustedProxies`](crate::TrustedProxies) stand before: also rules of
    /// addresses that no client from the internet has.
    pub fn lint_behind_proxy(&self) -> impl Iterator<Item = Lint> + use<> {
        lint::lint(self.rules(), true)
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        match self {
            Self::Any => &[],
            Self::Only(set) => set.rules(),
        }
    }

    /// Whether it admits some addresses and not all of a family.
    pub(crate) fn restricts(&self) -> bool {
        match self {
            Self::Any => false,
            Self::Only(set) => !set.rules().is_empty() && !set.addresses().has_a_whole_family(),
        }
    }

    /// Whether a caller from there passes. An unknown address is in no list, and neither is a proxy's own
    /// ([`AddrSource::ProxyItself`](crate::AddrSource::ProxyItself)).
    pub fn admits(&self, client: ClientAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Only(set) => set.admits(client),
        }
    }
}

impl FromIterator<Rule> for Allowlist {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        let rules: Box<[Rule]> = rules.into_iter().collect();
        Self::Only(RuleSet(Box::new(Both { compiled: rules.iter().collect(), rules })))
    }
}

/// One rule a line, as typed; `any` for no restriction.
impl fmt::Display for Allowlist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Only(set) => set.rules().iter().enumerate().try_for_each(|(index, rule)| {
                if index > 0 {
                    f.write_str("\n")?;
                }
                rule.fmt(f)
            }),
        }
    }
}

/// Rules as they were typed, in their order, together with their compiled form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSet(Box<Both>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Both {
    rules: Box<[Rule]>,
    compiled: AddressSet,
}

impl RuleSet {
    /// The rules as typed, in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.0.rules
    }

    /// The first rule that matches, if the list admits the client at all. A refusal costs one search, an answer looks
    /// at the rules in order; whoever asks about many addresses makes an [`index`](Self::index).
    pub fn matching(&self, client: ClientAddr) -> Option<&Rule> {
        let ip = client.listed().filter(|ip| self.0.compiled.has(*ip))?;
        self.0.rules.iter().find(|rule| rule.span().contains(ip))
    }

    /// Answers [`matching`](Self::matching) by search. Making one costs about as much as reading the rules did.
    pub fn index(&self) -> RuleIndex<'_> {
        RuleIndex::of(&self.0.rules)
    }

    /// The addresses alone.
    pub fn addresses(&self) -> &AddressSet {
        &self.0.compiled
    }

    fn admits(&self, client: ClientAddr) -> bool {
        client.listed().is_some_and(|ip| self.0.compiled.has(ip))
    }
}

/// `"any"`, or the list of rules as typed; in binary formats an optional list.
#[cfg(feature = "serde")]
impl serde::Serialize for Allowlist {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any if to.is_human_readable() => to.serialize_str("any"),
            Self::Only(set) if to.is_human_readable() => to.collect_seq(set.rules()),
            Self::Any => to.serialize_none(),
            Self::Only(set) => to.serialize_some(set.rules()),
        }
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Allowlist {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Allowlist;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`any` or a list of address rules")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Allowlist, E> {
                if text == "any" {
                    Ok(Allowlist::Any)
                } else {
                    Err(E::custom(
                        "a single text; write \"any\", or a list of rules, for example [\"192.0.2.0/24\"]",
                    ))
                }
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut rules: A) -> Result<Allowlist, A::Error> {
                let mut list = alloc::vec::Vec::new();
                while let Some(rule) = rules.next_element::<Rule>()? {
                    list.push(rule);
                }
                Ok(list.into_iter().collect())
            }
        }
        if from.is_human_readable() {
            return from.deserialize_any(Visitor);
        }
        let rules: Option<alloc::vec::Vec<Rule>> = serde::Deserialize::deserialize(from)?;
        Ok(rules.map_or(Self::Any, |rules| rules.into_iter().collect()))
    }
}

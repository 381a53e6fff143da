//! What is odd about a list of rules, though each of them is right.

use alloc::vec::Vec;
use core::{fmt, net::IpAddr};

use super::{rule::Rule, span::Span};

/// What deserves a second look in a list. A list with findings works; most findings are slips of the pen.
///
/// Rules are numbered from 0, as in [`RuleSet::rules`](crate::RuleSet::rules); the sentences count from 1, as people do.
///
/// ```
/// use keyward::Allowlist;
/// let list = Allowlist::parse("192.168.0.3/24\n10.0.0.1\n10.0.0.0/8\n10.0.0.1\n0.0.0.0/1")?;
/// let said: Vec<_> = list.lint().map(|lint| lint.to_string()).collect();
/// assert_eq!(said, [
///     "rule 1 has host bits set, which are ignored; write 192.168.0.0/24, or the address alone if it was meant",
///     "rule 2 is covered by rule 5; remove it, or narrow rule 5",
///     "rule 3 is covered by rule 5; remove it, or narrow rule 5",
///     "rule 4 repeats rule 2; remove one of them",
///     "rule 5 admits more addresses than an IPv4 /8 has; write the blocks that callers really have",
/// ]);
/// # Ok::<(), keyward::InvalidRules>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lint {
    /// It matches what an earlier rule matches, no less and no more.
    Duplicate {
        /// The later one.
        rule: usize,
        /// The first of its kind.
        of: usize,
    },
    /// One other rule matches all that it matches, and more. Cover by several rules together is not looked for.
    Covered {
        /// The narrower one.
        rule: usize,
        /// The wider one.
        by: usize,
    },
    /// It matches more than a /8 of IPv4, the most that a registry ever gave to one holder at once, or more than a /32
    /// of IPv6, the least that one gives to a whole provider.
    Wide {
        /// Its number.
        rule: usize,
        /// The prefix length that it exceeds: 8 or 32.
        most: u32,
    },
    /// A block written with host bits, which do not count.
    HostBits {
        /// Its number.
        rule: usize,
        /// What it means.
        canonical: Rule,
    },
    /// All its addresses are [`Local`], so that behind a proxy no client can have them. Found by
    /// [`Allowlist::lint_behind_proxy`](crate::Allowlist::lint_behind_proxy) alone.
    Unreachable {
        /// Its number.
        rule: usize,
        /// What kind of addresses they are.
        local: Local,
    },
}

/// Addresses that mean something within one network only, or nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Local {
    /// `127.0.0.0/8`, `::1` (RFC 1122, RFC 4291).
    Loopback,
    /// `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`, `fc00::/7` (RFC 1918, RFC 4193).
    Private,
    /// `100.64.0.0/10`, between a provider and its customers (RFC 6598).
    Shared,
    /// `169.254.0.0/16`, `fe80::/10` (RFC 3927, RFC 4291).
    LinkLocal,
    /// `192.0.2.0/24`, `198.51.100.0/24`, `203.0.113.0/24`, `2001:db8::/32`, `3fff::/20` (RFC 5737, 3849, 9637).
    Documentation,
}

impl Lint {
    /// The number of the rule that it is about, from 0.
    pub fn rule(&self) -> usize {
        match self {
            Self::Duplicate { rule, .. }
            | Self::Covered { rule, .. }
            | Self::Wide { rule, .. }
            | Self::HostBits { rule, .. }
            | Self::Unreachable { rule, .. } => *rule,
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {} ", self.rule() + 1)?;
        match self {
            Self::Duplicate { of, .. } => write!(f, "repeats rule {}; remove one of them", of + 1),
            Self::Covered { by, .. } => {
                write!(f, "is covered by rule {0}; remove it, or narrow rule {0}", by + 1)
            }
            Self::Wide { most, .. } => {
                let family = if *most == WIDE_V4 { "IPv4" } else { "IPv6" };
                write!(
                    f,
                    "admits more addresses than an {family} /{most} has; write the blocks that callers really have"
                )
            }
            Self::HostBits { canonical, .. } => write!(
                f,
                "has host bits set, which are ignored; write {canonical}, or the address alone if it was meant"
            ),
            Self::Unreachable { local, .. } => write!(
                f,
                "holds {local} addresses, which no client behind a proxy has; write the addresses that callers have \
                 on the internet"
            ),
        }
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Shared => "provider-internal",
            Self::LinkLocal => "link-local",
            Self::Documentation => "documentation",
        })
    }
}

const WIDE_V4: u32 = 8;
const WIDE_V6: u32 = 32;

/// What is found, in the rules' order; two rules are compared by sorting, not each with each.
pub(super) fn lint(rules: &[Rule], behind_proxy: bool) -> impl Iterator<Item = Lint> + use<> {
    let mut found = overlaps(rules);
    for (rule, typed) in rules.iter().enumerate() {
        if typed.has_host_bits() {
            found.push(Lint::HostBits { rule, canonical: typed.canonical() });
        }
        if let Some(most) = exceeds(typed.span()) {
            found.push(Lint::Wide { rule, most });
        }
        if let Some(local) = local(typed.span()).filter(|_| behind_proxy) {
            found.push(Lint::Unreachable { rule, local });
        }
    }
    found.sort_by_key(Lint::rule);
    found.into_iter()
}

fn overlaps(rules: &[Rule]) -> Vec<Lint> {
    let mut order: Vec<_> =
        rules.iter().map(Rule::span).enumerate().map(|(rule, span)| (span, rule)).collect();
    // Of those that begin alike the widest first, of equal ones the first typed.
    order.sort_unstable_by(|(a, i), (b, j)| (a.first(), b.last(), i).cmp(&(b.first(), a.last(), j)));
    let mut found = Vec::new();
    let (mut before, mut widest) = (None, None);
    for (span, rule) in order {
        match (before, widest) {
            (Some((same, of)), _) if same == span => {
                found.push(Lint::Duplicate { rule, of });
                continue;
            }
            (_, Some((wider, by))) if Span::covers(wider, span) => found.push(Lint::Covered { rule, by }),
            _ => widest = Some((span, rule)),
        }
        before = Some((span, rule));
    }
    found
}

/// The prefix length of which all addresses together are fewer.
fn exceeds(span: Span) -> Option<u32> {
    match span {
        Span::V4(first, last) => (last - first >= 1 << (u32::BITS - WIDE_V4)).then_some(WIDE_V4),
        Span::V6(first, last) => (last - first >= 1 << (u128::BITS - WIDE_V6)).then_some(WIDE_V6),
    }
}

/// Both ends in one block, so all between them too.
fn local(span: Span) -> Option<Local> {
    let first = block(span.first())?;
    (block(span.last()) == Some(first)).then_some(first.0)
}

/// The block of a local address, by its kind and its number among the blocks of its kind.
fn block(ip: IpAddr) -> Option<(Local, u8)> {
    Some(match ip {
        IpAddr::V4(ip) => match ip.octets() {
            [127, ..] => (Local::Loopback, 0),
            [10, ..] => (Local::Private, 0),
            [172, 16..32, ..] => (Local::Private, 1),
            [192, 168, ..] => (Local::Private, 2),
            [100, 64..128, ..] => (Local::Shared, 0),
            [169, 254, ..] => (Local::LinkLocal, 0),
            [192, 0, 2, _] => (Local::Documentation, 0),
            [198, 51, 100, _] => (Local::Documentation, 1),
            [203, 0, 113, _] => (Local::Documentation, 2),
            _ => return None,
        },
        IpAddr::V6(ip) => match ip.segments() {
            [0, 0, 0, 0, 0, 0, 0, 1] => (Local::Loopback, 0),
            [0xFC00..=0xFDFF, ..] => (Local::Private, 0),
            [0xFE80..=0xFEBF, ..] => (Local::LinkLocal, 0),
            [0x2001, 0xDB8, ..] => (Local::Documentation, 0),
            [0x3FFF, 0..=0xFFF, ..] => (Local::Documentation, 1),
            _ => return None,
        },
    })
}

//! One rule of an address list: an address, a CIDR block or a range.

use alloc::boxed::Box;
use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// An address rule. Its grammar:
///
/// ```text
/// rule    = address / block / range
/// address = IPv4, four decimal octets          192.0.2.1
///         / IPv6, RFC 4291 §2.2                2001:db8::1
/// block   = address "/" prefix                 192.168.0.3/24   is 192.168.0.0 to 192.168.0.255
/// range   = address "-" address                10.0.0.250-10.0.1.5
/// ```
///
/// Host bits of a block may be set and are cleared. Both ends of a range are written in the same family, start ≤ end.
/// Nothing is trimmed or guessed: leading zeros, short forms (`10.1`), hexadecimal, zone ids, netmasks and blanks are
/// refused with a sentence that says what to write.
///
/// IPv4 addresses mapped into IPv6 are IPv4: `::ffff:192.0.2.0/120` is `192.0.2.0/24`. An IPv6 rule never matches an
/// IPv4 client, `::/0` included.
///
/// `Display` gives back what was typed; [`first`](Self::first) and [`last`](Self::last) what it means.
///
/// ```
/// use keyward::Rule;
/// let rule: Rule = "192.168.0.3/24".parse()?;
/// assert_eq!(rule.to_string(), "192.168.0.3/24");
/// assert_eq!(rule.first().to_string(), "192.168.0.0");
/// let error = "10.1".parse::<Rule>().unwrap_err();
/// assert_eq!(error.to_string(), "short form of an IPv4 address; write all four octets, for example `192.0.2.1`");
/// # Ok::<(), keyward::InvalidRule>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    typed: Box<str>,
    span: Span,
}

/// Both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Span {
    V4(u32, u32),
    V6(u128, u128),
}

impl Rule {
    /// The lowest address that the rule matches, unless an IPv6 rule starts among the mapped addresses, which are IPv4.
    pub fn first(&self) -> IpAddr {
        match self.span {
            Span::V4(first, _) => Ipv4Addr::from_bits(first).into(),
            Span::V6(first, _) => Ipv6Addr::from_bits(first).into(),
        }
    }

    /// The highest address that the rule matches, unless an IPv6 rule ends among the mapped addresses, which are IPv4.
    pub fn last(&self) -> IpAddr {
        match self.span {
            Span::V4(_, last) => Ipv4Addr::from_bits(last).into(),
            Span::V6(_, last) => Ipv6Addr::from_bits(last).into(),
        }
    }

    /// Whether the rule matches this address.
    pub fn matches(&self, ip: IpAddr) -> bool {
        match (self.span, ip.to_canonical()) {
            (Span::V4(first, last), IpAddr::V4(ip)) => (first..=last).contains(&ip.to_bits()),
            (Span::V6(first, last), IpAddr::V6(ip)) => (first..=last).contains(&ip.to_bits()),
            _ => false,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.typed)
    }
}

impl From<IpAddr> for Rule {
    fn from(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        Self { typed: alloc::format!("{ip}").into(), span: single(ip) }
    }
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        if text.is_empty() {
            return Err(InvalidRule::at(0, RuleProblem::Empty));
        }
        if let Some(position) = text.bytes().position(|byte| !byte.is_ascii()) {
            return Err(InvalidRule::at(position, RuleProblem::NotAscii));
        }
        if let Some(position) = text.bytes().position(|byte| byte.is_ascii_whitespace()) {
            return Err(InvalidRule::at(position, RuleProblem::Blank));
        }
        let span = if let Some((address, prefix)) = text.split_once('/') {
            block(address, prefix)
        } else if let Some((first, last)) = text.split_once('-') {
            range(first, last)
        } else {
            address(text).map(single)
        };
        Ok(Self { typed: text.into(), span: span? })
    }
}

/// One address, mapped ones as IPv4.
fn single(ip: IpAddr) -> Span {
    match ip.to_canonical() {
        IpAddr::V4(ip) => Span::V4(ip.to_bits(), ip.to_bits()),
        IpAddr::V6(ip) => Span::V6(ip.to_bits(), ip.to_bits()),
    }
}

fn block(ip: &str, prefix: &str) -> Result<Span, InvalidRule> {
    let at = ip.len() + 1;
    let ip = address(ip)?;
    let bits = prefix_length(prefix, at)?;
    let too_long = InvalidRule::at(at, RuleProblem::PrefixTooLong);
    match (ip, ip.to_canonical()) {
        (IpAddr::V4(ip), _) => v4_block(ip, bits).ok_or(too_long),
        (IpAddr::V6(_), IpAddr::V4(_)) if bits < 96 => Err(InvalidRule::at(at, RuleProblem::MappedPrefix)),
        (IpAddr::V6(_), IpAddr::V4(ip)) => v4_block(ip, bits - 96).ok_or(too_long),
        (IpAddr::V6(ip), IpAddr::V6(_)) => {
            let hosts = u128::MAX.checked_shr(bits).unwrap_or(0);
            if bits > 128 {
                return Err(too_long);
            }
            Ok(Span::V6(ip.to_bits() & !hosts, ip.to_bits() | hosts))
        }
    }
}

fn v4_block(ip: Ipv4Addr, bits: u32) -> Option<Span> {
    let hosts = u32::MAX.checked_shr(bits).unwrap_or(0);
    (bits <= 32).then(|| Span::V4(ip.to_bits() & !hosts, ip.to_bits() | hosts))
}

fn prefix_length(text: &str, at: usize) -> Result<u32, InvalidRule> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let problem = match text {
        "" => RuleProblem::PrefixNotANumber,
        _ if text.contains('.') || text.contains(':') => RuleProblem::Netmask,
        _ if !digits => RuleProblem::PrefixNotANumber,
        _ if text.len() > 1 && text.starts_with('0') => RuleProblem::LeadingZero,
        _ if text.len() > 3 => RuleProblem::PrefixTooLong,
        _ => return text.parse().map_err(|_| InvalidRule::at(at, RuleProblem::PrefixNotANumber)),
    };
    Err(InvalidRule::at(at, problem))
}

fn range(first: &str, last: &str) -> Result<Span, InvalidRule> {
    let at = first.len() + 1;
    let shift = |error: InvalidRule| InvalidRule::at(error.position + at, error.problem);
    let (typed_first, typed_last) = (address(first)?, address(last).map_err(shift)?);
    if typed_first.is_ipv4() != typed_last.is_ipv4() {
        return Err(InvalidRule::at(at, RuleProblem::MixedFamilies));
    }
    let span = match (typed_first.to_canonical(), typed_last.to_canonical()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => Span::V4(first.to_bits(), last.to_bits()),
        (IpAddr::V6(first), IpAddr::V6(last)) => Span::V6(first.to_bits(), last.to_bits()),
        // One end mapped, the other not: the range would be half IPv4, half IPv6.
        _ => return Err(InvalidRule::at(at, RuleProblem::MixedFamilies)),
    };
    match span {
        Span::V4(first, last) if first > last => Err(InvalidRule::at(at, RuleProblem::Reversed)),
        Span::V6(first, last) if first > last => Err(InvalidRule::at(at, RuleProblem::Reversed)),
        span => Ok(span),
    }
}

fn address(text: &str) -> Result<IpAddr, InvalidRule> {
    if text.contains(':') {
        return text.parse().map(IpAddr::V6).map_err(|_| v6_problem(text));
    }
    text.parse().map(IpAddr::V4).map_err(|_| v4_problem(text))
}

/// std's parser only says no; this finds the first thing that a person can mend.
fn v4_problem(text: &str) -> InvalidRule {
    if text.is_empty() {
        return InvalidRule::at(0, RuleProblem::NotAnAddress);
    }
    let mut position = 0;
    for octet in text.split('.') {
        let hex = octet.strip_prefix("0x").or_else(|| octet.strip_prefix("0X")).is_some();
        let digits = !octet.is_empty() && octet.bytes().all(|byte| byte.is_ascii_digit());
        if hex {
            return InvalidRule::at(position, RuleProblem::Hexadecimal);
        } else if !digits {
            return InvalidRule::at(position, RuleProblem::NotAnAddress);
        } else if octet.len() > 1 && octet.starts_with('0') {
            return InvalidRule::at(position, RuleProblem::LeadingZero);
        }
        position += octet.len() + 1;
    }
    let problem =
        if text.split('.').count() < 4 { RuleProblem::ShortForm } else { RuleProblem::NotAnAddress };
    InvalidRule::at(0, problem)
}

fn v6_problem(text: &str) -> InvalidRule {
    if let Some(position) = text.find('%') {
        return InvalidRule::at(position, RuleProblem::Zone);
    }
    match text.find(['[', ']']) {
        Some(position) => InvalidRule::at(position, RuleProblem::Brackets),
        None => InvalidRule::at(0, RuleProblem::NotAnAddress),
    }
}

/// What is wrong with a rule, where, and what to write instead. It does not repeat the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct InvalidRule {
    position: usize,
    problem: RuleProblem,
}

impl InvalidRule {
    const fn at(position: usize, problem: RuleProblem) -> Self {
        Self { position, problem }
    }

    /// The byte at which the problem begins, from 0.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// What the problem is.
    pub const fn problem(&self) -> RuleProblem {
        self.problem
    }
}

/// The ways in which a rule can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleProblem {
    /// Nothing at all.
    #[error("empty rule; write an address, a block or a range, for example `192.0.2.0/24`")]
    Empty,
    /// White space inside.
    #[error("blank inside a rule; write it without spaces, for example `192.0.2.1-192.0.2.9`")]
    Blank,
    /// A character outside ASCII, for example a digit of another script.
    #[error("character outside ASCII in a rule; write digits 0-9, letters a-f and `.:/-`")]
    NotAscii,
    /// `010.0.0.1`: decimal to some, octal to others.
    #[error("leading zero, which some read as octal; write the number without it, for example `10.0.0.1`")]
    LeadingZero,
    /// `10.1` or a bare number.
    #[error("short form of an IPv4 address; write all four octets, for example `192.0.2.1`")]
    ShortForm,
    /// `0x0a.0.0.1`.
    #[error("hexadecimal in an IPv4 address; write decimal octets, for example `192.0.2.1`")]
    Hexadecimal,
    /// `fe80::1%eth0`.
    #[error("zone id in an IPv6 address; write the address without `%` and what follows")]
    Zone,
    /// `[2001:db8::1]`.
    #[error("brackets around an IPv6 address; write it bare, for example `2001:db8::1`")]
    Brackets,
    /// `10.0.0.0/255.0.0.0`.
    #[error("netmask behind `/`; write the number of leading one bits, for example `10.0.0.0/8`")]
    Netmask,
    /// Something behind `/` that is no number.
    #[error("no number behind `/`; write a prefix length, for example `10.0.0.0/8`")]
    PrefixNotANumber,
    /// More than 32 or 128.
    #[error("prefix length beyond the address; write at most 32 for IPv4, 128 for IPv6")]
    PrefixTooLong,
    /// `::ffff:10.0.0.0/90`.
    #[error(
        "prefix below 96 on an IPv4 address mapped into IPv6; write the IPv4 block, for example `10.0.0.0/8`"
    )]
    MappedPrefix,
    /// `10.0.0.1-2001:db8::1`.
    #[error("range from one address family into the other; write one range for each")]
    MixedFamilies,
    /// `10.0.0.9-10.0.0.1`.
    #[error("range whose end lies before its start; write the lower address first")]
    Reversed,
    /// Everything else.
    #[error("not an IP address; write for example `192.0.2.1`, `192.0.2.0/24` or `2001:db8::1`")]
    NotAnAddress,
}

#[cfg(feature = "serde")]
impl serde::Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.typed)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::encoding::parse_str(from)
    }
}

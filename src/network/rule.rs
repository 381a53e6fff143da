//! One rule of an address list: an address, a CIDR block or a range.

use alloc::boxed::Box;
use core::{
    fmt::{self, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::RangeInclusive,
    str::FromStr,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{grammar, problem::InvalidRule, span::Span};

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
/// `Display` gives back what was typed; [`first`](Self::first) and [`last`](Self::last) what it means, and
/// [`canonical`](Self::canonical) the shortest way to write it. Rules also come from the addresses and ranges of std and
/// from the blocks of `ipnet`; [`nets`](Self::nets) gives blocks back.
///
/// ```
/// use keyward::Rule;
/// let rule: Rule = "192.168.0.3/24".parse()?;
/// assert_eq!(rule.to_string(), "192.168.0.3/24");
/// assert_eq!(rule.first().to_string(), "192.168.0.0");
/// assert_eq!(rule.canonical().to_string(), "192.168.0.0/24");
/// let error = "10.1".parse::<Rule>().unwrap_err();
/// assert_eq!(error.to_string(), "byte 0: short form of an IPv4 address; write all four octets, for example `192.0.2.1`");
/// # Ok::<(), keyward::InvalidRule>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule(Form);

/// A canonical rule of IPv4, which most are, takes no more room than its two addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    V4(u32, u32),
    V6(Box<(u128, u128)>),
    /// What was typed, where it differs from the canonical form.
    Typed(Box<(Box<str>, Span)>),
}

impl Rule {
    /// The lowest address that the rule matches, unless an IPv6 rule starts among the mapped addresses, which are IPv4.
    pub fn first(&self) -> IpAddr {
        self.span().first()
    }

    /// The highest address that the rule matches, unless an IPv6 rule ends among the mapped addresses, which are IPv4.
    pub fn last(&self) -> IpAddr {
        self.span().last()
    }

    /// Whether the rule matches this address.
    pub fn matches(&self, ip: IpAddr) -> bool {
        self.span().contains(ip.to_canonical())
    }

    /// The same rule as it is written shortest: one address bare, a range that is one block as a block, host bits
    /// cleared, IPv6 as RFC 5952 has it.
    ///
    /// ```
    /// use keyward::Rule;
    /// for (typed, canonical) in [
    ///     ("10.0.0.9/8", "10.0.0.0/8"),
    ///     ("10.0.0.0-10.0.0.255", "10.0.0.0/24"),
    ///     ("10.0.0.1-10.0.0.2", "10.0.0.1-10.0.0.2"),
    ///     ("2001:DB8:0::1/128", "2001:db8::1"),
    /// ] {
    ///     assert_eq!(typed.parse::<Rule>()?.canonical().to_string(), canonical);
    /// }
    /// # Ok::<(), keyward::InvalidRule>(())
    /// ```
    #[must_use]
    pub fn canonical(&self) -> Self {
        self.span().into()
    }

    /// The fewest CIDR blocks that match the same addresses, in order: one for an address or a block, at most 62 for
    /// a range of IPv4 and 254 for one of IPv6.
    ///
    /// ```
    /// use keyward::Rule;
    /// let nets: Vec<_> = "10.0.0.250-10.0.1.5".parse::<Rule>()?.nets().map(|net| net.to_string()).collect();
    /// assert_eq!(nets, ["10.0.0.250/31", "10.0.0.252/30", "10.0.1.0/30", "10.0.1.4/31"]);
    /// # Ok::<(), keyward::InvalidRule>(())
    /// ```
    pub fn nets(&self) -> impl Iterator<Item = IpNet> + use<> {
        self.span().nets()
    }

    /// Whether a block was typed with host bits set.
    pub(super) fn has_host_bits(&self) -> bool {
        let typed = self.typed().and_then(|typed| typed.split_once('/'));
        let address = typed.and_then(|(address, _)| address.parse::<IpAddr>().ok());
        address.is_some_and(|address| address.to_canonical() != self.first())
    }

    fn typed(&self) -> Option<&str> {
        match &self.0 {
            Form::V4(..) | Form::V6(_) => None,
            Form::Typed(both) => Some(&both.0),
        }
    }

    #[inline]
    pub(super) fn span(&self) -> Span {
        match &self.0 {
            Form::V4(first, last) => Span::V4(*first, *last),
            Form::V6(ends) => Span::V6(ends.0, ends.1),
            Form::Typed(both) => both.1,
        }
    }
}

/// As it was typed.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.typed() {
            Some(typed) => f.pad(typed),
            None if f.width().is_some() => f.pad(&alloc::format!("{}", self.span())),
            None => self.span().fmt(f),
        }
    }
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        let span = grammar::read(text)?;
        let mut rest = Unread(text);
        let canonical = write!(rest, "{span}").is_ok() && rest.0.is_empty();
        Ok(if canonical { span.into() } else { Self(Form::Typed(Box::new((text.into(), span)))) })
    }
}

/// Writing to it reads the same text off its front, or fails.
struct Unread<'a>(&'a str);

impl fmt::Write for Unread<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
        Ok(())
    }
}

impl From<Span> for Rule {
    fn from(span: Span) -> Self {
        Self(match span {
            Span::V4(first, last) => Form::V4(first, last),
            Span::V6(first, last) => Form::V6(Box::new((first, last))),
        })
    }
}

impl From<IpAddr> for Rule {
    fn from(ip: IpAddr) -> Self {
        Span::single(ip).into()
    }
}

impl From<Ipv4Addr> for Rule {
    fn from(ip: Ipv4Addr) -> Self {
        IpAddr::from(ip).into()
    }
}

impl From<Ipv6Addr> for Rule {
    fn from(ip: Ipv6Addr) -> Self {
        IpAddr::from(ip).into()
    }
}

/// Host bits are cleared. A block within `::ffff:0:0/96` is IPv4; one that reaches beyond it is IPv6 and matches no
/// IPv4 client.
impl From<IpNet> for Rule {
    fn from(net: IpNet) -> Self {
        Span::net(net).into()
    }
}

impl From<Ipv4Net> for Rule {
    fn from(net: Ipv4Net) -> Self {
        IpNet::from(net).into()
    }
}

impl From<Ipv6Net> for Rule {
    fn from(net: Ipv6Net) -> Self {
        IpNet::from(net).into()
    }
}

/// Refused as in text, at position 0: ends of different families (one of them mapped into IPv6 included), and an end
/// before the start.
impl TryFrom<RangeInclusive<IpAddr>> for Rule {
    type Error = InvalidRule;

    fn try_from(range: RangeInclusive<IpAddr>) -> Result<Self, InvalidRule> {
        Span::try_from(range).map(Self::from)
    }
}

/// Refused: an end before the start.
impl TryFrom<RangeInclusive<Ipv4Addr>> for Rule {
    type Error = InvalidRule;

    fn try_from(range: RangeInclusive<Ipv4Addr>) -> Result<Self, InvalidRule> {
        Self::try_from(IpAddr::V4(*range.start())..=IpAddr::V4(*range.end()))
    }
}

/// Refused: an end before the start, and one end mapped while the other is not.
impl TryFrom<RangeInclusive<Ipv6Addr>> for Rule {
    type Error = InvalidRule;

    fn try_from(range: RangeInclusive<Ipv6Addr>) -> Result<Self, InvalidRule> {
        Self::try_from(IpAddr::V6(*range.start())..=IpAddr::V6(*range.end()))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::encoding::parse_str(from)
    }
}

//! What can be wrong with a rule, and in which words.

/// What is wrong with a rule, where, and what to write instead. It does not repeat the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {position}: {problem}")]
pub struct InvalidRule {
    position: usize,
    problem: RuleProblem,
}

impl InvalidRule {
    pub(super) const fn at(position: usize, problem: RuleProblem) -> Self {
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
    /// `10.0.0.256`.
    #[error("octet above 255 in an IPv4 address; write each of the four as 0 to 255")]
    Octet,
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
    /// Trusted proxies that are everybody.
    #[error(
        "every address of a family would be a trusted proxy, so that any caller could name any client; write the \
         addresses of your own proxies, for example `10.0.0.0/28`"
    )]
    TrustsEveryone,
    /// Everything else.
    #[error("not an IP address; write for example `192.0.2.1`, `192.0.2.0/24` or `2001:db8::1`")]
    NotAnAddress,
}

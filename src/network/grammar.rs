//! Reads the text of a rule.

use core::net::{IpAddr, Ipv4Addr};

use super::{
    problem::{InvalidRule, RuleProblem},
    span::Span,
};

/// The span that `text` means. [`Rule`](super::Rule) documents the grammar.
pub(super) fn read(text: &str) -> Result<Span, InvalidRule> {
    if text.is_empty() {
        return Err(InvalidRule::at(0, RuleProblem::Empty));
    }
    if let Some(position) = text.bytes().position(|byte| !byte.is_ascii()) {
        return Err(InvalidRule::at(position, RuleProblem::NotAscii));
    }
    if let Some(position) = text.bytes().position(|byte| byte.is_ascii_whitespace()) {
        return Err(InvalidRule::at(position, RuleProblem::Blank));
    }
    if let Some((address, prefix)) = text.split_once('/') {
        block(address, prefix)
    } else if let Some((first, last)) = text.split_once('-') {
        range(first, last)
    } else {
        address(text).map(Span::single)
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
    let shift = |error: InvalidRule| InvalidRule::at(error.position() + at, error.problem());
    let (typed_first, typed_last) = (address(first)?, address(last).map_err(shift)?);
    Span::range(typed_first, typed_last).map_err(|problem| InvalidRule::at(at, problem))
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
        } else if octet.len() > 2 && octet.parse::<u8>().is_err() && text.contains('.') {
            return InvalidRule::at(position, RuleProblem::Octet);
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

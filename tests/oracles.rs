//! Rules as other programs read them: Python's `ipaddress`, which wrote neither this crate nor `ipnet`.

use std::{
    env,
    fmt::Write as _,
    io::{Write as _, stderr},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    process::{Command, Stdio},
};

use ipnet::IpNet;
use keyward::Rule;

/// Of each line `rule address`: canonical form, first, last, and whether it matches; the rule is a block, or a range.
const PROGRAM: &str = r"
import ipaddress, sys
for line in sys.stdin:
    rule, address = line.split()
    if '-' in rule:
        first, last = map(ipaddress.ip_address, rule.split('-'))
        blocks = list(ipaddress.summarize_address_range(first, last))
    else:
        blocks = [ipaddress.ip_network(rule, strict=False)]
        first, last = blocks[0][0], blocks[0][-1]
    address = ipaddress.ip_address(address)
    print(first, last, ','.join(map(str, blocks)), any(address in block for block in blocks))
";

/// splitmix64.
fn next(state: &mut u64) -> u128 {
    let mut one = || {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        u128::from(mixed ^ (mixed >> 27))
    };
    one() << 64 | one()
}

/// An address near `base`, by the number of its low bits that may differ. No IPv6 address is mapped.
fn near(base: IpAddr, state: &mut u64) -> IpAddr {
    let bits = next(state);
    match base {
        IpAddr::V4(base) => {
            let low = u32::try_from(bits >> 96).unwrap() >> (bits % 32);
            Ipv4Addr::from_bits(base.to_bits() ^ low).into()
        }
        IpAddr::V6(base) => Ipv6Addr::from_bits(base.to_bits() ^ (next(state) >> (bits % 128))).into(),
    }
}

/// Rules with host bits and ranges, each with an address that is likely to lie near an end.
fn questions() -> Vec<(String, IpAddr)> {
    let mut state = 1;
    let mut questions = Vec::new();
    for at in 0..4000u32 {
        let bits = next(&mut state);
        let base: IpAddr = if at % 2 == 0 {
            Ipv4Addr::from_bits(u32::try_from(bits >> 96).unwrap()).into()
        } else {
            Ipv6Addr::from_bits(bits | 1 << 125).into()
        };
        let other = near(base, &mut state);
        let width = if base.is_ipv4() { 33 } else { 129 };
        let rule = match at % 6 {
            0..=3 => format!("{base}/{}", bits % width),
            _ => format!("{}-{}", base.min(other), base.max(other)),
        };
        questions.push((rule, near(other, &mut state)));
    }
    questions
}

fn answers(questions: &[(String, IpAddr)]) -> Result<String, String> {
    let input = questions.iter().fold(String::new(), |mut text, (rule, address)| {
        writeln!(text, "{rule} {address}").expect("text");
        text
    });
    let mut python = Command::new("python3")
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("python3 does not start ({error})"))?;
    let mut stdin = python.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = python.wait_with_output().expect("an end");
    writer.join().expect("a thread").expect("python reads");
    assert!(output.status.success());
    Ok(String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn pythons_ipaddress_reads_rules_alike() {
    let questions = questions();
    let answers = match answers(&questions) {
        Ok(answers) => answers,
        Err(reason) => return skip(&reason),
    };
    assert_eq!(answers.lines().count(), questions.len());
    for ((rule, address), answer) in questions.iter().zip(answers.lines()) {
        let ours: Rule = rule.parse().unwrap();
        let nets = ours.nets().map(|net| net.to_string()).collect::<Vec<_>>().join(",");
        let matches = if ours.matches(*address) { "True" } else { "False" };
        assert_eq!(format!("{} {} {nets} {matches}", ours.first(), ours.last()), answer, "{rule} {address}");
    }
}

#[test]
fn ipnet_reads_blocks_alike() {
    for (rule, address) in questions().iter().filter(|(rule, _)| rule.contains('/')) {
        let (ours, theirs): (Rule, IpNet) = (rule.parse().unwrap(), rule.parse().unwrap());
        assert_eq!((ours.first(), ours.last()), (theirs.network(), theirs.broadcast()), "{rule}");
        assert_eq!(ours.matches(*address), theirs.contains(address), "{rule} {address}");
        assert_eq!(ours.canonical(), Rule::from(theirs));
    }
}

#[test]
fn what_ipnet_refuses_is_refused_here() {
    for rule in [
        "10.0.0.0/33",
        "2001:db8::/129",
        "10.1/8",
        "10.0.0.0/",
        "/8",
        "10.0.0.0/8/8",
        "10.0.0.0/+8",
        " 10.0.0.0/8",
    ] {
        assert!(rule.parse::<IpNet>().is_err() && rule.parse::<Rule>().is_err(), "{rule}");
    }
}

/// Straight to stderr: what `eprintln!` says in a passing test is swallowed.
fn skip(reason: &str) {
    assert!(env::var_os("KEYWARD_REQUIRE_ALL").is_none_or(|value| value != "1"), "not run: {reason}");
    writeln!(stderr(), "SKIPPED: oracles: {reason}").expect("stderr");
}

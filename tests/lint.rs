//! What the lint finds in a list of addresses, what it leaves alone, and in which words.

use std::{fmt::Write, net::Ipv4Addr};

use keyward::{Allowlist, Lint, Local};

fn list(text: &str) -> Allowlist {
    Allowlist::parse(text).unwrap()
}

fn found(text: &str) -> Vec<Lint> {
    list(text).lint().collect()
}

fn said(text: &str) -> Vec<String> {
    list(text).lint_behind_proxy().map(|lint| lint.to_string()).collect()
}

#[test]
fn a_plain_list_has_no_findings() {
    assert_eq!(found(""), []);
    assert_eq!(found("8.8.8.8\n9.0.0.0/8\n2600::/32\n10.0.0.1-10.0.0.9\n2001:DB8::1"), []);
    assert_eq!(Allowlist::Any.lint().chain(Allowlist::Any.lint_behind_proxy()).count(), 0);
}

#[test]
fn a_rule_that_repeats_another_is_named_with_the_first_of_its_kind() {
    let text = "9.0.0.1\n9.0.0.0/24\n9.0.0.1/32\n9.0.0.0-9.0.0.255\n::ffff:9.0.0.1\n2600::1\n2600:0::1";
    let duplicates: Vec<_> =
        found(text).into_iter().filter(|lint| matches!(lint, Lint::Duplicate { .. })).collect();
    let of = |rule, of| Lint::Duplicate { rule, of };
    assert_eq!(duplicates, [of(2, 0), of(3, 1), of(4, 0), of(6, 5)]);
    assert_eq!(said("9.0.0.1\n9.0.0.1"), ["rule 2 repeats rule 1; remove one of them"]);
}

#[test]
fn a_rule_inside_another_is_named_with_the_wider_one() {
    let covered = |rule, by| Lint::Covered { rule, by };
    assert_eq!(
        found("9.0.0.1\n9.0.0.0/8\n9.0.0.0/9\n9.255.255.255"),
        [covered(0, 1), covered(2, 1), covered(3, 1)]
    );
    assert_eq!(found("9.0.0.1-9.0.0.9\n9.0.0.9\n9.0.0.5-9.0.0.10\n9.0.0.10"), [covered(1, 2), covered(3, 2)]);
    assert_eq!(found("9.0.0.0/25\n9.0.0.128/25\n::/96\n0.0.0.0/8"), []);
    assert_eq!(said("9.0.0.1\n9.0.0.0/8"), ["rule 1 is covered by rule 2; remove it, or narrow rule 2"]);
}

#[test]
fn more_than_a_v4_8_or_a_v6_32_is_wide() {
    let wide = |most| vec![Lint::Wide { rule: 0, most }];
    for (rule, expected) in [
        ("9.0.0.0/8", vec![]),
        ("9.0.0.0-9.255.255.255", vec![]),
        ("9.0.0.0-10.0.0.0", wide(8)),
        ("8.0.0.0/7", wide(8)),
        ("0.0.0.0/0", wide(8)),
        ("2600::/32", vec![]),
        ("2600::-2600:1::", wide(32)),
        ("2600::/31", wide(32)),
        ("::/0", wide(32)),
    ] {
        assert_eq!(found(rule), expected, "{rule}");
    }
    assert_eq!(
        said("0.0.0.0/0\n::/0"),
        [
            "rule 1 admits more addresses than an IPv4 /8 has; write the blocks that callers really have",
            "rule 2 admits more addresses than an IPv6 /32 has; write the blocks that callers really have",
        ]
    );
}

#[test]
fn host_bits_are_named_with_the_canonical_form() {
    let host = |canonical: &str| vec![Lint::HostBits { rule: 0, canonical: canonical.parse().unwrap() }];
    assert_eq!(found("9.8.7.6/24"), host("9.8.7.0/24"));
    assert_eq!(found("::ffff:9.8.7.6/120"), host("9.8.7.0/24"));
    assert_eq!(found("2600::1/64"), host("2600::/64"));
    for plain in ["9.8.7.0/24", "9.8.7.6/32", "2600::/64", "2600:0:0::/64", "::ffff:9.8.7.0/120", "9.8.7.6"] {
        assert_eq!(found(plain), [], "{plain}");
    }
    assert_eq!(
        said("9.8.7.6/24"),
        [
            "rule 1 has host bits set, which are ignored; write 9.8.7.0/24, or the address alone if it was meant"
        ]
    );
}

#[test]
fn local_ranges_are_named_behind_a_proxy_only() {
    for (rule, local) in [
        ("127.0.0.1", Some(Local::Loopback)),
        ("::1", Some(Local::Loopback)),
        ("10.0.0.0/8", Some(Local::Private)),
        ("172.16.0.0/12", Some(Local::Private)),
        ("172.15.255.255-172.16.0.1", None),
        ("172.32.0.0", None),
        ("192.168.0.0/16", Some(Local::Private)),
        ("fc00::/7", Some(Local::Private)),
        ("100.64.0.0/10", Some(Local::Shared)),
        ("100.128.0.0", None),
        ("169.254.1.1", Some(Local::LinkLocal)),
        ("fe80::/10", Some(Local::LinkLocal)),
        ("fec0::", None),
        ("192.0.2.0/24", Some(Local::Documentation)),
        ("198.51.100.7", Some(Local::Documentation)),
        ("203.0.113.0/25", Some(Local::Documentation)),
        ("192.0.2.0-198.51.100.255", None),
        ("2001:db8::/32", Some(Local::Documentation)),
        ("3fff::/20", Some(Local::Documentation)),
        ("3fff:1000::", None),
        ("9.9.9.9", None),
        ("0.0.0.0/0", None),
    ] {
        let behind = list(rule).lint_behind_proxy().find_map(|lint| match lint {
            Lint::Unreachable { rule: 0, local } => Some(local),
            _ => None,
        });
        assert_eq!(behind, local, "{rule}");
        assert!(!found(rule).iter().any(|lint| matches!(lint, Lint::Unreachable { .. })), "{rule}");
    }
    assert_eq!(
        said("10.0.0.1"),
        [
            "rule 1 holds private addresses, which no client behind a proxy has; write the addresses that callers have \
          on the internet"
        ]
    );
}

#[test]
fn findings_stand_in_the_order_of_the_rules() {
    let rules: Vec<_> = list("0.0.0.0/0\n10.0.0.1/8\n10.0.0.1\n10.0.0.1")
        .lint_behind_proxy()
        .map(|lint| lint.rule())
        .collect();
    assert_eq!(rules, [0, 1, 1, 1, 2, 2, 3, 3]);
}

#[test]
fn a_large_list_is_linted_in_one_go() {
    let mut text = String::new();
    for at in 0..200_000u32 {
        writeln!(text, "{}/30", Ipv4Addr::from_bits((at << 3) ^ 0x4000_0000)).unwrap();
    }
    text.push_str("64.0.0.0/16\n");
    let findings = found(&text);
    assert_eq!(findings.len(), 1 << 13);
    assert!(findings.iter().all(|lint| matches!(lint, Lint::Covered { by: 200_000, .. })));
}

//! A picture of the figures: groups of horizontal bars, each group to a scale of its own.

use crate::{addresses, claims, messages, report::Report, rig::Figure, signatures, store, verdict};

/// One bar: whether it is keyward's, what it is called here, the row.
type Line = (Whose, &'static str, String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Ours,
    Theirs,
}

use Whose::{Ours, Theirs};

const WIDTH: usize = 760;
const LEFT: usize = 210;
const BAR: usize = 16;
const STEP: usize = 22;
/// Of the longest bar; what is right of it is for the figure.
const LONGEST: f64 = 430.0;

fn groups() -> Vec<(&'static str, Vec<Line>)> {
    let of = |structure, rules, kind| addresses::row(structure, rules, kind, false);
    let mut groups = vec![
        (
            "Is it who it says? From header to admitted caller, 10 000 users",
            vec![
                (Ours, "keyward, look-up included", verdict::VERIFY.into()),
                (Theirs, "prefixed-api-key, no look-up", verdict::PREFIXED.into()),
                (Theirs, "one HMAC-SHA-256 alone", verdict::HMAC.into()),
            ],
        ),
        (
            "May it do this? From header to verdict, 4 + 4 rules, 100 methods",
            vec![
                (Ours, "keyward, look-up included", verdict::DECIDE.into()),
                (Theirs, "one HMAC-SHA-256 alone", verdict::HMAC.into()),
            ],
        ),
    ];
    let short = [("Is the address among 4 rules?", 4), ("Among 16 rules?", 16)];
    groups.extend(short.map(|(title, rules)| {
        let theirs = (Theirs, "scan of cidr's blocks", of(addresses::SCAN, rules, ""));
        (title, vec![(Ours, "keyward", of(addresses::SET, rules, "")), theirs])
    }));
    let long = [("Among 10 000 rules?", 10_000), ("Among 1 000 000 rules?", 1_000_000)];
    groups.extend(long.map(|(title, rules)| {
        let theirs = (Theirs, "iptrie, level-compressed", of(addresses::TRIE, rules, "mixed"));
        (title, vec![(Ours, "keyward", of(addresses::SET, rules, "mixed")), theirs])
    }));
    groups.push((
        "Is the method among 100, by name?",
        vec![(Ours, "keyward", verdict::level(100)), (Theirs, "std's HashSet", verdict::set(100))],
    ));
    groups.push((
        "From header to admitted caller, keys at random",
        vec![
            (Ours, "of 10 000 users", store::VERIFY_FEW.into()),
            (Ours, "of 1 000 000 users", store::VERIFY_MANY.into()),
        ],
    ));
    groups.extend(signatures::CASES.iter().map(|case| {
        let lines = vec![
            (Ours, "keyward, verdict included", signatures::sigv4(case.name)),
            (Theirs, "scratchstack-aws-signature", signatures::scratchstack(case.name)),
            (Theirs, "its hashes alone", signatures::hashes("SigV4", case.name)),
        ];
        (case.title, lines)
    }));
    groups.push((
        "Is it signed? RFC 9421, six components",
        vec![
            (Ours, "keyward, verdict included", messages::MESSAGE.into()),
            (Theirs, "httpsig", messages::HTTPSIG.into()),
        ],
    ));
    groups.push((
        "Is it signed? Standard Webhooks, 1 KiB",
        vec![
            (Ours, "keyward", messages::WEBHOOK.into()),
            (Theirs, "standardwebhooks", messages::STANDARD_WEBHOOKS.into()),
        ],
    ));
    groups.push((
        "Was it sent before? 262 144 of them, two threads",
        vec![
            (Ours, "MemoryReplay", claims::CLAIMS.into()),
            (Theirs, "64 locked HashMaps", claims::INSERTS.into()),
        ],
    ));
    groups
}

pub(crate) fn svg(report: &Report) -> String {
    let (mut body, mut y) = (String::new(), 34);
    for (title, lines) in groups() {
        let found: Vec<_> = lines.iter().filter_map(|line| Some((line, report.find(&line.2)?))).collect();
        if found.len() < lines.len() {
            continue;
        }
        body += &format!("<text class=\"title\" x=\"20\" y=\"{y}\">{title}</text>\n");
        y += 10;
        let longest = found.iter().map(|(_, figure)| figure.least).fold(0.0, f64::max);
        for ((whose, name, _), figure) in found {
            body += &bar(*whose, name, figure, longest, y);
            y += STEP;
        }
        y += 28;
    }
    y += 10;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y}\" viewBox=\"0 0 {WIDTH} {y}\" \
         role=\"img\" aria-label=\"Times of keyward beside its peers; shorter is faster\">\n{STYLE}\
         <rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n{body}\
         <text class=\"note\" x=\"20\" y=\"{}\">Shorter is faster; each group has a scale of its own.</text>\n</svg>\n",
        WIDTH - 1,
        y - 1,
        y - 16,
    )
}

fn bar(whose: Whose, name: &str, figure: &Figure, longest: f64, y: usize) -> String {
    let class = if whose == Ours { "ours" } else { "theirs" };
    let length = (LONGEST * figure.least / longest).max(2.0);
    let (middle, end) = (y + BAR - 4, LEFT as f64 + length + 8.0);
    format!(
        "<text class=\"name\" x=\"{}\" y=\"{middle}\">{name}</text>\
         <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\"/>\
         <text class=\"value\" x=\"{end:.1}\" y=\"{middle}\">{figure}</text>\n",
        LEFT - 10,
    )
}

/// On a page of its own colour, so that it can be read on any.
const STYLE: &str = "<style>
text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .name { text-anchor: end } .note { font-size: 12px; fill: #59636e }
.page { fill: #ffffff; stroke: #d1d9e0 } .ours { fill: #1f6feb } .theirs { fill: #a3abb5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .note { fill: #9198a1 }
.page { fill: #0d1117; stroke: #3d444d } .ours { fill: #4c8dff } .theirs { fill: #656c76 }
}
</style>
";

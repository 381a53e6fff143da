//! Imports point downward: every module may use only what stands before it in this list.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// From the leaves up. A folder's own file (`network.rs`) stands behind what is in the folder.
const LAYERS: &[&str] = &[
    // leaves
    "entropy",
    "encoding::form",
    "encoding::media",
    "encoding::multipart",
    "encoding",
    "text",
    "secret",
    "mac",
    "time",
    "id",
    "request",
    "body",
    "record",
    "slot",
    // networks
    "network::client",
    "network::problem",
    "network::span",
    "network::grammar",
    "network::rule",
    "network::table",
    "network::set",
    "network::text",
    "network::index",
    "network::lint",
    "network::allowlist",
    "network::codec",
    "network::hop",
    "network::forwarded",
    "network::proxies",
    "network",
    // what can be called
    "access::names",
    "access::level",
    "access::catalogue",
    "access::builder",
    "access::data",
    "access::builtin",
    "access::coverage",
    "access::routes",
    "access",
    // credentials
    "credential::act",
    "credential::format",
    "credential::scan",
    "credential::schemes",
    "credential::owner",
    "credential::keyring",
    "credential::hashed",
    "credential::sealed",
    "credential::at_rest",
    "credential::import",
    "credential::reveal",
    "credential",
    // records
    "policy",
    "account::modules",
    "account::record",
    "account::level",
    "account::codec",
    "account::change",
    "account::edit",
    "account",
    "user::credential",
    "user::once",
    "user::record",
    "user::issue",
    "user::ending",
    "user::change",
    "user::keys",
    "user::stops",
    "user::reach",
    "user::matrix",
    "user::shown",
    "user::lint",
    "user::callers",
    "user::codec",
    "user::revision",
    "user",
    "subject",
    // signatures
    "signature::authority",
    "signature::flaw",
    "signature::host",
    "signature::bytes",
    "signature::sink",
    "signature::digester",
    "signature::key",
    "signature::date",
    "signature::profile",
    "signature::build",
    "signature::canonical::encode",
    "signature::canonical::path",
    "signature::canonical::query",
    "signature::canonical::headers",
    "signature::canonical::fields",
    "signature::canonical",
    "signature::authorization",
    "signature::presigned",
    "signature::sigv4",
    "signature::check",
    "signature::check::tests",
    "signature::escher_text",
    "signature::sign",
    "signature::replay",
    "signature::structured::bare",
    "signature::structured::classes",
    "signature::structured::reader",
    "signature::structured",
    "signature::message_profile",
    "signature::rfc9421::query",
    "signature::rfc9421::digest",
    "signature::rfc9421::component",
    "signature::rfc9421::input",
    "signature::rfc9421::value",
    "signature::rfc9421",
    "signature::rfc9421::model",
    "signature::rfc9421::tests",
    "signature::rfc9421::vectors",
    "signature::message_signature",
    "signature::message_signer",
    "signature::webhook::headers",
    "signature::webhook::secret",
    "signature::webhook",
    "signature::signed",
    "signature::verifier",
    "signature::diagnose::cause",
    "signature::diagnose::search",
    "signature::diagnose::body",
    "signature::diagnose::query",
    "signature::diagnose::headers",
    "signature::diagnose::secret",
    "signature::diagnose::sigv4",
    "signature::diagnose::message",
    "signature::diagnose",
    "signature::vectors",
    "signature::vectors::signing",
    "signature",
    // under `--cfg keyward_taint` alone
    "taint",
    // edges of the engine
    "presented::accept",
    "presented::malformed",
    "presented::parameter",
    "presented::carriers",
    "presented",
    "decision::headers",
    "decision::code",
    "decision::finding",
    "decision::reason",
    "decision::fault",
    "decision::denial",
    "decision::public",
    "decision::operator",
    "decision",
    // the engine
    "engine::live",
    "engine::read",
    "engine::prove",
    "engine::admit",
    "engine::again",
    "engine::permit",
    "engine::explain",
    "engine::diagnose",
    "engine::verdict",
    "engine",
    // what the outside sees
    "decided",
    "tally",
    "trace",
    "batch::call",
    "batch::outcome",
    "batch::run",
    "batch",
    "reply::json",
    "reply::notice",
    "reply::challenge",
    "reply::whole",
    "reply::render",
    "reply::problem",
    "reply::antavo",
    "reply",
    "mapp::response_type",
    "mapp::tree",
    "mapp::xml",
    "mapp::php",
    "mapp::value",
    "mapp::answer",
    "mapp::wording",
    "mapp::item",
    "mapp::envelope",
    "mapp::results",
    "mapp::request::chars",
    "mapp::request::problem",
    "mapp::request::tag",
    "mapp::request::document",
    "mapp::request::parse",
    "mapp::request::transport",
    "mapp::request::shape",
    "mapp::request::call",
    "mapp::request::reader",
    "mapp::request",
    "mapp",
    "journal::redact::digest",
    "journal::redact::shown",
    "journal::redact::names",
    "journal::redact::grams",
    "journal::redact::buffer",
    "journal::redact::unescape",
    "journal::redact::runs",
    "journal::redact::pairs",
    "journal::redact::find",
    "journal::redact::mask",
    "journal::redact::lens",
    "journal::redact::collect",
    "journal::redact::json::escape",
    "journal::redact::json::reader",
    "journal::redact::json::writer",
    "journal::redact::json",
    "journal::redact::form",
    "journal::redact::multipart",
    "journal::redact::xml::grammar",
    "journal::redact::xml::reader",
    "journal::redact::xml",
    "journal::redact::document",
    "journal::redact::carried",
    "journal::redact::needles",
    "journal::redact",
    "journal::logfmt",
    "journal::source",
    "journal::exchange",
    "journal::record",
    "journal::recording",
    "journal::entry",
    "journal::line",
    "journal::attempt",
    "journal::codec",
    "journal::browse",
    "journal::keep",
    "journal::held",
    "journal::ring",
    "journal::memory",
    "journal::attempts",
    "journal::recorder",
    "journal::last_used",
    "journal::deprecated",
    "journal",
    // the seam
    "store::feed",
    "store::lookup",
    "store::erased",
    "store::registry",
    "store::replay",
    "store",
    "gate::note",
    "gate",
    "memory::cell",
    "memory::copies",
    "memory::index",
    "memory::records",
    "memory::table",
    "memory::claims",
    "memory::replay",
    "memory",
    "conformance::together",
    "conformance::plan",
    "conformance::tear",
    "conformance::clock",
    "conformance::drops",
    "conformance::faulty",
    "conformance::world",
    "conformance::find",
    "conformance::insert",
    "conformance::change",
    "conformance::stop",
    "conformance::list",
    "conformance::sizes",
    "conformance::race",
    "conformance::crowd",
    "conformance::rows",
    "conformance::claim",
    "conformance::keep",
    "conformance",
    "lib",
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let name = |path: &PathBuf| {
        let relative = path.strip_prefix(&root).unwrap().with_extension("");
        relative.components().map(|part| part.as_os_str().to_str().unwrap()).collect::<Vec<_>>().join("::")
    };
    files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// Every module that `text` names by `crate::`, `super::` or `self::` paths, tests left out.
fn uses(module: &str, text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    for (start, base) in [("crate::", ""), ("super::", parent), ("self::", module)] {
        for (at, _) in code.match_indices(start) {
            let inside_word = code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
            if !inside_word {
                expand(base, &code[at + start.len()..], &mut found);
            }
        }
    }
    found.remove(module);
    found
}

/// Reads `a::{b::C, d}` behind `base` and keeps the longest prefixes that are modules.
fn expand(base: &str, rest: &str, found: &mut BTreeSet<String>) {
    let rest = rest.trim_start();
    if rest.is_empty() {
        return; // behind a last comma
    }
    if let Some(group) = rest.strip_prefix('{') {
        let (mut depth, mut start) = (0, 0);
        for (at, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => return expand(base, &group[start..at], found),
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(base, &group[start..at], found);
                    start = at + 1;
                }
                _ => {}
            }
        }
        return;
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let path = if base.is_empty() { rest[..end].to_owned() } else { format!("{base}::{}", &rest[..end]) };
    if !LAYERS.contains(&path.as_str()) {
        assert!(!base.is_empty(), "`crate::{path}` is no module; name the module that it comes from");
        if LAYERS.contains(&base) {
            found.insert(base.to_owned());
        }
        return;
    }
    match rest[end..].strip_prefix("::") {
        Some(more) => expand(&path, more, found),
        None => drop(found.insert(path)),
    }
}

fn rank(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| *layer == module)
        .unwrap_or_else(|| panic!("{module} has no layer; give it one"))
}

#[test]
fn imports_point_downward() {
    let mut edges = 0;
    for (module, text) in sources().iter().filter(|(module, _)| module != "lib") {
        for used in uses(module, text) {
            edges += 1;
            assert!(rank(&used) < rank(module), "{module} uses {used}, which lies above it");
        }
    }
    assert!(edges > 100, "only {edges} imports were read: the reader is broken");
}

#[test]
fn every_layer_is_a_file_and_every_file_has_a_layer() {
    let files: BTreeSet<_> = sources().into_iter().map(|(module, _)| module).collect();
    let layers: BTreeSet<_> = LAYERS.iter().map(|layer| (*layer).to_owned()).collect();
    assert_eq!(files, layers);
    assert!(files.iter().all(|module| !module.ends_with("error")), "each module owns its errors");
}

#[test]
fn the_reader_sees_every_kind_of_import() {
    let text = "use crate::{id::KeyId, access::{level::AccessLevel, MethodId}};\nuse super::rule::Rule;\n\
                fn f() -> crate::time::Timestamp { self::x() }\n// crate::gate\n#[cfg(test)]\nuse crate::memory;";
    let found: Vec<_> = uses("network::allowlist", text).into_iter().collect();
    assert_eq!(found, ["access", "access::level", "id", "network::rule", "time"]);
}

#[test]
#[should_panic(expected = "`crate::Denial` is no module")]
fn an_import_from_the_root_is_refused() {
    let _ = uses("time", "use crate::{id::KeyId, Denial};");
}

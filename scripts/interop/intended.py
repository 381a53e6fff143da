"""Where keyward's answer is meant to differ from the clients', and whom it follows where the clients disagree.

Each rule has a name, a reason, a predicate over the case, and what keyward must answer where it holds: `accept`, `reject`,
`either` (no text decides, both answers are safe), or a client's name: that client reads the bytes as keyward does, so its
verdict counts. Rules are narrow on purpose: what none of them explains is a failure.

Run by itself it prints the rules as docs/signing.md has them.
"""
import re
from dataclasses import dataclass
from typing import Callable

import readings
import wire

PY, JS = "escherauth-py", "escher-auth-js"
HMS_PY, WEBHOOKS_PY, WEBHOOKS_JS = "http-message-signatures-py", "standardwebhooks-py", "standardwebhooks-js"
LONG = re.compile(r"\d{8}T\d{6}Z")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
AUTHORIZATION = re.compile(r"(\S+)-HMAC-(\S+) +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]+)")
STRICT = re.compile(r"\S+ Credential=[^,]+, SignedHeaders=[^,]+, Signature=[0-9a-f]+")


SCHEMES = {"escher": "escher", "rfc9421": "rfc9421", "webhooks": "standard_webhooks"}


@dataclass(frozen=True)
class Rule:
    name: str
    keyward: str
    reason: str
    holds: Callable[[dict], bool]

    def applies(self, case):
        return SCHEMES[self.name.split("/")[0]] == case["scheme"] and self.holds(case)


def auth(case):
    return wire.header(case["request"], case["config"]["auth_header_name"])


def dates(case):
    return wire.header(case["request"], case["config"]["date_header_name"])


def presigned(case, name):
    query = wire.split_target(case["request"]["url"])[1]
    return [value for key, value in wire.pairs(query) if key == f"X-{case['config']['vendor_key']}-{name}"]


def signed(case):
    """The names of SignedHeaders as they are written; a presigned URL signs the host."""
    found = [re.search("SignedHeaders=([^,]*)", value) for value in auth(case)]
    return found[0][1].split(";") if found and found[0] else ["host"]


def signed_values(case):
    return [wire.header(case["request"], name) for name in sorted({name.lower() for name in signed(case)})]


def path(case):
    return wire.split_target(case["request"]["url"])[0]


def query(case):
    return wire.split_target(case["request"]["url"])[1]


def date_is(case, form, named_date):
    return case["kind"] == "header" and (case["config"]["date_header_name"] == "Date") == named_date and any(map(form, dates(case)))


def another_label(case):
    wanted = f"{case['config']['algo_prefix']}-HMAC-{case['config']['hash_algo']}"
    return any(value.split(" ")[0] != wanted for value in auth(case)) or any(value != wanted for value in presigned(case, "Algorithm"))


def parts_spaced(case):
    return any(AUTHORIZATION.fullmatch(value) and not STRICT.fullmatch(value) for value in auth(case))


def parts_added(case):
    return any(not AUTHORIZATION.fullmatch(value) and ", Stray=" in value for value in auth(case))


def query_param_values(case):
    """Whether @query-param covers a value with characters that only HTML forms escape."""
    covers = "@query-param" in "".join(wire.header(case["request"], "signature-input"))
    return covers and any(re.search("[!'()~]|%2[1789]|%7[eE]", value) for _, value in wire.pairs(query(case)))


def created(case):
    found = re.search(r";created=(\d+)", "".join(wire.header(case["request"], "signature-input")))
    return int(found[1]) if found else case["now"]


def age_near_limit(case):
    age, skew = case["config"]["max_age_s"], case["config"]["clock_skew_s"]
    return age is not None and skew > 0 and case["now"] - created(case) > age - skew


def at_window_end(case):
    return "window" in case and case["now"] == case["window"][1]


def timestamp_text(case):
    texts = [value.strip(" \t") for value in wire.header(case["request"], "webhook-timestamp")]
    return any(not text.isdecimal() or str(int(text)) != text for text in texts)


def signature_parts(case):
    return [part for value in wire.header(case["request"], "webhook-signature") for part in value.split(" ")]


def webhook_headers(case):
    return [wire.header(case["request"], f"webhook-{name}") for name in ("id", "timestamp", "signature")]


def labels(case):
    """The labels of Signature-Input."""
    return re.findall(r"(?:^|, )([a-z0-9-]+)=\(", ", ".join(wire.header(case["request"], "signature-input")))


RULES = [
    # Escher: the clients agree, keyward differs.
    Rule("escher/signed-header-charset", "accept",
         "the clients' pattern refuses digits and _ in SignedHeaders; header names may hold them",
         lambda case: "mutation" not in case and any(re.search(r"[0-9_]", name) for name in signed(case))),
    Rule("escher/two-hosts", "reject",
         "more than one Host is refused, even if both are signed",
         lambda case: len(wire.header(case["request"], "host")) > 1),
    Rule("escher/not-utf8", "reject",
         "an escape that is not UTF-8 keeps its bytes; the clients sign U+FFFD, which many bytes share",
         lambda case: readings.not_utf8(query(case))),
    Rule("escher/presigned-more", "reject",
         "a presigned URL signs exactly the host, the one header that who opens it will send",
         lambda case: case["kind"] == "presigned" and presigned(case, "SignedHeaders") != ["host"]),
    Rule("escher/two-auth-headers", "reject",
         "a repeated auth header is refused; Python takes the last, JavaScript the first",
         lambda case: len(auth(case)) > 1),
    Rule("escher/upper-case-signed-headers", "reject",
         "SignedHeaders is written in lower case",
         lambda case: any(name != name.lower() for name in signed(case))),
    # Escher: the clients disagree.
    Rule("escher/both-signatures", "reject",
         "a header and presigned parameters at once: Python takes the header, JavaScript the URL",
         lambda case: bool(auth(case) and presigned(case, "Signature"))),
    Rule("escher/absent-signed-header", "reject",
         "SignedHeaders names a header that is not there; JavaScript drops it, Python keeps its name",
         lambda case: any(not values for values in signed_values(case))),
    Rule("escher/repeated-signed-header", "reject",
         "SignedHeaders names a header twice; JavaScript merges, Python signs the list as it stands",
         lambda case: len(set(signed(case))) != len(signed(case))),
    Rule("escher/label-ignored", JS,
         "Python verifies with its own hash and prefix whatever the request's label says",
         another_label),
    Rule("escher/long-date-in-date", PY,
         "JavaScript's Date cannot read YYYYMMDDTHHMMSSZ, which Antavo's clients send in Date",
         lambda case: date_is(case, LONG.fullmatch, True)),
    Rule("escher/iso-date-in-date", JS,
         "Python reads no ISO 8601, which Antavo's cartridge sends in Date",
         lambda case: date_is(case, ISO.fullmatch, True)),
    Rule("escher/other-date-elsewhere", JS,
         "outside Date only YYYYMMDDTHHMMSSZ; Python also reads the HTTP form",
         lambda case: date_is(case, lambda value: not LONG.fullmatch(value), False)),
    Rule("escher/window-end", PY,
         "windows are closed at both ends; JavaScript excludes the last second",
         at_window_end),
    Rule("escher/white-space-runs", PY,
         "JavaScript folds only the first run of white space, and drops an empty first line",
         lambda case: any(readings.header_escherauth(values) != readings.header_escher_auth(values) for values in signed_values(case))),
    Rule("escher/values-sorted-raw", PY,
         "JavaScript sorts repeated values before it encodes them",
         lambda case: readings.sorts_before_encoding(query(case))),
    Rule("escher/path-python", JS,
         "Python takes ..b for a parent and leaves .. at the root",
         lambda case: readings.path_escherauth(path(case)) != readings.path_here(path(case))),
    Rule("escher/path-javascript", PY,
         "Node's parser escapes quotes in some paths, finds hosts in others, and drops the slash of a last dot segment",
         lambda case: readings.path_escher_auth(case["request"]["url"]) != readings.path_here(path(case))),
    Rule("escher/presigned-path-javascript", "reject",
         "presigning, Node's parser escapes quotes in the path that it signs, but not in the URL that it gives",
         lambda case: case["kind"] == "presigned" and case["source"] == JS and any(char in readings.NODE_ESCAPES for char in path(case))),
    Rule("escher/spaces-between-parts", PY,
         "any number of spaces may follow the commas of the auth header",
         parts_spaced),
    Rule("escher/stray-part", JS,
         "Python overlooks unknown parts of the auth header",
         parts_added),
    # RFC 9421.
    Rule("rfc9421/tolerance-shortens-age", HMS_PY,
         "JavaScript subtracts its tolerance where it should add it",
         age_near_limit),
    Rule("rfc9421/whatwg-url", HMS_PY,
         "JavaScript signs the URL as a browser rewrites it, not as it was sent",
         lambda case: readings.whatwg_rewrites(case["request"]["url"])),
    Rule("rfc9421/query-param-encoding", HMS_PY,
         "2.2.8 encodes values as HTML forms do; JavaScript leaves !'()~ bare",
         query_param_values),
    Rule("rfc9421/repeated-label", "either",
         "RFC 8941 lets the last of two equal keys win, as JavaScript does; Python refuses",
         lambda case: any(len(wire.header(case["request"], name)) > 1 for name in ("signature-input", "signature"))),
    Rule("rfc9421/second-label", HMS_PY,
         "two signatures where no label or tag says which one counts; JavaScript passes over unknown keys",
         lambda case: len(labels(case)) > 1),
    # Standard Webhooks.
    Rule("webhooks/timestamp-text", "reject",
         "the timestamp's text is signed as it stands, digits only; the clients parse and print it anew",
         timestamp_text),
    Rule("webhooks/two-headers", "reject",
         "a repeated webhook header is refused; the clients are given the last",
         lambda case: any(len(values) > 1 for values in webhook_headers(case))),
    Rule("webhooks/part-without-comma", WEBHOOKS_JS,
         "a part of the list that is no signature is passed over; Python fails",
         lambda case: any("," not in part for part in signature_parts(case))),
    Rule("webhooks/joined-by-commas", WEBHOOKS_PY,
         "signatures are parted by spaces; JavaScript overlooks what stands behind a second comma",
         lambda case: any(part.count(",") > 1 for part in signature_parts(case))),
]


@dataclass(frozen=True)
class Refusal:
    """What keyward does not sign, as no verifier should accept it: part of its sentence, and when it is right to say it."""
    sentence: str
    holds: Callable[[dict], bool]


REFUSALS = [
    Refusal("sent two hosts", lambda case: len(wire.header(case["request"], "host")) > 1),
    Refusal("signed a header that did not arrive",
            lambda case: any(not wire.header(case["request"], name) for name in case["headers_to_sign"])),
    Refusal("a presigned URL signs the host alone", lambda case: case["kind"] == "presigned" and bool(case["headers_to_sign"])),
]


def refused_with_reason(case):
    """Whether keyward is right not to sign what it was asked to."""
    return any(refusal.sentence in case["unsigned"] and refusal.holds(case) for refusal in REFUSALS)


def excuses(case, client):
    """The rules by which a client refuses what keyward signed: those that do not make it the one that keyward follows."""
    return [rule.name for rule in RULES if rule.applies(case) and rule.keyward != client]


def ruled(case):
    """What keyward must answer, and the rules that say so or that say why a client refuses its own signature; None where
    the clients disagree and no rule explains it.
    """
    names = [rule for rule in RULES if rule.applies(case)]
    verdicts = set(case["checked"].values())
    disagree = len(verdicts) > 1
    refuses_own = "mutation" not in case and case["checked"].get(case["source"]) == "reject"
    fixed = [rule for rule in names if rule.keyward in ("accept", "reject", "either")]
    if fixed:
        answer = "reject" if any(rule.keyward == "reject" for rule in fixed) else fixed[0].keyward
        return answer, [rule.name for rule in fixed] if disagree or refuses_own or {answer} != verdicts else []
    followed = {rule.keyward for rule in names}
    if not disagree:
        # Each client stumbles over something else, so that both refuse says nothing about the signature.
        if len(followed) > 1 and verdicts == {"reject"}:
            return "either", ["two-quirks"]
        return verdicts.pop(), [rule.name for rule in names] if refuses_own else []
    if not followed:
        return None, []
    # Two readings that differ from ours in different places: neither signature is over what keyward reads.
    answer = case["checked"][followed.pop()] if len(followed) == 1 else "reject"
    return answer, [rule.name for rule in names]


def table():
    """The rules in Markdown."""
    words = {"accept": "accepts", "reject": "refuses", "either": "either"}
    rows = [f"| {rule.name} | {words.get(rule.keyward, f'reads as {rule.keyward}')} | {rule.reason} |" for rule in RULES]
    return "\n".join(["| rule | keyward | why |", "|---|---|---|", *rows])


if __name__ == "__main__":
    print(table())

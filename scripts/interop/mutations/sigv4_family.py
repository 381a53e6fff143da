"""Changes to Escher's and SigV4's own parts: Authorization, the presigned parameters, the signed headers, the date."""
import re

import wire
from mutations import common


def names(case):
    """Auth header, date header and the prefix of presigned parameters, as they are written."""
    config = case["config"]
    if case["scheme"] == "sigv4":
        return "authorization", "x-amz-date", "X-Amz-"
    return config["auth_header_name"].lower(), config["date_header_name"].lower(), f"X-{config['vendor_key']}-"


def signed_names(case):
    for value in wire.header(case["request"], names(case)[0]):
        found = re.search("SignedHeaders=([^,]*)", value)
        return set(found[1].split(";")) if found else set()
    return {"host"}


def other_signed(case):
    auth, date, _ = names(case)
    return lambda name: name in signed_names(case) - {auth, date, "host"}


def is_auth(case):
    return lambda name: name == names(case)[0]


def edit_part(rng, case, part, edit):
    """A part of the auth header (Credential, SignedHeaders, Signature), or the presigned parameter that stands for it."""
    replace = lambda value: re.sub(f"({part}=)([^,]*)", lambda match: match[1] + (edit(match[2]) or match[2]), value)
    if case["kind"] == "header":
        return common.edit_line(rng, case, is_auth(case), replace)
    path, query = wire.split_target(case["request"]["url"])
    pattern = f"({re.escape(names(case)[2] + part)}s?=)([^&]*)"
    return common.with_request(case, url=path + "?" + re.sub(pattern, lambda match: match[1] + (edit(match[2]) or match[2]), query))


def signature(rng, case):
    return edit_part(rng, case, "Signature", lambda value: flip(rng, value))


def flip(rng, value):
    at = rng.randrange(len(value))
    return value[:at] + rng.choice("0123456789abcdef".replace(value[at], "")) + value[at + 1:]


def signature_upper(rng, case):
    return edit_part(rng, case, "Signature", str.upper)


def signature_cut(rng, case):
    return edit_part(rng, case, "Signature", lambda value: value[:-1])


def credential(rng, case):
    return edit_part(rng, case, "Credential", lambda value: common.other_byte(rng, value))


def signed_headers(rng, case):
    return edit_part(rng, case, "SignedHeaders", lambda value: common.other_byte(rng, value))


def signed_header_value(rng, case):
    return common.edit_line(rng, case, other_signed(case), lambda value: common.other_byte(rng, value))


def signed_header_space(rng, case):
    return common.edit_line(rng, case, other_signed(case), lambda value: rng.choice([" " + value, value + "\t", value.replace(" ", "  ")]))


def drop_signed(rng, case):
    return common.drop_line(rng, case, other_signed(case))


def double_signed(rng, case):
    return common.double_line(rng, case, other_signed(case))


def host(rng, case):
    return common.edit_line(rng, case, lambda name: name == "host", lambda value: common.other_byte(rng, value))


def second_host(rng, case):
    return common.double_line(rng, case, lambda name: name == "host")


def drop_host(rng, case):
    return common.drop_line(rng, case, lambda name: name == "host")


def date(rng, case):
    if case["kind"] == "presigned":
        return edit_part(rng, case, "Date", lambda value: common.other_byte(rng, value))
    return common.edit_line(rng, case, lambda name: name == names(case)[1], lambda value: common.other_byte(rng, value))


def drop_date(rng, case):
    return common.drop_line(rng, case, lambda name: name == names(case)[1])


def double_date(rng, case):
    return common.double_line(rng, case, lambda name: name == names(case)[1])


def drop_auth(rng, case):
    return common.drop_line(rng, case, is_auth(case))


def double_auth(rng, case):
    return common.double_line(rng, case, is_auth(case))


def algorithm(rng, case):
    if case["kind"] == "presigned":
        return edit_part(rng, case, "Algorithm", lambda value: common.other_byte(rng, value))
    swap = {"SHA256": "SHA512", "SHA512": "SHA256"}
    return common.edit_line(rng, case, is_auth(case), lambda value: re.sub("SHA256|SHA512", lambda match: swap[match[0]], value, count=1))


def expires(rng, case):
    return edit_part(rng, case, "Expires", lambda value: common.other_byte(rng, value)) if case["kind"] == "presigned" else None


def both_signatures(rng, case):
    if case["kind"] == "presigned":
        return None
    added = f"{names(case)[2]}Signature=0000"
    path, query = wire.split_target(case["request"]["url"])
    return common.with_request(case, url=wire.join_target(path, f"{query}&{added}" if query else added))


def reorder_pairs(rng, case):
    path, query = wire.split_target(case["request"]["url"])
    if not query:
        return None
    parts = query.split("&")
    rng.shuffle(parts)
    return common.with_request(case, url=f"{path}?{'&'.join(parts)}")


def respell_query(rng, case):
    """An escape of the query in lower hex: another spelling of the same text."""
    path, query = wire.split_target(case["request"]["url"])
    lower = re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), query or "")
    return common.with_request(case, url=f"{path}?{lower}") if lower != (query or "") else None


ALL = [
    signature, signature, signature_upper, signature_cut, credential, credential, signed_headers, signed_header_value, signed_header_value,
    signed_header_space, drop_signed, double_signed, host, second_host, drop_host, date, drop_date, double_date, drop_auth, double_auth,
    algorithm, expires, both_signatures, reorder_pairs, respell_query,
]

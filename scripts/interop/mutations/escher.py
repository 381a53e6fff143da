"""Changes whose answer only Escher's own servers know: other spellings of the auth header."""
import re

from mutations import common, sigv4_family


def edit_auth(rng, case, edit):
    return common.edit_line(rng, case, sigv4_family.is_auth(case), edit)


def upper_signed(rng, case):
    names = sorted(sigv4_family.signed_names(case))
    chosen = rng.choice(names)
    return sigv4_family.edit_part(rng, case, "SignedHeaders", lambda value: ";".join(n.upper() if n == chosen else n for n in value.split(";")))


def reorder_signed(rng, case):
    return sigv4_family.edit_part(rng, case, "SignedHeaders", lambda value: ";".join(reversed(value.split(";"))))


def repeat_signed(rng, case):
    return sigv4_family.edit_part(rng, case, "SignedHeaders", lambda value: value + ";" + value.split(";")[-1])


def tight_parts(rng, case):
    return edit_auth(rng, case, lambda value: value.replace(", ", ","))


def wide_parts(rng, case):
    return edit_auth(rng, case, lambda value: value.replace(", ", ",  "))


def stray_part(rng, case):
    return edit_auth(rng, case, lambda value: re.sub(", SignedHeaders", ", Stray=1, SignedHeaders", value))


ALL = [upper_signed, reorder_signed, repeat_signed, tight_parts, wide_parts, stray_part]

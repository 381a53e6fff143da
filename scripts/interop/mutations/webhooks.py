"""Changes to the three webhook headers."""
from mutations import common


def named(suffix):
    return lambda name: name == f"webhook-{suffix}"


def identity(rng, case):
    return common.edit_line(rng, case, named("id"), lambda value: common.other_byte(rng, value))


def timestamp(rng, case):
    return common.edit_line(rng, case, named("timestamp"), lambda value: common.other_byte(rng, value))


def timestamp_form(rng, case):
    forms = [lambda value: value + ".0", lambda value: " " + value, lambda value: "+" + value, lambda value: value + "s", lambda value: "0" + value]
    return common.edit_line(rng, case, named("timestamp"), rng.choice(forms))


def signature(rng, case):
    def edit(value):
        parts = value.split(" ")
        at = max(range(len(parts)), key=lambda index: len(parts[index]))
        text = parts[at].removeprefix("v1,")
        parts[at] = "v1," + common.other_byte(rng, text[:-2]) + text[-2:]
        return " ".join(parts)
    return common.edit_line(rng, case, named("signature"), edit)


def version(rng, case):
    return common.edit_line(rng, case, named("signature"), lambda value: value.replace("v1,", rng.choice(["v2,", "V1,", "v1a,"])))


def bare_signature(rng, case):
    return common.edit_line(rng, case, named("signature"), lambda value: value.replace("v1,", ""))


def separator(rng, case):
    other = lambda value: rng.choice([value.replace(" ", ","), value + " ", " " + value, value.replace(" ", "  ")])
    return common.edit_line(rng, case, named("signature"), other)


def drop(rng, case):
    return common.drop_line(rng, case, lambda name: name.startswith("webhook-"))


def double(rng, case):
    return common.double_line(rng, case, lambda name: name.startswith("webhook-"))


def unpadded(rng, case):
    return common.edit_line(rng, case, named("signature"), lambda value: value.replace("=", ""))


ALL = [identity, identity, timestamp, timestamp, timestamp_form, signature, signature, version, bare_signature, separator, drop, double, unpadded]

"""Changes to Signature-Input, Signature and what they cover."""
import re

from mutations import common


def named(*names):
    return lambda name: name in names


def other_field(name):
    return name not in ("signature", "signature-input", "content-digest", "host")


def covered(case):
    """Whether Signature-Input names a field."""
    value = next((value for name, value in case["request"]["headers"] if name.lower() == "signature-input"), "")
    return lambda name: other_field(name) and f'"{name}"' in value


def edit_input(rng, case, edit):
    return common.edit_line(rng, case, named("signature-input"), edit)


def edit_parameter(rng, case, name):
    pattern = f'(;{name}=)("[^"]*"|[0-9]+)'
    change = lambda match: match[1] + (common.other_byte(rng, match[2]) or match[2])
    edit = lambda value: changed if (changed := re.sub(pattern, change, value)) != value else None
    return edit_input(rng, case, edit)


def parameter(rng, case):
    return edit_parameter(rng, case, rng.choice(["created", "expires", "keyid", "alg", "nonce", "tag"]))


def keyid(rng, case):
    return edit_parameter(rng, case, "keyid")


def drop_component(rng, case):
    return edit_input(rng, case, lambda value: re.sub(r'\("[^"]*"( |(?=\)))', "(", value, count=1))


def repeat_component(rng, case):
    return edit_input(rng, case, lambda value: re.sub(r'\(("[^"]*")', r"(\1 \1", value, count=1))


def label(rng, case):
    return edit_input(rng, case, lambda value: "x" + value)


def signature(rng, case):
    def edit(value):
        head, text = re.match("(.*?=:)(.*):$", value).groups()
        return head + common.other_byte(rng, text[:-2]) + text[-2:] + ":"
    return common.edit_line(rng, case, named("signature"), edit)


def drop_signature(rng, case):
    return common.drop_line(rng, case, named("signature", "signature-input"))


def double_signature(rng, case):
    return common.double_line(rng, case, named("signature", "signature-input"))


def second_label(rng, case):
    """A signature of somebody else's beside ours."""
    values = {"signature-input": ', other=("@method");created=1;keyid="somebody"', "signature": ", other=:AAAA:"}
    lines = [[name, value + values.get(name.lower(), "")] for name, value in case["request"]["headers"]]
    return common.with_request(case, headers=lines)


def covered_value(rng, case):
    return common.edit_line(rng, case, covered(case), lambda value: common.other_byte(rng, value))


def covered_space(rng, case):
    return common.edit_line(rng, case, covered(case), lambda value: f"  {value} ")


def drop_covered(rng, case):
    return common.drop_line(rng, case, covered(case))


def double_covered(rng, case):
    return common.double_line(rng, case, covered(case))


def digest(rng, case):
    return common.edit_line(rng, case, named("content-digest"), lambda value: common.other_byte(rng, value))


def drop_digest(rng, case):
    return common.drop_line(rng, case, named("content-digest"))


ALL = [
    parameter, parameter, keyid, drop_component, repeat_component, label, signature, signature, drop_signature, double_signature,
    second_label, covered_value, covered_value, covered_space, drop_covered, double_covered, digest, drop_digest,
]

"""Random pieces of HTTP requests: what clients may legally send, spelled as oddly as they are allowed to.

Everything is drawn from a `random.Random` that a text seeds, which Python keeps stable over its versions.
"""
import string

WORDS = ["customers", "events", "1234", "st1", "coupon", "v2", "Ünïcödé", "名前", "a-b_c.d~e", "x", "ORDER"]
TEXTS = ["", "1", "value", "two words", "a+b", "50%", "a&b=c", "ünï", "日本", "!*'()", "~.-_", "#1", "a,b;c", "/path?x", "🔑", "\"q\""]
KEYS = ["a", "b", "page", "Page", "filter[name]", "q", "ü", "a-b", "a.b", "x y", "empty", "k!*"]
HEX = string.hexdigits[:16]
UNRESERVED = set(string.ascii_letters + string.digits + "-._~")
PATH_BARE = UNRESERVED | set("!$&()*+,;=:@")
QUERY_BARE = UNRESERVED | set("!$()*,;:@/?")


def chance(rng, share):
    return rng.random() < share


def escape(rng, char, case=None):
    """A character percent-encoded, in upper or lower hex."""
    upper = chance(rng, 0.7) if case is None else case
    return "".join(f"%{byte:02X}" if upper else f"%{byte:02x}" for byte in char.encode())


def spell(rng, text, bare, needless=0.03):
    """Text percent-encoded: what has to be, and a few characters that need not be."""
    return "".join(char if char in bare and not chance(rng, needless) else escape(rng, char) for char in text)


def method(rng):
    return rng.choices(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], [30, 30, 12, 8, 8, 6, 6])[0]


def segment(rng, odd):
    pick = rng.random()
    if pick < 0.7 or not odd:
        return spell(rng, rng.choice(WORDS), PATH_BARE)
    if pick < 0.8:
        return spell(rng, rng.choice(["a!b*c", "(x)", "a+b", "k=v,w", "a:b@c", "semi;colon", "$&"]), PATH_BARE)
    if pick < 0.85:
        return rng.choice([".", "..", "%2e", "%2E%2e"])
    if pick < 0.9:
        return ""
    if pick < 0.94:
        return rng.choice(["...", "..b", "b..", ".hidden", "a."])
    if pick < 0.97:
        return spell(rng, rng.choice(["it's", "a b", "50%", "x\"y", "<z>", "back\\slash", "sla/sh", "#"]), PATH_BARE)
    return rng.choice(["it's", "naïve", "名"])


def path(rng, odd=True):
    segments = [segment(rng, odd) for _ in range(rng.choice([0, 1, 1, 2, 2, 3, 4, 6]))]
    return "/" + "/".join(segments) + ("/" if segments and chance(rng, 0.2) else "")


def pair(rng, plus, odd):
    bare = QUERY_BARE | ({"+"} if plus else set())
    key = spell(rng, rng.choice(KEYS), bare)
    pick = rng.random()
    if pick < 0.1:
        return key
    value = spell(rng, rng.choice(TEXTS), bare)
    if plus and pick < 0.2:
        value = value.replace("%20", "+")
    if odd and pick > 0.93:
        value = rng.choice(["a=b=c", "%", "%zz", "%e4%b8", "%FF", "it's", "名", value + "=", "%41%7e%2D", "[x]"])
    return f"{key}={value}"


def query(rng, plus=True, odd=True):
    """A query or None. `plus`: a bare `+` may stand in it; `odd`: also what only lenient readers take."""
    pick = rng.random()
    if pick < 0.25:
        return None
    if pick < 0.3:
        return ""
    parts = [pair(rng, plus, odd) for _ in range(rng.choice([1, 1, 2, 3, 5, 8]))]
    if odd and chance(rng, 0.1):
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(["", "=", "=only", parts[0]]))
    return "&".join(parts)


def text(rng, size):
    """Text of about this many bytes: JSON-like, with line ends and characters of several bytes."""
    alphabet = string.ascii_letters + string.digits + '{}[]":, \n\r\tüß€名🔑'
    return "".join(rng.choices(alphabet, k=size))


def size(rng):
    """Mostly small, now and then up to 64 KiB."""
    return rng.choices([0, rng.randrange(64), rng.randrange(2048), rng.randrange(65536)], [15, 55, 25, 5])[0]


def header_value(rng):
    plain = ["application/json", "text/plain; charset=utf-8", "gzip, deflate", "", "0", "a,b", "ünï"]
    spaced = ["  lead", "trail  ", "two  spaces", "a \t b", "one  two  three", " both  ", "tab\tbed", "\tlead"]
    quoted = ['"a  b"', 'x  "in  side"  y', 'un"balanced  quote', '"a", "b"', 'W/"e-tag"']
    return rng.choice(rng.choices([plain, spaced, quoted], [5, 4, 2])[0])


def header_name(rng, names=("Content-Type", "Accept", "X-Request-Id", "X-Correlation", "Accept-Language", "X-A", "ETag")):
    name = rng.choice(names)
    return rng.choice([name, name, name.lower(), name.upper(), name.swapcase()])


def headers(rng, most=4):
    """Header lines with a repeated name now and then."""
    lines = [[header_name(rng), header_value(rng)] for _ in range(rng.randrange(most + 1))]
    if lines and chance(rng, 0.15):
        lines.append([rng.choice(lines)[0].upper(), header_value(rng)])
    return lines


def host(rng):
    return rng.choice(["api.example.com", "api.st1.example.net", "localhost:8080", "example.com:443", "xn--bcher-kva.example", "10.0.0.7:9000"])


def key_id(rng):
    """Of the shape that Antavo's have, and plainly invented."""
    return "AN1EXAMPLE" + "".join(rng.choices(string.ascii_uppercase + string.digits, k=9))


def secret(rng):
    return "Example+" + "".join(rng.choices(string.ascii_letters + string.digits + "+/", k=19))


def now(rng):
    """A second between 2024 and 2030, often just before or after midnight."""
    day = rng.randrange(19723, 21915) * 86400
    return day + rng.choice([rng.randrange(86400), rng.randrange(120), 86400 - 1 - rng.randrange(120)])

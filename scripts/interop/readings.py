"""How the clients read the same bytes differently: their rules restated, so that a disagreement can be explained exactly."""
import re
from urllib.parse import parse_qsl, quote, unquote_to_bytes

import wire

# What Node's url.parse percent-encodes by itself (lib/url.js, autoEscapeStr).
NODE_ESCAPES = "\t\n\r \"'<>\\^`{|}"
PYTHON_PATH = re.compile(r"([^/]+/\.\./?|/\./|//|/\.$|/\.\.$)")
# What the WHATWG parser percent-encodes in a path and in a query of https (section 1.3).
WHATWG_PATH, WHATWG_QUERY = "\"<>`{}^ ", "\"'<> "


def path_here(path):
    """Dot segments resolved, `//` collapsed, a trailing slash kept: RFC 3986, 5.2.4, and Escher's suite."""
    kept = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            kept[-1:] = []
        elif part not in ("", "."):
            kept.append(part)
    return "/" + "/".join(kept) + ("/" if kept and parts[-1] in ("", ".", "..") else "")


def path_escherauth(path):
    """escherauth's pattern takes `/a/..b` for a parent, and leaves a `..` that climbs over the root."""
    changes = 1
    while changes:
        path, changes = PYTHON_PATH.subn("/", path, count=1)
    return path


def path_escher_auth(url):
    """escher-auth has Node parse and normalise. url.parse takes a plain path as it is, but escapes one with white space, an
    `@` or three leading slashes, and takes `//a@b` for a host; normalising drops the slash that a last `.` or `..` leaves.
    None where it finds a host.
    """
    url = url.replace("#", "%23", 1).replace("\\", "%5C", 1)
    if re.match("//[^@/]+@[^@/]+", url):
        return None
    path = wire.split_target(url)[0].replace("\\", "/")
    if re.search(r"[\s@]", url) or url.startswith("///"):
        path = "".join(f"%{ord(char):02X}" if char in NODE_ESCAPES else char for char in path)
    return path_here(path) if path.endswith("/") else path_here(path).rstrip("/") or "/"


def value_escherauth(value):
    return '"'.join(re.sub(r"\s+", " ", part) if at % 2 == 0 else part for at, part in enumerate(value.split('"'))).strip()


def value_escher_auth(value):
    """Only the first run of white space of each part outside quotes."""
    return '"'.join(re.sub(r"\s+", " ", part, count=1) if at % 2 == 0 else part for at, part in enumerate(value.strip().split('"')))


def header_escherauth(values):
    return ",".join(map(value_escherauth, values))


def header_escher_auth(values):
    """A first line that is empty is replaced by the next instead of joined to it."""
    joined = ""
    for value in map(value_escher_auth, values):
        joined = f"{joined},{value}" if joined else value
    return joined


def sorts_before_encoding(query):
    """Whether the values of a repeated key have another order as UTF-16 text than percent-encoded."""
    values = {}
    for key, value in parse_qsl((query or "").replace(";", "%3B"), keep_blank_values=True):
        values.setdefault(key, []).append(value)
    encoded = lambda value: quote(value, safe="!*")
    return any(sorted(some, key=lambda value: value.encode("utf-16-be")) != sorted(some, key=encoded) for some in values.values())


def not_utf8(query):
    """Whether an escape of the query is not UTF-8: the clients sign U+FFFD in its stead."""
    for part in wire.pairs(query):
        for text in part:
            try:
                unquote_to_bytes(text).decode()
            except UnicodeDecodeError:
                return True
    return False


def whatwg_rewrites(url):
    """Whether a WHATWG parser writes the path or query of this https URL otherwise than they stand there."""
    path, query = wire.split_target(url[url.index("/", len("https://")):])
    dots = any(part.lower().replace("%2e", ".") in (".", "..") for part in path.split("/"))
    in_path = any(char in WHATWG_PATH + "\\" or not char.isascii() for char in path)
    in_query = query == "" or any(char in WHATWG_QUERY or not char.isascii() for char in query or "")
    return dots or in_path or in_query

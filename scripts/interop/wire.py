"""Requests of the normal form: their headers, bodies and targets, as every program here reads and writes them."""
import base64
import json
import sys


def lines(stream=sys.stdin):
    """The cases of a stream: one JSON object a line, or one array of them."""
    for line in stream:
        if line.lstrip().startswith("["):
            yield from json.loads(line + stream.read())
        elif line.strip():
            yield json.loads(line)


def emit(case, stream=sys.stdout):
    stream.write(json.dumps(case, ensure_ascii=True) + "\n")


def header(request, name):
    """The values of a header, in the order of their lines."""
    return [value for other, value in request["headers"] if other.lower() == name.lower()]


def body(request):
    if "body_b64" in request:
        return base64.b64decode(request["body_b64"])
    return (request.get("body") or "").encode()


def with_body(request, data):
    """The request with these bytes: as text where they are text, so that a case stays readable."""
    rest = {key: value for key, value in request.items() if key not in ("body", "body_b64")}
    try:
        return {**rest, "body": data.decode()}
    except UnicodeDecodeError:
        return {**rest, "body_b64": base64.b64encode(data).decode()}


def split_target(url):
    """Path and query of a target, the query None where there is no question mark."""
    path, mark, query = url.partition("?")
    return path, query if mark else None


def join_target(path, query):
    return path if query is None else f"{path}?{query}"


def pairs(query):
    """The raw pairs of a query, empty ones left out."""
    return [part.partition("=")[::2] for part in (query or "").split("&") if part]


def base_name(case):
    """The names of what was asked, without client and mutation."""
    return case["name"].split("/")[0]

"""Calls the XML API as a customer's Python program does, and prints what it understood of the answers.

    python3 client.py http://127.0.0.1:PORT/ KEY SECRET
"""

import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

URL, KEY, SECRET = sys.argv[1:4]


def post(calls, key=KEY, secret=SECRET, **options):
    """The answer to several calls, each a name and its arguments."""
    extra = "".join(f"<{name}>{value}</{name}>" for name, value in options.items())
    body = "".join(
        f"<methodCall><methodName>{name}</methodName>"
        + "".join(f"<{key}>{escape(value)}</{key}>" for key, value in arguments.items())
        + "</methodCall>"
        for name, arguments in calls
    )
    document = (
        f"<api><authentication><api_key>{key}</api_key><shared_secret>{secret}</shared_secret>{extra}"
        f"</authentication><data>{body}</data></api>"
    )
    form = urllib.parse.urlencode({"data": document}).encode()
    with urllib.request.urlopen(URL, form) as answer:
        return ET.fromstring(answer.read())


def flat(element):
    """An element's text, or its children as a dictionary; names that repeat become a list."""
    if not len(element):
        return element.text or ""
    out = {}
    for child in element:
        value = flat(child)
        out[child.tag] = out[child.tag] + [value] if isinstance(out.get(child.tag), list) else (
            [out[child.tag], value] if child.tag in out else value
        )
    return out


def show(title, answer):
    print(f"-- {title}")
    assert answer.tag == "methodResponse", answer.tag
    for item in answer:
        print("  ", flat(item))


LIST = ("transactional.listTemplates", {})
ADD = ("legacy.manage_subscriber", {"email": "jane@example.com", "grp": "7"})
SHORT = ("legacy.manage_subscriber", {"email": "jane@example.com"})
WRONG = ("transactional.noSuchMethod", {})

show("two calls succeed", post([LIST, ADD]))
show("the first error halts", post([LIST, SHORT, ADD]))
show("with no_halt it goes on", post([LIST, SHORT, WRONG, ADD], no_halt="1"))
show("names match without case and come back as sent", post([("TRANSACTIONAL.listtemplates", {})]))
show("a method that must stand alone, among others", post([LIST, ("legacy.group_clear", {"group_id": "7"})]))
show("and by itself", post([("legacy.group_clear", {"group_id": "7"})]))
show("a wrong secret", post([LIST, ADD], secret="f0e1d2c3b4a59687"))
show("no_halt that is neither 0 nor 1", post([LIST], no_halt="yes"))
show("a value that would break out", post([("legacy.manage_subscriber", {"email": "]]>&<\"'", "grp": "x]]>y"})]))

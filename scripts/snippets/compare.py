#!/usr/bin/env python3
"""Compares what the snippets of a scheme print in every language with the signed request that docs/signing.md shows, and
turns it into cases of the normal form.

    compare.py FOLDER SECOND       FOLDER holds SCHEME.LANGUAGE.txt, printed at that second; writes FOLDER/cases.jsonl

Byte for byte, but for what HTTP leaves open: the order of header lines and the case of their names.
"""
import collections
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
PROFILES = json.loads((HERE / "profiles.json").read_text())
PAGE = (HERE.parents[1] / "docs/signing.md").read_text()


def lines(text):
    return [line.split(": ", 1) for line in text.split("\n") if line]


def printed(text):
    head, _, body = text.partition("\n\n")
    first, _, headers = head.partition("\n")
    method, url = first.split(" ")
    return {"method": method, "url": url, "headers": lines(headers), "body": body.removesuffix("\n")}


def shown(scheme):
    """The page's block `http SCHEME/signed`, a request as it goes over the wire."""
    block = re.search(rf"^```http {scheme}/signed\n(.*?)\n```$", PAGE, re.M | re.S)[1]
    first, _, rest = block.partition("\n")
    method, target, _ = first.split(" ")
    request = printed(f"{method} {target}\n{rest}")
    host = next(value for name, value in request["headers"] if name.lower() == "host")
    return {**request, "url": f"https://{host}{target}"}


def normal(request):
    return {**request, "headers": sorted([name.lower(), value] for name, value in request["headers"])}


def case(scheme, language, request, second):
    profile = PROFILES[scheme]
    if profile["scheme"] != "rfc9421":
        request = {**request, "url": "/" + request["url"].split("/", 3)[3]}
    accept = {"result": "accept", **({"key_id": profile["key_db"][0][0]} if "key_db" in profile else {})}
    return {"name": f"snippets/{scheme}.{language}", "source": "docs/snippets", **profile, "now": second, "request": request, "expect": accept}


def main(folder, second):
    folder, failed = pathlib.Path(folder), 0
    found = collections.defaultdict(dict)
    for path in sorted(folder.glob("*.txt")):
        scheme, language = path.name.split(".")[:2]
        found[scheme][language] = printed(path.read_text())
    most = max(map(len, found.values()), default=0)
    with open(folder / "cases.jsonl", "w") as stream:
        for scheme in PROFILES:
            expected = normal(shown(scheme))
            wrong = [language for language, request in found[scheme].items() if normal(request) != expected]
            few = len(found[scheme]) < most or not most
            print(f"  {scheme}: {', '.join(found[scheme])}: " + (f"NOT THE PAGE'S REQUEST: {', '.join(wrong)}" if wrong else "A LANGUAGE IS MISSING" if few else "the page's request"))
            failed |= bool(wrong) or few
            for language, request in found[scheme].items():
                stream.write(json.dumps(case(scheme, language, request, int(second))) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

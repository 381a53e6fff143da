#!/usr/bin/env python3
"""Compares what the snippets of a scheme print in every language, and turns it into cases of the normal form.

    compare.py FOLDER SECOND       FOLDER holds SCHEME.LANGUAGE.txt, printed at that second; writes FOLDER/cases.jsonl
"""
import collections
import json
import pathlib
import sys

PROFILES = json.loads((pathlib.Path(__file__).parent / "profiles.json").read_text())


def request(text, absolute):
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    method, url = first.split(" ")
    target = url if absolute else "/" + url.split("/", 3)[3]
    return {"method": method, "url": target, "headers": [line.split(": ", 1) for line in lines], "body": body.removesuffix("\n")}


def main(folder, second):
    folder = pathlib.Path(folder)
    printed = collections.defaultdict(dict)
    for path in sorted(folder.glob("*.txt")):
        scheme, language = path.name.split(".")[:2]
        profile = PROFILES[scheme]
        printed[scheme][language] = request(path.read_text(), profile["scheme"] == "rfc9421")
    different = 0
    with open(folder / "cases.jsonl", "w") as stream:
        for scheme, languages in printed.items():
            normal = {language: {**asked, "headers": sorted(asked["headers"])} for language, asked in languages.items()}
            same = all(asked == next(iter(normal.values())) for asked in normal.values())
            print(f"  {scheme}: {', '.join(languages)} " + ("print the same request" if same else "DIFFER"))
            different += not same
            profile = PROFILES[scheme]
            for language, asked in languages.items():
                accept = {"result": "accept", **({"key_id": profile["key_db"][0][0]} if "key_db" in profile else {})}
                case = {"name": f"snippets/{scheme}.{language}", "source": "docs/snippets", **profile, "now": int(second), "request": asked, "expect": accept}
                stream.write(json.dumps(case) + "\n")
    return 1 if different or not printed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

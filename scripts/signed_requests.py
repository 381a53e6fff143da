"""The requests that a partner signs: what is asked, and the other makers' clients that sign it.

Signed by the clients of scripts/interop (`run.py`, `run.js`), in the versions that its install.sh pins, and sent by
capture-requests.py. A signature depends on its moment, which is an argument, and on nothing else that changes: the same
moment gives the same bytes.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INTEROP = ROOT / "scripts" / "interop"
FOLDER = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "interop"

# Invented. The quickstart imports the same pair (examples/quickstart/acme.rs).
PAIR = ["AN1EXAMPLEKEY000001", "Invented/secret+of/a+partner"]
HOST = "api.example.test"
ELSEWHERE = "api.other.test"
JSON = ["Content-Type", "application/json"]
COUPON = '{"campaign":"spring","customer":"42"}'
RICHER = '{"campaign":"spring","customer":"7"}'

ESCHER = {
    "algo_prefix": "ANTAVO", "vendor_key": "Antavo", "hash_algo": "SHA256", "credential_scope": "st1/api/antavo_request",
    "auth_header_name": "Authorization", "date_header_name": "Date", "clock_skew_s": 300,
}
SIGV4 = {"region": "eu-west-1", "service": "execute-api", "form": "header", "session_token": None}
COMPONENTS = ["@method", "@authority", "@path", "@query", "content-type", "content-digest"]


def ask(scheme: str, at: int, **more: object) -> dict:
    return {"name": "quickstart", "scheme": scheme, "key_db": [PAIR], "at": at, **more}


def escher(at: int, method: str, target: str, body: str = "", host: str = HOST) -> dict:
    lines = [["Host", host]] + ([JSON] if body else [])
    signed = ["Content-Type"] if body else []
    request = {"method": method, "url": target, "headers": lines, "body": body}
    return ask("escher", at, kind="header", config=ESCHER, headers_to_sign=signed, request=request)


def escher_url(at: int, target: str) -> dict:
    request = {"method": "GET", "url": f"https://{HOST}{target}", "headers": [], "body": ""}
    return ask("escher", at, kind="presigned", config=ESCHER, expires=3600, request=request)


def sigv4(at: int, method: str, path: str, body: str) -> dict:
    request = {"method": method, "headers": [JSON], "body": body}
    return ask("sigv4", at, kind="header", config=SIGV4, host=HOST, path=path, query=None, request=request)


def rfc9421(at: int, method: str, target: str, body: str) -> dict:
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    lines = [["Host", HOST], JSON, ["Content-Digest", f"sha-256=:{digest}:"]]
    request = {"method": method, "url": f"https://{HOST}{target}", "headers": lines, "body": body}
    parameters = {"expires": None, "alg": True, "nonce": None, "tag": None}
    return ask("rfc9421", at, kind="header", components=COMPONENTS, label="sig1", parameters=parameters, request=request)


def table(at: int) -> list[tuple[str, str, str, dict | None, str | None]]:
    """What sends it, what it is about, whose client signs it, what is asked, and the body that is sent in place of the
    one that was signed. A request without an ask is the one before, once more, byte for byte."""
    return [
        ("python", "escher-list-coupons", "py", escher(at, "GET", "/coupons?limit=10"), None),
        ("node", "escher-issue-coupon", "js", escher(at, "POST", "/coupons", COUPON), None),
        ("node", "escher-issue-coupon-again", "", None, None),
        ("curl", "escher-tampered-body", "py", escher(at, "POST", "/coupons", COUPON), RICHER),
        ("curl", "escher-for-another-host", "py", escher(at, "GET", "/coupons", host=ELSEWHERE), None),
        ("python", "sigv4-issue-coupon", "py", sigv4(at, "POST", "/coupons", COUPON), None),
        ("python", "rfc9421-issue-coupon", "py", rfc9421(at, "POST", "/coupons", COUPON), None),
        ("curl", "escher-url-rewards", "py", escher_url(at, "/rewards"), None),
        ("curl", "escher-url-rewards-again", "", None, None),
        ("curl", "escher-url-customer", "py", escher_url(at, "/customers/42"), None),
        ("curl", "escher-url-customer-again", "", None, None),
        ("curl", "escher-url-coupons", "py", escher_url(at, "/coupons"), None),
    ]


def signed_by(program: list[str], asks: list[dict]) -> list[dict]:
    """The requests of these asks, as the clients of one language sign them."""
    environment = {**os.environ, "NODE_PATH": str(FOLDER.resolve() / "node_modules"), "PYTHONDONTWRITEBYTECODE": "1"}
    lines = "".join(json.dumps(ask) + "\n" for ask in asks)
    done = subprocess.run([*program, "sign"], input=lines, env=environment, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for answer in answers:
        if "unsigned" in answer:
            raise ValueError(f"{answer['source']} did not sign: {answer['unsigned']}")
    return [answer["request"] for answer in answers]


def target_of(url: str) -> str:
    """Path and query: RFC 9421's client is asked with a whole URL."""
    return url if url.startswith("/") else "/" + url.split("/", 3)[3]


def entries(at: int) -> list[dict]:
    """Each request as the fields of an Entry of capture-requests.py."""
    subprocess.run([INTEROP / "install.sh", FOLDER], check=True)
    programs = {
        "py": [str(FOLDER / "venv" / "bin" / "python"), str(INTEROP / "run.py")],
        "js": ["node", str(INTEROP / "run.js")],
    }
    rows = table(at)
    requests = {}
    for language, program in programs.items():
        places = [place for place, row in enumerate(rows) if row[2] == language]
        found = signed_by(program, [copy.deepcopy(rows[place][3]) for place in places])
        requests.update(zip(places, found, strict=True))
    made = []
    for place, (client, what, _, _, body) in enumerate(rows):
        if place not in requests:
            made.append({**made[-1], "number": place + 1, "client": client, "what": what})
            continue
        request = requests[place]
        host = next(value for name, value in request["headers"] if name.lower() == "host")
        headers = tuple((name, value) for name, value in request["headers"] if name.lower() != "host")
        made.append({
            "number": place + 1, "client": client, "what": what, "peer": "127.0.0.1", "at": at,
            "method": request["method"], "target": target_of(request["url"]), "headers": headers, "host": host,
            "body": body if body is not None else request.get("body") or None,
        })
    # Nothing of this one is signed.
    made.append({
        "number": len(made) + 1, "client": "curl", "what": "plain-secret", "peer": "127.0.0.1", "at": at,
        "method": "POST", "target": "/coupons", "host": HOST, "body": COUPON,
        "headers": (("Authorization", "ApiKey {{key:partner}}:{{secret:partner}}"), tuple(JSON)),
    })
    return made

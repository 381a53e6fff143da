#!/usr/bin/env python3
"""Capture HTTP/1.1 requests exactly as real clients put them on the wire.

For every entry of TABLE the script starts the client, accepts its one
connection on 127.0.0.1, reads one request, answers 204 and writes the bytes it
read, unchanged, to examples/requests/NN-CLIENT-WHAT@PEER.http, where PEER is
the address the connection came from.

Clients: the `curl` program, Python `requests` (in the Python that runs this
script), and the global `fetch` of Node 18 or newer; for signed requests, which
sign their Host, Node's `http.request` in place of `fetch`.

The signed ones (signed_requests.py) go to examples/requests/signed, as
NN-CLIENT-WHAT@PEER@SECOND.http, where SECOND is the moment of Unix time for
which they are signed. Their signers are installed once, from the network.

Credentials are placeholders and are sent as they stand: {{key:NAME}},
{{secret:NAME}} and {{token:NAME}}.

The clients connect from several addresses of 127.0.0.0/8. Linux has the whole
block on the loopback interface; other systems may need aliases for it.

    python3 scripts/capture-requests.py
    python3 scripts/capture-requests.py --only curl,python --out target/requests
    python3 scripts/capture-requests.py --at 1795348800     another moment
    python3 scripts/capture-requests.py --plain             none that are signed
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import signed_requests

LISTEN = "127.0.0.1"
PORT = 18080
HOST = "api.example.test"
TIMEOUT = 10.0
MAX_REQUEST = 1 << 20
CLIENTS = ("curl", "python", "node")
OUT = Path(__file__).resolve().parent.parent / "examples" / "requests"
# 2026-11-22T12:00:00Z, the moment at which the quickstart's fixed run takes place.
AT = 1_795_348_800

EVENT = {"type": "checkin", "customer": "42"}
DIGEST = (
    'Digest username="x", realm="y", nonce="z", uri="/rewards", '
    'response="00000000000000000000000000000000"'
)


class CaptureError(Exception):
    """A capture that did not come about, with the reason."""


@dataclass(frozen=True)
class Entry:
    """One request: who sends it, from where, and what it holds."""

    number: int
    client: str
    what: str
    peer: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    # Name whose key and secret the client itself turns into a Basic header.
    basic: str | None = None
    json: dict[str, str] | None = None
    form: dict[str, str] | None = None
    # As it stands, with whatever Content-Type the headers name.
    body: str | None = None
    host: str = HOST
    # The moment that a request was signed for.
    at: int | None = None

    @property
    def stem(self) -> str:
        return f"{self.number:02}-{self.client}-{self.what}"

    @property
    def file(self) -> str:
        return f"{self.stem}@{self.peer}" + (f"@{self.at}.http" if self.at is not None else ".http")


def authorization(value: str) -> tuple[tuple[str, str], ...]:
    return (("Authorization", value),)


def pair(key: str, secret: str) -> tuple[tuple[str, str], ...]:
    return (("X-Api-Key", key), ("X-Api-Secret", secret))


TABLE = (
    Entry(1, "curl", "bearer-create-event", "127.0.0.1", "POST", "/events",
          authorization("Bearer {{token:checkout}}"), json=EVENT),
    Entry(2, "python", "basic-read-customer", "127.0.0.1", "GET", "/customers/42",
          basic="backoffice"),
    Entry(3, "node", "pair-list-coupons", "127.0.0.1", "GET", "/coupons?limit=10",
          pair("{{key:crm-sync}}", "{{secret:crm-sync}}")),
    Entry(4, "curl", "apikey-delete-event", "127.0.0.1", "DELETE", "/events/7",
          authorization("ApiKey {{token:backoffice}}")),
    Entry(5, "curl", "bearer-pair-read-customer", "127.0.0.1", "GET", "/customers/42",
          authorization("Bearer {{key:checkout}}:{{secret:checkout}}")),
    Entry(6, "python", "pair-delete-customer", "127.0.0.1", "DELETE", "/customers/42",
          pair("{{key:crm-sync}}", "{{secret:crm-sync}}")),
    Entry(7, "curl", "basic-elsewhere", "127.0.0.9", "GET", "/customers/42",
          basic="backoffice"),
    Entry(8, "node", "nothing", "127.0.0.1", "GET", "/rewards"),
    Entry(9, "curl", "digest", "127.0.0.1", "GET", "/rewards",
          authorization(DIGEST)),
    Entry(10, "python", "wrong-secret", "127.0.0.1", "POST", "/events",
          pair("{{key:checkout}}", "not-the-secret-of-anyone"),
          form={"type": "checkin"}),
    Entry(11, "node", "unknown-key", "127.0.0.1", "POST", "/events",
          authorization("Bearer kwk_0000000000000000:not-the-secret-of-anyone"),
          json=EVENT),
    Entry(12, "curl", "revoked", "127.0.0.1", "POST", "/events",
          authorization("Bearer {{token:checkout-old}}"), json=EVENT),
    Entry(13, "curl", "retired-method", "127.0.0.1", "GET", "/leaderboard",
          authorization("Bearer {{token:backoffice}}")),
    Entry(14, "python", "unknown-path", "127.0.0.1", "GET", "/nothing/here",
          basic="backoffice"),
    Entry(15, "node", "module-not-enabled", "127.0.0.1", "GET", "/wallet",
          authorization("ApiKey {{key:backoffice}}:{{secret:backoffice}}")),
    Entry(16, "curl", "key-only", "127.0.0.1", "GET", "/rewards",
          (("X-Api-Key", "{{key:backoffice}}"),)),
    Entry(17, "python", "strong-enough", "127.0.0.1", "POST", "/coupons",
          authorization("Bearer {{token:backoffice}}"), json={"campaign": "spring"}),
    Entry(18, "curl", "filtered-address", "127.0.0.3", "POST", "/events",
          authorization("Bearer {{token:checkout}}"), json=EVENT),
    # 127.0.0.5 plays the proxy: what stands left of its own entry is the caller's word.
    Entry(19, "curl", "behind-proxy", "127.0.0.5", "GET", "/rewards",
          authorization("Bearer {{token:backoffice}}")
          + (("X-Forwarded-For", "127.0.0.1, 203.0.113.9"),)),
    Entry(20, "python", "listed-behind-proxy", "127.0.0.5", "GET", "/rewards",
          authorization("Bearer {{token:backoffice}}") + (("X-Forwarded-For", "10.1.2.3"),)),
    Entry(21, "curl", "stripped-by-proxy", "127.0.0.5", "POST", "/events",
          authorization("Bearer {{token:checkout}}"), json=EVENT),
    Entry(22, "curl", "header-from-nobody", "127.0.0.1", "GET", "/rewards",
          authorization("Bearer {{token:crm-sync}}") + (("X-Forwarded-For", "203.0.113.9"),)),
)


# --- clients ---------------------------------------------------------------
#
# Each of these builds a command line. Every client prints the status code it
# was answered with, and nothing else, on its standard output.

# `Host` goes first, where http.client puts the one it makes itself.
# `trust_env` is off so that no proxy setting or .netrc of the user takes part.
PYTHON_CLIENT = """\
import json, sys
import requests
from requests.adapters import HTTPAdapter

spec = json.loads(sys.argv[1])

class From(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs):
        kwargs["source_address"] = (spec["peer"], 0)
        super().init_poolmanager(*args, **kwargs)

session = requests.Session()
session.trust_env = False
usual = session.headers.copy()
session.headers.clear()
session.headers["Host"] = spec["host"]
session.headers.update(usual)
session.mount("http://", From(max_retries=0))
answer = session.request(
    spec["method"],
    spec["url"],
    headers=dict(spec["headers"]),
    auth=tuple(spec["basic"]) if spec["basic"] else None,
    json=spec["json"],
    data=spec["form"] or spec["body"],
    allow_redirects=False,
    timeout=spec["timeout"],
)
print(answer.status_code)
"""

# fetch drops a Host given to it without a word and sends the address and port
# of the URL: with another --port the Node captures have other bytes.
NODE_CLIENT = """\
const spec = JSON.parse(process.argv[1]);
const headers = Object.fromEntries(spec.headers);
let body;
if (spec.json) {
  headers["Content-Type"] = "application/json";
  body = JSON.stringify(spec.json);
}
fetch(spec.url, { method: spec.method, headers, body }).then(
  (answer) => console.log(answer.status),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
"""

# The Host is the one that is signed.
NODE_SIGNED_CLIENT = """\
const http = require("node:http");
const spec = JSON.parse(process.argv[1]);
const request = http.request(
  spec.url,
  { method: spec.method, localAddress: spec.peer, headers: { Host: spec.host, ...Object.fromEntries(spec.headers) } },
  (answer) => {
    answer.resume();
    console.log(answer.statusCode);
  },
);
request.end(spec.body ?? undefined);
"""


def basic_pair(entry: Entry) -> tuple[str, str] | None:
    if entry.basic is None:
        return None
    return f"{{{{key:{entry.basic}}}}}", f"{{{{secret:{entry.basic}}}}}"


def spec_of(entry: Entry, url: str) -> str:
    """The entry as the JSON argument of the Python and Node clients."""
    return json.dumps({
        "host": entry.host,
        "url": url,
        "peer": entry.peer,
        "method": entry.method,
        "headers": entry.headers,
        "basic": basic_pair(entry),
        "json": entry.json,
        "form": entry.form,
        "body": entry.body,
        "timeout": TIMEOUT,
    })


def curl_command(entry: Entry, url: str) -> list[str]:
    # -q has to come first: it keeps the user's own .curlrc out.
    command = ["curl", "-q", "-sS", "--http1.1", "--noproxy", "*",
               "--max-time", str(int(TIMEOUT)), "-w", "%{http_code}\\n",
               "--interface", entry.peer, "-H", f"Host: {entry.host}"]
    if entry.method != ("POST" if entry.json or entry.form or entry.body else "GET"):
        command += ["-X", entry.method]
    if (basic := basic_pair(entry)) is not None:
        command += ["-u", ":".join(basic)]
    for name, value in entry.headers:
        command += ["-H", f"{name}: {value}"]
    if entry.json is not None:
        body = json.dumps(entry.json, separators=(",", ":"))
        command += ["-H", "Content-Type: application/json", "-d", body]
    for name, value in (entry.form or {}).items():
        command += ["--data-urlencode", f"{name}={value}"]
    if entry.body is not None:
        command += ["--data-raw", entry.body]
    return [*command, url]


def python_command(entry: Entry, url: str) -> list[str]:
    return [sys.executable, "-c", PYTHON_CLIENT, spec_of(entry, url)]


def node_command(entry: Entry, url: str) -> list[str]:
    if entry.at is not None:
        return ["node", "-e", NODE_SIGNED_CLIENT, spec_of(entry, url)]
    if entry.basic or entry.form or entry.peer != LISTEN:
        raise CaptureError("fetch cannot pick its address; Basic and forms are not written for it")
    return ["node", "-e", NODE_CLIENT, spec_of(entry, url)]


COMMANDS = {"curl": curl_command, "python": python_command, "node": node_command}

VERSION_COMMANDS = {
    "curl": ["curl", "-q", "--version"],
    "python": [sys.executable, "-c",
               "import platform, requests, urllib3; print("
               "'Python', platform.python_version() + ', requests', requests.__version__ + "
               "', urllib3', urllib3.__version__)"],
    "node": ["node", "-e",
             "if (typeof fetch !== 'function') throw new Error('no global fetch');"
             "console.log(`Node ${process.versions.node}, undici ${process.versions.undici}`)"],
}

MISSING = {
    "curl": "the program `curl` was not found or does not run",
    "python": f"`requests` cannot be imported by {sys.executable} (pip install requests)",
    "node": "the program `node` was not found, or has no global fetch (18 or newer has it)",
}


def client_environment() -> dict[str, str]:
    """The environment without the settings that would change a request."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy")
        and name not in ("NODE_OPTIONS", "CURL_HOME")
    }


def client_version(client: str) -> str:
    """The client's version line; a CaptureError naming it when it is missing."""
    command = VERSION_COMMANDS[client]
    reason = ""
    if shutil.which(command[0]) is not None:
        try:
            done = subprocess.run(command, env=client_environment(), capture_output=True,
                                  text=True, timeout=TIMEOUT, check=False)
            if done.returncode == 0:
                line = done.stdout.splitlines()[0]
                return " ".join(line.split()[:2]) if client == "curl" else line
            reason = done.stderr.strip()
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = str(error)
    raise CaptureError("\n".join(filter(None, (
        f"client missing: {client}: {MISSING[client]}", reason))))


# --- server ----------------------------------------------------------------


class Reader:
    """Reads from a connection up to a deadline and keeps every byte."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline
        self.data = bytearray()

    def more(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise CaptureError("the request did not end in time")
        self.connection.settimeout(left)
        try:
            piece = self.connection.recv(65536)
        except TimeoutError:
            raise CaptureError("the request did not end in time") from None
        if not piece:
            raise CaptureError("the connection closed within the request")
        self.data += piece
        if len(self.data) > MAX_REQUEST:
            raise CaptureError(f"the request is longer than {MAX_REQUEST} bytes")

    def past(self, mark: bytes, start: int) -> int:
        """The offset just past the first `mark` at or after `start`."""
        while (at := self.data.find(mark, start)) < 0:
            self.more()
        return at + len(mark)

    def up_to(self, end: int) -> None:
        while len(self.data) < end:
            self.more()


def read_request(reader: Reader) -> bytes:
    """One request, head and body, as it was sent."""
    end = reader.past(b"\r\n\r\n", 0)
    length = 0
    chunked = False
    for line in bytes(reader.data[:end]).split(b"\r\n")[1:-2]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        elif name.lower() == b"transfer-encoding":
            if value.strip().lower() != b"chunked":
                raise CaptureError(f"unexpected transfer coding {value!r}")
            chunked = True
        elif name.lower() == b"expect":
            raise CaptureError("the client waits for 100 Continue")
    if chunked:
        while True:
            line = reader.past(b"\r\n", end)
            size = int(bytes(reader.data[end:line]).split(b";")[0], 16)
            end = line
            if size == 0:
                break
            end += size + 2
            reader.up_to(end)
        # Trailer lines, if any, and the empty line that ends them.
        while (line := reader.past(b"\r\n", end)) != end + 2:
            end = line
        end = line
    else:
        end += length
        reader.up_to(end)
    if len(reader.data) != end:
        raise CaptureError(f"{len(reader.data) - end} bytes follow the request")
    return bytes(reader.data)


def accept(listener: socket.socket, client: subprocess.Popen[str],
           deadline: float) -> tuple[socket.socket, str]:
    while time.monotonic() < deadline:
        gone = client.poll() is not None
        try:
            connection, address = listener.accept()
        except TimeoutError:
            if gone:
                raise CaptureError("the client ended without connecting") from None
            continue
        return connection, address[0]
    raise CaptureError("the client did not connect in time")


def serve(listener: socket.socket, client: subprocess.Popen[str], entry: Entry) -> bytes:
    """Takes the client's request, answers it, and returns its bytes."""
    deadline = time.monotonic() + TIMEOUT
    connection, peer = accept(listener, client, deadline)
    with connection:
        if peer != entry.peer:
            raise CaptureError(f"the connection came from {peer}, not from {entry.peer}")
        request = read_request(Reader(connection, deadline))
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
    try:
        said, _ = client.communicate(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise CaptureError("the client did not end in time") from None
    if client.returncode != 0 or said.strip() != "204":
        raise CaptureError(f"the client ended with {client.returncode}, status {said.strip()!r}")
    return request


def capture(listener: socket.socket, entry: Entry, port: int) -> bytes:
    command = COMMANDS[entry.client](entry, f"http://{LISTEN}:{port}{entry.target}")
    client = subprocess.Popen(command, env=client_environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=None, text=True)
    with client:
        try:
            return serve(listener, client, entry)
        finally:
            if client.poll() is None:
                client.kill()


def capture_all(listener: socket.socket, entries: list[Entry], out: Path) -> bool:
    out.mkdir(parents=True, exist_ok=True)
    port = listener.getsockname()[1]
    for entry in entries:
        try:
            request = capture(listener, entry, port)
        except (CaptureError, OSError, ValueError) as error:
            print(f"{entry.stem}: {error}", file=sys.stderr)
            return False
        (out / entry.file).write_bytes(request)
        print(f"{entry.file}: {len(request)} bytes", flush=True)
    return True


def leftover(out: Path, expected: set[str]) -> None:
    for path in sorted(out.glob("*.http")):
        if path.name not in expected:
            print(f"{path.name}: not in the table, left as it is", file=sys.stderr)


# --- command line ----------------------------------------------------------


def clients_of(text: str) -> list[str]:
    chosen = text.split(",")
    for name in chosen:
        if name not in CLIENTS:
            raise argparse.ArgumentTypeError(f"no client {name!r}; there are {', '.join(CLIENTS)}")
    return [name for name in CLIENTS if name in chosen]


def main() -> int:
    parser = argparse.ArgumentParser(description="Capture raw HTTP/1.1 requests of real clients.")
    parser.add_argument("--only", type=clients_of, default=list(CLIENTS), metavar="CLIENT,...",
                        help="clients to run (default: curl,python,node)")
    parser.add_argument("--port", type=int, default=PORT,
                        help=f"port to listen on (default: {PORT}); Node sends it in its Host")
    parser.add_argument("--out", type=Path, default=OUT,
                        help="directory to write to (default: examples/requests)")
    parser.add_argument("--at", type=int, default=AT, metavar="SECOND",
                        help=f"moment that the signed requests are signed for (default: {AT})")
    parser.add_argument("--plain", action="store_true", help="leave the signed requests out")
    options = parser.parse_args()

    try:
        for client in options.only:
            print(f"{client}: {client_version(client)}", flush=True)
    except CaptureError as error:
        print(error, file=sys.stderr)
        return 1

    tables = {options.out: list(TABLE)}
    if not options.plain:
        try:
            signed = [Entry(**fields) for fields in signed_requests.entries(options.at)]
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            print(f"the signers cannot be run ({error}); install what scripts/interop.sh "
                  "names, or leave the signed requests out with --plain", file=sys.stderr)
            return 1
        tables[options.out / "signed"] = signed
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LISTEN, options.port))
        except (OSError, OverflowError) as error:
            print(f"cannot listen on {LISTEN}:{options.port}: {error}", file=sys.stderr)
            return 1
        listener.listen()
        listener.settimeout(0.2)
        for out, entries in tables.items():
            chosen = [entry for entry in entries if entry.client in options.only]
            if not capture_all(listener, chosen, out):
                return 1
            leftover(out, {entry.file for entry in entries})
    return 0


if __name__ == "__main__":
    sys.exit(main())

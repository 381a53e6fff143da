"""http-message-signatures for Python: RFC 9421 signer and verifier."""
import base64
from datetime import datetime, timedelta, timezone

from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, MappingKeyResolver, algorithms, signatures

import clock
import wire

NAME = "http-message-signatures-py"
SCHEME = "rfc9421"
signatures.datetime = clock.stand_in()


class Fields:
    """Header lines as the library wants them: repeated names stay lines of their own."""

    def __init__(self, lines):
        self.lines = [list(line) for line in lines]

    def items(self):
        return [tuple(line) for line in self.lines]

    def __iter__(self):
        return iter([name for name, _ in self.lines])

    def __contains__(self, name):
        return any(other.lower() == name.lower() for other in self)

    def __setitem__(self, name, value):
        self.lines.append([name, value])

    def __delitem__(self, name):
        self.lines = [line for line in self.lines if line[0].lower() != name.lower()]


class Message:
    def __init__(self, request):
        self.method, self.url = request["method"], request["url"]
        self.headers = Fields(request["headers"])


def keys(case):
    read = base64.b64decode if case.get("key_encoding") == "base64" else str.encode
    known = {name: read(secret) for name, secret in case["key_db"]}
    return {"signature_algorithm": algorithms.HMAC_SHA256, "key_resolver": MappingKeyResolver(public_keys=known, private_keys=known)}


def sign(ask):
    message, given = Message(ask["request"]), ask["parameters"]
    when = lambda second: None if second is None else datetime.fromtimestamp(second, timezone.utc)
    HTTPMessageSigner(**keys(ask)).sign(
        message, key_id=ask["key_db"][0][0], created=when(ask["at"]), expires=when(given["expires"]), nonce=given["nonce"],
        tag=given["tag"], include_alg=given["alg"], label=ask["label"], covered_component_ids=ask["components"],
        use_existing_digest="content-digest" in ask["components"],
    )
    return {**ask["request"], "headers": message.headers.lines}


def verify(case):
    clock.set_to(case["now"])
    config, request = case["config"], case["request"]
    verifier = HTTPMessageVerifier(**keys(case))
    verifier.max_clock_skew = timedelta(seconds=config["clock_skew_s"])
    verifier.require_created = config["require_created"]
    age = config["max_age_s"]
    # Given a body, the library also demands a signed digest of it; a profile that demands none gives it where there is one.
    covered = any('"content-digest"' in value for value in wire.header(request, "signature-input"))
    verifier.verify(
        Message(request), max_age=None if age is None else timedelta(seconds=age), body=wire.body(request) if covered else None,
        require_components=config["required_components"],
    )

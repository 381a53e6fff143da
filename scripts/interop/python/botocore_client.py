"""botocore, AWS's client for Python. AWS's server is not public, so `verify` signs anew what a request presents
(../sigv4_frame.py reads it) and compares.
"""
from urllib.parse import unquote

from botocore import auth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials
from botocore.utils import percent_encode_sequence

import clock
import wire

NAME = "botocore-py"
SCHEME = "sigv4"
auth.get_current_datetime = lambda: clock.Frozen.now(clock.real.timezone.utc).replace(tzinfo=None)
SIGNERS = {
    (False, "header"): auth.SigV4Auth, (True, "header"): auth.S3SigV4Auth,
    (False, "query"): auth.SigV4QueryAuth, (True, "query"): auth.S3SigV4QueryAuth,
}


def parent(config):
    return SIGNERS[(config["service"] == "s3", config["form"])]


def header_map(lines):
    fields = HTTPHeaders()
    for name, value in lines:
        fields[name] = value
    return fields


def aws_request(method, url, lines, body):
    request = AWSRequest(method=method, url=url, data=body)
    request.headers = header_map(lines)
    return request


def sign(ask):
    config, request = ask["config"], ask["request"]
    clock.set_to(ask["at"])
    # botocore's own serializer writes the query; a presigner takes the last of repeated names only.
    query = percent_encode_sequence([tuple(map(unquote, pair)) for pair in wire.pairs(ask["query"])])
    url = f"https://{ask['host']}{ask['path']}" + (f"?{query}" if query else "")
    host = [["Host", ask["host"]]]
    prepared = aws_request(request["method"], url, request["headers"] + host, wire.body(request))
    credentials = Credentials(*ask["key_db"][0], token=config["session_token"])
    arguments = [credentials, config["service"], config["region"]] + ([ask["expires"]] if config["form"] == "query" else [])
    parent(config)(*arguments).add_auth(prepared)
    target = prepared.url.removeprefix(f"https://{ask['host']}")
    return {**request, "url": target, "headers": [list(line) for line in prepared.headers.items()]}


def verify(case):
    presented = case["frame"]

    class Again(parent(case["config"])):
        def headers_to_sign(self, request):
            return header_map(presented["headers"])

    key_id, config = presented["key_id"], case["config"]
    signer = Again(Credentials(key_id, dict(case["key_db"])[key_id]), config["service"], config["region"])
    request = aws_request(case["request"]["method"], "https://host" + presented["path"], presented["headers"], wire.body(case["request"]))
    request.params = [tuple(pair) for pair in presented["pairs"]]
    request.context["timestamp"] = presented["timestamp"]
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    if signature != presented["signature"]:
        raise ValueError("signed anew, the signature differs")

#!/usr/bin/env python3
"""The Python clients as a filter over JSON lines.

    run.py sign       what was asked -> signed requests in the normal form
    run.py verify     cases -> {name, client, verdict, reason}
    run.py frame      SigV4 cases get the field `frame` or `refused`, for clients that sign anew
"""
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent / "python"))
import botocore_client
import escherauth_client
import http_message_signatures_client
import sigv4_frame
import standardwebhooks_client
import wire

CLIENTS = {client.SCHEME: client for client in (escherauth_client, botocore_client, http_message_signatures_client, standardwebhooks_client)}
KEPT = ("scheme", "kind", "config", "key_db", "key_encoding", "secret", "now", "window")


def sentence(error):
    return f"{type(error).__name__}: {error}"[:200]


def sign(ask):
    client = CLIENTS[ask["scheme"]]
    case = {"name": f"{ask['name']}/{client.NAME}", "source": client.NAME, **{key: ask[key] for key in KEPT if key in ask}}
    try:
        request = client.sign(ask)
    except Exception as error:  # a client may refuse in any way
        return {**case, "unsigned": sentence(error)}
    request = wire.with_body({key: request[key] for key in ("method", "url", "headers")}, wire.body(ask["request"]))
    return {**case, "request": request, "mutable": ask.get("mutable", True)}


def verify(case):
    client = CLIENTS[case["scheme"]]
    answer = {"name": case["name"], "client": client.NAME}
    try:
        if "refused" in case:
            raise sigv4_frame.Refused(case["refused"])
        client.verify(case)
    except Exception as error:
        return {**answer, "verdict": "reject", "reason": sentence(error)}
    return {**answer, "verdict": "accept", "reason": ""}


def frame(case):
    if case["scheme"] != "sigv4":
        return case
    try:
        return {**case, "frame": sigv4_frame.frame(case)}
    except sigv4_frame.Refused as error:
        return {**case, "refused": str(error)}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    act = {"sign": sign, "verify": verify, "frame": frame}[sys.argv[1]]
    for line in wire.lines():
        wire.emit(act(line))

"""escherauth, Emarsys's client and server for Python."""
from datetime import datetime, timezone

from urllib.parse import quote

from escherauth.escherauth import Escher, EscherRequest

import wire

NAME = "escherauth-py"
SCHEME = "escher"


def escher(config, second, key_id="", secret=""):
    names = ("algo_prefix", "vendor_key", "hash_algo", "auth_header_name", "date_header_name")
    options = {name: config[name] for name in names}
    options.update(clock_skew=config["clock_skew_s"], current_time=datetime.fromtimestamp(second, timezone.utc))
    return Escher(key_id, secret, config["credential_scope"], options)


def presign_more(signer, ask, second):
    """What `presign_url` does, with other signed headers than the host alone."""
    vendor, names, request = ask["config"]["vendor_key"], sorted(["host"] + ask["headers_to_sign"]), ask["request"]
    host, slash, target = request["url"].partition("#")[0].removeprefix("https://").partition("/")
    moment = datetime.fromtimestamp(second, timezone.utc)
    parameters = {
        "Algorithm": signer.algo_id, "Credentials": signer.credential(moment), "Date": signer.long_date(moment),
        "Expires": str(ask["expires"]), "SignedHeaders": ";".join(names),
    }
    added = "&".join(f"X-{vendor}-{name}={quote(value, safe='')}" for name, value in parameters.items())
    url = f"{slash}{target}{'&' if '?' in target else '?'}{added}"
    lines = request["headers"] + [["Host", host]]
    parsed = EscherRequest({"method": "GET", "url": url, "headers": lines})
    parsed.set_presigned_url(True)
    signature = signer.generate_signature(signer.api_secret, parsed, names, moment)
    return {**request, "url": f"{url}&X-{vendor}-Signature={signature}", "headers": lines}


def sign(ask):
    signer = escher(ask["config"], ask["at"], *ask["key_db"][0])
    request = ask["request"]
    if ask["kind"] == "presigned" and ask.get("headers_to_sign"):
        return presign_more(signer, ask, ask["at"])
    if ask["kind"] == "presigned":
        url = signer.presign_url(request["url"], ask["expires"]).partition("#")[0]
        host, slash, target = url.removeprefix("https://").partition("/")
        return {**request, "url": slash + target, "headers": [["Host", host]]}
    host = wire.header(request, "host")[0]
    # The signer appends to the list that it is given.
    signed = signer.sign_request({**request, "host": host, "headers": list(request["headers"])}, list(ask["headers_to_sign"]))
    return {**request, "headers": signed["headers"]}


def verify(case):
    request = case["request"]
    given = {"method": request["method"], "url": request["url"], "headers": request["headers"], "body": wire.body(request).decode()}
    escher(case["config"], case["now"]).authenticate(given, dict(case["key_db"]), case["config"].get("mandatory_signed_headers"))

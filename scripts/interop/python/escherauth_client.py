"""escherauth, Emarsys's client and server for Python."""
from datetime import datetime, timezone

from escherauth.escherauth import Escher

import wire

NAME = "escherauth-py"
SCHEME = "escher"


def escher(config, second, key_id="", secret=""):
    names = ("algo_prefix", "vendor_key", "hash_algo", "auth_header_name", "date_header_name")
    options = {name: config[name] for name in names}
    options.update(clock_skew=config["clock_skew_s"], current_time=datetime.fromtimestamp(second, timezone.utc))
    return Escher(key_id, secret, config["credential_scope"], options)


def sign(ask):
    signer = escher(ask["config"], ask["at"], *ask["key_db"][0])
    request = ask["request"]
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

"""standardwebhooks for Python."""
from datetime import datetime, timezone

from standardwebhooks import webhooks

import clock
import wire

NAME = "standardwebhooks-py"
SCHEME = "standard_webhooks"
webhooks.datetime = clock.Frozen


def sign(ask):
    signature = webhooks.Webhook(ask["secret"]).sign(ask["message"], datetime.fromtimestamp(ask["at"], timezone.utc), ask["request"]["body"])
    return with_headers(ask, signature)


def with_headers(ask, signature):
    values = {"id": ask["message"], "timestamp": str(ask["at"]), "signature": ask["beside"] + signature + ask["behind"]}
    lines = [[ask["names"] + name, value] for name, value in values.items()]
    return {**ask["request"], "headers": ask["request"]["headers"] + lines}


def verify(case):
    clock.set_to(case["now"])
    webhooks.Webhook(case["secret"]).verify(wire.body(case["request"]), dict(case["request"]["headers"]), json_parse=False)

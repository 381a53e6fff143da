#!/usr/bin/env python3
"""Prints random requests for the clients to sign, one JSON object a line: the same for the same seed.

    generate.py SEED COUNT [SCHEME...]      COUNT requests a scheme, every client signs each
"""
import random
import sys

import wire
from asks import escher, rfc9421, sigv4, webhooks

SCHEMES = {"escher": escher, "sigv4": sigv4, "rfc9421": rfc9421, "standard_webhooks": webhooks}


def main(seed, count, *chosen):
    for scheme in chosen or SCHEMES:
        for number in range(int(count)):
            name = f"{scheme}-{number:04}"
            wire.emit(SCHEMES[scheme].make(random.Random(f"{seed}/{name}"), name))


if __name__ == "__main__":
    main(*sys.argv[1:])

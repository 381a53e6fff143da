#!/usr/bin/env python3
"""Writes tests/known-answers/credentials.json: a second implementation of the credential format and of hashes at rest.

It follows the text in src/credential/format.rs (under Vendor) and src/credential/at_rest.rs with Python's own hmac, hashlib and zlib,
and shares no code with the crate. `--check` compares with the committed file instead of writing it.
"""
import hashlib, hmac, json, pathlib, struct, sys, zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FILE = pathlib.Path(__file__).resolve().parent.parent / "tests/known-answers/credentials.json"


def lp(data):
    return struct.pack(">I", len(data)) + data


def hashed(name, pepper_id, pepper, account, user, key_id, secret):
    context = hashlib.sha256(lp(account.encode()) + lp(user.encode()) + lp(key_id.encode())).digest()
    message = b"keyward/hash/1" + context + lp(secret.encode())
    return {
        "name": name, "pepper_id": pepper_id, "pepper": pepper.hex(), "account": account, "user": user,
        "key_id": key_id, "secret": secret, "context": context.hex(),
        "hash": hmac.new(pepper, message, hashlib.sha256).hexdigest(),
    }


def checksum(text):
    value, out = zlib.crc32(text.encode()), ""
    for _ in range(6):
        out, value = ALPHABET[value % 62] + out, value // 62
    return out


def minted(vendor, seed):
    """64 bytes at a time from a hash chain; the first draw makes the id, the next ones the secret."""
    drawn, state = b"", seed

    def draw():
        nonlocal drawn, state
        block = b""
        for _ in range(2):
            state = hashlib.sha256(state).digest()
            block += state
        drawn += block
        return block

    def text(length):
        out = ""
        while True:
            for byte in draw():
                if byte < 248:
                    if len(out) == length:
                        return out
                    out += ALPHABET[byte % 62]
            if len(out) == length:
                return out

    id_, random = text(16), text(43)
    secret = f"{vendor}s1_{random}"
    secret += checksum(secret)
    tail = secret[-49:]
    return {"vendor": vendor, "entropy": drawn.hex(), "key_id": f"{vendor}k_{id_}", "secret": secret,
            "token": f"{vendor}t1_{id_}_{tail}"}


def sha(text):
    return hashlib.sha256(text.encode()).digest()


KNOWN = {
    "about": "made by scripts/known-answers.py; every key and secret is invented",
    "hashed": [
        hashed("shortest ids", 1, bytes([1]) * 32, "a", "u", "k", "s"),
        hashed("longest ids", 4294967295, sha("pepper"), "a" * 39, "u" * 39, "k" * 55, "s" * 128),
        hashed("our own format", 7, bytes(range(32)), "acme", "u1", "kwk_0123456789ABCDEF", "kws1_" + "0" * 49),
        hashed("an account that ends where a user begins", 2, sha("p2"), "ab", "c", "k", "secret"),
        hashed("a user that ends where an account begins", 2, sha("p2"), "a", "bc", "k", "secret"),
        hashed("hexadecimal pair", 3, sha("p3"), "acme", "u-2", "0123456789abcdef0123456789abcdef", "fedcba9876543210"),
        hashed("base64 alphabet", 3, sha("p3"), "acme.test", "u_3", "AN1EXAMPLEKEY000001", "a/b+c=d/e+f=g/h+i=j/k+l=mno"),
        hashed("beyond ASCII", 3, sha("p3"), "acme", "u4", "k4", "gehêim-秘密"),
        hashed("a block of SHA-256 exactly", 9, sha("p9"), "acme", "u5", "k5", "s" * 14),
    ],
    "minted": [minted("kw", b"one"), minted("acme2", b"two"), minted("abcdefghij", b"three"), minted("zz", b"four")],
}

if __name__ == "__main__":
    text = json.dumps(KNOWN, indent=1, ensure_ascii=False) + "\n"
    if sys.argv[1:] == ["--check"]:
        if FILE.read_text(encoding="utf-8") != text:
            sys.exit(f"{FILE.name} is not what this script writes; run it without --check and look at the difference")
        print(f"{FILE.name}: {len(KNOWN['hashed'])} hashes, {len(KNOWN['minted'])} credentials, as committed")
    else:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(text, encoding="utf-8")

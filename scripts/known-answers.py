#!/usr/bin/env python3
"""Writes tests/known-answers/credentials.json: a second implementation of the credential format, of hashed and of
sealed secrets, and of what a scanner finds.

It follows the texts in src/credential/{format,owner,hashed,sealed,scan}.rs with Python's own hmac, hashlib, zlib and re
and a cipher written out below from RFC 8439 and draft-irtf-cfrg-xchacha-03, and shares no code with the crate. `--check` compares with the committed file instead of writing it.
"""
import hashlib, hmac, json, pathlib, re, struct, sys, zlib

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


def rounds(state):
    def quarter(a, b, c, d):
        for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[x] = (state[x] + state[y]) & 0xFFFFFFFF
            mixed = state[z] ^ state[x]
            state[z] = (mixed << turn | mixed >> 32 - turn) & 0xFFFFFFFF

    for _ in range(10):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            quarter(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)


CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")


def hchacha20(key, nonce):
    state = [*CONSTANTS, *struct.unpack("<8I", key), *struct.unpack("<4I", nonce)]
    rounds(state)
    return struct.pack("<8I", *state[:4], *state[12:])


def chacha20(key, nonce, counter, data):
    out = b""
    for at in range(0, len(data), 64):
        start = [*CONSTANTS, *struct.unpack("<8I", key), counter + at // 64, *struct.unpack("<3I", nonce)]
        state = list(start)
        rounds(state)
        block = struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(start, state)))
        out += bytes(a ^ b for a, b in zip(data[at:at + 64], block))
    return out


def poly1305(key, data):
    r, s, total = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, key[16:], 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at:at + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(s, "little")) % 2**128).to_bytes(16, "little")


def xchacha20poly1305(key, nonce, text, data):
    key, nonce = hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]
    sealed = chacha20(key, nonce, 1, text)
    padded = lambda part: part + bytes(-len(part) % 16)
    lengths = struct.pack("<QQ", len(data), len(sealed))
    return sealed + poly1305(chacha20(key, nonce, 0, bytes(32)), padded(data) + padded(sealed) + lengths)


def sealed(name, sealing_id, key, nonce, account, user, key_id, secret):
    data = b"keyward/seal/1" + lp(struct.pack(">I", sealing_id))
    data += lp(account.encode()) + lp(user.encode()) + lp(key_id.encode())
    return {
        "name": name, "sealing_id": sealing_id, "sealing_key": key.hex(), "nonce": nonce.hex(), "account": account,
        "user": user, "key_id": key_id, "secret": secret,
        "sealed": xchacha20poly1305(key, nonce, secret.encode(), data).hex(),
    }


EXPRESSION = "[a-z][a-z0-9]{1,9}(?:s1_[0-9A-Za-z]{49}|t1_[0-9A-Za-z]{16}_[0-9A-Za-z]{49})"


def scanned(text):
    return {"text": text, "found": [list(hit.span()) for hit in re.finditer(EXPRESSION, text)]}


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


# The AEAD's own example (draft-irtf-cfrg-xchacha-03, A.3.1), so that the cipher above is not taken on trust.
EXAMPLE = xchacha20poly1305(
    bytes(range(0x80, 0xA0)), bytes(range(0x40, 0x58)),
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    bytes.fromhex("50515253c0c1c2c3c4c5c6c7"),
)
assert EXAMPLE[-16:].hex() == "c0875924c1c7987947deafd8780acf49", EXAMPLE[-16:].hex()

MINTED = [minted("kw", b"one"), minted("acme2", b"two"), minted("abcdefghij", b"three"), minted("zz", b"four")]
SECRET, TOKEN = MINTED[0]["secret"], MINTED[1]["token"]

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
    "sealed": [
        sealed("shortest ids", 1, bytes([9]) * 32, bytes(range(24)), "a", "u", "k", "s"),
        sealed("longest ids", 4294967295, sha("s1"), bytes(range(1, 25)), "a" * 39, "u" * 39, "k" * 55, "s" * 128),
        sealed("our own format", 7, sha("s2"), sha("n")[:24], "acme", "u1", MINTED[0]["key_id"], SECRET),
        sealed("two blocks of the cipher", 7, sha("s2"), sha("m")[:24], "acme", "u1", "k2", "x" * 65),
        sealed("base64 alphabet", 3, sha("s3"), sha("o")[:24], "acme", "u2", "AN1EXAMPLEKEY000001", "a/b+c=d/e+f=g/h+i=j"),
    ],
    "minted": MINTED,
    "expression": EXPRESSION,
    "scanned": [
        scanned(text) for text in (
            "", "nothing here", SECRET, TOKEN, f"key={SECRET}; token={TOKEN};", f"{SECRET} {SECRET}\n{TOKEN}",
            f'{{"authorization":"Bearer {TOKEN}"}}', SECRET[:-1], f"_{SECRET}_", f"-{TOKEN[1:]}",
            "s1_" + "0" * 49, "ks1_" + "0" * 49, "kws1_" + "0" * 48 + "_", "kws1_" + "0" * 60, "9kws1_" + "0" * 49,
            "kwt1_" + "0" * 16 + "-" + "0" * 49, "kws1_kws1_" + "0" * 49, "KWs1_" + "0" * 49,
        )
    ],
}

if __name__ == "__main__":
    text = json.dumps(KNOWN, indent=1, ensure_ascii=False) + "\n"
    if sys.argv[1:] == ["--check"]:
        if FILE.read_text(encoding="utf-8") != text:
            sys.exit(f"{FILE.name} is not what this script writes; run it without --check and look at the difference")
        counts = ", ".join(f"{len(cases)} {name}" for name, cases in KNOWN.items() if isinstance(cases, list))
        print(f"{FILE.name}: {counts}, as committed")
    else:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(text, encoding="utf-8")

"""Writes `docs/vectors/ecdsa-p256.json`: `python firmware/crypto/generate/ecdsa_vectors.py`.

Signatures come from the `cryptography` package (OpenSSL), which also says of every case whether it is valid. Curve
arithmetic of its own is only used to make signatures and keys that no honest signer makes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from p256_base_table import GX, GY, P, Point, add

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
TARGET = Path(__file__).parents[3] / "docs" / "vectors" / "ecdsa-p256.json"
RFC_6979_PRIVATE = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
RFC_6979 = {
    "sample": "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    "test": "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
    "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
}
SECP256K1_GENERATOR = (
    "79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798"
    "483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8"
)
# A point with y = 5: y + p fits 32 bytes too.
SMALL_Y_X = 0xD7325D7646CD60D80A92738CEB345F844CFFAF35841022CAB176F692DE8DE1D7
MESSAGE = b"one sale"


def word(value: int) -> bytes:
    """32 bytes, big-endian, of a number reduced modulo 2^256."""
    return (value % (1 << 256)).to_bytes(32, "big")


def number(label: str) -> int:
    """A number that stays the same from run to run."""
    return int.from_bytes(hashlib.sha256(label.encode()).digest(), "big") % N


def digest(message: bytes) -> int:
    return int.from_bytes(hashlib.sha256(message).digest(), "big")


def multiple(scalar: int, point: Point = (GX, GY)) -> Point:
    """scalar * point, 0 < scalar < N."""
    total: Point | None = None
    while scalar:
        if scalar & 1:
            total = point if total is None else add(total, point)
        point = add(point, point)
        scalar >>= 1
    assert total is not None
    return total


def raw(point: Point) -> bytes:
    return word(point[0]) + word(point[1])


def signed(private: int, message: bytes, algorithm: hashes.HashAlgorithm | None = None) -> bytes:
    """The RFC 6979 signature, r || s, by `cryptography`."""
    key = ec.derive_private_key(private, ec.SECP256R1())
    scheme = ec.ECDSA(algorithm or hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(message, scheme))
    return word(r) + word(s)


def is_valid(public: bytes, message: bytes, signature: bytes) -> bool:
    """What `cryptography` says."""
    if len(public) != 64 or len(signature) != 64:
        return False
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + public)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


def case(name: str, public: bytes, message: bytes, signature: bytes) -> dict[str, object]:
    return {
        "name": name,
        "public": public.hex(),
        "message": message.hex(),
        "signature": signature.hex(),
        "valid": is_valid(public, message, signature),
    }


def signing() -> list[dict[str, object]]:
    """Known answers of deterministic signing."""
    keys = [(message, RFC_6979_PRIVATE, message.encode()) for message in RFC_6979]
    keys += [("private key 1", 1, MESSAGE), ("private key n - 1", N - 1, MESSAGE), ("empty message", 2, b"")]
    keys += [("long message", number("long"), b"nyala" * 200)]
    keys += [("key and message %d" % i, number("key %d" % i), b"message %d" % i) for i in range(10)]
    cases: list[dict[str, object]] = []
    for name, private, message in keys:
        signature = signed(private, message)
        if name in RFC_6979:
            assert signature == bytes.fromhex(RFC_6979[name])
            name = "RFC 6979 A.2.5, message " + name
        public = raw(multiple(private))
        assert is_valid(public, message, signature)
        answer: dict[str, object] = {"name": name, "private": word(private).hex(), "public": public.hex()}
        cases.append({**answer, "message": message.hex(), "signature": signature.hex()})
    return cases


def unusual() -> list[dict[str, object]]:
    """Signatures and keys that reach corners of the arithmetic."""
    e = digest(MESSAGE)
    private = number("unusual")
    public = raw(multiple(private))
    r, s = (int.from_bytes(signed(private, MESSAGE)[i : i + 32], "big") for i in (0, 32))
    cases = [
        case("s in the lower half", public, MESSAGE, word(r) + word(min(s, N - s))),
        case("s in the upper half", public, MESSAGE, word(r) + word(max(s, N - s))),
    ]
    # The affine x of k G lies between n and p, so r is x - n.
    x = next(x for x in range(N, P) if pow(x**3 - 3 * x + B, (P - 1) // 2, P) == 1)
    point = (x, pow(x**3 - 3 * x + B, (P + 1) // 4, P))
    s = number("large x")
    key = multiple(pow(x - N, -1, N), add(multiple(s, point), multiple(N - e % N)))
    cases.append(case("x of the point is above n", raw(key), MESSAGE, word(x - N) + word(s)))
    cases.append(case("r given as x, above n", raw(key), MESSAGE, word(x) + word(s)))
    # u2 = 1, u1 = 1 and both: the sum of few points.
    for name, k in (("u2 = 1", number("k")), ("u2 = 1 and k = 1", 1)):
        r = multiple(k)[0] % N
        key = multiple((k - e * pow(r, -1, N)) % N)
        cases.append(case(name, raw(key), MESSAGE, word(r) + word(r)))
    r = multiple(number("k"))[0] % N
    key = multiple((number("k") - 1) * e * pow(r, -1, N) % N)
    cases.append(case("u1 = 1", raw(key), MESSAGE, word(r) + word(e)))
    # s = 5: the same number plus n fits 32 bytes too, and so does s with a byte less or more.
    key = multiple((5 * number("k") - e) * pow(r, -1, N) % N)
    cases += [
        case("s = 5", raw(key), MESSAGE, word(r) + word(5)),
        case("s = 5 + n", raw(key), MESSAGE, word(r) + word(5 + N)),
        case("s = 5 in 31 bytes", raw(key), MESSAGE, word(r) + word(5)[1:]),
        case("s = 5 in 33 bytes", raw(key), MESSAGE, word(r) + b"\0" + word(5)),
    ]
    # u1 G + u2 Q is infinity whatever s is: no x to compare with r.
    for factor in (1, number("infinity")):
        name = "u1 G + u2 Q is infinity, s = %s" % ("1" if factor == 1 else "random")
        cases.append(case(name, public, MESSAGE, word(-e * pow(private, -1, N) % N) + word(factor)))
    # The key is a small multiple of the base point: additions of equal and opposite points are near.
    for small in (1, 2, 3, 5, 7, N - 1, N - 2):
        name = "private key %d" % small if small < N // 2 else "private key n - %d" % (N - small)
        cases.append(case(name, raw(multiple(small)), MESSAGE, signed(small, MESSAGE)))
    for exponent in (22, 44, 220, 242):
        private = pow(2, exponent, N)
        cases.append(case("private key 2^%d" % exponent, raw(multiple(private)), MESSAGE, signed(private, MESSAGE)))
    return cases


def bad_numbers() -> list[dict[str, object]]:
    """Right key and message, wrong r or s."""
    private = number("bad numbers")
    public = raw(multiple(private))
    signature = signed(private, MESSAGE)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    values = {"0": 0, "1": 1, "n": N, "n + 1": N + 1, "n - 1": N - 1, "p": P, "2^256 - 1": (1 << 256) - 1}
    cases = [case("r = " + name, public, MESSAGE, word(value) + word(s)) for name, value in values.items()]
    cases += [case("s = " + name, public, MESSAGE, word(r) + word(value)) for name, value in values.items()]
    cases += [
        case("r = s = 0", public, MESSAGE, bytes(64)),
        case("r = s = n", public, MESSAGE, word(N) * 2),
        case("r negated as a two's complement", public, MESSAGE, word(-r) + word(s)),
        case("s negated as a two's complement", public, MESSAGE, word(r) + word(-s)),
        case("r and s swapped", public, MESSAGE, word(s) + word(r)),
        case("r + 1", public, MESSAGE, word(r + 1) + word(s)),
        case("one bit of s", public, MESSAGE, word(r) + word(s ^ 1)),
        case("little-endian", public, MESSAGE, word(r)[::-1] + word(s)[::-1]),
    ]
    return cases


def bad_forms() -> list[dict[str, object]]:
    """Wrong lengths, encodings, hashes and messages."""
    private = number("bad forms")
    public = raw(multiple(private))
    signature = signed(private, MESSAGE)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    der = encode_dss_signature(r, s)
    half = hashlib.sha256(MESSAGE).digest()[:16]
    return [
        case("empty signature", public, MESSAGE, b""),
        case("63 bytes", public, MESSAGE, signature[:63]),
        case("65 bytes", public, MESSAGE, signature + b"\0"),
        case("64 bytes after a zero byte", public, MESSAGE, b"\0" + signature),
        case("DER", public, MESSAGE, der),
        case("DER cut to 64 bytes", public, MESSAGE, der[:64]),
        case("another message", public, MESSAGE + b"s", signature),
        case("signed over SHA-384", public, MESSAGE, signed(private, MESSAGE, hashes.SHA384())),
        case("signed over a truncated SHA-256", public, MESSAGE, signed_digest(private, int.from_bytes(half, "big"))),
        case("signed over the digest hashed again", public, MESSAGE, signed(private, hashlib.sha256(MESSAGE).digest())),
        case("of another key", raw(multiple(number("other"))), MESSAGE, signature),
    ]


def signed_digest(private: int, e: int) -> bytes:
    """A signature of a number in place of a digest."""
    k = number("signed digest")
    r = multiple(k)[0] % N
    return word(r) + word(pow(k, -1, N) * (e + r * private) % N)


def bad_public_keys() -> list[dict[str, object]]:
    """Keys that must be refused; the signature is right for the untouched key."""
    private = number("bad public keys")
    x, y = multiple(private)
    signature = signed(private, MESSAGE)
    # x + p still fits 32 bytes for a point of very small x: not reduced, so not that point.
    small = next(x for x in range(1, 100) if pow(x**3 - 3 * x + B, (P - 1) // 2, P) == 1)
    assert (SMALL_Y_X**3 - 3 * SMALL_Y_X + B - 25) % P == 0
    small_y = pow(small**3 - 3 * small + B, (P + 1) // 4, P)
    keys = {
        "all zeros": bytes(64),
        "all ones": b"\xff" * 64,
        "x = p": word(P) + word(y),
        "y = p": word(x) + word(P),
        "x not reduced": word(small + P) + word(small_y),
        "y not reduced": word(SMALL_Y_X) + word(5 + P),
        "y + 1": word(x) + word(y + 1),
        "x and y swapped": word(y) + word(x),
        "generator of secp256k1": bytes.fromhex(SECP256K1_GENERATOR),
        "y = 0": word(x) + word(0),
        "little-endian": word(x)[::-1] + word(y)[::-1],
        "63 bytes": raw((x, y))[:63],
        "compressed": (b"\x02" if y % 2 == 0 else b"\x03") + word(x),
        "with the byte 04 before it": b"\x04" + raw((x, y)),
        "empty": b"",
    }
    return [case(name, key, MESSAGE, signature) for name, key in keys.items()]


def bad_private_keys() -> list[dict[str, object]]:
    keys = {
        "0": word(0), "n": word(N), "n + 1": word(N + 1), "2^256 - 1": b"\xff" * 32,
        "31 bytes": word(1)[1:], "33 bytes": word(1) + b"\0", "empty": b"",
    }  # fmt: skip
    return [{"name": name, "private": key.hex()} for name, key in keys.items()]


def document() -> str:
    """The text of the file."""
    vectors = {
        "about": [
            "ECDSA P-256 with SHA-256 (ES256). Everything is hex: private key 32 bytes, public key x || y,",
            "signature r || s, message as it is. `signing`: RFC 6979 without further entropy gives `signature`.",
            "`verifying`: `valid` is what OpenSSL says. `bad_public_keys` and `bad_private_keys` must be refused.",
            "Made by firmware/crypto/generate/ecdsa_vectors.py.",
        ],
        "signing": signing(),
        "verifying": unusual() + bad_numbers() + bad_forms(),
        "bad_public_keys": bad_public_keys(),
        "bad_private_keys": bad_private_keys(),
    }
    return json.dumps(vectors, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(document())

"""Certificates, valid and refused."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import cbor2

from .documents_parts import (
    CARD,
    CARD_NUMBER_MAX,
    ISSUER,
    JSON,
    NOW_S,
    P256_PRIME,
    RECONCILER,
    ROOT,
    TECHNICIAN,
    TERMINAL,
    UINT32,
    UINT64,
    YEAR_S,
    Key,
    Parts,
    add_valid,
    dumps,
    named,
    refuse_payload,
)


def cnf(x: object, y: object) -> JSON:
    return {1: {1: 2, -1: 1, -2: x, -3: y}}  # pyright: ignore[reportReturnType]


def claims(
    subject_key: Key, role: int, number: int, subject: str, limits: list[int] | None = None, **changes: Any
) -> dict[Any, Any]:
    """The claims of a certificate in bytewise order of their keys."""
    names = {"issuer": 1, "subject": 2, "expires": 4, "issued": 6, "key": 8, "role": -65537, "number": -65538}
    values: dict[Any, Any] = {
        1: "Nyala Test Operator",
        2: subject,
        4: NOW_S + 5 * YEAR_S,
        6: NOW_S,
        8: cnf(subject_key.x, subject_key.y),
        -65537: role,
        -65538: number,
    }
    if limits is not None:
        values[-65539] = limits
    for name, value in changes.items():
        values[names[name]] = value
    return values


def certificate_fields(data: bytes, values: dict[Any, Any], signer: Key) -> JSON:
    key = values[8][1]
    limits = values.get(-65539, [0, 0, 0])
    return {
        "issuer": values[1],
        "subject": values[2],
        "expires_s": values[4],
        "issued_s": values[6],
        "public": key[-2] + key[-3],
        "role": values[-65537],
        "number": values[-65538],
        "currency": limits[0],
        "payment_minor": limits[1],
        "allowance_minor": limits[2],
        "fingerprint": sha256(data).digest()[:8],
        "kid": signer.kid,
    }


def accept_certificate(name: str, values: dict[Any, Any], signer: Key) -> bytes:
    parts = Parts.make(dumps(values), signer, named(signer))
    data = bytes.fromhex(parts.hex())
    add_valid(name, "certificate", data, parts, signer, certificate_fields(data, values, signer))
    return data


def without(values: dict[Any, Any], *keys: int) -> dict[Any, Any]:
    return {key: value for key, value in values.items() if key not in keys}


CARD_CLAIMS = claims(CARD, 2, 6_200_000_000_000_017, "Kartu 17", [360, 50_000_000, 100_000_000], issuer="Bank Contoh")

TERMINAL_CLAIMS = claims(TERMINAL, 3, 17, "Warung Bu Sri")


def certificates() -> tuple[bytes, bytes]:
    """Valid certificates of every role; returns the terminal's and the card's."""
    accept_certificate("issuer certificate", claims(ISSUER, 1, 0, "Bank Contoh"), ROOT)
    card = accept_certificate("card certificate", CARD_CLAIMS, ISSUER)
    terminal = accept_certificate("terminal certificate", TERMINAL_CLAIMS, ROOT)
    accept_certificate("technician certificate", claims(TECHNICIAN, 4, 0, "teknisi"), ROOT)
    accept_certificate("reconciler certificate", claims(RECONCILER, 5, 0, "rekonsiliasi"), ROOT)
    largest = claims(
        CARD, 2, CARD_NUMBER_MAX, "é" * 20, [999, UINT32, UINT32], issuer="N" * 40, expires=UINT64, issued=UINT64
    )
    accept_certificate("largest card certificate", largest, ISSUER)
    smallest = claims(TERMINAL, 3, 0, "", issuer="", expires=0, issued=0)
    accept_certificate("smallest terminal certificate", smallest, ROOT)
    return terminal, card


def refused_certificates() -> None:
    base, card = TERMINAL_CLAIMS, CARD_CLAIMS

    def bad(name: str, values: object, why: str, signer: Key = ROOT) -> None:
        refuse_payload(f"certificate: {name}", "certificate", values, signer, why)

    for key, what in ((1, "iss"), (2, "sub"), (4, "exp"), (6, "iat"), (8, "cnf"), (-65537, "role"), (-65538, "number")):
        bad(f"{what} missing", without(base, key), f"claim {key} must be there")
    bad("unknown claim", {1: base[1], 2: base[2], 3: "aud"} | without(base, 1, 2), "claim 3 is none of ours")
    bad("claim key is text", {**base, "x": 1}, "claim keys are integers")
    bad("claims are an array", list(base.items()), "claims are a map")
    bad("claims are empty", {}, "claims must be there")
    bad(
        "cnf and exp swapped",
        {1: base[1], 2: base[2], 8: base[8], 6: base[6], 4: base[4]} | without(base, 1, 2, 4, 6, 8),
        "keys are unordered",
    )
    bad("private claims first", {-65537: 3, -65538: 17} | without(base, -65537, -65538), "keys are unordered")
    bad("private claims descending", without(base, -65537, -65538) | {-65538: 17, -65537: 3}, "keys are unordered")
    encoded = dumps(base)
    bad(
        "duplicate claim, same value",
        b"\xa8" + encoded[1:] + bytes.fromhex("3a0001000111"),
        "claim -65538 stands twice",
    )
    bad("duplicate claim, other value", b"\xa8\x01\x60" + encoded[1:], "claim 1 stands twice")
    bad("indefinite map", b"\xbf" + encoded[1:] + b"\xff", "lengths are definite")
    bad(
        "indefinite text",
        encoded.replace(dumps("Warung Bu Sri"), b"\x7f" + dumps("Warung Bu Sri") + b"\xff"),
        "lengths are definite",
    )
    bad("trailing byte in the claims", encoded + b"\x00", "nothing follows the map")
    bad("map head not shortest", b"\xb8\x07" + encoded[1:], "the map's length is in its head byte")
    bad("exp as a float", {**base, 4: float(NOW_S)}, "no floats")
    bad("exp as a tagged time", {**base, 4: cbor2.CBORTag(1, NOW_S)}, "no tags")
    bad("exp negative", {**base, 4: -1}, "time is unsigned")
    bad("iat of 65 bits", {**base, 6: UINT64 + 1}, "time is at most 64 bits")
    bad("role 0", {**base, -65537: 0}, "roles are 1..5")
    bad("role 6", {**base, -65537: 6}, "roles are 1..5")
    bad("role true", {**base, -65537: True}, "a boolean is no integer")
    bad("number negative", {**base, -65538: -1}, "number is unsigned")
    bad("number of 65 bits", {**base, -65538: UINT64 + 1}, "number is at most 64 bits")
    bad("terminal number of 33 bits", {**base, -65538: UINT32 + 1}, "a terminal's number is at most 32 bits")
    bad("sub of 41 bytes", {**base, 2: "x" * 41}, "names are at most 40 bytes")
    bad("sub of 21 two-byte letters", {**base, 2: "é" * 21}, "names are at most 40 bytes of UTF-8")
    bad("sub as bytes", {**base, 2: b"Warung"}, "sub is text")
    bad("sub not UTF-8", encoded.replace(b"Warung", b"Wa\xff\xfeng"), "text is UTF-8")
    bad("sub is a surrogate", encoded.replace(b"Warung", b"Wa\xed\xa0\x80g"), "text is UTF-8")
    bad("sub is null", {**base, 2: None}, "sub is text")
    for role, what in ((1, "issuer"), (4, "technician"), (5, "reconciler")):
        bad(f"{what} with a number", {**base, -65537: role}, "number is 0 for people and issuers")
    bad("card without limits", without(card, -65539), "a card has limits", ISSUER)
    bad("terminal with limits", {**base, -65539: [360, 1, 1]}, "only a card has limits")
    bad("card limits of two", {**card, -65539: [360, 1]}, "limits are three", ISSUER)
    bad("card limits of four", {**card, -65539: [360, 1, 1, 1]}, "limits are three", ISSUER)
    bad("card currency 1000", {**card, -65539: [1000, 1, 1]}, "currency is 0..999", ISSUER)
    bad("card payment 0", {**card, -65539: [360, 0, 1]}, "an amount is at least 1", ISSUER)
    bad("card allowance of 33 bits", {**card, -65539: [360, 1, UINT32 + 1]}, "an amount is at most 32 bits", ISSUER)
    bad("card limits null", {**card, -65539: None}, "limits are an array", ISSUER)
    refused_keys(bad, base)
    long = {**base, 1: "N" * 40, 2: "W" * 40, -65540: b"x" * 200}
    bad("more than 400 bytes", long, "a certificate is at most 400 bytes")


def refused_keys(bad: Callable[[str, object, str], None], base: dict[Any, Any]) -> None:
    """Confirmation keys that are none (RFC 9053 section 7.1.1)."""
    x, y = TERMINAL.x, TERMINAL.y
    off = (int.from_bytes(y, "big") ^ 1).to_bytes(32, "big")
    prime = P256_PRIME.to_bytes(32, "big")

    def key(name: str, value: object, why: str) -> None:
        bad(name, {**base, 8: value}, why)

    key("curve P-384", {1: {1: 2, -1: 2, -2: x, -3: y}}, "the curve is P-256")
    key("curve secp256k1", {1: {1: 2, -1: 8, -2: x, -3: y}}, "the curve is P-256")
    key("key type OKP", {1: {1: 1, -1: 1, -2: x, -3: y}}, "the key type is EC2")
    key("key type symmetric", {1: {1: 4, -1: x}}, "the key type is EC2")
    key("key type missing", {1: {-1: 1, -2: x, -3: y}}, "the key type is EC2")
    key("x of 31 bytes", cnf(x[1:], y), "x is 32 bytes")
    key("x of 33 bytes", cnf(b"\0" + x, y), "x is 32 bytes")
    key("y missing", {1: {1: 2, -1: 1, -2: x}}, "y is 32 bytes")
    key("y as a sign bit", cnf(x, True), "y is 32 bytes, not a compressed point")
    key("point not on the curve", cnf(x, off), "y squared is not what the curve says")
    key("point is zero", cnf(bytes(32), bytes(32)), "the point is not on the curve")
    key("x is the field prime", cnf(prime, y), "x is below the field prime")
    key("x and y swapped", cnf(y, x), "the point is not on the curve")
    key("key with an algorithm", {1: {1: 2, 3: -7, -1: 1, -2: x, -3: y}}, "no further key parameters")
    key("key parameters unordered", {1: {1: 2, -1: 1, -3: y, -2: x}}, "keys are unordered")
    key("private key inside", {1: {1: 2, -1: 1, -2: x, -3: y, -4: bytes(32)}}, "no further key parameters")
    key("cnf with a key id", {1: cnf(x, y)[1], 3: TERMINAL.kid}, "no further confirmation methods")  # pyright: ignore[reportArgumentType]
    key("cnf with a key id alone", {3: TERMINAL.kid}, "the key itself must be there")
    key("cnf as bytes", TERMINAL.public, "cnf is a map")
    key("cnf empty", {}, "the key itself must be there")

"""Documents whose COSE_Sign1 or whose signature is wrong."""

from collections.abc import Callable
from hashlib import sha256

import cbor2
from cryptography.hazmat.primitives.asymmetric import utils

from .documents_entries import sale
from .documents_parts import (
    P256_ORDER,
    PLAIN,
    ROOT,
    SIGNATURE1,
    STRANGER,
    TERMINAL,
    Key,
    Parts,
    bstr,
    dumps,
    named,
    refuse,
    to_be_signed,
)


def refused_envelopes(card: bytes, policy_payload: bytes) -> None:
    payload = dumps(sale(card))
    sound = Parts.make(payload, TERMINAL, PLAIN)

    def bad(
        name: str, text: str, why: str, fault: str = "structure", document: str = "entry", signer: Key = TERMINAL
    ) -> None:
        refuse(f"envelope: {name}", document, text, signer, why, fault)

    def header(
        name: str, protected: bytes, why: str, unprotected: str = "a0", document: str = "entry", signer: Key = TERMINAL
    ) -> None:
        content = payload if document == "entry" else policy_payload
        bad(
            name,
            Parts.make(content, signer, protected).hex(unprotected=unprotected),
            why,
            document=document,
            signer=signer,
        )

    header("protected header emptied", b"", "the algorithm is protected")
    header("protected header an empty map", b"\xa0", "the algorithm is protected")
    header("algorithm unprotected", b"", "the algorithm is protected", "a10126")
    header("algorithm in both headers", PLAIN, "the unprotected header is empty", "a10126")
    header("key id unprotected", PLAIN, "the unprotected header is empty", "a10448" + TERMINAL.kid.hex())
    header("unprotected header an array", PLAIN, "the unprotected header is an empty map", "80")
    header("unprotected header null", PLAIN, "the unprotected header is an empty map", "f6")
    header("algorithm twice", bytes.fromhex("a201260126"), "the algorithm stands twice")
    header("algorithm ES384", bytes.fromhex("a1013822"), "the algorithm is ES256")
    header("algorithm ES512", bytes.fromhex("a1013823"), "the algorithm is ES256")
    header("algorithm EdDSA", bytes.fromhex("a10127"), "the algorithm is ES256")
    header("algorithm HMAC", bytes.fromhex("a10105"), "the algorithm is ES256")
    header("algorithm ES256K", bytes.fromhex("a101382e"), "the algorithm is ES256")
    header("algorithm in text", bytes.fromhex("a101654553323536"), "the algorithm is a number")
    header("algorithm null", bytes.fromhex("a101f6"), "the algorithm is ES256")
    header("algorithm not shortest", bytes.fromhex("a1013806"), "-7 is one byte")
    header("header key not shortest", bytes.fromhex("a1180126"), "1 is one byte")
    header("header map indefinite", bytes.fromhex("bf0126ff"), "lengths are definite")
    header("header with a trailing byte", PLAIN + b"\0", "nothing follows the map")
    header("header with crit", bytes.fromhex("a20126028101"), "no further header parameters")
    header("header with a content type", bytes.fromhex("a201260300"), "no further header parameters")
    header("header an array", bytes.fromhex("820126"), "the header is a map")
    header("key id on an entry", named(TERMINAL), "an entry names no signer")
    for text, what in (("80", "an array"), ("f6", "null"), ("a10126", "the algorithm again")):
        why = "the unprotected header is an empty map"
        header(f"unprotected header of a policy {what}", named(ROOT), why, text, document="policy", signer=ROOT)
    header("no key id on a policy", PLAIN, "a policy names its signer", document="policy", signer=ROOT)
    swapped = b"\xa2\x04\x48" + ROOT.kid + b"\x01\x26"
    header("header keys re-ordered", swapped, "keys are unordered", document="policy", signer=ROOT)
    header(
        "key id of 7 bytes",
        bytes.fromhex("a201260447") + ROOT.kid[:7],
        "a key id is 8 bytes",
        document="policy",
        signer=ROOT,
    )
    header(
        "key id of 9 bytes",
        bytes.fromhex("a201260449") + ROOT.kid + b"\0",
        "a key id is 8 bytes",
        document="policy",
        signer=ROOT,
    )
    header(
        "key id in text",
        bytes.fromhex("a20126046861616161") + b"aaaa",
        "a key id is bytes",
        document="policy",
        signer=ROOT,
    )
    twice = b"\xa3\x01\x26\x04\x48" + ROOT.kid + b"\x04\x48" + ROOT.kid
    header("key id twice", twice, "the key id stands twice", document="policy", signer=ROOT)
    stranger = Parts.make(policy_payload, ROOT, named(STRANGER)).hex()
    bad("key id of another key", stranger, "the key id is not the signer's", "signature", "policy", ROOT)

    bad("protected header not wrapped", sound.hex(protected="a10126"), "the protected header is bytes")
    bad("protected header null", sound.hex(protected="f6"), "the protected header is bytes")
    bad("protected head not shortest", sound.hex(protected="5803a10126"), "3 is in the head byte")
    bad("no tag", sound.hex(head="84"), "the document is tagged 18")
    bad("tag not shortest", sound.hex(head="d81284"), "18 is one byte")
    bad("tag twice", sound.hex(head="d2d284"), "the document is tagged once")
    bad("tag COSE_Mac0", sound.hex(head="d184"), "the document is tagged 18")
    bad("tag COSE_Sign", sound.hex(head="d86284"), "the document is tagged 18")
    bad("tagged as a CWT", sound.hex(head="d83dd284"), "the document is tagged 18 alone")
    bad("array of three", sound.hex(head="d283", signature=""), "COSE_Sign1 has 4 items")
    bad("array of five", sound.hex(head="d285", tail="00"), "COSE_Sign1 has 4 items")
    bad("array indefinite", sound.hex(head="d29f", tail="ff"), "lengths are definite")
    bad("array head not shortest", sound.hex(head="d29804"), "4 is in the head byte")
    bad("array as a map", sound.hex(head="d2a2"), "COSE_Sign1 is an array")
    bad("payload detached", sound.hex(payload="f6"), "the payload is inside")
    bad("payload empty", sound.hex(payload="40"), "the payload is not empty")
    bad("payload not wrapped", sound.hex(payload=payload.hex()), "the payload is bytes")
    bad("payload in text", sound.hex(payload="63616263"), "the payload is bytes")
    bad(
        "payload head not shortest",
        sound.hex(payload="59" + len(payload).to_bytes(2, "big").hex() + payload.hex()),
        "a length below 256 is one byte",
    )
    bad("payload in chunks", sound.hex(payload="5f" + bstr(payload).hex() + "ff"), "lengths are definite")
    bad("signature head not shortest", sound.hex(signature="590040" + sound.signature.hex()), "64 is one byte")
    bad("signature in chunks", sound.hex(signature="5f5840" + sound.signature.hex() + "ff"), "lengths are definite")
    bad("signature empty", sound.hex(signature="40"), "a signature is 64 bytes")
    bad("signature null", sound.hex(signature="f6"), "a signature is 64 bytes")
    bad("signature of 63 bytes", sound.hex(signature=bstr(sound.signature[:63]).hex()), "a signature is 64 bytes")
    bad("signature of 65 bytes", sound.hex(signature=bstr(sound.signature + b"\0").hex()), "a signature is 64 bytes")
    r, s = (int.from_bytes(half, "big") for half in (sound.signature[:32], sound.signature[32:]))
    bad(
        "signature in DER",
        sound.hex(signature=bstr(utils.encode_dss_signature(r, s)).hex()),
        "a signature is r and s, 64 bytes",
    )
    bad(
        "signature as an array",
        sound.hex(signature="82" + (bstr(sound.signature[:32]) + bstr(sound.signature[32:])).hex()),
        "a signature is bytes",
    )
    bad("trailing byte", sound.hex(tail="00"), "nothing follows the document")
    bad("document twice", sound.hex() * 2, "nothing follows the document")
    bad("leading byte", "00" + sound.hex(), "the document is tagged 18")
    bad("last byte missing", sound.hex()[:-2], "the document ends early")
    bad("half the document", sound.hex()[: len(sound.hex()) // 4 * 2], "the document ends early")
    bad("one byte", "d2", "the document ends early")
    bad("empty", "", "the document is empty")
    bad("all zero bytes", "00" * 100, "the document is tagged 18")
    refused_signatures(bad, sound, payload)


def refused_signatures(bad: Callable[..., None], sound: Parts, payload: bytes) -> None:
    """Sound structure, a signature that is not the signer's over it."""
    r, s = sound.signature[:32], sound.signature[32:]
    order = P256_ORDER.to_bytes(32, "big")

    def forged(name: str, signature: bytes, why: str) -> None:
        bad(name, Parts(PLAIN, payload, signature).hex(), why, "signature")

    forged("r and s swapped", s + r, "r comes first")
    forged("r and s little endian", r[::-1] + s[::-1], "r and s are big endian")
    forged("signature all zeros", bytes(64), "r and s are at least 1")
    forged("r zero", bytes(32) + s, "r is at least 1")
    forged("s zero", r + bytes(32), "s is at least 1")
    forged("r is the order", order + s, "r is below the order")
    forged("s is the order", r + order, "s is below the order")
    forged("signature all ones", b"\xff" * 64, "r and s are below the order")
    forged("r one bit off", bytes([r[0] ^ 0x80]) + r[1:] + s, "the signature does not verify")
    forged("s one bit off", r + s[:31] + bytes([s[31] ^ 1]), "the signature does not verify")
    forged("another key", STRANGER.sign(to_be_signed(PLAIN, payload)), "the signer is another")
    forged("payload signed bare", TERMINAL.sign(payload), "the Sig_structure is signed")
    forged(
        "signed with external data",
        TERMINAL.sign(SIGNATURE1 + bstr(PLAIN) + b"\x41\x00" + bstr(payload)),
        "no external data",
    )
    context = dumps(["Signature", PLAIN, b"", payload])
    forged("signed in the context of COSE_Sign", TERMINAL.sign(context), "the context is Signature1")
    forged("signed under another header", TERMINAL.sign(to_be_signed(named(TERMINAL), payload)), "the header is signed")
    digest = sha256(to_be_signed(PLAIN, payload)).digest()
    forged("hashed twice", TERMINAL.sign(digest), "the hash is taken once")
    changed = dumps([*cbor2.loads(payload)[:5], 123_456_701, *cbor2.loads(payload)[6:]])
    bad(
        "payload changed after signing",
        Parts(PLAIN, changed, sound.signature).hex(),
        "the payload is signed",
        "signature",
    )

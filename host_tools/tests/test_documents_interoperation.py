"""Documents against implementations that are not ours: pycose checks what the host and what the firmware signed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import cbor2
import pytest
from pycose.headers import KID, Algorithm
from pycose.keys.curves import P256
from pycose.keys.ec2 import EC2Key
from pycose.messages.sign1message import Sign1Message

from nyala.documents import authorization, certificate, cose, entry, key_request, policy
from nyala.documents.authorization import Authorization
from nyala.errors import DocumentError

ROOT = Path(__file__).resolve().parents[2]
VECTORS: dict[str, Any] = json.loads((ROOT / "docs" / "vectors" / "documents.json").read_text())
KEYS: dict[str, dict[str, str]] = VECTORS["keys"]
MICROPYTHON = Path(sys.executable).parent / "micropython"

SEAL = """
import json, sys
from voucher import entry, key_request
asked = json.loads(sys.stdin.read())
private, entropy = bytes.fromhex(asked["private"]), bytes.fromhex(asked["entropy"])
fields = {name: bytes.fromhex(value["bytes"]) if isinstance(value, dict) else value
          for name, value in asked["fields"].items()}
fields["body"] = [bytes.fromhex(item["bytes"]) if isinstance(item, dict) else item for item in fields["body"]]
print(entry.seal(entry.Entry(**fields), private, entropy).hex())
public = bytes.fromhex(asked["public"])
print(key_request.make(private, 17, public, bytes(range(16)), entropy).hex())
"""

READ = """
import sys
from voucher import DocumentError, certificate, entry, policy
readers = {"certificate": certificate.parse, "entry": entry.parse, "policy": policy.parse}
for line in sys.stdin:
    document, data = line.split()
    try:
        readers[document](bytes.fromhex(data))
        print("taken")
    except DocumentError:
        print("refused")
"""
READERS: dict[str, Callable[[bytes], Any]] = {
    "certificate": certificate.parse,
    "entry": entry.parse,
    "policy": policy.parse,
}
# Around every bound of the format, and of every type that CBOR has.
ODDITIES: list[Any] = [
    *(0, 1, 2, 3, 4, 5, 6, 12, 13, 15, 16, 40, 63, 64, 100, 101, 999, 1000, -1, -7, -65537),
    *((1 << bits) + step for bits in (8, 16, 31, 32, 53, 63, 64) for step in (-1, 0, 1)),
    *(None, True, False, 0.0, 1.5, "", "x", "x" * 40, "x" * 41, "\u00e9" * 20, "\u00e9" * 21, b"", [], [1], {}, {1: 2}),
    *(bytes(size) for size in (1, 7, 8, 9, 16, 31, 32, 33, 63, 64, 65, 300)),
    *(cbor2.undefined, cbor2.CBORSimpleValue(7), cbor2.CBORTag(1, 0), cbor2.CBORTag(2, b"\1"), [[[[[[[0]]]]]]]),
]


def spoilt(random: Random, data: bytes) -> bytes:
    """The document with a few bytes, or one item of its payload, changed; its signature is of no interest."""
    if random.random() < 0.4:
        edited = bytearray(data)
        for _ in range(random.randint(1, 3)):
            place = random.randrange(len(edited))
            edited[place : place + random.randint(0, 1)] = random.randbytes(random.randint(0, 1))
        return bytes(edited)
    signed = cose.open1(data)
    root = cbor2.loads(signed.payload)
    target, place = root, random_key(random, root)
    while isinstance(target[place], list | dict) and target[place] and random.random() < 0.8:
        target = target[place]
        place = random_key(random, target)
    if random.random() < 0.1:
        del target[place]
    else:
        target[place] = random.choice(ODDITIES)
    return cose.assemble(cbor2.dumps(root), signed.signature, signed.kid)


def random_key(random: Random, container: Any) -> Any:
    return random.choice(list(container) if isinstance(container, dict) else list(range(len(container))))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def firmware_takes(documents: list[tuple[str, bytes]]) -> list[bool]:
    """Whether the firmware's own readers take each document, signatures aside."""
    answers = micropython(READ, "".join(f"{document} {data.hex()}\n" for document, data in documents)).split()
    return [{"taken": True, "refused": False}[answer] for answer in answers]


def host_takes(document: str, data: bytes) -> bool:
    try:
        READERS[document](data)
    except DocumentError:
        return False
    return True


def micropython(program: str, text: str) -> str:
    run = subprocess.run(
        [str(MICROPYTHON), "-c", program],
        input=text,
        env=os.environ | {"MICROPYPATH": f".frozen:{ROOT / 'firmware'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr + run.stdout
    return run.stdout


def pycose_verifies(data: bytes, public: str) -> bool:
    """Whether pycose alone, given the key, takes the document."""
    # pycose 1.1 expects lists inside tags, cbor2 6 reads tuples there: so the tag is taken off first.
    tag, items = data[:1], cbor2.loads(data[1:])
    assert tag == b"\xd2"
    message: Any = Sign1Message.from_cose_obj(items, False)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    message.key = EC2Key(crv=P256, x=bytes.fromhex(public[:64]), y=bytes.fromhex(public[64:]))
    return bool(message.verify_signature())


def firmware_seals(fields: dict[str, Any], entropy: bytes) -> tuple[bytes, bytes]:
    """An entry and a key request, signed by the firmware's own code under MicroPython."""
    key = KEYS["terminal"]
    asked = {"fields": fields, "private": key["private"], "public": key["public"], "entropy": entropy.hex()}
    sealed, request = micropython(SEAL, json.dumps(asked)).split()
    return bytes.fromhex(sealed), bytes.fromhex(request)


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS["valid"]])
def test_pycose_takes_every_valid_document(vector: dict[str, Any]) -> None:
    assert pycose_verifies(bytes.fromhex(vector["hex"]), KEYS[vector["signer"]]["public"])
    assert not pycose_verifies(bytes.fromhex(vector["hex"]), KEYS["stranger"]["public"])


def test_pycose_reads_the_algorithm_and_the_signer() -> None:
    policy = next(vector for vector in VECTORS["valid"] if vector["name"] == "policy")
    message: Any = Sign1Message.from_cose_obj(cbor2.loads(bytes.fromhex(policy["hex"])[1:]), False)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    assert message.phdr[Algorithm].fullname == "ES256"
    assert message.phdr[KID].hex() == KEYS["root"]["key_id"]
    assert message.uhdr == {}


def test_a_document_signed_by_pycose_is_taken() -> None:
    key = KEYS["terminal"]
    message: Any = Sign1Message(phdr={Algorithm: -7}, uhdr={}, payload=b"payload")
    message.key = EC2Key(
        crv=P256,
        x=bytes.fromhex(key["public"][:64]),
        y=bytes.fromhex(key["public"][64:]),
        d=bytes.fromhex(key["private"]),
    )
    signed = cose.open1(message.encode())
    signed.verify(bytes.fromhex(key["public"]))
    assert signed.payload == b"payload"


def test_pycose_takes_an_authorization_rebuilt_from_its_sale() -> None:
    vector = next(vector for vector in VECTORS["valid"] if vector["name"] == "sale")
    sale = entry.parse(bytes.fromhex(vector["hex"]))
    signature = bytes.fromhex(vector["fields"]["body"][5]["bytes"])
    rebuilt = authorization.document(authorization.of_sale(sale), signature)
    assert pycose_verifies(rebuilt, KEYS["card"]["public"])
    other = Authorization(**{name: getattr(authorization.of_sale(sale), name) for name in Authorization.__slots__})
    assert authorization.parse(rebuilt) == other


@pytest.mark.parametrize("name", ["genesis", "sale", "void", "largest sale", "card_seen", "fault"])
def test_what_the_firmware_signs_is_taken_by_pycose_and_by_the_host(name: str) -> None:
    vector = next(vector for vector in VECTORS["valid"] if vector["name"] == name)
    public = KEYS["terminal"]["public"]
    sealed, request = firmware_seals(vector["fields"], entropy=bytes(range(32)))
    assert sealed.hex() != vector["hex"]  # the entropy went into the nonce
    assert pycose_verifies(sealed, public)
    assert entry.verify(sealed, bytes.fromhex(public)) == entry.parse(bytes.fromhex(vector["hex"]))
    assert pycose_verifies(request, public)
    assert key_request.verify(request).nonce == bytes(range(16))


def test_without_entropy_the_firmware_and_the_host_sign_the_same_bytes() -> None:
    vector = next(vector for vector in VECTORS["valid"] if vector["name"] == "sale")
    sealed, _ = firmware_seals(vector["fields"], entropy=b"")
    assert sealed.hex() == vector["hex"]


@pytest.mark.parametrize("document", sorted(READERS))
def test_the_firmware_and_the_host_take_and_refuse_the_same_documents(document: str) -> None:
    random = Random(document)
    sound = [bytes.fromhex(vector["hex"]) for vector in VECTORS["valid"] if vector["document"] == document]
    tried = [spoilt(random, random.choice(sound)) for _ in range(1500)]
    firmware = firmware_takes([(document, data) for data in tried])
    host = [host_takes(document, data) for data in tried]
    differing = [data.hex() for data, one, other in zip(tried, firmware, host, strict=True) if one != other]
    assert differing == []
    assert 100 < sum(host) < 1400  # enough of either

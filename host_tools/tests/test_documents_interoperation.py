"""Documents against implementations that are not ours: pycose checks what the host and what the firmware signed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cbor2
import pytest
from pycose.headers import KID, Algorithm
from pycose.keys.curves import P256
from pycose.keys.ec2 import EC2Key
from pycose.messages.sign1message import Sign1Message

from nyala.documents import authorization, cose, entry, key_request
from nyala.documents.authorization import Authorization

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
    run = subprocess.run(
        [str(MICROPYTHON), "-c", SEAL],
        input=json.dumps(asked),
        env=os.environ | {"MICROPYPATH": f".frozen:{ROOT / 'firmware'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr + run.stdout
    sealed, request = run.stdout.split()
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

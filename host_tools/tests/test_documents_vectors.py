"""Every vector of docs/vectors/documents.json, which the firmware's tests read too."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import (
    authorization,
    bodies,
    certificate,
    cose,
    entry,
    key_request,
    login,
    policy,
    receipt,
    voucher_id,
)
from nyala.errors import DocumentError

ROOT = Path(__file__).resolve().parents[2]
VECTORS: dict[str, Any] = json.loads((ROOT / "docs" / "vectors" / "documents.json").read_text())
KEYS: dict[str, dict[str, str]] = VECTORS["keys"]
VALID: list[dict[str, Any]] = VECTORS["valid"]
INVALID: list[dict[str, Any]] = VECTORS["invalid"]

PARSE: dict[str, Callable[[bytes], Any]] = {
    "authorization": authorization.parse,
    "certificate": certificate.parse,
    "entry": entry.parse,
    "key_request": key_request.parse,
    "login": login.parse,
    "policy": policy.parse,
    "receipt": receipt.parse,
}
VERIFY: dict[str, Callable[[bytes, bytes], Any]] = {
    "authorization": lambda data, public: authorization.verify(
        authorization.parse(data), cose.open1(data).signature, public
    ),
    "certificate": certificate.verify,
    "entry": entry.verify,
    "key_request": lambda data, public: key_request.verify(data),
    "login": login.verify,
    "policy": policy.verify,
    "receipt": receipt.verify,
}


def from_json(value: Any) -> Any:
    if isinstance(value, list):
        return [from_json(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return bytes.fromhex(value["bytes"])  # pyright: ignore[reportUnknownArgumentType]
    return value


def fields_of(vector: dict[str, Any]) -> dict[str, Any]:
    return {name: from_json(value) for name, value in vector["fields"].items()}


def named(vectors: list[dict[str, Any]], document: str | None = None) -> list[Any]:
    chosen = [vector for vector in vectors if document is None or vector["document"] == document]
    return [pytest.param(vector, id=vector["name"]) for vector in chosen]


def public_of(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex(KEYS[vector["signer"]]["public"])


def private_of(vector: dict[str, Any]) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(KEYS[vector["signer"]]["private"], 16), ec.SECP256R1())


def parsed_fields(document: str, parsed: Any, data: bytes) -> dict[str, Any]:
    """What the reader made of a document, as the vectors write it."""
    fields = asdict(parsed)
    if document == "entry":
        fields["body"] = bodies.items(parsed.body)
    if document == "policy":
        fields["issuers"] = [list(issuer) for issuer in parsed.issuers.items()]
        fields |= {"denied": list(parsed.denied), "digest": cose.digest(data)}
    return fields


def sign_again(document: str, parsed: Any, key: ec.EllipticCurvePrivateKey) -> bytes:
    if document == "certificate":
        claims = {name: getattr(parsed, name) for name in certificate.Claims.__slots__}
        return certificate.sign(certificate.Claims(**claims), key)
    if document == "key_request":
        return key_request.sign(parsed.terminal, parsed.nonce, key)
    if document == "authorization":
        return authorization.document(parsed, authorization.sign(parsed, key))
    signers: dict[str, Callable[[Any, ec.EllipticCurvePrivateKey], bytes]] = {
        "entry": entry.sign,
        "login": login.sign,
        "policy": policy.sign,
        "receipt": receipt.sign,
    }
    return signers[document](parsed, key)


@pytest.mark.parametrize("vector", named(VALID))
def test_a_valid_document_verifies_and_reads_as_its_fields(vector: dict[str, Any]) -> None:
    data, document = bytes.fromhex(vector["hex"]), vector["document"]
    VERIFY[document](data, public_of(vector))
    assert parsed_fields(document, PARSE[document](data), data) == fields_of(vector)
    assert cose.open1(data).payload.hex() == vector["payload"]
    assert cose.open1(data).signature.hex() == vector["signature"]


@pytest.mark.parametrize("vector", named(VALID))
def test_signing_a_valid_documents_fields_gives_its_bytes_again(vector: dict[str, Any]) -> None:
    data, document = bytes.fromhex(vector["hex"]), vector["document"]
    again = sign_again(document, PARSE[document](data), private_of(vector))
    assert (again == data) is not vector.get("resigned", False)


@pytest.mark.parametrize("vector", named(VALID))
def test_a_valid_document_does_not_verify_with_another_key(vector: dict[str, Any]) -> None:
    if vector["document"] == "key_request":
        pytest.skip("a key request carries the key that it is verified with")
    with pytest.raises(cose.BadSignature):
        VERIFY[vector["document"]](bytes.fromhex(vector["hex"]), bytes.fromhex(KEYS["stranger"]["public"]))


@pytest.mark.parametrize("vector", named(INVALID))
def test_an_invalid_document_is_refused_where_its_fault_is(vector: dict[str, Any]) -> None:
    data, document = bytes.fromhex(vector["hex"]), vector["document"]
    if document == "authorization":  # only its signature travels, so only the signature can be wrong
        asked = authorization.Authorization(**fields_of(vector))
        with pytest.raises(cose.BadSignature):
            authorization.verify(asked, bytes.fromhex(vector["signature"]), public_of(vector))
        return
    with pytest.raises(DocumentError) as caught:
        VERIFY[document](data, public_of(vector))
    if vector["fault"] == "signature":
        assert isinstance(caught.value, cose.BadSignature)
        PARSE[document](data)
    else:
        assert not isinstance(caught.value, cose.BadSignature)
        with pytest.raises(DocumentError):
            PARSE[document](data)


@pytest.mark.parametrize("vector", named(INVALID))
def test_a_refusal_is_one_sentence(vector: dict[str, Any]) -> None:
    data, document = bytes.fromhex(vector["hex"]), vector["document"]
    if document == "authorization":
        return
    with pytest.raises(DocumentError) as caught:
        VERIFY[document](data, public_of(vector))
    message = str(caught.value)
    assert message[0].isalpha()
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 200


@pytest.mark.parametrize("vector", named(VALID, "entry"))
def test_digest_and_receipt_code_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    digest = entry.digest(bytes.fromhex(vector["hex"]))
    assert digest.hex() == vector["digest"]
    assert voucher_id.receipt_code(digest) == vector["receipt_code"]


@pytest.mark.parametrize("vector", [param for param in named(VALID, "entry") if "sale" in param.id])
def test_a_sale_carries_its_cards_own_signature(vector: dict[str, Any]) -> None:
    sale = entry.parse(bytes.fromhex(vector["hex"]))
    authorization.verify_sale(sale, bytes.fromhex(KEYS["card"]["public"]))
    with pytest.raises(cose.BadSignature):
        authorization.verify_sale(sale, bytes.fromhex(KEYS["stranger"]["public"]))


def test_the_vectors_hold_every_kind_of_entry_and_every_role() -> None:
    kinds = {vector["fields"]["kind"] for vector in VALID if vector["document"] == "entry"}
    roles = {vector["fields"]["role"] for vector in VALID if vector["document"] == "certificate"}
    assert kinds == set(range(13))
    assert roles == {1, 2, 3, 4, 5}
    assert {vector["document"] for vector in VALID} == set(PARSE)
    assert {vector["document"] for vector in INVALID} == set(PARSE)


def test_the_vectors_file_is_what_its_generator_writes() -> None:
    command = [sys.executable, "-m", "host_tools.tests.vectors.make_documents", "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0

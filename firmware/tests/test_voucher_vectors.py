"""docs/vectors/documents.json, made by the host's own implementation: both take and refuse the same documents."""

import json

from expect import raises
from voucher import DocumentError, authorization, certificate, cose, entry, key_request, login, policy, receipt

_PATH = __file__.rsplit("/", 1)[0] + "/../../docs/vectors/documents.json"
with open(_PATH) as file:
    _VECTORS = json.load(file)

_LOGIN = next(item for item in _VECTORS["valid"] if item["document"] == "login")["fields"]


def _plain(value):
    """A value of the file's `fields` as the firmware holds it."""
    if isinstance(value, dict):
        return bytes.fromhex(value["bytes"])
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _key(item, half):
    return bytes.fromhex(_VECTORS["keys"][item["signer"]][half])


def _verify(item):
    """Read and verify a document as the terminal does; return what it says."""
    document = item["document"]
    public = _key(item, "public")
    if document == "authorization":
        said = {name: _plain(value) for name, value in item["fields"].items()}
        return authorization.verify(public, bytes.fromhex(item["signature"]), **said)
    data = bytes.fromhex(item["hex"])
    if document == "login":
        return login.verify(data, public, _LOGIN["terminal"], _plain(_LOGIN["challenge"]))
    if document == "entry":
        cose.open_signed(data).verify(public)
        return entry.parse(data)
    return {"certificate": certificate, "policy": policy, "receipt": receipt}[document].verify(data, public)


def _parse(item):
    """Read a document without its signature, where the terminal has a use for that; verify the others."""
    parsers = {"entry": entry, "certificate": certificate, "policy": policy}
    if item["document"] not in parsers:
        return _verify(item)
    return parsers[item["document"]].parse(bytes.fromhex(item["hex"]))


def _fields(item):
    # The terminal makes key requests and reads none.
    return [] if item["document"] in ("authorization", "login", "key_request") else item["fields"].items()


def test_every_valid_document_verifies_and_says_the_same():
    count = 0
    for item in _VECTORS["valid"]:
        if item["document"] == "key_request":
            continue
        said = _verify(item)
        for name, value in _fields(item):
            value = _plain(value)
            got = getattr(said, name)
            if name == "denied":
                got = list(got)
            if name == "issuers":
                value = dict(value)
            assert got == value, (item["name"], name, got, value)
        count += 1
    assert count >= 37, count


def test_strict_reading_alone_refuses_every_document_with_a_fault_in_its_structure():
    count = 0
    for item in _VECTORS["invalid"]:
        if item["fault"] == "structure" and item["document"] != "key_request":
            try:
                _parse(item)
            except DocumentError as error:
                assert not isinstance(error, cose.BadSignature), item["name"]
                count += 1
                continue
            raise AssertionError("taken: %s (%s)" % (item["name"], item["why"]))
    assert count >= 300, count


def test_verifying_refuses_every_document_with_a_fault_in_its_signature():
    count = 0
    for item in _VECTORS["invalid"]:
        if item["fault"] == "signature" and item["document"] != "key_request":
            if item["document"] in ("entry", "certificate", "policy"):
                _parse(item)
            try:
                _verify(item)
            except cose.BadSignature:
                count += 1
                continue
            raise AssertionError("taken: %s (%s)" % (item["name"], item["why"]))
    assert count >= 30, count


def test_the_same_payload_and_key_give_the_same_document():
    for item in _VECTORS["valid"]:
        if item.get("resigned"):
            continue
        data = bytes.fromhex(item["hex"])
        payload = bytes.fromhex(item["payload"])
        plain = item["document"] in ("entry", "authorization", "key_request")
        kid = None if plain else cose.key_id(_key(item, "public"))
        assert cose.sign(payload, _key(item, "private"), b"", kid) == data, item["name"]


def test_entries_seal_to_the_same_bytes_digest_and_receipt_code():
    for item in _VECTORS["valid"]:
        if item["document"] == "entry":
            made = entry.Entry(**{name: _plain(value) for name, value in item["fields"].items()})
            data = bytes.fromhex(item["hex"])
            assert entry.encode(made) == bytes.fromhex(item["payload"]), item["name"]
            if not item.get("resigned"):
                assert entry.seal(made, _key(item, "private"), b"") == data, item["name"]
            assert entry.digest(data).hex() == item["digest"]
            assert entry.receipt_code(entry.digest(data)) == item["receipt_code"], item["name"]
            assert entry.peek(data) == (made.kind, made.sequence)


def test_an_authorization_covers_the_same_payload():
    for item in _VECTORS["valid"]:
        if item["document"] == "authorization":
            said = {name: _plain(value) for name, value in item["fields"].items()}
            assert authorization.payload(**said) == bytes.fromhex(item["payload"])


def test_a_key_request_is_the_same():
    for item in _VECTORS["valid"]:
        if item["document"] == "key_request":
            said = {name: _plain(value) for name, value in item["fields"].items()}
            made = key_request.make(_key(item, "private"), said["terminal"], said["public"], said["nonce"], b"")
            assert made == bytes.fromhex(item["hex"])


def test_a_login_is_refused_for_another_terminal_or_challenge():
    item = next(item for item in _VECTORS["valid"] if item["document"] == "login")
    data, public = bytes.fromhex(item["hex"]), _key(item, "public")
    challenge = _plain(_LOGIN["challenge"])
    raises(DocumentError, login.verify, data, public, _LOGIN["terminal"] + 1, challenge)
    raises(DocumentError, login.verify, data, public, _LOGIN["terminal"], bytes(32))

"""Writes docs/vectors/documents.json: documents that both implementations must accept, and ones that both must refuse.

Built from `cbor2` and `cryptography` alone, not from the code under test. Everything is fixed: the keys come from
SHA-256 of their names, the signatures from RFC 6979, so a second run writes the same bytes.

    python -m host_tools.tests.vectors.make_documents            writes the file
    python -m host_tools.tests.vectors.make_documents --check    exits with 1 when the file is not what would be written
"""

import json
import sys
from hashlib import sha256
from pathlib import Path

from .documents_certificates import certificates, refused_certificates
from .documents_entries import entries
from .documents_envelopes import refused_envelopes
from .documents_others import authorizations, policies, refused_policies, small_documents
from .documents_parts import KEYS, invalid, valid
from .documents_refused_entries import refused_bodies, refused_encodings, refused_entry_fields

VECTORS = Path(__file__).resolve().parents[3] / "docs" / "vectors" / "documents.json"

ABOUT = [
    'Documents of docs/voucher-format.md. Byte strings are hex; inside `fields` they are {"bytes": hex}.',
    "`hex` is the whole COSE_Sign1; `signer` names the key that a reader verifies it with.",
    "Everything under `valid` parses to `fields` and verifies. Signing `payload` with the signer's key and RFC 6979",
    "without further entropy gives `hex` again, unless `resigned` is true.",
    "Everything under `invalid` must be refused. `fault` is `structure` when only strict reading refuses the document,",
    "`signature` when the document reads well and only verifying refuses it.",
    "An authorization travels as its `signature` alone: a reader rebuilds its payload from `fields` and verifies that.",
]


def build() -> str:
    """The whole file as text."""
    valid.clear()
    invalid.clear()
    terminal_certificate, card_certificate = certificates()
    card = sha256(card_certificate).digest()[:8]
    entries(terminal_certificate, card_certificate)
    authorizations()
    policy_payload = policies()
    refused_certificates()
    refused_entry_fields()
    refused_bodies(card)
    refused_encodings()
    refused_envelopes(card, policy_payload)
    refused_policies()
    small_documents()
    names = [vector["name"] for vector in valid + invalid]
    if len(names) != len(set(names)):
        raise SystemExit(f"vectors with one name: {sorted(name for name in set(names) if names.count(name) > 1)}")
    lines = ["{", f' "about": {json.dumps(ABOUT, indent=2)},', ' "keys": {']
    lines.append(",\n".join(f"  {json.dumps(key.name)}: {json.dumps(key.json())}" for key in KEYS))
    for title, vectors in (("valid", valid), ("invalid", invalid)):
        lines += [" }," if title == "valid" else " ],", f' "{title}": [']
        lines.append(",\n".join("  " + json.dumps(vector, ensure_ascii=True) for vector in vectors))
    return "\n".join([*lines, " ]", "}", ""])


def main() -> None:
    text = build()
    if "--check" in sys.argv[1:]:
        raise SystemExit(0 if VECTORS.read_text() == text else 1)
    VECTORS.write_text(text)
    print(f"{len(valid)} valid and {len(invalid)} invalid documents, {len(text)} bytes")


if __name__ == "__main__":
    main()

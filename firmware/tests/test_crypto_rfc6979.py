"""Nonces: the known ones, and what entropy and masks must and must not change."""

import hashlib

from crypto.curve import N
from crypto.hmac import hmac_sha256
from crypto.rfc6979 import NonceSource

_PRIVATE = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
# RFC 6979 A.2.5, SHA-256
_NONCES = {
    b"sample": 0xA6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60,
    b"test": 0xD16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0,
}


def _digest(message):
    return hashlib.sha256(message).digest()


def test_nonces_equal_rfc_6979_a_2_5():
    for message, nonce in _NONCES.items():
        assert NonceSource(N, _PRIVATE, _digest(message)).nonce() == nonce


def test_asking_for_masks_does_not_change_the_nonces():
    plain = NonceSource(N, _PRIVATE, _digest(b"sample"))
    masked = NonceSource(N, _PRIVATE, _digest(b"sample"))
    masked.mask()
    for _ in range(5):
        assert plain.nonce() == masked.nonce()
        masked.mask()


def test_a_candidate_out_of_range_is_skipped_as_section_3_2_h_says():
    # An order that few candidates are below makes the loop go round; the same steps by hand must end at the same nonce.
    order = 1 << 250
    digest = _digest(b"sample")
    seed = _PRIVATE + (int.from_bytes(digest, "big") % order).to_bytes(32, "big")
    key, value = b"\x00" * 32, b"\x01" * 32
    for separator in (b"\x00", b"\x01"):
        key = hmac_sha256(key, value + separator + seed)
        value = hmac_sha256(key, value)
    rejected = -1
    candidate = order
    while candidate >= order:
        if rejected >= 0:
            key = hmac_sha256(key, value + b"\x00")
            value = hmac_sha256(key, value)
        value = hmac_sha256(key, value)
        candidate = int.from_bytes(value, "big")
        rejected += 1
    assert rejected > 0
    assert NonceSource(order, _PRIVATE, digest).nonce() == candidate


def test_nonces_and_masks_are_all_different():
    seen = []
    for entropy in (b"", b"\x00", b"\x00" * 32, b"\x01" * 32):
        source = NonceSource(N, _PRIVATE, _digest(b"sample"), entropy)
        for _ in range(4):
            seen.append(source.nonce())
            seen.append(source.mask())
    assert len(set(seen)) == len(seen)


def test_the_private_key_and_the_message_change_the_nonce():
    nonces = set()
    for private in (_PRIVATE, _PRIVATE[:-1] + b"\x00"):
        for message in (b"sample", b"samplf"):
            nonces.add(NonceSource(N, private, _digest(message)).nonce())
    assert len(nonces) == 4

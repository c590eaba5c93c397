"""HMAC-SHA-256 against RFC 4231."""

from hashlib import sha256

from crypto.hmac import hmac_sha256

# key, data, HMAC (RFC 4231 §4.2 to §4.8; case 5 shows 128 bits only)
_CASES = (
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
)


def test_known_answers_of_rfc_4231():
    for key, data, expected in _CASES:
        assert hmac_sha256(key, data).hex().startswith(expected), data


def test_parts_count_as_one_message():
    for key, data, expected in _CASES:
        assert hmac_sha256(key, data[:3], b"", data[3:]).hex().startswith(expected), data


def test_only_keys_longer_than_a_block_are_hashed():
    for length in (1, 63, 64):
        key = b"k" * length
        assert hmac_sha256(key, b"data") != hmac_sha256(sha256(key).digest(), b"data")
    assert hmac_sha256(b"k" * 65, b"data") == hmac_sha256(sha256(b"k" * 65).digest(), b"data")


def test_keys_around_the_block_size_differ():
    found = [hmac_sha256(b"k" * length, b"data") for length in (0, 1, 31, 32, 33, 63, 64, 65, 128)]
    assert len(set(found)) == len(found)

"""ECDSA: the shared vectors, and what must be refused."""

from crypto import ecdsa
from crypto.curve import N
from crypto_numbers import number, vectors
from expect import raises

_PRIVATE = number("terminal", N).to_bytes(32, "big")
_MESSAGE = b"one sale"


def _bytes(case, *names):
    return [bytes.fromhex(case[name]) for name in names]


def test_deterministic_signatures_equal_the_vectors():
    for case in vectors()["signing"]:
        private, public, message, signature = _bytes(case, "private", "public", "message", "signature")
        assert ecdsa.public_key(private) == public, case["name"]
        assert ecdsa.sign(private, message) == signature, case["name"]
        assert ecdsa.verify(public, message, signature), case["name"]


def test_verifying_agrees_with_the_vectors():
    outcomes = set()
    for case in vectors()["verifying"] + vectors()["bad_public_keys"]:
        public, message, signature = _bytes(case, "public", "message", "signature")
        assert ecdsa.verify(public, message, signature) is case["valid"], case["name"]
        outcomes.add(case["valid"])
    assert outcomes == {True, False}


def test_verifying_with_a_table_agrees_with_the_vectors():
    tables = {}
    for case in vectors()["verifying"]:
        public, message, signature = _bytes(case, "public", "message", "signature")
        if public not in tables:
            tables[public] = ecdsa.key_table(public)
        assert ecdsa.verify(public, message, signature, tables[public]) is case["valid"], case["name"]


def test_bad_public_keys_are_refused():
    for case in vectors()["bad_public_keys"]:
        (public,) = _bytes(case, "public")
        raises(ecdsa.BadKey, ecdsa.check_public, public)
        raises(ecdsa.BadKey, ecdsa.key_table, public)


def test_good_public_keys_pass():
    for case in vectors()["signing"]:
        ecdsa.check_public(bytes.fromhex(case["public"]))


def test_bad_private_keys_are_refused_without_showing_them():
    for case in vectors()["bad_private_keys"]:
        (private,) = _bytes(case, "private")
        for error in (
            raises(ecdsa.BadKey, ecdsa.public_key, private),
            raises(ecdsa.BadKey, ecdsa.sign, private, _MESSAGE),
        ):
            assert not private or private.hex() not in str(error)


def test_entropy_changes_the_signature_and_not_its_validity():
    public = ecdsa.public_key(_PRIVATE)
    signatures = set()
    for entropy in (b"", b"\x00", b"\x00" * 32, b"\xff" * 32, b"long" * 50):
        signature = ecdsa.sign(_PRIVATE, _MESSAGE, entropy)
        assert signature == ecdsa.sign(_PRIVATE, _MESSAGE, entropy)
        assert ecdsa.verify(public, _MESSAGE, signature)
        signatures.add(signature[:32])
    assert len(signatures) == 5


def test_entropy_changes_what_the_computation_works_on():
    seen = []

    def multiply_base(odd_scalar, z):
        seen.append((odd_scalar, z))
        return real(odd_scalar, z)

    real = ecdsa.multiply_base
    ecdsa.multiply_base = multiply_base
    try:
        for i in range(32):
            ecdsa.sign(_PRIVATE, _MESSAGE, bytes((i,)))
    finally:
        ecdsa.multiply_base = real
    assert len({z for _, z in seen}) == 32
    # The scalar is the nonce plus a random even or odd number of times the order.
    assert len({odd_scalar // N for odd_scalar, _ in seen}) > 16


def test_a_computation_that_fails_its_check_gives_no_signature():
    real = ecdsa.multiply_base
    for wrong in (None, (1, 1), (0, 0)):
        tries = []

        def multiply_base(odd_scalar, z, wrong=wrong, tries=tries):
            tries.append(odd_scalar)
            return wrong if len(tries) < 4 else real(odd_scalar, z)

        def never(odd_scalar, z, wrong=wrong):
            return wrong

        public = ecdsa.public_key(_PRIVATE)
        try:
            ecdsa.multiply_base = multiply_base
            signature = ecdsa.sign(_PRIVATE, _MESSAGE)
            assert len(set(tries)) == 4
            ecdsa.multiply_base = never
            raises(ecdsa.ComputationFault, ecdsa.sign, _PRIVATE, _MESSAGE)
            raises(ecdsa.ComputationFault, ecdsa.public_key, _PRIVATE)
        finally:
            ecdsa.multiply_base = real
        assert ecdsa.verify(public, _MESSAGE, signature)


def test_a_wrong_inverse_gives_no_signature():
    real = ecdsa.inverse
    calls = []

    def inverse(value, modulus):
        calls.append(value)
        return real(value, modulus) ^ (len(calls) == 1)

    expected = ecdsa.sign(_PRIVATE, _MESSAGE)
    try:
        ecdsa.inverse = inverse
        signature = ecdsa.sign(_PRIVATE, _MESSAGE)
        ecdsa.inverse = lambda value, modulus: real(value, modulus) ^ 1
        raises(ecdsa.ComputationFault, ecdsa.sign, _PRIVATE, _MESSAGE)
    finally:
        ecdsa.inverse = real
    assert len(calls) == 2
    assert signature != expected  # the next nonce, not the same one again
    assert ecdsa.verify(ecdsa.public_key(_PRIVATE), _MESSAGE, signature)


def test_both_signs_of_s_are_accepted():
    public = ecdsa.public_key(_PRIVATE)
    signature = ecdsa.sign(_PRIVATE, _MESSAGE)
    s = int.from_bytes(signature[32:], "big")
    assert ecdsa.verify(public, _MESSAGE, signature[:32] + (N - s).to_bytes(32, "big"))


def test_every_changed_bit_of_a_signature_is_refused():
    public = ecdsa.public_key(_PRIVATE)
    signature = ecdsa.sign(_PRIVATE, _MESSAGE)
    table = ecdsa.key_table(public)
    for bit in range(512):
        changed = bytearray(signature)
        changed[bit >> 3] ^= 1 << (bit & 7)
        assert not ecdsa.verify(public, _MESSAGE, bytes(changed), table), bit


def test_a_table_of_another_key_or_a_damaged_one_is_refused():
    public = ecdsa.public_key(_PRIVATE)
    other = ecdsa.public_key(b"\x01" * 32)
    signature = ecdsa.sign(_PRIVATE, _MESSAGE)
    table = ecdsa.key_table(public)
    assert isinstance(table, bytes)
    assert len(table) == 4164
    assert ecdsa.verify(public, _MESSAGE, signature, table)
    for damaged in (b"", table[:-1], table + b"\x00", table[:64], table[1:], bytes(len(table))):
        raises(ecdsa.BadKey, ecdsa.verify, public, _MESSAGE, signature, damaged)
    for at in range(0, len(table), 101):
        damaged = table[:at] + bytes((table[at] ^ 4,)) + table[at + 1 :]
        raises(ecdsa.BadKey, ecdsa.verify, public, _MESSAGE, signature, damaged)
    raises(ecdsa.BadKey, ecdsa.verify, other, _MESSAGE, signature, table)


def test_generated_keys_are_in_range_and_come_from_the_source_alone():
    draws = [b"\xff" * 32, b"\x00" * 32, N.to_bytes(32, "big"), _PRIVATE]
    asked = []

    def entropy_read(count):
        asked.append(count)
        return draws[len(asked) - 1]

    assert ecdsa.generate(entropy_read) == _PRIVATE
    assert asked == [32] * 4
    ecdsa.public_key(_PRIVATE)


def test_an_unfit_source_of_entropy_is_refused():
    raises(ecdsa.BadKey, ecdsa.generate, lambda count: _PRIVATE)  # stuck
    raises(ecdsa.BadKey, ecdsa.generate, lambda count: b"\x00" * count)
    raises(ecdsa.BadKey, ecdsa.generate, lambda count: _PRIVATE[:-1])
    raises(ecdsa.BadKey, ecdsa.generate, lambda count: b"")
    draws = [bytes((255 - i % 2,)) + b"\xff" * 31 for i in range(20)]
    assert ecdsa.generate(lambda count: draws.pop()) == b"\xfe" + b"\xff" * 31
    out_of_range = [b"\xff" * 31 + bytes((i,)) for i in range(20)]
    raises(ecdsa.BadKey, ecdsa.generate, lambda count: out_of_range.pop())


def test_messages_and_keys_may_be_any_bytes_like_object():
    public = ecdsa.public_key(_PRIVATE)
    signature = ecdsa.sign(_PRIVATE, memoryview(_MESSAGE))
    assert ecdsa.verify(bytearray(public), bytearray(_MESSAGE), memoryview(signature))
    assert ecdsa.verify(memoryview(public), memoryview(_MESSAGE), bytearray(signature), ecdsa.key_table(public))

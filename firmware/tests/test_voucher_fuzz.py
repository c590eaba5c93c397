"""Damaged documents: 5,000 of them through every parser, or as many as NYALA_FUZZ says. Only named errors come out.

A failure prints the input; the same count gives the same inputs.
"""

import gc
import json
import os
import random

from crypto import ecdsa
from voucher import DocumentError, cbor, certificate, cose, entry, login, policy, receipt

_MUTATIONS = int(os.getenv("NYALA_FUZZ") or 5000)
_SEED = 20190804

with open(__file__.rsplit("/", 1)[0] + "/../../docs/vectors/documents.json") as _file:
    _VALID = [bytes.fromhex(item["hex"]) for item in json.load(_file)["valid"] if item["document"] != "authorization"]

_PUBLIC = bytes(64)
# What matters in CBOR: heads at their limits, floats, tags, breaks.
_BYTES = b"\x00\x17\x18\x19\x1a\x1b\x1f\x20\x40\x58\x5b\x60\x7b\x80\x9b\x9f\xa0\xbb\xbf\xc0\xd2\xf4\xf6\xf7\xf9\xfb\xff"


def _everywhere(data):
    """Put `data` through every parser; return how many took it."""
    taken = 0
    for read in (
        lambda: cbor.decode(data),
        lambda: entry.peek(data),
        lambda: entry.parse(data),
        lambda: certificate.parse(data),
        lambda: policy.parse(data),
        lambda: receipt.verify(data, _PUBLIC),
        lambda: login.verify(data, _PUBLIC, 17, bytes(32)),
    ):
        try:
            read()
        except DocumentError:
            continue
        taken += 1
    return taken


def _mutated(data):
    data = bytearray(data)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(data)) if data else 0
        way = random.randrange(7)
        if way == 0 and data:
            data[at] ^= 1 << random.randrange(8)
        elif way == 1 and data:
            data[at] = random.choice(_BYTES)
        elif way == 2:
            data[at : at + random.randint(1, 9)] = b""
        elif way == 3:
            data[at:at] = bytes((random.choice(_BYTES), random.getrandbits(8)))
        elif way == 4:
            data[at:] = b""
        elif way == 5:
            other = random.choice(_VALID)
            data[at:] = other[random.randrange(len(other)) :]
        else:
            data[at : at + 9] = bytes((random.choice(_BYTES),)) + b"\xff" * random.choice((1, 2, 4, 8))
    return bytes(data)


def _fuzzed(data):
    """A damaged document, every second time in its payload alone, so that the readers behind COSE get their share."""
    if random.getrandbits(1):
        return _mutated(data)
    signed = cose.open_signed(data)
    protected = b"\xa1\x01\x26" if signed.kid is None else b"\xa2\x01\x26\x04\x48" + signed.kid
    return b"\xd2" + cbor.encode([protected, {}, _mutated(signed.payload), signed.signature])


def _without_signatures(call):
    # Receipts and logins are verified before they are read; here they shall be read.
    verify = ecdsa.verify
    ecdsa.verify = lambda *_: True
    try:
        return call()
    finally:
        ecdsa.verify = verify


def _run():
    random.seed(_SEED)
    taken = 0
    for _ in range(_MUTATIONS):
        data = _fuzzed(random.choice(_VALID))
        try:
            taken += _everywhere(data)
        except Exception as error:
            raise AssertionError("%r on %s" % (error, data.hex()))
    return taken


def test_damaged_documents_raise_only_named_errors():
    taken = _without_signatures(_run)
    assert taken > 0  # some damage is legal: another amount, another name


def test_whatever_the_decoder_takes_is_written_back_byte_for_byte():
    random.seed(_SEED)
    taken = 0
    for _ in range(_MUTATIONS):
        data = _mutated(cose.open_signed(random.choice(_VALID)).payload)
        try:
            value = cbor.decode(data)
        except cbor.CborError:
            continue
        assert cbor.encode(value) == data, data.hex()
        taken += 1
    assert taken > _MUTATIONS // 100, taken


def test_the_heap_is_flat_over_five_hundred_documents():
    def read(number):
        data = _VALID[number % len(_VALID)]
        _everywhere(data)
        _everywhere(data[: number % len(data)])
        # Letters that were never seen before, U+4000 and on: none may be kept. (`chr` would keep them itself.)
        letters = b"".join([bytes((0xE4 + (number >> 6), 0x80 | number & 63, 0x80 | place)) for place in range(12)])
        cbor.decode(b"\xa1\x78\x24" + letters + b"\x78\x24" + letters)

    for number in range(50):
        read(number)
    gc.collect()
    before = gc.mem_alloc()
    for number in range(50, 550):
        read(number)
    gc.collect()
    assert gc.mem_alloc() - before <= 64, gc.mem_alloc() - before

"""Signing for a day must not eat the heap. CRYPTO_HEAP_ROUNDS sets how often (the long run: 1000)."""

import gc
import os

from crypto import ecdsa

_PRIVATE = b"\x07" * 32


def _allocated():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def test_the_heap_does_not_grow():
    rounds = int(os.getenv("CRYPTO_HEAP_ROUNDS") or 40)
    public = ecdsa.public_key(_PRIVATE)
    table = ecdsa.key_table(public)

    def once():
        signature = ecdsa.sign(_PRIVATE, b"heap", b"entropy")
        assert ecdsa.verify(public, b"heap", signature)
        assert ecdsa.verify(public, b"heap", signature, table)
        assert not ecdsa.verify(public, b"help", signature, table)

    once()
    before = _allocated()
    for _ in range(rounds):
        once()
    assert _allocated() <= before, (before, _allocated())


def test_one_signature_leaves_little_garbage():
    ecdsa.sign(_PRIVATE, b"heap")
    gc.collect()
    gc.disable()
    try:
        before = gc.mem_alloc()
        ecdsa.sign(_PRIVATE, b"heap")
        used = gc.mem_alloc() - before
    finally:
        gc.enable()
    assert used < 40000, used  # 64-bit objects; about half on the ESP32

"""Digests as numbers."""


def numberFromByteString(data, bitLength=None):  # noqa: N802, N803
    return int.from_bytes(data, "big")

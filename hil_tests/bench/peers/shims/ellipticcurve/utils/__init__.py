"""Strings and nonces of starkbank-ecdsa, as MicroPython can do it."""

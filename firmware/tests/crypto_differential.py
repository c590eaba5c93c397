"""Answers questions about ECDSA on standard input, one a line, for host_tools/tests/test_crypto_differential.py.

    public PRIVATE                                  the public key
    sign PRIVATE MESSAGE ENTROPY                    a signature
    verify PUBLIC MESSAGE SIGNATURE                 1 or 0
    verify_with_table PUBLIC MESSAGE SIGNATURE      1 or 0

Everything is hex, "-" for no bytes.
"""

import sys

from crypto import ecdsa


def _verify_with_table(public: bytes, message: bytes, signature: bytes) -> bool:
    return ecdsa.verify(public, message, signature, ecdsa.key_table(public))


_ANSWERS = {
    "public": ecdsa.public_key,
    "sign": ecdsa.sign,
    "verify": ecdsa.verify,
    "verify_with_table": _verify_with_table,
}


def main() -> None:
    while True:
        words = sys.stdin.readline().split()
        if not words:
            return
        answer = _ANSWERS[words[0]](*[b"" if word == "-" else bytes.fromhex(word) for word in words[1:]])
        print(int(answer) if isinstance(answer, bool) else answer.hex())


main()

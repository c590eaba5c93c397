"""A signature of starkbank-ecdsa without its encodings."""


class Signature:
    def __init__(self, r, s, recoveryId=None):  # noqa: N803
        self.r = r
        self.s = s

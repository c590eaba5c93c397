"""hmac.new on the firmware's HMAC."""

from crypto.hmac import hmac_sha256


class new:  # noqa: N801 (the name that hmac has)
    def __init__(self, key, data=b"", digestmod=None):
        self.key = key
        self.parts = [data]

    def update(self, data):
        self.parts.append(data)

    def digest(self):
        return hmac_sha256(self.key, *self.parts)

"""The one exception that becomes an error response: raised anywhere below the service, made a frame only there."""

DETAIL_CHARACTERS_MAX = 40


class Refusal(Exception):
    """The command is not done. `number` is an error of wire.link; `detail` a few ASCII words, never a secret."""

    def __init__(self, number: int, detail: str = "") -> None:
        super().__init__(number, detail)
        self.number = number
        self.detail = detail[:DETAIL_CHARACTERS_MAX]

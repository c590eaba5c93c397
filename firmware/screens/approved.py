"""The payment is in flash and has been read back."""

from screens import texts
from screens.stage import Stage


def draw(stage: Stage, amount_minor: int, code: str) -> None:
    """`code`: the receipt code, XXXX-XXXX."""
    stage.clear()
    stage.title(stage.words(texts.APPROVED))
    stage.amount(amount_minor, 29)
    stage.text(stage.words(texts.CODE) % code, 55)
    stage.show()

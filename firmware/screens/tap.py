"""Waiting for a card."""

from screens import texts
from screens.stage import Stage


def draw(stage: Stage, amount_minor: int, text: int) -> None:
    """`text`: texts.TAP, TAP_AGAIN or TAP_OTHER."""
    stage.clear()
    stage.amount(amount_minor, 10)
    stage.text(stage.words(text), 37)
    stage.text(stage.words(texts.CANCEL), 56)
    stage.show()

"""The amount as it is keyed."""

from screens import texts
from screens.stage import Stage


def draw(stage: Stage, amount_minor: int) -> None:
    stage.clear()
    stage.text(stage.words(texts.AMOUNT), 10)
    stage.amount(amount_minor, 19)
    stage.text(stage.words(texts.AMOUNT_KEYS), 46)
    stage.show()

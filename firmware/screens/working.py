"""A card is being asked: hold it still."""

from screens import texts
from screens.stage import Stage


def draw(stage: Stage, amount_minor: int) -> None:
    stage.clear()
    stage.amount(amount_minor, 10)
    stage.text(stage.words(texts.WORKING), 37)
    stage.show()

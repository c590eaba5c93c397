"""After a start: the last payment was completed, in case nobody saw its APPROVED before the power went."""

from screens import texts
from screens.stage import Stage


def draw(stage: Stage, sale: tuple) -> None:
    """`sale`: Tallies.unfinished."""
    stage.clear()
    stage.text(stage.words(texts.COMPLETED), 10)
    stage.amount(sale[1], 29)
    stage.text(stage.words(texts.CODE) % sale[3], 55)
    stage.show()

"""After a start: the last payment was completed, in case nobody saw its APPROVED before the power went."""

from screens import texts
from screens.stage import Stage
from voucher.entry import receipt_code


def draw(stage: Stage, sale: tuple) -> None:
    """`sale`: Tallies.unfinished."""
    stage.clear()
    stage.text(stage.words(texts.COMPLETED), 10)
    stage.amount(sale[1], 29)
    stage.text(stage.words(texts.CODE) % receipt_code(sale[3]), 55)
    stage.show()

"""Take back the last sale of the shift."""

from screens import texts
from screens.stage import Stage
from voucher.entry import receipt_code


def draw(stage: Stage, sale: "tuple | None") -> None:
    """Ask. `sale`: Tallies.last_sale; None: there is nothing to void."""
    stage.clear()
    if sale is None:
        stage.text(stage.words(texts.NOTHING_TO_VOID), 19)
        stage.text(stage.words(texts.GO_ON), 56)
    else:
        stage.text(stage.words(texts.VOID), 10)
        stage.amount(sale[1], 20)
        stage.text(stage.words(texts.CODE) % receipt_code(sale[3]), 46)
        stage.text(stage.words(texts.YES_NO), 56)
    stage.show()


def draw_done(stage: Stage, amount_minor: int) -> None:
    """The sale is voided."""
    stage.clear()
    stage.text(stage.words(texts.VOIDED), 10)
    stage.amount(amount_minor, 20)
    stage.text(stage.words(texts.GO_ON), 56)
    stage.show()

"""Close the shift: its totals before and after."""

from screens import texts
from screens.stage import Stage


def draw(stage: Stage, totals: tuple, closed: bool) -> None:
    """`totals`: sales, value_minor, voids, voided_minor; `closed`: it is done, otherwise ask."""
    sales, value_minor, voids, voided_minor = totals
    stage.clear()
    stage.text(stage.words(texts.SHIFT_CLOSED if closed else texts.SHIFT), 10)
    stage.text(stage.words(texts.SALES) % sales, 19)
    stage.text(stage.price(value_minor), 28)
    stage.text(stage.words(texts.VOIDS) % voids, 37)
    stage.text(stage.price(voided_minor), 46)
    stage.text(stage.words(texts.GO_ON if closed else texts.YES_NO), 56)
    stage.show()

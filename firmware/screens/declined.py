"""The payment was not taken: why, and what to do."""

from screens import texts
from screens.stage import Stage


def draw(stage: Stage, text: int) -> None:
    """`text`: the reason's number in wire.entry, or texts.CLOCK_NOT_SET."""
    stage.clear()
    stage.title(stage.words(texts.DECLINED), 10)
    stage.text(stage.words(text), 28)
    stage.show()

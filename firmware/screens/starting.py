"""The terminal has power and is looking at its journal."""

from screens import texts
from screens.stage import Stage


def draw(stage: Stage, firmware: str) -> None:
    stage.clear()
    stage.title("NYALA")
    stage.text(stage.words(texts.STARTING), 36)
    stage.text(firmware, 54)
    stage.show()

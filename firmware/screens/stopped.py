"""No payments until somebody has helped: why, and what to do."""

from screens import texts
from screens.stage import COLUMNS, Stage


def draw(stage: Stage, text: int, detail: str) -> None:
    """`text`: texts.STOPPED_*; `detail`: for a technician, the name of the dead task for instance."""
    stage.clear()
    stage.title(stage.words(texts.STOPPED), 10)
    y = stage.text(stage.words(text), 28)
    stage.text(detail[:COLUMNS], y)
    stage.show()

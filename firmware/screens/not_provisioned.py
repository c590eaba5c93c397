"""The terminal has no identity, or no policy: a technician has to give it one."""

from screens import texts
from screens.stage import Stage


def draw(stage: Stage) -> None:
    stage.clear()
    stage.title("NYALA")
    stage.text(stage.words(texts.NOT_PROVISIONED), 36)
    stage.show()

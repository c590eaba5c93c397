"""The screen that a merchant reads: what to do, what is stored, and how much longer it goes on."""

from screens import texts
from screens.stage import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from power.ups import Ups
    from terminal.tallies import Tallies

_SHOWN_MAX = 9999
_HOURS_MAX = 99


def draw(stage: Stage, blocked: "int | None", payments_left: int, tallies: "Tallies", ups: "Ups") -> None:
    """`blocked`: the reason (wire.entry) why no payment at all can be taken now, None when one can."""
    stage.clear()
    if blocked is None:
        y = stage.text(stage.words(texts.KEY_AMOUNT), 10) + 1
        stage.text(stage.words(texts.STORED) % min(tallies.stored_count, _SHOWN_MAX), y)
        stage.text(stage.price(tallies.stored_minor), y + 9)
        stage.text(stage.words(texts.PAYMENTS_LEFT) % min(payments_left, _SHOWN_MAX), y + 18)
    else:
        stage.text(stage.words(blocked), 10)
        stage.text(stage.words(texts.STORED) % min(tallies.stored_count, _SHOWN_MAX), 47)
    if ups.on_battery and ups.runtime_s is not None:
        minutes = ups.runtime_s // 60
        stage.text(stage.words(texts.RUNTIME) % (min(minutes // 60, _HOURS_MAX), minutes % 60), 56)
    stage.show()

"""The 5 V rail before the charger, through a divider, on an input pin: high while mains is there."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import Pin


class MainsSense:
    """The mains (hardware.Mains): the raw line; whoever asks debounces it."""

    def __init__(self, pin: "Pin") -> None:
        self._pin = pin

    def present(self) -> bool:
        return bool(self._pin.value())

"""Two LEDs, lit by a high pin."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import Pin


class Lights:
    """The lights (hardware.Lights), dark at first. `green_pin`, `red_pin`: machine.Pin, output."""

    def __init__(self, green_pin: "Pin", red_pin: "Pin") -> None:
        self._green = green_pin
        self._red = red_pin
        self.green(False)
        self.red(False)

    def green(self, on: bool) -> None:
        self._green.value(1 if on else 0)

    def red(self, on: bool) -> None:
        self._red.value(1 if on else 0)

"""A piezo buzzer on a PWM pin."""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import PWM

_HALF = 32768  # duty of a square wave


class Buzzer:
    """The buzzer (hardware.Buzzer). `pwm`: a machine.PWM with duty 0."""

    def __init__(self, pwm: "PWM") -> None:
        self._pwm = pwm

    async def beep(self, frequency_hz: int, duration_ms: int) -> None:
        """Sound one tone; returns when it is over. Falls silent when cancelled, too."""
        self._pwm.freq(frequency_hz)
        self._pwm.duty_u16(_HALF)
        try:
            await asyncio.sleep_ms(duration_ms)
        finally:
            self._pwm.duty_u16(0)

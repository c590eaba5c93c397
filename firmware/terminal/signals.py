"""How a result looks and sounds from where the customer stands."""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Buzzer, Lights


class Signals:
    """`lit`: a light is on."""

    def __init__(self, lights: "Lights", buzzer: "Buzzer") -> None:
        self._lights = lights
        self._buzzer = buzzer
        self.lit = False

    async def approved(self) -> None:
        """Green, and one long beep."""
        self._lights.green(True)
        self.lit = True
        await self._buzzer.beep(2000, 700)

    async def declined(self) -> None:
        """Red, and three short beeps."""
        self._lights.red(True)
        self.lit = True
        for _ in range(3):
            await self._buzzer.beep(400, 120)
            await asyncio.sleep_ms(80)

    def dark(self) -> None:
        if self.lit:
            self.lit = False
            self._lights.green(False)
            self._lights.red(False)

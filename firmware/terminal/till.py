"""The till: what the merchant sees and what the keys do (terminal.keys). One task; a sale runs inside it."""

import asyncio

from micropython import const

import screens
from journal.journal import JournalError, JournalFull, UnsafeVoltage
from payer import ReaderFault
from screens import money, texts
from terminal import FIRMWARE, faults, keys, shift
from terminal.chain import ChainBroken
from terminal.sale import Abandoned, Declined, Progress
from voucher import entry
from wire.entry import AMOUNT_MINOR_MAX, BATTERY_TOO_LOW, CARD_EXPIRED, JOURNAL_FULL, TRUST_NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from screens.stage import Stage
    from terminal.chain import Chain
    from terminal.clock import Clock
    from terminal.identity import Identity
    from terminal.presses import Presses
    from terminal.sale import Sale
    from terminal.signals import Signals
    from terminal.tallies import Tallies

_LIT_MS = const(5_000)  # how long a result's light stays on
_REFRESH_MS = const(30_000)
# After so long without a key the till goes home.
_PATIENCE_MS = {
    keys.AMOUNT: 60_000,
    keys.APPROVED: 30_000,
    keys.DECLINED: 30_000,
    keys.VOID: 30_000,
    keys.VOIDED: 15_000,
    keys.SHIFT: 30_000,
    keys.SHIFT_CLOSED: 30_000,
}


class Till(Progress):
    """`state` is one of terminal.keys.STATES.

    `ready_facts()` gives what the ready screen draws; `on_fault(code, detail)` hears of what is for a technician.
    """

    def __init__(
        self,
        presses: "Presses",
        signals: "Signals",
        stage: "Stage",
        sale: "Sale",
        chain: "Chain",
        tallies: "Tallies",
        identity: "Identity",
        clock: "Clock",
        ready_facts: "Callable[[], tuple]",
        on_fault: "Callable[[int, str], None]",
    ) -> None:
        self._presses = presses
        self._signals = signals
        self._stage = stage
        self._sale = sale
        self._chain = chain
        self._tallies = tallies
        self._identity = identity
        self._clock = clock
        self._ready_facts = ready_facts
        self._on_fault = on_fault
        self._keyed = 0  # the amount, in units of its last shown digit
        self._stop = None  # (texts.STOPPED_*, detail): no sale until resumed
        self._untold = None  # a voucher of before the start whose APPROVED may not have been seen
        self._go(keys.STARTING, FIRMWARE)

    # -- for the terminal

    @property
    def idle(self) -> bool:
        """Whether nobody is at the till: now is the time for housekeeping."""
        return self.state not in (keys.AMOUNT, keys.TAP, keys.WORKING)

    def open(self) -> None:
        """Begin to serve, after a start or when provisioned; first tell what the last power cut may have hidden."""
        self._untold = self._tallies.unfinished
        self._home()

    def stop(self, text: int, detail: str = "") -> None:
        """Take no more sales and say why (texts.STOPPED_*); one that a card is being asked for is still finished."""
        # The first fault is the cause of the next ones; what goes away by itself hides none.
        if self._stop is None or self._stop[0] in (texts.STOPPED_BATTERY, texts.STOPPED_READER):
            self._stop = (text, detail)
        if self.state not in (keys.TAP, keys.WORKING, keys.APPROVED, keys.DECLINED):
            self._home()

    def resume(self, text: int) -> None:
        """What stopped the till with `text` is over."""
        if self._stop is not None and self._stop[0] == text:
            self._stop = None
            if self.state == keys.STOPPED:
                self._home()

    def refresh(self) -> None:
        """Something that a screen shows may have changed."""
        if self.state == keys.NOT_PROVISIONED:
            self._home()
        else:
            self._draw()

    async def run(self) -> None:
        """Serve the merchant for ever."""
        reading = asyncio.create_task(self._presses.read())
        try:
            while True:
                key = await self._presses.next(self._wait_ms())
                if key is None:
                    self._time_out()
                else:
                    await self._press(key)
        except Exception:
            self.stop(texts.STOPPED_TASK, "till")
            self._home()
            raise
        finally:
            reading.cancel()

    def _wait_ms(self) -> int:
        return _LIT_MS if self._signals.lit else _PATIENCE_MS.get(self.state, _REFRESH_MS)

    def _time_out(self) -> None:
        if self._signals.lit:
            self._signals.dark()
            if self._stop is not None:
                self._home()
        elif self.state in _PATIENCE_MS:
            self._home()
        else:
            self.refresh()

    # -- what keys do

    async def _press(self, key: str) -> None:
        self._signals.dark()
        action = keys.action(self.state, key)
        if self._stop is not None and self.state != keys.STOPPED:
            self._home()
        elif action == keys.DIGIT:
            self._digit(int(key))
        elif action == keys.ERASE:
            self._keyed //= 10
            self._show_keyed()
        elif action == keys.HOME:
            self._untold = None
            self._home()
        elif action == keys.SELL:
            await self._sell(self._amount_minor())
        elif action == keys.ASK_VOID:
            self._go(keys.VOID, self._tallies.last_sale)
        elif action == keys.DO_VOID:
            await self._void(self._tallies.last_sale)
        elif action == keys.ASK_SHIFT:
            self._go(keys.SHIFT, self._tallies.shift, False)
        elif action == keys.CLOSE_SHIFT:
            await self._close_shift(self._tallies.shift)
        elif action == keys.LANGUAGE:
            self._stage.switch_language()
            self._draw()
        elif action == keys.RESUME:
            self.resume(texts.STOPPED_READER)

    def _digit(self, digit: int) -> None:
        keyed = digit if self.state != keys.AMOUNT else self._keyed * 10 + digit
        if 0 < keyed <= AMOUNT_MINOR_MAX // money.keyed_unit_minor(self._stage.policy):
            self._untold = None
            self._keyed = keyed
            self._show_keyed()

    def _show_keyed(self) -> None:
        if self._keyed:
            self._go(keys.AMOUNT, self._amount_minor())
        else:
            self._home()

    def _amount_minor(self) -> int:
        return self._keyed * money.keyed_unit_minor(self._stage.policy)

    async def _sell(self, amount_minor: int) -> None:
        try:
            voucher = await self._sale.sell(amount_minor, self)
        except Declined as declined:
            await self._show_declined(declined.reason)
        except Abandoned:
            self._home()
        except ReaderFault:
            self.stop(texts.STOPPED_READER)
            self._home()
            self._on_fault(faults.READER_FAULT, "")
        except (ChainBroken, JournalError) as error:
            self._journal_stopped(error)
        else:
            await self._show_approved(amount_minor, voucher)

    async def _void(self, sale: "tuple | None") -> None:
        if sale is None:
            self._home()
        elif await self._written(shift.void_last):
            self._go(keys.VOIDED, sale[1])

    async def _close_shift(self, totals: tuple) -> None:
        if await self._written(shift.close):
            self._go(keys.SHIFT_CLOSED, totals, True)

    async def _written(self, write: "Callable[[Chain, Tallies], bytes]") -> bool:
        """Write a void or a shift; say so when that cannot be done now."""
        try:
            write(self._chain, self._tallies)
        except UnsafeVoltage:
            await self._show_declined(BATTERY_TOO_LOW)
        except JournalFull:
            await self._show_declined(JOURNAL_FULL)
        except (ChainBroken, JournalError) as error:
            self._journal_stopped(error)
        else:
            return True
        return False

    def _journal_stopped(self, error: Exception) -> None:
        self.stop(texts.STOPPED_JOURNAL, type(error).__name__)
        self._home()

    # -- results

    async def _show_approved(self, amount_minor: int, voucher: bytes) -> None:
        """`voucher`: has been read back from flash (I1)."""
        self._go(keys.APPROVED, amount_minor, entry.receipt_code(entry.digest(voucher)))
        await self._signals.approved()
        self._presses.take_all()  # pressed before there was a result to answer

    async def _show_declined(self, reason: int) -> None:
        clock_unset = reason == CARD_EXPIRED and self._clock.trust == TRUST_NONE
        self._go(keys.DECLINED, texts.CLOCK_NOT_SET if clock_unset else reason)
        await self._signals.declined()
        self._presses.take_all()

    # -- a sale's progress (terminal.sale.Progress)

    def tap(self, again: bool) -> None:
        self._presses.take_all()
        self._go(keys.TAP, self._amount_minor(), texts.TAP_AGAIN if again else texts.TAP)

    def other_card(self) -> None:
        self._go(keys.TAP, self._amount_minor(), texts.TAP_OTHER)

    def working(self) -> None:
        self._go(keys.WORKING, self._amount_minor())

    def cancelled(self) -> bool:
        pressed = [keys.action(self.state, key) for key in self._presses.take_all()]
        return keys.CANCEL in pressed or self._stop is not None

    # -- screens

    def _home(self) -> None:
        """Go where the till is when nobody does anything."""
        if not self._identity.provisioned or self._identity.policy is None:
            self._go(keys.NOT_PROVISIONED)
        elif self._stop is not None:
            self._go(keys.STOPPED, *self._stop)
        elif self._untold is not None:
            self._go(keys.COMPLETED, self._untold)
        else:
            self._go(keys.READY)

    def _go(self, state: str, *about: object) -> None:
        self.state = state
        self._about = about
        self._draw()

    def _draw(self) -> None:
        about = self._ready_facts() if self.state == keys.READY else self._about
        screens.DRAW[self.state](self._stage, *about)

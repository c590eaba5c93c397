"""The whole machine: every part is made and joined here, by hand."""

import asyncio

from micropython import const

from journal.journal import Journal, JournalError, UnsafeVoltage
from link.service import serve
from power.payments_left import payments_left
from power.ups import Ups
from screens import texts
from screens.stage import Stage
from terminal import faults
from terminal.chain import Chain, ChainBroken, ForeignChain
from terminal.checks import Checks
from terminal.clock import Clock
from terminal.identity import Identity
from terminal.key_tables import KeyTables
from terminal.outage import OutageWatch
from terminal.presses import Presses
from terminal.sale import Sale
from terminal.signals import Signals
from terminal.supervisor import Supervisor
from terminal.tallies import Tallies
from terminal.till import Till
from voucher import DocumentError
from wire.entry import FAULT, FSD, NAME_BYTES_MAX, POLICY_APPLIED, RECEIPT_APPLIED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Board
    from journal.journal import Recovery

_SECOND_MS = const(1_000)
_TIDY_S = const(3)
_FAULTS_MAX = const(50)  # entries a boot: a loose wire must not fill the journal
_ERASING = const("erasing")  # in the vault: whether the journal is being erased for a new identity
_YES = b"\x01"
_NO = b"\x00"


class Terminal:
    """Built from a board (hardware.Board); `run()` never returns."""

    def __init__(self, board: "Board") -> None:
        self.board = board
        self.clock = Clock(board.rtc)
        self.ups = Ups(board.gauge, board.mains, self.clock, board.battery_mah)
        self.journal = Journal(board.flash, self.ups.safe_to_write)
        self.identity = Identity(board.vault)
        self.tables = KeyTables(board.table_flash)
        self.chain = Chain(self.journal, self.identity, self.clock, self.ups, board.entropy)
        self.tallies = Tallies(self.journal, board.vault)
        self.checks = Checks(self.identity, self.ups, self.journal, self.tallies, self.clock)
        self.outages = OutageWatch(self.ups, self.chain, self.clock, self.tallies)
        stage = Stage(board.display, self.ups, self.tallies, self.identity)
        sale = Sale(board.reader, self.chain, self.checks, self.tallies, self.identity, self.journal, self.tables)
        self.till = Till(
            Presses(board.keypad),
            Signals(board.lights, board.buzzer),
            stage,
            sale,
            self.chain,
            self.tallies,
            self.identity,
            self.clock,
            self._ready_facts,
            self.fault,
        )
        self.chain.on_append = self._appended
        self.chain.on_broken = self._chain_broke
        self.supervisor = Supervisor(self._task_died)
        self._opened = False
        self._gauge_fault = None
        self._faults = 0

    @property
    def state(self) -> str:
        """The till's, one of terminal.keys.STATES."""
        return self.till.state

    async def run(self) -> None:
        """Start, unless `open` has been called, then serve for ever."""
        if not self._opened:
            self.open()
        self.supervisor.start("till", self.till.run())
        self.supervisor.start("power", self.ups.run(self._power_changed))
        self.supervisor.start("tidy", self._tidy())
        self.supervisor.start("tables", self._make_tables())
        self.supervisor.start("link", serve(self.board.line, self))
        await self.supervisor.wait()

    # -- start

    def open(self) -> None:
        """Find out what flash holds and go on from there. What cannot be done at this voltage is done later."""
        try:
            if self.board.vault.get(_ERASING) == _YES:
                self._erase_journal()
            recovery = self.journal.recover()
            if not recovery.trusted:
                self.chain.broken = True
                self._chain_broke("Recovery")
            if self.identity.provisioned:
                self._go_on(recovery)
        except UnsafeVoltage:
            self.till.stop(texts.STOPPED_BATTERY)  # once a second it is tried again
            return
        self._opened = True
        self.till.resume(texts.STOPPED_BATTERY)
        self.till.open()

    def _go_on(self, recovery: "Recovery") -> None:
        """Continue the chain that the journal holds. Raises UnsafeVoltage."""
        try:
            self.tallies.recover(self.chain.check)
            if self.tallies.receipted is not None:
                self.journal.prune(self.tallies.receipted)
            self.chain.start(recovery, self.board.reset_cause)
        except (ChainBroken, JournalError, DocumentError) as error:
            # Power was cut between an install and the end of the chain of the identity before: go on from there.
            if isinstance(error, ForeignChain) and not self.tallies.stored_count:
                self._begin_chain()
            else:
                self.till.stop(texts.STOPPED_JOURNAL, type(error).__name__)

    async def enrolled(self) -> None:
        """Called by the link when an identity has been installed: begin its chain. Raises JournalError, ChainBroken."""
        self._opened = False  # should this fail, `open` goes on from where it got to
        self._begin_chain()
        self._opened = True
        self.chain.apply_policy()
        self.till.open()

    def _begin_chain(self) -> None:
        """Write the genesis into an empty journal; what stands there is noise or has its receipts (link/commands)."""
        stale = self.journal.next_sequence or self.chain.broken
        self.chain.forget()  # the new key signs nothing for the old chain, not even when erasing fails
        if stale:
            self._erase_journal()
        self.chain.start(None, self.board.reset_cause)
        self.outages.look()

    def _erase_journal(self) -> None:
        self.board.vault.put(_ERASING, _YES)  # half a chain could not be told from a broken one
        flash = self.board.flash
        blank = b"\xff" * flash.sector_bytes
        sector_now = bytearray(flash.sector_bytes)
        for sector in range(flash.sectors):
            flash.read(sector * flash.sector_bytes, sector_now)
            if sector_now != blank:
                if not self.ups.safe_to_write():
                    raise UnsafeVoltage("the supply is too low to erase flash")
                flash.erase(sector)
        self.board.vault.put(_ERASING, _NO)
        self.journal.recover()
        self.tallies.forget()
        self.chain.forget()
        self.till.resume(texts.STOPPED_JOURNAL)

    # -- what happens meanwhile

    def fault(self, code: int, detail: str) -> None:
        """Write a `fault` entry (terminal.faults) when the chain allows."""
        if self._faults < _FAULTS_MAX:
            self._faults += 1
            self.chain.post(FAULT, [code, detail[:NAME_BYTES_MAX]])

    def _appended(self, sequence: int, kind: int, data: bytes) -> None:
        self.tallies.take(sequence, kind, data)
        if kind in (RECEIPT_APPLIED, POLICY_APPLIED):
            self.till.refresh()

    def _task_died(self, name: str, error: "Exception | None") -> None:
        self.till.stop(texts.STOPPED_TASK, name)
        self.fault(faults.TASK_DIED, "%s %s" % (name, type(error).__name__))

    def _chain_broke(self, why: str) -> None:
        self.till.stop(texts.STOPPED_JOURNAL, why)

    def _power_changed(self, before: int, after: int) -> None:
        if after & FSD:
            self.till.stop(texts.STOPPED_BATTERY)
        elif before & FSD and self._opened:
            self.till.resume(texts.STOPPED_BATTERY)
        self.outages.look()
        self.till.refresh()

    async def _tidy(self) -> None:
        """Every second: what is due, and what could not be done before. Every few: erase ahead of need."""
        seconds = 0
        while True:
            await asyncio.sleep_ms(_SECOND_MS)
            if not self._opened and self.ups.safe_to_write():
                self.open()
            self.chain.flush()
            self.outages.look()
            self._look_at_gauge()
            seconds += 1
            # One sector at a time, while nobody is at the till: a sale never waits for an erase.
            if not seconds % _TIDY_S and self.till.idle and not self.chain.reserved:
                self.journal.tidy()

    async def _make_tables(self) -> None:
        """Whenever the long-lived keys may be others, after a start, install or policy: see that each has a table."""
        made_for = None
        while True:
            await asyncio.sleep_ms(_SECOND_MS)
            policy = self.identity.policy
            source = (self.identity.root, self.identity.policy_digest)
            if policy is not None and source != made_for:
                made_for = source
                publics = set(policy.issuers.values())
                publics.add(self.identity.root)
                await self.tables.build_missing(publics, self._quiet)

    def _quiet(self) -> bool:
        """Whether nobody waits for the terminal and flash may be written."""
        return self.till.idle and not self.chain.reserved and self.ups.safe_to_write()

    def _look_at_gauge(self) -> None:
        if self.ups.fault != self._gauge_fault:
            self._gauge_fault = self.ups.fault
            if self._gauge_fault is not None:
                self.fault(faults.GAUGE_FAULT, self._gauge_fault)

    def _ready_facts(self) -> tuple:
        left = payments_left(self.ups, self.journal.room(), self.checks.policy, self.tallies)
        return self.checks.standing(), left, self.tallies, self.ups

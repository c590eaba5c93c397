"""A raw SPI NOR flash chip (W25Q32 and alike): its rules, modelled time, wear, and what can go wrong with it.

Programming clears bits and never sets one, inside one 256-byte page; erasing sets all bits of a 4,096-byte sector.
Kept in a file (what was programmed outlives the process, even a killed one) or, without a path, in memory.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

PAGE_BYTES = 256
SECTOR_BYTES = 4096

PROGRAM = 1
ERASE = 2

# W25Q32JV data sheet, typical: first byte 30 us, then 2.5 us a byte, 0.7 ms at most for a page; sector erase 45 ms.
_PROGRAM_FIRST_NS = 30_000
_PROGRAM_BYTE_NS = 2_620
_PROGRAM_PAGE_NS = 700_000
_ERASE_NS = 45_000_000
# Standard read (03h) at 40 MHz on one line: 8 bits of command, 24 of address, 8 a byte.
_READ_BYTE_NS = 200
_READ_COMMAND_BYTES = 4

_BLANK_SECTOR = b"\xff" * SECTOR_BYTES


class PowerLost(BaseException):
    """Power went away in the middle of an operation (raised when no `die` was given). Not for the firmware to catch."""


def _power_lost() -> None:
    raise PowerLost()


class NorFlash:
    """`hardware.Flash` over a model. `die()` is called when the power is cut and must not return.

    Counters: `reads`, `programs`, `erases`, `bytes_read`, `bytes_programmed`, `violations` (bits asked to go from
    0 to 1), `wear` (erases by sector), `elapsed_us` (modelled). `before(kind, address, data)`, when set, is called
    ahead of each program and erase. `weak`: sectors whose last erase was cut: blank perhaps, not fit for use.
    """

    sector_bytes = SECTOR_BYTES

    def __init__(
        self, path: "str | None", sectors: int, die: "Callable[[], None] | None" = None, seed: int = 1
    ) -> None:
        self.sectors = sectors
        self.before = None  # type: Callable[[int, int, bytes | memoryview], object] | None
        self.weak = set()
        self.wear = [0] * sectors
        self._die = die or _power_lost
        self._seed = seed or 1
        self._cut_in = self._lie_in = 0  # operations to go; 0: never
        self._cut_after_bytes = 0
        self._disturb_every = self._disturb_in = 0  # reads; 0: never
        self._stuck = set()
        self._worn = set()
        self._dead = set()
        self._file = None  # type: BinaryIO | None
        self._memory = bytearray()
        if path is None:
            self._memory = bytearray(_BLANK_SECTOR * sectors)
        else:
            self._file = self._open(path)
        self.reset_counters()

    def _open(self, path: str) -> "BinaryIO":
        try:
            file = open(path, "r+b")
        except OSError:
            with open(path, "wb") as blank:
                for _ in range(self.sectors):
                    blank.write(_BLANK_SECTOR)
            file = open(path, "r+b")
        if file.seek(0, 2) != self.sectors * SECTOR_BYTES:
            raise ValueError("%s: holds another number of sectors than %d" % (path, self.sectors))
        return file

    def reset_counters(self) -> None:
        self.reads = self.programs = self.erases = self.bytes_read = self.bytes_programmed = self.violations = 0
        self._elapsed_ns = 0

    @property
    def elapsed_us(self) -> int:
        """Modelled time since the counters were reset."""
        return self._elapsed_ns // 1000

    # -- what the chip does

    def read(self, address: int, buffer: "bytearray | memoryview") -> None:
        self._check(address, len(buffer))
        self.reads += 1
        self.bytes_read += len(buffer)
        self._elapsed_ns += (_READ_COMMAND_BYTES + len(buffer)) * _READ_BYTE_NS
        self._load(address, buffer)
        if self._disturb_every:
            self._disturb(address)
        if self._dead:
            for index in range(len(buffer)):
                if (address + index) // SECTOR_BYTES in self._dead:
                    buffer[index] = self._random(256)

    def program(self, address: int, data: "bytes | memoryview") -> None:
        """Clear bits within one page. Raises ValueError when `data` would leave it: the chip would wrap around."""
        self._check(address, len(data))
        if address // PAGE_BYTES != (address + len(data) - 1) // PAGE_BYTES:
            raise ValueError("program: %d bytes at %d cross a page boundary" % (len(data), address))
        torn = self._begins(PROGRAM, address, data)
        self.programs += 1
        self.bytes_programmed += len(data)
        self._elapsed_ns += min(_PROGRAM_PAGE_NS, _PROGRAM_FIRST_NS + _PROGRAM_BYTE_NS * len(data))
        if self._lie_in:
            self._lie_in -= 1
            if not self._lie_in:
                return
        if torn:
            self.tear_program(address, data, self._cut_after_bytes)
            self._die()
            return
        cells = bytearray(len(data))
        self._load(address, cells)
        self._clear(cells, data, range(len(data)))
        self._store(address, cells)

    def erase(self, sector: int) -> None:
        self._check(sector * SECTOR_BYTES, SECTOR_BYTES)
        torn = self._begins(ERASE, sector * SECTOR_BYTES, b"")
        self.erases += 1
        self.wear[sector] += 1
        self._elapsed_ns += _ERASE_NS
        if torn:
            self.tear_erase(sector, self._cut_after_bytes)
            self._die()
            return
        self._store(sector * SECTOR_BYTES, _BLANK_SECTOR)
        if sector in self._worn:
            self._store(sector * SECTOR_BYTES + self._random(SECTOR_BYTES), b"\xfb")
        self.weak.discard(sector)

    # -- what can go wrong

    def cut(self, operations: int, after_bytes: int) -> None:
        """Lose power in the `operations`-th program or erase from now (1: the next), after that many bytes of it."""
        self._cut_in = operations
        self._cut_after_bytes = after_bytes

    def lie(self, programs: int) -> None:
        """Let the `programs`-th program from now (1: the next) report success and write nothing."""
        self._lie_in = programs

    def stick(self, sector: int) -> None:
        """From now on neither program nor erase changes anything in `sector`."""
        self._stuck.add(sector)

    def wear_out(self, sector: int) -> None:
        """From now on every erase of `sector` leaves one bit cleared somewhere."""
        self._worn.add(sector)

    def kill(self, sector: int) -> None:
        """From now on `sector` reads as noise, and takes nothing."""
        self._dead.add(sector)

    def disturb(self, every: int) -> None:
        """From now on every so many reads clear one bit somewhere in the sector read; 0: no more."""
        self._disturb_every = self._disturb_in = every

    def flip(self, address: int, bit: int) -> None:
        """Turn one bit over, either way."""
        cell = bytearray(1)
        self._load(address, cell)
        cell[0] ^= 1 << bit
        self._put(address, cell)

    def tear_program(self, address: int, data: "bytes | memoryview", after_bytes: int) -> None:
        """What a program leaves that is cut after so many bytes, in any order; the byte in hand is half done."""
        order = list(range(len(data)))
        for last in range(len(order) - 1, 0, -1):
            other = self._random(last + 1)
            order[last], order[other] = order[other], order[last]
        cells = bytearray(len(data))
        self._load(address, cells)
        self._clear(cells, data, order[:after_bytes])
        if 0 < after_bytes < len(order):
            cells[order[after_bytes]] &= data[order[after_bytes]] | self._random(256)
        self._store(address, cells)

    def tear_erase(self, sector: int, after_bytes: int) -> None:
        """What an erase leaves that is cut once so many bytes have changed: old bytes, blank ones and noise."""
        cells = bytearray(_BLANK_SECTOR)
        if after_bytes < SECTOR_BYTES:
            self._load(sector * SECTOR_BYTES, cells)
            for index in range(SECTOR_BYTES):
                if self._random(SECTOR_BYTES) < after_bytes:
                    cells[index] = self._random(256) if self._random(4) == 0 else 0xFF
        self._store(sector * SECTOR_BYTES, cells)
        self.weak.add(sector)

    def fork(self) -> "NorFlash":
        """A second chip in the same state, in memory: to try out what a fault would do while this one goes on."""
        twin = NorFlash(None, 0, None, self._random(1 << 30))
        twin.sectors = self.sectors
        twin.wear = list(self.wear)
        twin.weak = set(self.weak)
        twin._stuck = set(self._stuck)
        twin._worn = set(self._worn)
        twin._dead = set(self._dead)
        twin._memory = bytearray(self.sectors * SECTOR_BYTES)
        self._load(0, twin._memory)
        return twin

    # -- inside

    def _disturb(self, address: int) -> None:
        self._disturb_in -= 1
        if self._disturb_in:
            return
        self._disturb_in = self._disturb_every
        cell = bytearray(1)
        place = address // SECTOR_BYTES * SECTOR_BYTES + self._random(SECTOR_BYTES)
        self._load(place, cell)
        cell[0] &= ~(1 << self._random(8))
        self._put(place, cell)

    def _check(self, address: int, count: int) -> None:
        if count < 1 or address < 0 or address + count > self.sectors * SECTOR_BYTES:
            raise ValueError("flash: %d bytes at %d are outside" % (count, address))

    def _begins(self, kind: int, address: int, data: "bytes | memoryview") -> bool:
        """Count an operation; True when this is the one that the power does not survive."""
        if self.before is not None:
            self.before(kind, address, data)
        if self._cut_in:
            self._cut_in -= 1
            return self._cut_in == 0
        return False

    def _clear(self, cells: bytearray, data: "bytes | memoryview", which: "Iterable[int]") -> None:
        for index in which:
            if data[index] & ~cells[index]:
                self.violations += 1
            cells[index] &= data[index]

    def _load(self, address: int, buffer: "bytearray | memoryview") -> None:
        if self._file is None:
            buffer[:] = memoryview(self._memory)[address : address + len(buffer)]
        else:
            self._file.seek(address)
            self._file.readinto(buffer)

    def _store(self, address: int, data: "bytes | bytearray") -> None:
        sector = address // SECTOR_BYTES
        if sector not in self._stuck and sector not in self._dead:
            self._put(address, data)

    def _put(self, address: int, data: "bytes | bytearray") -> None:
        if self._file is None:
            self._memory[address : address + len(data)] = data
        else:
            # MicroPython's files have no buffer of their own: what write() took, a killed process cannot take back.
            self._file.seek(address)
            self._file.write(data)

    def _random(self, below: int) -> int:
        seed = self._seed  # xorshift32 (Marsaglia 2003)
        seed ^= seed << 13 & 0xFFFFFFFF
        seed ^= seed >> 17
        seed ^= seed << 5 & 0xFFFFFFFF
        self._seed = seed
        return seed % below

"""The tables that make verifying with long-lived keys cheaper: built once, kept in flash, read when needed.

A slot is as many sectors as a table fills: SHA-256 over layout and table, then the table itself (crypto.ecdsa), which
begins with its key. The first page is programmed last, so a slot holds a whole table or none. See docs/decisions/011.
"""

import asyncio
import hashlib

from micropython import const

from crypto import ecdsa
from crypto.point import KEY_BLOCK, KEY_TEETH
from voucher.cose import BadSignature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from hardware import Flash

    _Document = TypeVar("_Document")

_LAYOUT = bytes((1, KEY_TEETH, KEY_BLOCK))  # a table that other firmware built differently is none
_DIGEST_BYTES = const(32)
_KEY_BYTES = const(64)
_PAGE_BYTES = const(256)
_WAIT_MS = const(500)


class KeyTables:
    """One table at most is in memory at a time: while one is being built, there is none to be had.

    A table only ever speeds up a yes. Whatever is wrong with one, the verdict is that of verifying without it.
    """

    def __init__(self, flash: "Flash") -> None:
        self._flash = flash
        self._slot_bytes = -(-(_DIGEST_BYTES + ecdsa.TABLE_BYTES) // flash.sector_bytes) * flash.sector_bytes
        self._slots = flash.sectors * flash.sector_bytes // self._slot_bytes
        self._building = False

    def verify(self, check: "Callable[..., _Document]", data: bytes, public: bytes) -> "_Document":
        """Return `check(data, public, table)`, or what it raises without a table: voucher.*.verify."""
        table = self.table(public)
        if table is not None:
            try:
                return check(data, public, table)
            except (BadSignature, ecdsa.BadKey):
                pass  # should the table have been at fault, the document must not suffer for it
        return check(data, public)

    def table(self, public: bytes) -> "bytearray | None":
        """Return the key's table, None when no whole one can be had. Let go of it before asking for the next."""
        if self._building:
            return None
        table = None
        try:
            for slot in range(self._slots):
                if self._key(slot) == public:
                    table = table or bytearray(ecdsa.TABLE_BYTES)
                    if self._load(slot, table):
                        return table
        except (OSError, MemoryError):
            pass
        return None

    async def build_missing(self, publics: "set[bytes]", quiet: "Callable[[], bool]") -> None:
        """Give each of these keys a table, unless it has one; drop the tables of all others.

        Flash and processor are used only while `quiet()`: a build in progress ends when that is over, and is begun anew
        later. Nothing goes wrong when flash or memory does: the tables not made are made after the next start.
        """
        try:
            while not quiet():
                await asyncio.sleep_ms(_WAIT_MS)
            missing, free = self._sort(publics)
            for public in missing:
                while free and not await self._make(public, free, quiet):
                    await asyncio.sleep_ms(_WAIT_MS)
        except (OSError, MemoryError):
            pass

    def _sort(self, publics: "set[bytes]") -> "tuple[set[bytes], list[int]]":
        """Drop what nobody wants; return the keys without a table and the slots that are free."""
        missing = set(publics)
        free = []
        table = bytearray(ecdsa.TABLE_BYTES)
        for slot in range(self._slots):
            whole = self._load(slot, table)
            public = bytes(table[:_KEY_BYTES])
            if whole and public in missing:
                missing.remove(public)
            else:
                free.append(slot)
                if whole:
                    # Zeros need no erased sector. Without its digest and key it is found by nobody.
                    self._flash.program(slot * self._slot_bytes, bytes(_DIGEST_BYTES + _KEY_BYTES))
        return missing, free

    async def _make(self, public: bytes, free: "list[int]", quiet: "Callable[[], bool]") -> bool:
        """Build one table and store it in a free slot, which is then no longer free. False: try again."""
        if not quiet():
            return False
        self._building = True
        try:
            table = bytearray(ecdsa.TABLE_BYTES)
            for _ in ecdsa.key_table_steps(public, table):
                await asyncio.sleep_ms(0)
                if not quiet():
                    return False
            return await self._store(free.pop(0), public, table)
        finally:
            self._building = False

    async def _store(self, slot: int, public: bytes, table: bytearray) -> bool:
        """Write a table; False when something else is read back: that slot is worn out. Whatever happens, `table` is
        lost."""
        flash = self._flash
        start = slot * self._slot_bytes
        for address in range(start, start + self._slot_bytes, flash.sector_bytes):
            flash.erase(address // flash.sector_bytes)
            await asyncio.sleep_ms(0)
        view = memoryview(table)
        in_first_page = _PAGE_BYTES - _DIGEST_BYTES
        for at in range(in_first_page, len(table), _PAGE_BYTES):
            flash.program(start + _DIGEST_BYTES + at, view[at : at + _PAGE_BYTES])
        flash.program(start, _digest(table) + view[:in_first_page])
        return self._load(slot, table) and view[:_KEY_BYTES] == public

    def _key(self, slot: int) -> bytearray:
        key = bytearray(_KEY_BYTES)
        self._flash.read(slot * self._slot_bytes + _DIGEST_BYTES, key)
        return key

    def _load(self, slot: int, table: bytearray) -> bool:
        """Read a slot; whether a whole table of this layout stands in it."""
        digest = bytearray(_DIGEST_BYTES)
        self._flash.read(slot * self._slot_bytes, digest)
        self._flash.read(slot * self._slot_bytes + _DIGEST_BYTES, table)
        return digest == _digest(table)


def _digest(table: bytearray) -> bytes:
    digest = hashlib.sha256(_LAYOUT)
    digest.update(table)
    return digest.digest()

"""Documents too long for one request frame, gathered in numbered slots until a command takes them."""

from link.refusal import Refusal
from wire.link import BAD_SLOT, PUT_BYTES_MAX, SLOT_BYTES_MAX, SLOT_INCOMPLETE


class Uploads:
    """One buffer a slot in use, of the size announced; at most the sum of SLOT_BYTES_MAX. Free again once taken."""

    def __init__(self) -> None:
        self._buffers = {}  # slot: bytearray of the size announced
        self._held = {}  # slot: bytes that have come

    def put(self, slot: int, offset: int, total: int, data: bytes) -> int:
        """Add `data` at `offset` of a document of `total` bytes; return the bytes held. Raises Refusal(BAD_SLOT).

        The piece that came last may come again (its answer was lost): it must be the same, and changes nothing.
        """
        if slot >= len(SLOT_BYTES_MAX):
            raise Refusal(BAD_SLOT, "no slot %d" % slot)
        if not 0 < total <= SLOT_BYTES_MAX[slot]:
            raise Refusal(BAD_SLOT, "total must be 1..%d" % SLOT_BYTES_MAX[slot])
        end = offset + len(data)
        if not 0 < len(data) <= PUT_BYTES_MAX or end > total:
            raise Refusal(BAD_SLOT, "bytes must be 1..%d within total" % PUT_BYTES_MAX)
        buffer = self._buffers.get(slot, b"")
        fits = len(buffer) == total
        if fits and end == self._held[slot] and buffer[offset:end] == data:
            return end
        if offset == 0:
            self._free(slot)  # the old buffer may go before the new one is allocated
            buffer = self._buffers[slot] = bytearray(total)
        elif not fits or offset != self._held[slot]:
            raise Refusal(BAD_SLOT, "%d bytes held" % self._held.get(slot, 0))
        buffer[offset:end] = data
        self._held[slot] = end
        return end

    def take(self, *slots: int) -> "list[bytes]":
        """Return the documents in `slots` and free them. Raises Refusal(SLOT_INCOMPLETE); all then stay as they are."""
        for slot in slots:
            if slot not in self._buffers or self._held[slot] != len(self._buffers[slot]):
                raise Refusal(SLOT_INCOMPLETE, "slot %d" % slot)
        documents = [bytes(self._buffers[slot]) for slot in slots]
        for slot in slots:
            self._free(slot)
        return documents

    def _free(self, slot: int) -> None:
        self._buffers.pop(slot, None)
        self._held.pop(slot, None)

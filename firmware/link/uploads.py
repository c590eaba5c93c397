"""Documents too long for one request frame, gathered in numbered slots until a command takes them."""

from link.refusal import Refusal
from wire.link import BAD_SLOT, PUT_BYTES_MAX, SLOT_BYTES_MAX, SLOT_INCOMPLETE


class Uploads:
    """One buffer a slot in use, of the size announced; at most the sum of SLOT_BYTES_MAX. Free again once taken."""

    def __init__(self) -> None:
        self._buffers = [None] * len(SLOT_BYTES_MAX)
        self._held = [0] * len(SLOT_BYTES_MAX)

    def put(self, slot: int, offset: int, total: int, data: bytes) -> int:
        """Add `data` at `offset` of a document of `total` bytes; return the bytes held. Raises Refusal(BAD_SLOT).

        The piece that came last may come again (its answer was lost): it must be the same, and changes nothing.
        """
        if slot >= len(SLOT_BYTES_MAX):
            raise Refusal(BAD_SLOT, "no slot %d" % slot)
        if not 0 < total <= SLOT_BYTES_MAX[slot]:
            raise Refusal(BAD_SLOT, "total must be 1..%d" % SLOT_BYTES_MAX[slot])
        end = offset + len(data)
        if not data or len(data) > PUT_BYTES_MAX or end > total:
            raise Refusal(BAD_SLOT, "bytes must be 1..%d within total" % PUT_BYTES_MAX)
        buffer = self._buffers[slot]
        held = self._held[slot]
        if offset == 0 and (buffer is None or len(buffer) != total or held != end or buffer[:end] != data):
            self._buffers[slot] = None  # the old one may go before the new one is allocated
            buffer = self._buffers[slot] = bytearray(total)
            held = 0
        if buffer is None or len(buffer) != total:
            raise Refusal(BAD_SLOT, "start at offset 0")
        if end == held and buffer[offset:end] == data:
            return held
        if offset != held:
            raise Refusal(BAD_SLOT, "%d bytes held" % held)
        buffer[offset:end] = data
        self._held[slot] = end
        return end

    def take(self, *slots: int) -> "list[bytes]":
        """Return the documents in `slots` and free them. Raises Refusal(SLOT_INCOMPLETE); all then stay as they are."""
        for slot in slots:
            buffer = self._buffers[slot]
            if buffer is None or self._held[slot] != len(buffer):
                raise Refusal(SLOT_INCOMPLETE, "slot %d" % slot)
        documents = [bytes(self._buffers[slot]) for slot in slots]
        for slot in slots:
            self._buffers[slot] = None
            self._held[slot] = 0
        return documents

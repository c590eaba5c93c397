"""The terminal's side of the card protocol (docs/card-protocol.md): SELECT, GET CERTIFICATE, AUTHORIZE.

A card is not trusted: every length it names is bounded, every answer has exactly the length it must have. What it says
is checked by whoever asked (voucher.certificate, voucher.authorization); here only the form is.
"""

import struct

from payer import CardProtocolError, CardRefused, NotNyala
from wire.card import (
    AID,
    AUTHORIZE_RESPONSE_BYTES,
    CERTIFICATE_CHUNK_BYTES,
    CLA_NYALA,
    INS_AUTHORIZE,
    INS_GET_CERTIFICATE,
    INS_SELECT,
    PROTOCOL_VERSION,
    SELECT_RESPONSE_BYTES,
    SW_OK,
)
from wire.entry import CERTIFICATE_BYTES_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Card


async def select(card: "Card") -> tuple:
    """SELECT our application: (fingerprint of the card's certificate, 8 bytes; the certificate's length in bytes).

    Raises NotNyala when the card has no such application, CardLost, CardProtocolError.
    """
    sw, data = await _exchange(card, bytes((0, INS_SELECT, 4, 0, len(AID))) + AID + b"\x00")
    if sw != SW_OK:
        raise NotNyala("the card answered SELECT with status %04x" % sw)
    if len(data) != SELECT_RESPONSE_BYTES:
        raise CardProtocolError("the answer to SELECT has %d bytes" % len(data))
    if data[0] != PROTOCOL_VERSION:
        raise CardProtocolError("the card speaks version %d of the protocol; update the terminal" % data[0])
    length = data[9] << 8 | data[10]
    if not 0 < length <= CERTIFICATE_BYTES_MAX:
        raise CardProtocolError("the card names a certificate of %d bytes" % length)
    return data[1:9], length


async def certificate(card: "Card", length: int) -> bytes:
    """GET CERTIFICATE: its `length` bytes, as named by select(), in chunks.

    Raises CardLost; CardProtocolError when the card does not give a chunk, or one of another length.
    """
    whole = bytearray(length)
    for offset in range(0, length, CERTIFICATE_CHUNK_BYTES):
        count = min(CERTIFICATE_CHUNK_BYTES, length - offset)
        apdu = bytes((CLA_NYALA, INS_GET_CERTIFICATE, offset >> 8, offset & 0xFF, count))
        sw, data = await _exchange(card, apdu)
        if sw != SW_OK:
            raise CardProtocolError("the card answered GET CERTIFICATE with status %04x" % sw)
        if len(data) != count:
            raise CardProtocolError("the card gave %d bytes of its certificate, not %d" % (len(data), count))
        whole[offset : offset + count] = data
    return bytes(whole)


async def authorize(
    card: "Card", terminal: int, sequence: int, previous: bytes, amount_minor: int, currency: int
) -> tuple:
    """AUTHORIZE a payment for one place of this terminal's chain: (counter, spent_minor, signature of 64 bytes).

    Asked again for the same place and amount, the card gives the same answer. Raises CardRefused when the card
    declines, CardLost, CardProtocolError.
    """
    assert len(previous) == 32
    data = struct.pack(">II", terminal, sequence) + previous + struct.pack(">IH", amount_minor, currency)
    apdu = bytes((CLA_NYALA, INS_AUTHORIZE, 0, 0, len(data))) + data + bytes((AUTHORIZE_RESPONSE_BYTES,))
    sw, answer = await _exchange(card, apdu)
    if sw != SW_OK:
        raise CardRefused(sw)
    if len(answer) != AUTHORIZE_RESPONSE_BYTES:
        raise CardProtocolError("the answer to AUTHORIZE has %d bytes" % len(answer))
    counter, spent_minor = struct.unpack(">II", answer)
    return counter, spent_minor, answer[8:]


async def _exchange(card: "Card", apdu: bytes) -> tuple:
    """Return (status word, data) of the card's response."""
    response = await card.transceive(apdu)
    if len(response) < 2:
        raise CardProtocolError("the card's answer has no status word")
    return response[-2] << 8 | response[-1], response[:-2]

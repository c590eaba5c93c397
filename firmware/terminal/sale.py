"""One sale, from the keyed amount to the voucher in flash. Read `sell` first: it is the whole story."""

import asyncio

from micropython import const

from journal.journal import JournalFull, UnsafeVoltage
from payer import CardLost, CardProtocolError, CardRefused, NotNyala
from payer import card as payer
from terminal.tallies import DECLINES_STORED_MAX
from voucher import DocumentError, authorization, certificate, entry
from wire.card import SW_OVER_ALLOWANCE, SW_OVER_CARD_LIMIT, SW_WRONG_P1P2
from wire.entry import (
    BAD_AUTHORIZATION,
    BAD_CERTIFICATE,
    BATTERY_TOO_LOW,
    CARD_REFUSED,
    CARD_SEEN,
    DECLINED,
    JOURNAL_FULL,
    OVER_ALLOWANCE,
    OVER_CARD_LIMIT,
    SALE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Card, Reader
    from journal.journal import Journal
    from terminal.chain import Chain, Place
    from terminal.checks import Checks
    from terminal.identity import Identity
    from terminal.key_tables import KeyTables
    from terminal.tallies import Tallies
    from voucher.certificate import Certificate

_LOOK_MS = const(500)  # how long the merchant waits for the cancel key to be noticed
_LOOKS_MAX = const(120)  # a minute for all taps of a sale together
_OTHER_CARD_MS = const(700)  # how long a card that is not ours is left alone

_REASON_BY_SW = {SW_OVER_ALLOWANCE: OVER_ALLOWANCE, SW_OVER_CARD_LIMIT: OVER_CARD_LIMIT, SW_WRONG_P1P2: BAD_CERTIFICATE}


class Declined(Exception):
    """The payment is not taken; `reason` is of wire.entry, `card` the fingerprint, None when no card was known yet."""

    def __init__(self, reason: int, card: "bytes | None" = None) -> None:
        super().__init__("declined for reason %d" % reason)
        self.reason = reason
        self.card = card


class Abandoned(Exception):
    """No card came in time, or the merchant cancelled."""


class Progress:
    """What a sale tells the screen on its way, and what it asks of the keys."""

    def tap(self, again: bool) -> None:
        """Waiting for a card; `again`: the one before left too early."""

    def other_card(self) -> None:
        """The card held there is not one of ours; still waiting."""

    def working(self) -> None:
        """A card is there and must be held still."""

    def cancelled(self) -> bool:
        """Whether the merchant wants to stop; asked only while no card is."""
        return False


class Sale:
    """Takes payments, one at a time."""

    def __init__(
        self,
        reader: "Reader",
        chain: "Chain",
        checks: "Checks",
        tallies: "Tallies",
        identity: "Identity",
        journal: "Journal",
        tables: "KeyTables",
    ) -> None:
        self._reader = reader
        self._chain = chain
        self._checks = checks
        self._tallies = tallies
        self._identity = identity
        self._journal = journal
        self._tables = tables
        self._looks = 0  # how often the sale in progress will still look for a card

    async def sell(self, amount_minor: int, progress: Progress) -> bytes:
        """Take one payment and return its voucher, which has been read back from flash: only now is it approved.

        Raises Declined (and writes that), Abandoned (nothing happened), payer.ReaderFault; ChainBroken or JournalError
        when the voucher may or may not be in flash: the next start tells.
        """
        self._looks = _LOOKS_MAX
        try:
            _refuse(self._checks.amount(amount_minor), None)
            card, fingerprint, length = await self._meet(progress, again=False)
            with self._reserve(fingerprint) as place:
                while True:
                    try:
                        holder = await self._known(card, place, fingerprint, length, amount_minor)
                        answer = await self._authorize(card, place, fingerprint, amount_minor)
                        body = self._verify(holder, place, amount_minor, *answer)
                        return self._append(place, SALE, body, fingerprint, amount_minor)
                    except CardLost:
                        # Same place: a card that signed already repeats its answer and does not count twice.
                        card, fingerprint, length = await self._meet(progress, again=True)
        except Declined as declined:
            self._write_declined(declined, amount_minor)
            raise
        finally:
            self._reader.release()

    def _reserve(self, fingerprint: bytes) -> "Place":
        try:
            return self._chain.reserve()
        except UnsafeVoltage:
            raise Declined(BATTERY_TOO_LOW, fingerprint)
        except JournalFull:
            raise Declined(JOURNAL_FULL, fingerprint)

    async def _meet(self, progress: Progress, again: bool) -> "tuple[Card, bytes, int]":
        """Wait for a card of ours; return (card, fingerprint, length of its certificate)."""
        progress.tap(again)
        while self._looks and not progress.cancelled():
            self._looks -= 1
            card = await self._reader.card(_LOOK_MS)
            if card is None:
                continue
            progress.working()
            try:
                fingerprint, length = await payer.select(card)
                return card, fingerprint, length
            except CardLost:
                progress.tap(True)
            except (NotNyala, CardProtocolError):
                progress.other_card()
                await asyncio.sleep_ms(_OTHER_CARD_MS)
        raise Abandoned("no card came in time, or the merchant cancelled")

    async def _known(
        self, card: "Card", place: "Place", fingerprint: bytes, length: int, amount_minor: int
    ) -> "Certificate":
        """Return the card's certificate, genuine and good for the amount; a new card gets its `card_seen` entry."""
        seen = self._tallies.cards.seen(fingerprint)
        if seen is not None:
            holder = certificate.parse(entry.parse(self._journal.entry(seen)).body[0])
            _refuse(self._checks.issuer(holder), fingerprint)
            _refuse(self._checks.card(holder, amount_minor), fingerprint)
            return holder
        try:
            data = await payer.certificate(card, length)
            holder = certificate.parse(data)
            _refuse(self._checks.issuer(holder), fingerprint)
            self._tables.verify(certificate.verify, data, self._checks.policy.issuers[holder.kid])
        except (CardProtocolError, DocumentError):
            raise Declined(BAD_CERTIFICATE, fingerprint)
        if holder.fingerprint != fingerprint:
            raise Declined(BAD_CERTIFICATE, fingerprint)
        _refuse(self._checks.card(holder, amount_minor), fingerprint)
        # Before the authorization: this entry takes a place, and the card must sign for the one after it.
        self._append(place, CARD_SEEN, [data], fingerprint, 0)
        return holder

    async def _authorize(
        self, card: "Card", place: "Place", fingerprint: bytes, amount_minor: int
    ) -> "tuple[bytes, int, int, int, bytes]":
        """Ask the card; return (fingerprint, currency, counter, spent_minor, signature), none of it verified."""
        currency = self._checks.policy.currency
        try:
            counter, spent_minor, signature = await payer.authorize(
                card, self._identity.terminal, place.sequence, place.previous, amount_minor, currency
            )
        except CardRefused as refused:
            raise Declined(_REASON_BY_SW.get(refused.sw, CARD_REFUSED), fingerprint)
        except CardProtocolError:
            raise Declined(BAD_AUTHORIZATION, fingerprint)
        return fingerprint, currency, counter, spent_minor, signature

    def _verify(
        self,
        holder: "Certificate",
        place: "Place",
        amount_minor: int,
        fingerprint: bytes,
        currency: int,
        counter: int,
        spent_minor: int,
        signature: bytes,
    ) -> list:
        """Return the body of the sale, the card's signature in it verified."""
        if not amount_minor <= spent_minor <= holder.allowance_minor:
            raise Declined(BAD_AUTHORIZATION, fingerprint)
        try:
            authorization.verify(
                holder.public,
                signature,
                self._identity.terminal,
                place.sequence,
                place.previous,
                amount_minor,
                currency,
                counter,
                spent_minor,
            )
        except DocumentError:
            raise Declined(BAD_AUTHORIZATION, fingerprint)
        return [fingerprint, amount_minor, currency, counter, spent_minor, signature]

    def _append(self, place: "Place", kind: int, body: list, fingerprint: bytes, delta_minor: int) -> bytes:
        try:
            return place.append(kind, body, delta_minor)
        except UnsafeVoltage:
            raise Declined(BATTERY_TOO_LOW, fingerprint)
        except JournalFull:
            raise Declined(JOURNAL_FULL, fingerprint)

    def _write_declined(self, declined: Declined, amount_minor: int) -> None:
        """Keep a decline in the chain, as long as there are few and there is room: sales need it more."""
        if self._tallies.declines >= DECLINES_STORED_MAX or not self._journal.room():
            return
        try:
            self._chain.append(DECLINED, [declined.reason, amount_minor, declined.card])
        except (UnsafeVoltage, JournalFull):
            pass  # the merchant is told all the same


def _refuse(reason: "int | None", fingerprint: "bytes | None") -> None:
    if reason is not None:
        raise Declined(reason, fingerprint)

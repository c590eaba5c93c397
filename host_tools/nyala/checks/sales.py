"""The rules for a sale and a void, followed along the chain as the terminal followed them when it signed.

The policy in force is the one of the last `policy_applied` before the sale; limits on what is stored count from the
last `receipt_applied`, as the terminal's own checks have it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nyala.checks.times import Bounds
from nyala.documents import authorization, certificate, cose
from nyala.documents.bodies import (
    CardSeen,
    OutageBegan,
    OutageEnded,
    PolicyApplied,
    ReceiptApplied,
    Sale,
    Void,
)
from nyala.documents.certificate import Certificate
from nyala.documents.entry import Entry
from nyala.documents.policy import ALWAYS, Policy
from nyala.errors import DocumentError
from nyala.facts import Problem
from nyala.wire.entry import OB, ROLE_CARD

# From the check that the terminal may still sell to the sale's own entry: taps are waited for in between.
_SALE_S_MAX = 120


@dataclass(frozen=True, slots=True)
class _Stored:
    """A voucher that the terminal keeps until a receipt covers it. value_minor: negative for a void."""

    sequence: int
    value_minor: int
    card: bytes
    at: Bounds


class _StoredVouchers:
    """Those that no receipt covers, in order, and their sums."""

    def __init__(self) -> None:
        self.vouchers: list[_Stored] = []
        self.value_minor = 0
        self.by_card_minor: defaultdict[bytes, int] = defaultdict(int)

    def add(self, voucher: _Stored) -> None:
        self.vouchers.append(voucher)
        self.value_minor += voucher.value_minor
        self.by_card_minor[voucher.card] += voucher.value_minor

    def forget(self, through: int) -> None:
        kept = [voucher for voucher in self.vouchers if voucher.sequence > through]
        self.vouchers, self.value_minor = [], 0
        self.by_card_minor.clear()
        for voucher in kept:
            self.add(voucher)


class Rules:
    """Walks along one chain: ask `problems` about an entry, then `take` it."""

    def __init__(self, policies: Mapping[bytes, Policy]) -> None:
        self.policy: Policy | None = None
        self.outage: int | None = None
        self._policies = policies
        self._cards: dict[bytes, Certificate | None] = {}  # None: its document does not parse, or is no card's
        self._documents: dict[bytes, bytes] = {}
        self._vouched: dict[tuple[bytes, bytes], bool] = {}
        self._stored = _StoredVouchers()
        self._sales: dict[int, Entry] = {}
        self._voided: set[int] = set()
        self._outage_began: Bounds | None = None
        self._receipt_at: Bounds | None = None

    def begin(self, policy: bytes | None, cards: Iterable[bytes]) -> None:
        """Go on from a pruned beginning: digest of the policy in force, certificates of the cards seen."""
        self.policy = None if policy is None else self._policies.get(policy)
        for document in cards:
            self._see(document)

    def take(self, entry: Entry, at: Bounds) -> None:
        """What the entry changes for those after it. `at`: when it was signed."""
        match entry.body:
            case PolicyApplied(digest=digest):
                self.policy = self._policies.get(digest)
            case CardSeen(certificate=document):
                self._see(document)
            case OutageBegan():
                self.outage, self._outage_began, self._receipt_at = entry.sequence, at, None
            case OutageEnded():
                self.outage = self._outage_began = None
            case ReceiptApplied(sequence=sequence):
                self._stored.forget(sequence)
                self._receipt_at = at
            case Sale(card=card, amount_minor=amount_minor):
                self._sales[entry.sequence] = entry
                self._stored.add(_Stored(entry.sequence, amount_minor, card, at))
            case Void(sale=sale, amount_minor=amount_minor):
                self._voided.add(sale)
                self._stored.add(_Stored(entry.sequence, -amount_minor, self._card_of(sale), at))
            case _:
                pass

    def problems(self, entry: Entry, at: Bounds) -> list[Problem]:
        """What is wrong with a sale or a void; nothing for any other entry."""
        match entry.body:
            case Sale() as sale:
                return [*self._card_problems(entry, sale, at), *self._policy_problems(entry, sale, at)]
            case Void() as void:
                return self._void_problems(void)
            case _:
                return []

    def card(self, fingerprint: bytes) -> Certificate | None:
        return self._cards.get(fingerprint)

    def _see(self, document: bytes) -> None:
        fingerprint = cose.fingerprint(document)
        self._documents[fingerprint] = document
        try:
            seen = certificate.parse(document)
        except DocumentError:
            seen = None
        self._cards[fingerprint] = seen if seen is not None and seen.role == ROLE_CARD else None

    def _card_of(self, sale: int) -> bytes:
        entry = self._sales.get(sale)
        return entry.body.card if entry is not None and isinstance(entry.body, Sale) else b""

    def _card_problems(self, entry: Entry, sale: Sale, at: Bounds) -> list[Problem]:
        if sale.card not in self._cards:
            return [Problem.CARD_UNKNOWN]
        card = self._cards[sale.card]
        if card is None:
            return [Problem.CARD_CERTIFICATE]
        found: list[Problem] = []
        if self.policy is not None:
            issuer = self.policy.issuers.get(card.kid)
            if issuer is None:
                found.append(Problem.CARD_ISSUER)
            elif not self._is_vouched_for(sale.card, issuer):
                found.append(Problem.CARD_CERTIFICATE)
        try:
            authorization.verify_sale(entry, card.public)
        except DocumentError:
            found.append(Problem.CARD_SIGNATURE)
        if sale.spent_minor < sale.amount_minor:
            found.append(Problem.SPENT_CONTRADICTS)
        if sale.spent_minor > card.allowance_minor:
            found.append(Problem.OVER_ALLOWANCE)
        if sale.amount_minor > card.payment_minor:
            found.append(Problem.OVER_CARD_PAYMENT_LIMIT)
        if sale.currency != card.currency:
            found.append(Problem.WRONG_CURRENCY)
        earliest_s, latest_s = at
        if card.expired(earliest_s):
            found.append(Problem.CARD_EXPIRED)
        elif latest_s is None or card.expired(latest_s):
            found.append(Problem.CARD_EXPIRY_IN_DOUBT)
        return found

    def _is_vouched_for(self, fingerprint: bytes, issuer: bytes) -> bool:
        known = self._vouched.get((fingerprint, issuer))
        if known is None:
            try:
                certificate.verify(self._documents[fingerprint], issuer)
                known = True
            except DocumentError:
                known = False
            self._vouched[fingerprint, issuer] = known
        return known

    def _policy_problems(self, entry: Entry, sale: Sale, at: Bounds) -> list[Problem]:
        policy = self.policy
        if policy is None:
            return [Problem.POLICY_MISSING]
        found: list[Problem] = []
        card = self._cards.get(sale.card)
        if card is not None and policy.denies(card.number):
            found.append(Problem.CARD_DENIED)
        if sale.currency != policy.currency:
            found.append(Problem.WRONG_CURRENCY)
        if sale.amount_minor > policy.payment_minor:
            found.append(Problem.OVER_PAYMENT_LIMIT)
        if self._stored.by_card_minor[sale.card] + sale.amount_minor > policy.card_minor:
            found.append(Problem.OVER_CARD_LIMIT)
        if self._stored.value_minor + sale.amount_minor > policy.stored_value_minor:
            found.append(Problem.STORED_VALUE_FULL)
        if len(self._stored.vouchers) >= policy.stored_count:
            found.append(Problem.STORED_COUNT_FULL)
        if self._offline_s(at) > policy.hours * 3600 + _SALE_S_MAX:
            found.append(Problem.OFFLINE_TOO_LONG)
        if policy.sales_when != ALWAYS and self.outage is None and not entry.power & OB:
            found.append(Problem.MAINS_PRESENT)
        return found

    def _offline_s(self, at: Bounds) -> int:
        """How long the terminal has certainly sold without its operator: from the outage's beginning or, in none, from
        the first stored voucher; a receipt begins it anew."""
        if self.outage is not None:
            since = self._receipt_at or self._outage_began
        else:
            since = self._stored.vouchers[0].at if self._stored.vouchers else None
        if since is None or since[1] is None:
            return 0
        return at[0] - since[1]

    def _void_problems(self, void: Void) -> list[Problem]:
        entry = self._sales.get(void.sale)
        if entry is None or not isinstance(entry.body, Sale):
            return [Problem.VOID_OF_NOTHING]
        found: list[Problem] = []
        if void.sale in self._voided:
            found.append(Problem.VOID_TWICE)
        if void.amount_minor != entry.body.amount_minor:
            found.append(Problem.VOID_AMOUNT)
        return found

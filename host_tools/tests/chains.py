"""A small operator whose terminals and cards sign real documents: what tests of verifying and reconciling are made of.

    operator = Operator()
    terminal = operator.terminal(17)
    card = operator.card(1)
    terminal.lose_mains()
    terminal.sell(card, 25_000_00)
    chain = verify(operator, terminal)

Keys are fixed and signatures deterministic, so one script gives the same bytes every time.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import authorization, bodies, certificate, cose, entry, policy, receipt
from nyala.documents.authorization import Authorization
from nyala.documents.bodies import Body
from nyala.documents.certificate import Claims
from nyala.documents.entry import Entry
from nyala.documents.policy import Policy
from nyala.documents.receipt import Receipt
from nyala.facts import Chain
from nyala.verify import verify_terminal
from nyala.wire import entry as wire

RUPIAH = 360
BEGIN_S = 1_564_876_800  # 2019-08-04 07:00 in Jakarta
YEAR_S = 31_536_000


@lru_cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    """One fixed key a name."""
    secret = int.from_bytes(cose.digest(name.encode()), "big") >> 1
    return ec.derive_private_key(secret or 1, ec.SECP256R1())


@lru_cache
def public(name: str) -> bytes:
    return cose.public_bytes(key(name))


class PlayedCard:
    """A card that signs, as docs/card-protocol.md has it. A clone is `replace`d or copied."""

    def __init__(self, number: int, name: str, document: bytes, allowance_minor: int) -> None:
        self.number = number
        self.name = name
        self.document = document
        self.fingerprint = cose.fingerprint(document)
        self.allowance_minor = allowance_minor
        self.counter = 0
        self.spent_minor = 0

    def clone(self) -> "PlayedCard":
        """Another card with this one's key and memory."""
        twin = PlayedCard(self.number, self.name, self.document, self.allowance_minor)
        twin.counter, twin.spent_minor = self.counter, self.spent_minor
        return twin

    def authorize(self, terminal: int, sequence: int, previous: bytes, amount_minor: int) -> bodies.Sale:
        self.counter += 1
        self.spent_minor += amount_minor
        asked = Authorization(terminal, sequence, previous, amount_minor, RUPIAH, self.counter, self.spent_minor)
        signature = authorization.sign(asked, key(self.name))
        return bodies.Sale(self.fingerprint, amount_minor, RUPIAH, self.counter, self.spent_minor, signature)


@dataclass
class PlayedTerminal:
    """Appends signed entries to `documents`; change the fields to change the world."""

    number: int
    name: str
    certificate: bytes
    documents: list[bytes]
    now_s: int = BEGIN_S
    trust: int = wire.TRUST_SET
    boot: int = 1
    booted_s: int = BEGIN_S
    power: int = wire.OL
    charge: int | None = 100
    turnover_minor: int = 0
    outage_s: int | None = None
    outage_payments: int = 0
    outage_value_minor: int = 0

    @property
    def sequence(self) -> int:
        return len(self.documents)

    @property
    def head(self) -> bytes:
        return cose.digest(self.documents[-1] if self.documents else self.certificate)

    def append(self, body: Body, delta_minor: int = 0, **changes: object) -> int:
        """Sign and append; returns the sequence. `changes`: fields of Entry to lie about."""
        self.turnover_minor += delta_minor
        honest = Entry(
            kind=bodies.KINDS[type(body)],
            terminal=self.number,
            sequence=self.sequence,
            previous=self.head,
            turnover_minor=self.turnover_minor,
            time_s=self.now_s if self.trust else 0,
            trust=self.trust,
            boot=self.boot,
            uptime_s=self.now_s - self.booted_s,
            power=self.power,
            charge=self.charge,
            body=body,
        )
        self.documents.append(entry.sign(replace(honest, **changes), key(self.name)))  # pyright: ignore[reportArgumentType]
        return self.sequence - 1

    def pass_time(self, seconds: int) -> None:
        self.now_s += seconds

    def lose_mains(self) -> int:
        self.power = wire.OB | wire.DISCHRG
        self.outage_s, self.outage_payments, self.outage_value_minor = self.now_s, 0, 0
        return self.append(bodies.OutageBegan())

    def mains_back(self) -> int:
        assert self.outage_s is not None
        self.power = wire.OL | wire.CHRG
        body = bodies.OutageEnded(self.now_s - self.outage_s, self.outage_payments, self.outage_value_minor)
        self.outage_s = None
        return self.append(body)

    def see(self, card: PlayedCard) -> int:
        return self.append(bodies.CardSeen(card.document))

    def sell(self, card: PlayedCard, amount_minor: int, *, seconds: int = 60, **changes: object) -> int:
        """A payment; the card's certificate first when the chain does not hold it."""
        self.pass_time(seconds)
        if not any(card.document in document for document in self.documents):
            self.see(card)
        body = card.authorize(self.number, self.sequence, self.head, amount_minor)
        self.outage_payments += 1
        self.outage_value_minor += amount_minor
        return self.append(body, amount_minor, **changes)

    def void(self, sale: int, *, amount_minor: int | None = None) -> int:
        body = entry.parse(self.documents[sale]).body
        value_minor = body.amount_minor if isinstance(body, bodies.Sale) else 1
        value_minor = amount_minor or value_minor
        return self.append(bodies.Void(sale, value_minor), -value_minor)

    def decline(self, reason: int, amount_minor: int, card: PlayedCard | None = None) -> int:
        self.pass_time(30)
        return self.append(bodies.Declined(reason, amount_minor, card.fingerprint if card else None))

    def apply_policy(self, document: bytes) -> int:
        return self.append(bodies.PolicyApplied(policy.parse(document).version, cose.digest(document)))

    def apply_receipt(self, made: Receipt) -> int:
        return self.append(bodies.ReceiptApplied(made.sequence, made.head))

    def reboot(self, *, off_s: int = 60, trust: int = wire.TRUST_LOWER_BOUND) -> int:
        """Power lost for `off_s`; the clock then knows no more than `trust`."""
        known_s = self.now_s
        self.now_s += off_s
        self.boot += 1
        self.booted_s = self.now_s
        self.trust = trust
        if trust == wire.TRUST_LOWER_BOUND:
            # It counts on from what it last knew.
            self.now_s = self.booted_s = known_s
        return self.append(bodies.Boot(1, "1.0", 0, 0))

    def set_clock(self, to_s: int) -> int:
        before_s = self.now_s if self.trust else 0
        self.booted_s += to_s - self.now_s
        self.now_s, self.trust = to_s, wire.TRUST_SET
        return self.append(bodies.ClockSet(before_s, to_s))

    def fork(self, at: int) -> "PlayedTerminal":
        """The same terminal as it was before entry `at`: a copy of its key and flash."""
        last = entry.parse(self.documents[at - 1])
        return replace(self, documents=self.documents[:at], turnover_minor=last.turnover_minor)

    def receipt(self, at: int | None = None, *, time_s: int | None = None) -> Receipt:
        """An honest receipt up to entry `at`, by default the last."""
        at = self.sequence - 1 if at is None else at
        parsed = [entry.parse(document) for document in self.documents[: at + 1]]
        count = sum(one.kind in (wire.SALE, wire.VOID) for one in parsed)
        head = cose.digest(self.documents[at])
        return Receipt(self.number, at, head, count, parsed[-1].turnover_minor, time_s or self.now_s)


class Operator:
    """Root, one issuer, one policy; makes terminals and cards. Every card and terminal of one number is the same."""

    def __init__(self, **changes: object) -> None:
        """`changes`: fields of the first Policy."""
        self.root_public = public("root")
        self.issuer_public = public("issuer")
        self.policy = Policy(
            version=1,
            issued_s=BEGIN_S - YEAR_S,
            issuers={cose.key_id(self.issuer_public): self.issuer_public},
            payment_minor=500_000_00,
            card_minor=10_000_000_00,
            stored_value_minor=50_000_000_00,
            stored_count=500,
            hours=24,
            minimum_charge=10,
            sales_when=policy.ON_BATTERY_ONLY,
            currency=RUPIAH,
            prefix="Rp",
            exponent=2,
            shown=0,
            separator=".",
            language=policy.INDONESIAN,
        )
        self.policies: list[bytes] = []
        self.sign_policy(**({"version": 1} | changes))

    def sign_policy(self, **changes: object) -> bytes:
        """Signs the policy with these fields changed, a version on unless said otherwise."""
        if "version" not in changes:
            changes["version"] = self.policy.version + 1
        self.policy = replace(self.policy, **changes)  # pyright: ignore[reportArgumentType]
        self.policies.append(policy.sign(self.policy, key("root")))
        return self.policies[-1]

    def terminal(
        self,
        number: int,
        *,
        name: str = "",
        merchant: str = "",
        issued_s: int = BEGIN_S - YEAR_S,
        expires_s: int = BEGIN_S + YEAR_S,
    ) -> PlayedTerminal:
        """A terminal with genesis, boot and the latest policy in its chain."""
        name = name or f"terminal {number}"
        claims = Claims(
            issuer="Dompet",
            subject=merchant or f"Warung {number}",
            expires_s=expires_s,
            issued_s=issued_s,
            public=public(name),
            role=wire.ROLE_TERMINAL,
            number=number,
        )
        made = PlayedTerminal(number, name, certificate.sign(claims, key("root")), [])
        made.append(bodies.Genesis(made.certificate))
        made.append(bodies.Boot(1, "1.0", 0, 0))
        made.apply_policy(self.policies[-1])
        return made

    def card(
        self,
        number: int,
        *,
        payment_minor: int = 1_000_000_00,
        allowance_minor: int = 5_000_000_00,
        expires_s: int = BEGIN_S + YEAR_S,
        issuer: str = "issuer",
        role: int = wire.ROLE_CARD,
        currency: int = RUPIAH,
    ) -> PlayedCard:
        name = f"card {number}"
        claims = Claims(
            issuer="Dompet",
            subject="",
            expires_s=expires_s,
            issued_s=BEGIN_S - YEAR_S,
            public=public(name),
            role=role,
            number=number,
        )
        if role == wire.ROLE_CARD:
            claims = replace(claims, currency=currency, payment_minor=payment_minor, allowance_minor=allowance_minor)
        return PlayedCard(number, name, certificate.sign(claims, key(issuer)), allowance_minor)

    def sign_receipt(self, made: Receipt) -> bytes:
        return receipt.sign(made, key("reconciler"))


def verify(operator: Operator, *terminals: PlayedTerminal, receipts: tuple[Receipt, ...] = ()) -> Chain:
    """The one chain that the entries of these (copies of one terminal) make."""
    documents = [document for terminal in terminals for document in terminal.documents]
    (chain,) = verify_terminal(terminals[0].number, documents, [operator.root_public], operator.policies, receipts)
    return chain

"""A stall ready to sell: an operator's keys, cards in people's pockets, and a provisioned simulated terminal, all in
one folder."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents.policy import INDONESIAN, ON_BATTERY_ONLY, Policy
from nyala.keys import KeyFolder
from nyala.link.client import Client
from nyala.provision import Provisioned, provision
from nyala.wire import entry as wire
from nyala.world.battery import Battery
from nyala.world.card import PlayedCard
from nyala.world.rig import Rig
from nyala.world.scenario import Scenario
from nyala.world.simulated_terminal import SimulatedTerminal

DEMO_PASSPHRASE = "demo"
OPERATOR, ISSUER, TECHNICIAN, RECONCILER = "Demo operator", "Demo issuer", "Demo technician", "Demo reconciler"
START_UP_MS = 2_000


class Stall:
    """Everything of one stall. Made by `open`; `close` puts the terminal away."""

    def __init__(
        self,
        scenario: Scenario,
        keys: KeyFolder,
        keys_folder: Path,
        rig: Rig,
        terminal: SimulatedTerminal,
        cards: dict[str, PlayedCard],
    ) -> None:
        self.scenario = scenario
        self.keys = keys
        self.keys_folder = keys_folder
        self.rig = rig
        self.terminal = terminal
        self.cards = cards
        self.provisioned: Provisioned | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        scenario: Scenario,
        *,
        start_s: int,
        seed: str | None = None,
        journal_sectors: int | None = None,
        tell: Callable[[str], None] = lambda what: None,
    ) -> "Stall":
        """Set up what is not in `folder` yet, switch the terminal on and provision it if it never was."""
        tell("operator's keys")
        keys_folder = folder / "keys"
        fresh = not keys_folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        if fresh:
            keys = KeyFolder.create(keys_folder, DEMO_PASSPHRASE, OPERATOR, now_s=start_s)
            keys.add_issuer(ISSUER, now_s=start_s)
            keys.add_staff(TECHNICIAN, wire.ROLE_TECHNICIAN, now_s=start_s)
            keys.add_staff(RECONCILER, wire.ROLE_RECONCILER, now_s=start_s)
        else:
            keys = KeyFolder(keys_folder, DEMO_PASSPHRASE)
        tell("cards")
        cards = issue_cards(keys, scenario, start_s, seed)
        battery = Battery(
            scenario.battery.capacity_mah,
            charge_percent=scenario.battery.charge_percent,
            temperature_c=scenario.battery.temperature_c,
        )
        terminal = SimulatedTerminal(folder / "terminal", seed=seed, journal_sectors=journal_sectors)
        stall = cls(
            scenario,
            keys,
            keys_folder,
            Rig(terminal, battery, start_s=start_s, load_ma=scenario.battery.load_ma),
            terminal,
            cards,
        )
        stall.rig.power_on()
        stall.rig.run(START_UP_MS)
        if fresh:
            tell("terminal's own key, certificate, policy and clock")
            stall.provision()
        return stall

    def provision(self) -> None:
        """Make the terminal a Nyala terminal of this operator, over its serial line."""
        with self.rig.real_time(), Client.open(self.terminal.port) as client:
            self.provisioned = provision(
                client,
                self.keys,
                terminal=self.scenario.stall.terminal,
                merchant=self.scenario.stall.merchant,
                policy=self.keys.sign_policy(self.policy()),
                clock_s=self.rig.now_s,
            )
        self.rig.run(START_UP_MS)

    def policy(self) -> Policy:
        """The scenario's limits as a policy, version 1."""
        scenario, limits = self.scenario, self.scenario.limits
        return Policy(
            version=1,
            issued_s=self.rig.now_s,
            issuers=self.keys.issuer_keys(now_s=self.rig.now_s),
            payment_minor=limits.payment_minor,
            card_minor=limits.card_minor,
            stored_value_minor=limits.stored_value_minor,
            stored_count=limits.stored_count,
            hours=limits.hours,
            minimum_charge=limits.minimum_charge_percent,
            sales_when=ON_BATTERY_ONLY,
            currency=scenario.currency,
            prefix=scenario.prefix,
            exponent=scenario.exponent,
            shown=scenario.shown,
            separator=scenario.separator,
            language=INDONESIAN,
            denied=tuple(sorted(card.number for card in scenario.cards if card.denied)),
        )

    def close(self) -> None:
        """Put the terminal away; the folder stays."""
        self.terminal.close()


def issue_cards(keys: KeyFolder, scenario: Scenario, now_s: int, seed: str | None) -> dict[str, PlayedCard]:
    """One played card for each in the scenario, with a certificate of the demo issuer. A seed makes their keys
    repeatable."""
    random = Random(seed if seed is not None else secrets.randbits(128))
    cards: dict[str, PlayedCard] = {}
    for payer in scenario.cards:
        key = ec.derive_private_key(random.randrange(1, 2**255), ec.SECP256R1())
        expires_s = int(datetime.combine(payer.expires, time(), UTC).timestamp())
        certificate: bytes = keys.issue_card(
            ISSUER,
            number=payer.number,
            public=key.public_key(),
            currency=scenario.currency,
            payment_minor=payer.payment_minor,
            allowance_minor=payer.allowance_minor,
            expires_s=expires_s,
            now_s=min(now_s, expires_s - 86_400),
        )
        cards[payer.name] = PlayedCard(
            key, certificate, allowance_minor=payer.allowance_minor, payment_minor=payer.payment_minor
        )
    return cards

"""The tallies: whatever has happened, a restart knows the same."""

import till_rig
from journal.journal import Journal
from link_rig import NOW_S
from terminal.cards import CARDS_MAX
from terminal.tallies import Tallies
from till_rig import Card
from voucher import entry
from wire.entry import (
    CARD_SEEN,
    DECLINED,
    OUTAGE_BEGAN,
    OUTAGE_ENDED,
    OVER_ALLOWANCE,
    RECEIPT_APPLIED,
    SALE,
    SHIFT_CLOSED,
    VOID,
)


def _known(tallies, cards):
    """All that tallies say, as one value."""
    return (
        tallies.stored_count,
        tallies.stored_minor,
        tallies.declines,
        tallies.last_sale,
        tallies.unfinished,
        tallies.shift,
        tallies.receipted,
        tallies.outage and (tallies.outage.began, tallies.outage.payments, tallies.outage.value_minor),
        tallies.offline_since(),
        [(tallies.cards.total_minor(card), tallies.cards.seen(card)) for card in cards],
    )


class _Life:
    """A terminal's chain, written event by event, without cards."""

    def __init__(self):
        self.machine = till_rig.terminal(stored_count=10000, hours=100000)
        self.chain = self.machine.chain
        self.cards = []
        self.random = 12345

    def below(self, count):
        self.random = (self.random * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.random >> 8) % count

    def sell(self, card=b"cardcard", amount_minor=500):
        if card not in self.cards:
            self.cards.append(card)
        self.machine.journal.tidy()
        self.chain.append(SALE, [card, amount_minor, 360, 1, amount_minor, b"s" * 64], amount_minor)

    def see(self, name):
        card = Card(name)
        if card.fingerprint not in self.cards:
            self.cards.append(card.fingerprint)
        self.chain.append(CARD_SEEN, [card.certificate])

    def receipt(self, back=0):
        """A receipt for all entries but the last `back`, and the pruning after it."""
        sequence = max(self.chain.next_sequence - 1 - back, self.machine.journal.first_sequence)
        own = self.machine.journal.entry(sequence)
        self.chain.append(RECEIPT_APPLIED, [sequence, entry.digest(own)])
        self.machine.journal.prune(sequence)
        while self.machine.journal.tidy():
            pass

    def void(self):
        if self.machine.tallies.last_sale is not None:
            sequence, amount_minor = self.machine.tallies.last_sale[:2]
            self.chain.append(VOID, [sequence, amount_minor], -amount_minor)

    def one_event(self):
        event = self.below(20)
        if event < 9:
            self.sell(b"card%04d" % self.below(5), 100 + self.below(1000))
        elif event < 11:
            self.void()
        elif event < 13:
            self.chain.append(DECLINED, [OVER_ALLOWANCE, 700, None])
        elif event < 14:
            self.chain.append(SHIFT_CLOSED, list(self.machine.tallies.shift))
        elif event < 16:
            began = self.machine.tallies.outage is None
            self.chain.append(*((OUTAGE_BEGAN, []) if began else (OUTAGE_ENDED, [1, 0, 0])))
        elif event < 18:
            self.see(("ayu", "budi", "siti")[self.below(3)])
        elif self.chain.next_sequence > 8:
            self.receipt(self.below(6))

    def restarted(self):
        """What a restart now would know."""
        journal = Journal(self.machine.board.flash)
        journal.recover()
        tallies = Tallies(journal, self.machine.board.vault)
        tallies.recover(lambda sequence, data: None)
        return _known(tallies, self.cards)


def test_a_restart_after_any_event_of_many_days_knows_the_same():
    life = _Life()
    receipts = 0
    for _ in range(250):
        life.one_event()
        life.machine.journal.tidy()
        receipts += life.machine.tallies.receipted is not None
        assert life.restarted() == _known(life.machine.tallies, life.cards)
    assert receipts > 50
    assert life.machine.journal.first_sequence > 0
    assert life.machine.tallies.stored_count > 0


def test_the_stored_value_is_the_turnover_since_the_receipt():
    life = _Life()
    for _ in range(150):
        life.one_event()
        receipted = life.machine.tallies.receipted
        before_minor = 0
        if receipted is not None and receipted >= life.machine.journal.first_sequence:
            before_minor = entry.parse(life.machine.journal.entry(receipted)).turnover_minor
        elif receipted is not None:
            continue
        assert life.machine.tallies.stored_minor == life.chain.turnover_minor - before_minor


def test_a_receipt_keeps_what_was_sold_after_its_sequence():
    life = _Life()
    tallies = life.machine.tallies
    life.sell(b"card0001", 100)
    life.sell(b"card0002", 200)
    life.receipt(back=1)
    assert (tallies.stored_count, tallies.stored_minor) == (1, 200)
    assert tallies.cards.total_minor(b"card0001") == 0
    assert tallies.cards.total_minor(b"card0002") == 200
    assert tallies.shift == (2, 300, 0, 0)
    assert tallies.last_sale[1] == 200
    life.receipt()
    assert tallies.stored_count == 0
    assert tallies.last_sale is None
    assert tallies.unfinished is None
    assert tallies.shift == (2, 300, 0, 0)


def test_a_power_cut_between_a_receipt_and_what_it_carries_over_loses_nothing():
    life = _Life()
    tallies = life.machine.tallies
    life.sell()
    life.receipt()
    life.sell()
    carried = life.machine.board.vault.values["tallies"]
    life.receipt()
    shift = tallies.shift
    life.machine.board.vault.values["tallies"] = carried  # as if the second had not been put
    assert life.restarted()[5] == shift


def test_offline_begins_with_the_first_stored_voucher_the_outage_or_the_receipt_in_it():
    life = _Life()
    tallies = life.machine.tallies
    assert tallies.offline_since() is None
    life.sell()
    first = tallies.offline_since()
    assert first[2] == NOW_S
    life.sell()
    assert tallies.offline_since() == first
    life.chain.append(OUTAGE_BEGAN, [])
    assert tallies.offline_since() == tallies.outage.began
    life.machine.board.rtc.set(NOW_S + 500)
    life.receipt()
    assert tallies.offline_since()[2] == NOW_S + 500
    life.chain.append(OUTAGE_ENDED, [1, 0, 0])
    assert tallies.offline_since() is None


def test_an_unfinished_payment_is_one_after_which_the_till_did_nothing():
    life = _Life()
    tallies = life.machine.tallies
    life.sell()
    life.chain.append(OUTAGE_BEGAN, [])
    assert tallies.unfinished[1] == 500
    assert tallies.unfinished[3] == entry.digest(life.machine.journal.entry(tallies.unfinished[0]))
    life.chain.append(DECLINED, [OVER_ALLOWANCE, 700, None])
    assert tallies.unfinished is None
    assert tallies.last_sale is not None


def test_more_cards_than_the_table_holds_pay_before_a_receipt_frees_it():
    life = _Life()
    tallies = life.machine.tallies
    for number in range(60):
        life.sell(b"%08d" % number)
    assert tallies.cards.total_minor(b"%08d" % 59) == 500
    assert tallies.cards.room(b"newcomer")
    assert CARDS_MAX > 60

"""Every reason to decline, each met for real; what a decline leaves behind; what a card may not get away with."""

import till_rig
import virtual_time
from expect import raises
from journal.journal import JournalFault, JournalFull, UnsafeVoltage
from link_rig import NOW_S, key
from payer import CardProtocolError
from terminal.cards import CARDS_MAX
from terminal.sale import Abandoned, Declined, Progress
from terminal.tallies import DECLINES_STORED_MAX
from till_rig import Card, card_certificate, entries, kinds
from wire import card as wire_card
from wire import entry as wire
from wire.entry import CARD_SEEN, DECLINED, SALE

_AMOUNT = 2500000


def _sell(machine, card, amount_minor=_AMOUNT, progress=None):
    """Run one sale to its end; return the voucher or raise."""
    machine.board.reader.here = card
    return virtual_time.run(machine.till._sale.sell(amount_minor, progress or Progress()))


def _reason(machine, card, amount_minor=_AMOUNT):
    """The reason of a sale that must be declined; checks that the chain tells of it."""
    declined = raises(Declined, _sell, machine, card, amount_minor)
    assert not machine.chain.reserved
    kind, body = entries(machine)[-1]
    assert (kind, body) == (DECLINED, [declined.reason, amount_minor, declined.card])
    assert SALE not in kinds(machine) or machine.tallies.stored_count
    return declined.reason


def test_mains_present_when_the_policy_sells_on_battery_only():
    machine = till_rig.terminal(sales_when=0)
    assert _reason(machine, Card()) == wire.MAINS_PRESENT
    machine.board.mains.on = False
    virtual_time.run(machine.ups._mains.settle())
    machine.ups.read()
    _sell(machine, Card())


def test_battery_below_the_minimum_charge():
    machine = till_rig.terminal(minimum_charge=90)
    assert _reason(machine, Card()) == wire.BATTERY_TOO_LOW


def test_low_battery():
    machine = till_rig.terminal()
    machine.ups.status |= wire.LB
    assert _reason(machine, Card()) == wire.BATTERY_TOO_LOW


def test_an_unsafe_voltage_declines_before_the_card_is_asked_and_is_only_shown():
    machine = till_rig.terminal()
    machine.board.gauge.mv = 3000
    card = Card()
    before = kinds(machine)
    assert raises(Declined, _sell, machine, card).reason == wire.BATTERY_TOO_LOW
    assert card.asked == []
    assert kinds(machine) == before


def test_a_voltage_that_falls_while_the_card_is_asked_declines_without_a_voucher():
    machine = till_rig.terminal()
    card = Card()
    _sell(machine, card)

    def forge(answer):
        machine.board.gauge.mv = 3000
        return answer

    card.forge = forge
    before = kinds(machine)
    assert raises(Declined, _sell, machine, card).reason == wire.BATTERY_TOO_LOW
    assert kinds(machine) == before
    assert not machine.chain.broken


def test_a_full_journal_declines_before_the_card_is_asked():
    machine = till_rig.terminal()
    machine.journal.room = lambda: 3
    card = Card()
    assert _reason(machine, card) == wire.JOURNAL_FULL
    assert card.asked == []
    machine.journal.room = lambda: 0
    before = kinds(machine)
    assert raises(Declined, _sell, machine, card).reason == wire.JOURNAL_FULL
    assert kinds(machine) == before  # what is left is for the end of the outage


def test_over_the_payment_limit_by_one():
    machine = till_rig.terminal(payment_minor=_AMOUNT)
    assert _reason(machine, Card(), _AMOUNT + 1) == wire.OVER_PAYMENT_LIMIT
    _sell(machine, Card(), _AMOUNT)


def test_stored_value_full_by_one():
    machine = till_rig.terminal(stored_value_minor=2 * _AMOUNT)
    card = Card()
    _sell(machine, card)
    assert _reason(machine, card, _AMOUNT + 1) == wire.STORED_VALUE_FULL
    _sell(machine, card)


def test_stored_count_full():
    machine = till_rig.terminal(stored_count=2)
    card = Card()
    _sell(machine, card, 100)
    _sell(machine, card, 100)
    assert _reason(machine, card, 100) == wire.STORED_COUNT_FULL


def test_offline_too_long_since_the_first_stored_voucher():
    machine = till_rig.terminal(hours=24)
    card = Card()
    virtual_time.sleep(100 * 3600 * 1000)  # a terminal in a drawer is not offline: it keeps nothing
    _sell(machine, card, 100)
    virtual_time.sleep(24 * 3600 * 1000)
    _sell(machine, card, 100)
    virtual_time.sleep(1000)
    assert _reason(machine, card, 100) == wire.OFFLINE_TOO_LONG


def test_unknown_issuer_even_of_a_card_seen_before():
    machine = till_rig.terminal()
    stranger = key("stranger")
    assert _reason(machine, Card(issuer=stranger)) == wire.UNKNOWN_ISSUER
    card = Card()
    _sell(machine, card)
    machine.identity.policy.issuers.clear()
    assert _reason(machine, card) == wire.UNKNOWN_ISSUER


def test_a_certificate_whose_signature_is_wrong():
    machine = till_rig.terminal()
    card = Card()
    card.certificate = card.certificate[:-1] + bytes([card.certificate[-1] ^ 1])
    assert _reason(machine, card) == wire.BAD_CERTIFICATE
    assert CARD_SEEN not in kinds(machine)


def test_a_certificate_that_is_noise_and_one_of_another_fingerprint():
    machine = till_rig.terminal()
    assert _reason(machine, Card(certificate=b"\xa5" * 200)) == wire.BAD_CERTIFICATE

    class Liar(Card):
        fingerprint = b"notmine!"

    assert _reason(machine, Liar()) == wire.BAD_CERTIFICATE
    assert CARD_SEEN not in kinds(machine)


def test_a_certificate_of_another_role():
    machine = till_rig.terminal()
    certificate = card_certificate(till_rig.root(), key("ayu").public, role=wire.ROLE_TECHNICIAN)
    assert _reason(machine, Card(certificate=certificate)) == wire.BAD_CERTIFICATE


def test_an_expired_card_and_one_that_expires_in_a_second():
    machine = till_rig.terminal()
    assert _reason(machine, Card(expires_s=NOW_S)) == wire.CARD_EXPIRED
    _sell(machine, Card(expires_s=NOW_S + 1))


def test_a_clock_never_set_takes_no_card():
    board = till_rig.Board()
    till_rig.enrol(board)
    machine = till_rig.start(board)
    assert _reason(machine, Card()) == wire.CARD_EXPIRED


def test_a_clock_that_lost_power_takes_a_card_that_is_good_as_far_as_it_knows():
    machine = till_rig.terminal()
    _sell(machine, Card())
    again = till_rig.start(machine.board.next_start())
    assert again.clock.trust == wire.TRUST_LOWER_BOUND
    _sell(again, Card("budi"))
    assert _reason(again, Card("siti", expires_s=NOW_S)) == wire.CARD_EXPIRED


def test_a_denied_card_is_denied_under_every_certificate():
    machine = till_rig.terminal(denied=[5, 7, 9360000800007919])
    assert _reason(machine, Card(number=7)) == wire.CARD_DENIED
    assert _reason(machine, Card(number=9360000800007919, allowance_minor=1 << 30)) == wire.CARD_DENIED
    _sell(machine, Card(number=6))
    assert kinds(machine).count(CARD_SEEN) == 1  # declined cards leave no certificate behind


def test_wrong_currency():
    machine = till_rig.terminal()
    assert _reason(machine, Card(currency=840)) == wire.WRONG_CURRENCY


def test_over_the_cards_own_payment_limit_and_over_its_allowance():
    machine = till_rig.terminal()
    assert _reason(machine, Card(payment_minor=_AMOUNT - 1)) == wire.OVER_CARD_LIMIT
    assert _reason(machine, Card(allowance_minor=_AMOUNT - 1)) == wire.OVER_ALLOWANCE
    _sell(machine, Card(payment_minor=_AMOUNT, allowance_minor=_AMOUNT))


def test_over_what_the_policy_stores_of_one_card():
    machine = till_rig.terminal(card_minor=2 * _AMOUNT)
    card = Card()
    _sell(machine, card)
    _sell(machine, card)
    assert _reason(machine, card, 100) == wire.OVER_CARD_LIMIT
    _sell(machine, Card("budi"))


def test_a_card_for_which_no_row_is_left_is_declined_before_it_is_asked():
    machine = till_rig.terminal()
    for number in range(CARDS_MAX):
        machine.tallies.cards.add(number.to_bytes(8, "big"), 100)
    card = Card()
    assert _reason(machine, card) == wire.STORED_COUNT_FULL
    assert card.counter == 0


def test_each_status_word_of_a_card_has_its_reason():
    for sw, reason in (
        (wire_card.SW_OVER_ALLOWANCE, wire.OVER_ALLOWANCE),
        (wire_card.SW_OVER_CARD_LIMIT, wire.OVER_CARD_LIMIT),
        (wire_card.SW_BLOCKED, wire.CARD_REFUSED),
        (wire_card.SW_WRONG_DATA, wire.CARD_REFUSED),
        (wire_card.SW_UNKNOWN_INS, wire.CARD_REFUSED),
        (wire_card.SW_WRONG_P1P2, wire.BAD_CERTIFICATE),
        (0x6F00, wire.CARD_REFUSED),
    ):
        machine = till_rig.terminal()
        card = Card()
        card.refuse_sw = sw
        assert _reason(machine, card) == reason, sw


def _changed(index):
    """A forger of that byte."""
    return lambda answer: answer[:index] + bytes([answer[index] ^ 1]) + answer[index + 1 :]


def test_an_authorization_with_any_byte_changed_is_refused():
    card = Card()
    machine = till_rig.terminal()
    _sell(machine, card)
    turnover_minor = machine.chain.turnover_minor
    for index in range(0, 72, 5):
        card.forge = _changed(index)
        assert _reason(machine, card, 100) == wire.BAD_AUTHORIZATION, index
    assert machine.chain.turnover_minor == turnover_minor


def test_an_authorization_that_passes_the_allowance_or_spends_nothing_is_refused():
    machine = till_rig.terminal()
    for spent_minor in (_AMOUNT - 1, 20000001):
        card = Card()
        card.spent_minor = spent_minor - _AMOUNT
        assert _reason(machine, card) == wire.BAD_AUTHORIZATION, spent_minor


def test_an_authorization_for_the_place_before_is_refused():
    machine = till_rig.terminal()
    card = Card()
    _sell(machine, card)
    (replayed,) = card.answers.values()
    card.forge = lambda answer: replayed
    assert _reason(machine, card) == wire.BAD_AUTHORIZATION


def test_a_card_that_does_not_keep_to_the_protocol_is_declined():
    class Babbler(Card):
        instruction = 0

        async def transceive(self, apdu):
            answer = await Card.transceive(self, apdu)
            return answer[:5] + answer[-2:] if apdu[1] == self.instruction else answer

    for instruction, reason in ((0xCA, wire.BAD_CERTIFICATE), (0xA8, wire.BAD_AUTHORIZATION)):
        machine = till_rig.terminal()
        card = Babbler()
        card.instruction = instruction
        assert _reason(machine, card) == reason


def test_a_card_that_babbles_at_select_is_waited_out():
    class Babbler(Card):
        async def transceive(self, apdu):
            raise CardProtocolError("nonsense")

    machine = till_rig.terminal()
    before = kinds(machine)
    raises(Abandoned, _sell, machine, Babbler())
    assert kinds(machine) == before


def test_a_card_lost_for_ever_gives_its_place_back():
    machine = till_rig.terminal()
    card = Card()
    card.tear_at = 3
    machine.board.reader.script = [card]
    raises(Abandoned, _sell, machine, None)
    assert not machine.chain.reserved
    assert kinds(machine)[-1] == CARD_SEEN
    _sell(machine, card)


def test_at_most_so_many_declines_are_written_between_receipts():
    machine = till_rig.terminal(denied=[1])
    card = Card()
    machine.tallies.declines = DECLINES_STORED_MAX - 2
    for _ in range(2):
        assert _reason(machine, card) == wire.CARD_DENIED
    before = kinds(machine)
    for _ in range(5):
        assert raises(Declined, _sell, machine, card).reason == wire.CARD_DENIED
    assert kinds(machine) == before


def test_a_journal_fault_stops_the_chain_and_nothing_more_is_signed():
    machine = till_rig.terminal()
    card = Card()
    _sell(machine, card)
    append = machine.journal.append

    def fault(sequence, data):
        append(sequence, data)  # it is there, but nobody knows
        raise JournalFault("reads back wrong")

    machine.journal.append = fault
    raises(JournalFault, _sell, machine, card)
    machine.journal.append = append
    assert machine.chain.broken
    assert machine.state == "stopped"
    assert len(set(card.answers)) == 2
    from terminal.chain import ChainBroken

    raises(ChainBroken, _sell, machine, card)
    raises(ChainBroken, machine.chain.append, DECLINED, [0, 1, None])


def test_unsafe_voltage_at_the_append_of_an_event_keeps_it_for_later():
    machine = till_rig.terminal()

    def unsafe(sequence, data):
        raise UnsafeVoltage("too low")

    append, machine.journal.append = machine.journal.append, unsafe
    machine.fault(3, "reader")
    assert machine.chain.waiting == 1
    machine.journal.append = append
    _sell(machine, Card())
    assert kinds(machine)[-3:] == [wire.FAULT, CARD_SEEN, SALE]


def test_an_event_that_cannot_be_written_declines_the_sale_that_would_come_before_it():
    for error, reason in ((UnsafeVoltage, wire.BATTERY_TOO_LOW), (JournalFull, wire.JOURNAL_FULL)):
        machine = till_rig.terminal()
        card = Card()
        failing = _failing(error)
        machine.journal.append = failing
        machine.fault(3, "reader")
        assert raises(Declined, _sell, machine, card).reason == reason
        assert card.counter == 0


def _failing(error):
    def append(sequence, data):
        raise error("not now")

    return append


def test_a_sale_that_the_merchant_cancels_while_the_card_is_away_is_abandoned():
    class Impatient(Progress):
        def cancelled(self):
            return True

    machine = till_rig.terminal()
    raises(Abandoned, _sell, machine, Card(), _AMOUNT, Impatient())

"""The table of cards: bounded, and it never forgets money."""

from expect import raises
from terminal.cards import CARDS_MAX, Cards, CardsFull


def _fingerprint(number):
    return number.to_bytes(8, "big")


def test_an_unknown_card_has_nothing():
    cards = Cards()
    assert cards.seen(_fingerprint(1)) is None
    assert cards.total_minor(_fingerprint(1)) == 0
    assert cards.room(_fingerprint(1))


def test_certificate_and_total_are_kept_apart():
    cards = Cards()
    cards.add(_fingerprint(1), 500)
    assert cards.seen(_fingerprint(1)) is None
    cards.note_seen(_fingerprint(1), 0)
    assert cards.seen(_fingerprint(1)) == 0
    assert cards.total_minor(_fingerprint(1)) == 500
    cards.add(_fingerprint(1), -500)
    assert cards.total_minor(_fingerprint(1)) == 0
    assert cards.seen(_fingerprint(1)) == 0


def test_a_fingerprint_across_two_rows_is_not_found():
    cards = Cards()
    cards.add(b"AAAAAAAA", 0x42424242)
    cards.add(b"CCCCCCCC", 1)
    # ...sequence FFFFFFFF, total 42424242 of the first row, then the second row
    assert cards.seen(b"\xff\xff\xff\xffBBBB") is None
    assert cards.total_minor(b"BBBBCCCC") == 0


def test_a_full_table_gives_up_certificates_but_never_money():
    cards = Cards()
    for number in range(CARDS_MAX):
        cards.note_seen(_fingerprint(number), number)
    for number in range(CARDS_MAX):
        cards.add(_fingerprint(1000 + number), 7)
    for number in range(CARDS_MAX):
        assert cards.total_minor(_fingerprint(1000 + number)) == 7
        assert cards.seen(_fingerprint(number)) is None
    assert not cards.room(_fingerprint(1))
    assert cards.room(_fingerprint(1000))
    raises(CardsFull, cards.add, _fingerprint(1), 5)
    cards.note_seen(_fingerprint(1), 9)  # not remembered, and no harm done
    assert cards.seen(_fingerprint(1)) is None
    cards.clear()
    assert cards.room(_fingerprint(1))
    assert cards.total_minor(_fingerprint(1000)) == 0

"""Upload slots: any document in pieces, nothing else, and never more memory than the slots have."""

from expect import raises
from link.refusal import Refusal
from link.uploads import Uploads
from wire.link import BAD_SLOT, PUT_BYTES_MAX, SLOT_BYTES_MAX, SLOT_INCOMPLETE


def _refused(uploads, slot, offset, total, data):
    assert raises(Refusal, uploads.put, slot, offset, total, data).number == BAD_SLOT, (slot, offset, total, len(data))


def test_a_document_of_every_length_comes_back_from_every_slot():
    uploads = Uploads()
    for slot, most in enumerate(SLOT_BYTES_MAX):
        for total in (1, 2, PUT_BYTES_MAX - 1, PUT_BYTES_MAX, PUT_BYTES_MAX + 1, most - 1, most):
            if total > most:
                continue
            document = bytes((slot + index) & 0xFF for index in range(total))
            for offset in range(0, total, PUT_BYTES_MAX):
                piece = document[offset : offset + PUT_BYTES_MAX]
                assert uploads.put(slot, offset, total, piece) == offset + len(piece)
            assert uploads.take(slot) == [document]
            assert raises(Refusal, uploads.take, slot).number == SLOT_INCOMPLETE


def test_bounds_are_kept_on_both_sides():
    uploads = Uploads()
    _refused(uploads, len(SLOT_BYTES_MAX), 0, 1, b"x")
    _refused(uploads, 1 << 40, 0, 1, b"x")
    for slot, most in enumerate(SLOT_BYTES_MAX):
        _refused(uploads, slot, 0, 0, b"x")
        _refused(uploads, slot, 0, most + 1, b"x")
        _refused(uploads, slot, 0, 1 << 62, b"x")
    _refused(uploads, 5, 0, 3000, b"x" * (PUT_BYTES_MAX + 1))
    _refused(uploads, 5, 0, 3000, b"")
    _refused(uploads, 5, 0, 9, b"x" * 10)
    _refused(uploads, 5, 9, 9, b"x")
    _refused(uploads, 5, 1 << 62, 9, b"x")
    assert uploads.put(5, 0, PUT_BYTES_MAX, b"x" * PUT_BYTES_MAX) == PUT_BYTES_MAX


def test_a_piece_out_of_order_is_refused_and_what_is_held_stays():
    uploads = Uploads()
    _refused(uploads, 0, 3, 9, b"def")
    uploads.put(0, 0, 9, b"abc")
    _refused(uploads, 0, 6, 9, b"ghi")
    _refused(uploads, 0, 2, 9, b"cde")
    _refused(uploads, 0, 3, 8, b"def")  # another total
    assert uploads.put(0, 3, 9, b"def") == 6
    assert uploads.put(0, 6, 9, b"ghi") == 9
    assert uploads.take(0) == [b"abcdefghi"]


def test_the_last_piece_may_come_twice_when_it_is_the_same():
    uploads = Uploads()
    assert uploads.put(0, 0, 6, b"abc") == 3
    assert uploads.put(0, 0, 6, b"abc") == 3
    assert uploads.put(0, 3, 6, b"def") == 6
    assert uploads.put(0, 3, 6, b"def") == 6
    _refused(uploads, 0, 3, 6, b"dex")
    assert uploads.take(0) == [b"abcdef"]


def test_offset_zero_starts_anew():
    uploads = Uploads()
    uploads.put(0, 0, 6, b"abc")
    assert uploads.put(0, 0, 5, b"vwxyz") == 5
    assert uploads.take(0) == [b"vwxyz"]
    uploads.put(0, 0, 6, b"abc")
    assert uploads.put(0, 0, 6, b"xyz") == 3
    uploads.put(0, 3, 6, b"def")
    assert uploads.take(0) == [b"xyzdef"]


def test_taking_several_takes_all_or_none():
    uploads = Uploads()
    uploads.put(0, 0, 1, b"a")
    uploads.put(1, 0, 2, b"b")
    assert raises(Refusal, uploads.take, 0, 1).number == SLOT_INCOMPLETE
    uploads.put(1, 1, 2, b"c")
    assert uploads.take(0, 1) == [b"a", b"bc"]

"""Frames: known answers of COBS, every length around a run, and what a wire does to them."""

import binascii

from expect import raises
from link.frames import Decoder, Encoder, FrameTooLong

_FRAME_BYTES_MAX = 1024


def _frame(message):
    return bytes(Encoder(_FRAME_BYTES_MAX).encode(message))


def _messages(data, bytes_max=_FRAME_BYTES_MAX):
    return list(Decoder(bytes_max).feed(data))


def _stuffed(plain):
    """COBS as the paper gives it, byte by byte: the reference for the encoder that works in runs."""
    out = bytearray()
    run = bytearray()
    for index, byte in enumerate(plain):
        if byte:
            run.append(byte)
        if not byte or (len(run) == 254 and index + 1 < len(plain)):
            out.append(len(run) + 1)
            out.extend(run)
            run = bytearray()
    out.append(len(run) + 1)
    out.extend(run)
    return bytes(out)


def _noise(seed):
    """A byte source that is the same on every run (linear congruential, high byte)."""
    state = seed
    while True:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        yield state >> 16 & 0xFF


def test_a_frame_is_cobs_of_message_and_crc_between_zeros():
    crc = binascii.crc32(b"\x83\x01\x00").to_bytes(4, "little")
    assert crc.find(b"\0") < 0
    assert _frame(b"\x83\x01\x00") == b"\x00\x03\x83\x01\x05" + crc + b"\x00"


def test_messages_of_every_length_and_filling_come_back_and_match_the_reference():
    for fill in (b"\x00", b"\x01", b"\xff", b"\x00\xff", b"\x11" * 254 + b"\x00"):
        for length in tuple(range(1, 20)) + tuple(range(245, 265)) + tuple(range(500, 515)):
            message = (fill * length)[:length]
            frame = _frame(message)
            plain = message + binascii.crc32(message).to_bytes(4, "little")
            assert frame == b"\x00" + _stuffed(plain) + b"\x00", (fill, length)
            assert _messages(frame) == [message], (fill, length)


def test_the_longest_message_fits_and_the_next_is_refused():
    encoder = Encoder(_FRAME_BYTES_MAX)
    longest = max(n for n in range(900, 1024) if n + 4 + (n + 4) // 254 + 3 <= _FRAME_BYTES_MAX)
    assert len(encoder.encode(b"\x01" * longest)) <= _FRAME_BYTES_MAX
    raises(FrameTooLong, encoder.encode, b"\x01" * (longest + 1))


def test_a_frame_is_found_byte_by_byte_and_in_any_two_pieces():
    frame = _frame(b"hello \x00 world")
    decoder = Decoder(200)
    found = []
    for byte in frame:
        found.extend(decoder.feed(bytes((byte,))))
    assert found == [b"hello \x00 world"]
    for cut in range(len(frame)):
        decoder = Decoder(200)
        assert list(decoder.feed(frame[:cut])) + list(decoder.feed(frame[cut:])) == [b"hello \x00 world"], cut


def test_boot_text_and_noise_around_frames_are_skipped():
    text = b"ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\n"
    data = text + _frame(b"one") + text * 20 + _frame(b"two") + b"\x00\x00\x00" + _frame(b"three") + text
    assert _messages(data, 200) == [b"one", b"two", b"three"]


def test_a_frame_that_is_too_long_is_dropped_and_the_next_one_found():
    for length in (190, 200, 201, 900, 5000):
        long = b"\x00" + b"\x02\x01" * (length // 2) + b"\x00"
        assert _messages(long + _frame(b"next"), 200) == [b"next"], length


def test_what_stands_in_one_piece_with_noise_that_was_too_long_is_dropped_with_it():
    decoder = Decoder(200)
    assert list(decoder.feed(b"x" * 250)) == []
    assert list(decoder.feed(_frame(b"not a frame")[1:])) == []
    assert list(decoder.feed(_frame(b"a frame")[1:])) == [b"a frame"]


def test_no_single_damaged_byte_passes():
    frame = _frame(b"\x83\x01\x06\x00\x18\x40")
    for position in range(1, len(frame) - 1):
        for flip in (1, 0x80, 0xFF):
            damaged = bytearray(frame)
            damaged[position] ^= flip
            assert _messages(bytes(damaged)) == [], (position, flip)


def test_random_bytes_never_raise_and_never_fill_memory():
    noise = _noise(1)
    decoder = Decoder(200)
    for _ in range(300):
        data = bytes(next(noise) % 7 for _ in range(101))
        for message in decoder.feed(data):
            assert len(message) <= 196

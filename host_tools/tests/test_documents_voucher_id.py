"""Ids and receipt codes that people read aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nyala.documents.voucher_id import (
    BadReceiptCode,
    BadVoucherId,
    parse_receipt_code,
    parse_voucher_id,
    receipt_code,
    voucher_id,
)

NUMBERS = st.integers(0, (1 << 32) - 1)


def test_an_id_is_written_with_six_digits_at_least() -> None:
    assert voucher_id(17, 42) == "T000017-000042"
    assert voucher_id(0, 0) == "T000000-000000"
    assert voucher_id(4294967295, 1234567) == "T4294967295-1234567"


@given(NUMBERS, NUMBERS)
def test_an_id_is_read_again(terminal: int, sequence: int) -> None:
    assert parse_voucher_id(voucher_id(terminal, sequence)) == (terminal, sequence)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "T17-42",
        "T000017",
        "t000017-000042",
        "T0000017-000042",
        "T000017-0000042",
        "T000017-4294967296",
        "T4294967296-000042",
        "T000017-000042 ",
        "T000017-000042\n",
        "T000017--00042",
        "T\u0660\u0660\u0660\u0660\u0661\u0667-000042",
        "T" + "9" * 5000 + "-000042",
    ],
)
def test_only_the_one_spelling_of_an_id_is_read(text: str) -> None:
    with pytest.raises(BadVoucherId):
        parse_voucher_id(text)


def test_a_code_has_the_first_35_bits_and_a_check_character() -> None:
    assert receipt_code(bytes(32)) == "0000-0000"
    assert receipt_code(b"\xff" * 32) == "ZZZZ-ZZZJ"  # 2^36 is 1 modulo 37, so 2^35 - 1 is 18
    assert receipt_code(bytes.fromhex("0000000020") + b"\xff" * 27) == "0000-0011"
    assert receipt_code(bytes.fromhex("0000000480")) == "0000-014U"  # 36 modulo 37: the last check character


@given(st.binary(min_size=32, max_size=32))
def test_a_code_is_read_again_however_it_was_typed(digest: bytes) -> None:
    code = receipt_code(digest)
    sloppy = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert parse_receipt_code(code) == parse_receipt_code(sloppy) == parse_receipt_code(code.replace("-", "")) == code


@given(st.binary(min_size=32, max_size=32), st.integers(0, 6), st.integers(1, 31))
def test_every_single_misread_symbol_is_noticed(digest: bytes, place: int, step: int) -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    symbols = receipt_code(digest).replace("-", "")
    other = alphabet[(alphabet.index(symbols[place]) + step) % 32]
    with pytest.raises(BadReceiptCode):
        parse_receipt_code(symbols[:place] + other + symbols[place + 1 :])


@pytest.mark.parametrize("text", ["", "0000-000", "0000-00000", "U000-0000", "*000-0000", "0000-000!", "ßßßß-ßßßß"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(BadReceiptCode):
        parse_receipt_code(text)

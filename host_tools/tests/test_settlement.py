import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nyala.errors import InputError
from nyala.money import Money
from nyala.settlement import COLUMNS, SettlementRow, load, parse, write

HEADER = "voucher,amount_minor,currency,settled_at\n"
GOOD = "T001001-000017,2500000,IDR,2019-08-04T21:10:00+07:00\n"
PARSED = SettlementRow(1001, 17, 2500000, 360, 1564927800)

rows = st.builds(
    SettlementRow,
    terminal=st.integers(0, 0xFFFFFFFF),
    sequence=st.integers(0, 0xFFFFFFFF),
    amount_minor=st.integers(1, 0xFFFFFFFF),
    currency=st.sampled_from([360, 392, 36, 999]),
    settled_at_s=st.integers(0, 4102444800),
)


def refusal(text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        parse(text if isinstance(text, bytes) else text.encode(), "bank.csv")
    return str(caught.value)


def test_a_row_is_read_with_its_amount_in_minor_units_and_its_time_in_utc():
    assert parse((HEADER + GOOD).encode()) == (PARSED,)


@given(st.lists(rows, unique=True))
def test_what_is_written_is_read_back(listed: list[SettlementRow]):
    assert parse(write(listed).encode()) == tuple(listed)


def test_columns_may_come_in_any_order_with_others_between():
    text = "fee,settled_at,VOUCHER,currency,amount_minor,remark\n0,2019-08-04T14:10:00Z,T001001-000017,360,2500000,ok\n"
    assert parse(text.encode()) == (PARSED,)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + GOOD,
        (HEADER + GOOD).replace("\n", "\r\n"),
        "\n\n" + HEADER + "\n" + GOOD + "\n , , , \n",
        HEADER + '"T001001-000017","2500000","IDR","2019-08-04T21:10:00+07:00"\n',
        (HEADER + GOOD).replace(",", ";"),
        (HEADER + GOOD).rstrip("\n"),
        HEADER + " T001001-000017 , 2500000 , idr , 2019-08-04T21:10:00+07:00 \n",
    ],
    ids=["byte order mark", "CRLF", "blank lines", "quoted", "semicolons", "no last newline", "spaces"],
)
def test_the_ways_spreadsheets_write_csv_are_all_read(text: str):
    assert parse(text.encode()) == (PARSED,)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("voucher", ""),
        ("voucher", "1001-17"),
        ("voucher", "T1001-17"),
        ("voucher", "T001001-"),
        ("voucher", "T4294967296-000001"),
        ("voucher", "T001001-000017-2"),
        ("amount_minor", ""),
        ("amount_minor", "0"),
        ("amount_minor", "-5"),
        ("amount_minor", "25000.00"),
        ("amount_minor", "25.000"),
        ("amount_minor", "1_000"),
        ("amount_minor", "1e6"),
        ("amount_minor", "٢٥"),
        ("amount_minor", "4294967296"),
        ("currency", ""),
        ("currency", "Rp"),
        ("currency", "XQX"),
        ("currency", "1000"),
        ("settled_at", ""),
        ("settled_at", "04/08/2019"),
        ("settled_at", "2019-08-04T21:10:00"),
        ("settled_at", "2019-08-04"),
        ("settled_at", "1969-12-31T23:59:59Z"),
    ],
)
def test_a_bad_value_is_refused_with_its_row_and_field(field: str, value: str):
    good = dict(zip(COLUMNS, ("T001001-000017", "2500000", "IDR", "2019-08-04T21:10:00+07:00"), strict=True))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerow(good.values())
    writer.writerow([])
    writer.writerow((good | {field: value}).values())
    message = refusal(out.getvalue())
    assert message.startswith(f"bank.csv, row 4, {field}: ")
    assert repr(value) in message


@pytest.mark.parametrize(
    "fields", ["T001001-000017,2500000,IDR", "T001001-000017,2500000,IDR,2019-08-04T21:10:00Z,more"]
)
def test_a_row_of_another_length_is_refused_with_its_number(fields: str):
    assert refusal(HEADER + GOOD + fields + "\n").startswith("bank.csv, row 3: ")


@pytest.mark.parametrize("missing", COLUMNS)
def test_a_missing_column_is_named(missing: str):
    header = ",".join(column for column in COLUMNS if column != missing)
    assert f"no column {missing}" in refusal(header + "\n")


def test_a_repeated_column_is_named():
    assert "repeats column voucher" in refusal("voucher," + HEADER)


@pytest.mark.parametrize("empty", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_refused_rather_than_taken_for_nothing_settled(empty: str):
    assert "row 1: the header has no column voucher" in refusal(empty)


def test_an_unclosed_quote_is_refused():
    assert "row 2: not CSV" in refusal(HEADER + '"T001001-000017,5,IDR,2019-08-04T21:10:00Z\n')


def test_a_file_in_another_encoding_is_refused():
    assert "not UTF-8" in refusal((HEADER + GOOD).encode("utf-16"))


def test_the_same_row_twice_in_one_file_is_told_apart_and_not_fatal():
    first, second = parse((HEADER + GOOD + GOOD).encode())
    assert (first.repeat, second.repeat) == (0, 1)
    assert first == PARSED


def test_the_same_row_in_two_overlapping_files_is_one_row():
    day = parse((HEADER + GOOD).encode())
    week = parse((HEADER + "T001001-000018,100,IDR,2019-08-05T21:10:00+07:00\n" + GOOD).encode())
    assert len({*day, *week}) == 2


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_an_input_error(data: bytes):
    try:
        parse(data)
    except InputError:
        return
    raise AssertionError("only a file with the whole header may be read")


def test_a_file_that_is_not_there_is_an_input_error(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "nothing.csv")


RUPIAH = Money(360, "Rp", 2, 0, ".")


@pytest.mark.parametrize(
    ("money", "amount_minor", "text"),
    [
        (RUPIAH, 2500000, "Rp25.000"),
        (RUPIAH, 0, "Rp0"),
        (RUPIAH, -123456700, "\u2212Rp1.234.567"),
        (RUPIAH, 2500050, "Rp25.000,50"),
        (RUPIAH, 2500005, "Rp25.000,05"),
        (Money(840, "$", 2, 2, ","), 123456, "$1,234.56"),
        (Money(392, "¥", 0, 0, ","), 1234, "¥1,234"),
        (Money.plain(404), 123456, "KES\u00a01,234.56"),
        (Money.plain(999), 123456, "999\u00a0123,456"),
    ],
)
def test_amounts_are_written_as_the_policy_shows_them_and_never_hide_a_digit(
    money: Money, amount_minor: int, text: str
):
    assert money.text(amount_minor) == text

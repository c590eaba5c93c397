"""Settlement files: what the other side says it has paid.

A CSV file in UTF-8 with a header row and the columns

    voucher       its id, such as T001001-000017 (no spreadsheet takes it for a date or a number)
    amount_minor  a whole number of the currency's minor units: 2500000 for Rp25.000
    currency      ISO 4217: IDR or 360
    settled_at    ISO 8601 with its offset: 2019-08-04T21:10:00+07:00

in any order; further columns are ignored. The separator is a comma, or a semicolon when the header uses one
(spreadsheets set to Indonesian do). A byte order mark, quoted fields, blank lines and CRLF are fine. Anything else
raises InputError, which names the field and the row as a spreadsheet counts it; then nothing of the file is taken.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from nyala.documents.voucher_id import BadVoucherId, parse_voucher_id, voucher_id
from nyala.errors import InputError
from nyala.money import currency_code, currency_number
from nyala.wire.entry import AMOUNT_MINOR_MAX

COLUMNS = ("voucher", "amount_minor", "currency", "settled_at")
FILE_BYTES_MAX = 256 << 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class SettlementRow:
    """One payment as the other side states it.

    Two files that overlap (a day's statement, then the week's) state one payment twice: equal rows, counted once.
    Equal rows within one file are told apart by `repeat`, 0 for the first: that is a payment made twice.
    """

    terminal: int
    sequence: int
    amount_minor: int
    currency: int
    settled_at_s: int
    repeat: int = 0


def load(path: Path) -> tuple[SettlementRow, ...]:
    """Rows of the file. InputError names what is wrong and where."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise InputError(f"{path}: larger than {FILE_BYTES_MAX >> 20} MiB; split the settlement file.")
        data = path.read_bytes()
    except OSError as fault:
        raise InputError(f"{path}: cannot be read ({fault.strerror}); check the settlement file's path.") from fault
    return parse(data, str(path))


def parse(data: bytes, name: str = "settlement file") -> tuple[SettlementRow, ...]:
    """Rows of a settlement file's bytes; `name` is how errors call it."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InputError(f"{name}: not UTF-8 at byte {fault.start}; save it as CSV UTF-8.") from fault
    records = _records(text, name)
    nothing: tuple[int, list[str]] = (1, [])
    header_row, header = next(records, nothing)
    places = _places(header, f"{name}, row {header_row}")
    rows: list[SettlementRow] = []
    seen: Counter[SettlementRow] = Counter()
    for number, fields in records:
        where = f"{name}, row {number}"
        if len(fields) != len(header):
            raise InputError(f"{where}: {len(fields)} fields where the header has {len(header)}; mend the row.")
        row = _row([fields[place].strip() for place in places], where)
        repeat = seen[row]
        seen[row] += 1
        rows.append(SettlementRow(row.terminal, row.sequence, row.amount_minor, row.currency, row.settled_at_s, repeat))
    return tuple(rows)


def write(rows: "tuple[SettlementRow, ...] | list[SettlementRow]") -> str:
    """The same as a file's text, in the form `parse` reads. Times are written in UTC."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        settled_at = (_EPOCH + timedelta(seconds=row.settled_at_s)).isoformat()
        voucher = voucher_id(row.terminal, row.sequence)
        writer.writerow((voucher, row.amount_minor, currency_code(row.currency), settled_at))
    return out.getvalue()


def _records(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """(row number as a spreadsheet counts, fields) of every row that is not blank."""
    first_line = text.lstrip("\r\n").partition("\n")[0]
    delimiter = ";" if ";" in first_line and "," not in first_line else ","
    number = 0
    try:
        # newline="" and strict: csv itself finds the ends of lines, and an unclosed quote is a fault
        for fields in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            number += 1
            if any(field.strip() for field in fields):
                yield number, fields
    except csv.Error as fault:
        raise InputError(f"{name}, row {number + 1}: not CSV ({fault}); mend the row.") from fault


def _places(header: list[str], where: str) -> list[int]:
    names = [name.strip().lower() for name in header]
    for column in COLUMNS:
        if names.count(column) != 1:
            found = "has no" if column not in names else "repeats"
            raise InputError(f"{where}: the header {found} column {column}; it needs {', '.join(COLUMNS)} once each.")
    return [names.index(column) for column in COLUMNS]


def _row(fields: list[str], where: str) -> SettlementRow:
    voucher, amount, currency, settled_at = fields

    def wrong(column: str, value: str, needs: str) -> NoReturn:
        raise InputError(f"{where}, {column}: {value[:40]!r} is not {needs}.")

    try:
        terminal, sequence = parse_voucher_id(voucher)
    except BadVoucherId:
        wrong("voucher", voucher, "a voucher's id such as T001001-000017")
    if _WHOLE_NUMBER.fullmatch(amount) is None or not 1 <= int(amount) <= AMOUNT_MINOR_MAX:
        wrong("amount_minor", amount, f"a whole number of minor units from 1 to {AMOUNT_MINOR_MAX}")
    number = currency_number(currency.upper())
    if number is None:
        wrong("currency", currency, "an ISO 4217 code such as IDR or 360")
    try:
        moment = datetime.fromisoformat(settled_at)
        offset = moment.utcoffset()
    except ValueError:
        wrong("settled_at", settled_at, "an ISO 8601 time such as 2019-08-04T21:10:00+07:00")
    if offset is None:
        wrong("settled_at", settled_at, "a time with its offset, such as 2019-08-04T21:10:00+07:00")
    settled_at_s = (moment - _EPOCH) // timedelta(seconds=1)
    if settled_at_s < 0:
        wrong("settled_at", settled_at, "a time since 1970")
    return SettlementRow(terminal, sequence, int(amount), number, settled_at_s)

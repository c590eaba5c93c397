"""A 4 x 4 key matrix: a pressed key connects its row to its column; columns have a pull-up."""

_KEYS = "123A456B789C*0#D"


class KeypadMatrixPart:
    """`rows`: the pins that the firmware drives; `columns`: the pins that it reads. Four each."""

    def __init__(self, rows: list, columns: list) -> None:
        self._rows = rows
        self._columns = columns
        self._pressed: set = set()
        for number, column in enumerate(columns):
            column.source = self._level_of(number)
        for row in rows:
            row.watch = self._row_driven

    def press(self, key: str) -> None:
        """Close a switch. Raises ValueError for a key that the keypad does not have."""
        self._pressed.add(self._place(key))
        self._tell()

    def release(self, key: str) -> None:
        self._pressed.discard(self._place(key))
        self._tell()

    def _place(self, key: str) -> tuple:
        at = _KEYS.find(key) if len(key) == 1 else -1
        if at < 0:
            raise ValueError("the keypad has no key " + key)
        return at // 4, at % 4

    def _row_driven(self, _: int) -> None:
        self._tell()

    def _tell(self) -> None:
        for column in self._columns:
            column.changed()

    def _level_of(self, column: int) -> object:
        return lambda: 0 if column in self._low_columns() else 1

    def _low_columns(self) -> set:
        """Columns connected to a row driven low, also around corners: without diodes current finds every way."""
        low_rows = {number for number, row in enumerate(self._rows) if not row.value()}
        low_columns: set = set()
        while True:
            reached = {column for row, column in self._pressed if row in low_rows}
            if reached == low_columns:
                return low_columns
            low_columns = reached
            low_rows |= {row for row, column in self._pressed if column in low_columns}

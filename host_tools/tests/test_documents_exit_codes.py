"""docs/exit-codes.md says what nyala/errors.py does."""

import inspect
import re
from pathlib import Path

from nyala import errors

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exit-codes.md"


def test_the_page_lists_every_error_with_its_exit_code() -> None:
    written = {
        (int(code), name) for code, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    }
    kept = {
        (error.exit_code, name)
        for name, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, errors.NyalaError)
    }
    assert written == kept


def test_no_two_errors_share_an_exit_code() -> None:
    codes = [error.exit_code for error in errors.NyalaError.__subclasses__() if error.__module__ == errors.__name__]
    assert len(codes) == len(set(codes))
    assert errors.NyalaError.exit_code not in codes

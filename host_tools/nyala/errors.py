"""Everything that can go wrong, one class a decision, each with its exit code.

A message is one sentence that names the thing and says what to do. `docs/exit-codes.md` lists the codes.
"""

from typing import ClassVar


class NyalaError(Exception):
    """Base of all named errors; the command line prints the message alone and exits with `exit_code`."""

    exit_code: ClassVar[int] = 1


class PortError(NyalaError):
    """The port cannot be opened, is no Nyala terminal, or went silent."""

    exit_code = 2


class InputError(NyalaError):
    """A file given to us is not what it should be: settlement, scenario, policy, key folder."""

    exit_code = 3


class RefusedError(NyalaError):
    """The terminal answered a command with a named error of `nyala.wire.link_errors.ERRORS`."""

    exit_code = 4

    def __init__(self, number: int, name: str, sentence: str, detail: str = "") -> None:
        super().__init__(f"{sentence} ({name}{': ' + detail if detail else ''})")
        self.number = number
        self.name = name
        self.detail = detail


class DocumentError(NyalaError):
    """A signed document is malformed, or its signature does not verify."""

    exit_code = 5


class LedgerError(NyalaError):
    """The ledger or the inbox cannot be used: held by another process, foreign, or in contradiction with its raw
    entries."""

    exit_code = 6


class KeyFolderError(NyalaError):
    """A private key is missing, or the passphrase does not open it."""

    exit_code = 7


class ScenarioFailed(NyalaError):
    """The simulated outage did not go as its scenario says."""

    exit_code = 8

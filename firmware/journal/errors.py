"""What can go wrong with the journal, one class for each thing that a caller does about it."""


class JournalError(Exception):
    """The journal did not do it."""


class JournalFull(JournalError):
    """The entry was not written: there is no room until the terminal has been read out and the journal pruned."""


class JournalFault(JournalError):
    """The flash cannot be trusted with another record. What it holds can still be read: read out, replace the board."""


class UnsafeVoltage(JournalError):
    """Nothing was written: the supply is too low to write flash. Try again when it has recovered."""


class NoSuchEntry(JournalError):
    """The sequence is not in the journal: pruned, or not appended yet."""

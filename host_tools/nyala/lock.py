"""An advisory lock on a file: one process writes, the others are told which."""

import os
import sys
from pathlib import Path

from nyala.errors import LedgerError


class Lock:
    """An advisory lock on a file; it goes with the process that holds it, however that ends."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise LedgerError(f"{path} cannot be opened: {error.strerror}.") from None
        try:
            self._take()
        except OSError:
            holder = os.read(self._file, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise LedgerError(
                f"{path.stem} in the inbox {path.parent} is being written by process {holder}; wait until it is done."
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, b"%d\n" % os.getpid(), 0)

    def _take(self) -> None:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(self._file, 1 << 20, os.SEEK_SET)  # past the content, which others want to read
            msvcrt.locking(self._file, msvcrt.LK_NBLCK, 1)
            os.lseek(self._file, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def release(self) -> None:
        os.close(self._file)

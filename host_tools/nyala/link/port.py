"""A serial line by device path or URL (rfc2217://, socket://), and in one sentence why it cannot be opened."""

import contextlib
import errno
import os
import sys
from types import TracebackType
from typing import Protocol, Self

from nyala.errors import PortError
from nyala.wire import link as wire

_READ_WAIT_S = 0.05  # how long one read waits for a first byte
_WRITE_WAIT_S = 5.0


class Line(Protocol):
    """Raw bytes to and from a terminal. Every call raises PortError when the line is gone."""

    name: str

    def read(self) -> bytes:
        """What has come; waits a short while for a first byte, b"" when none comes."""
        ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class SerialLine:
    """A Line over pyserial."""

    def __init__(self, name: str) -> None:
        """Open the port for us alone. Raises PortError."""
        import serial  # heavy, and no use to who never talks to a terminal

        self.name = name
        try:
            # DTR and RTS stay as the system sets them on opening, both on: moving one after the other would reset an
            # ESP32 board through its download circuit, in the middle of whatever it does.
            self._serial = serial.serial_for_url(
                name,
                wire.BAUD_DEFAULT,
                timeout=_READ_WAIT_S,
                write_timeout=None if name.startswith("rfc2217:") else _WRITE_WAIT_S,  # pyserial has none there
                exclusive=True,
            )
        except ValueError as error:
            raise PortError(f"{name} is neither a serial device nor a URL that is known: {error}.") from None
        except OSError as error:  # serial.SerialException is one
            raise PortError(_why_not_open(name, error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self) -> bytes:
        try:
            return self._serial.read(max(1, self._serial.in_waiting))
        except OSError as error:
            raise self._gone(error) from None

    def write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except OSError as error:
            raise self._gone(error) from None

    def close(self) -> None:
        self._serial.close()

    def _gone(self, error: OSError) -> PortError:
        return PortError(f"{self.name} went away while in use ({_reason(error)}); check the cable and try again.")


def _why_not_open(name: str, error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return f"{name} does not exist; plug the terminal in, or name the port that it has."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"You may not open {name}; {_permission_advice(name)}."
    if error.errno in (errno.EBUSY, errno.EAGAIN):
        return f"{name} is in use by another program; close that and try again."
    return f"{name} cannot be opened: {_reason(error)}; check that it is a serial port and nothing is in its way."


def _permission_advice(name: str) -> str:
    group = "dialout"
    if sys.platform != "win32":
        import grp

        with contextlib.suppress(OSError, KeyError):
            group = grp.getgrgid(os.stat(name).st_gid).gr_name
    return f"join the group {group} (`sudo usermod -aG {group} $USER`) and log in again"


def _reason(error: OSError) -> str:
    """The system's own words where there are any: pyserial wraps them in repetitions of the port's name."""
    return os.strerror(error.errno).lower() if error.errno else str(error)

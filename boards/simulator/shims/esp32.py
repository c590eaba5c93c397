"""`esp32` of the simulated board: flash partitions on the NOR model, and non-volatile storage.

The partition table is the board's own partitions.csv; only data partitions with raw access are emulated.
"""

import uos as _os

NVS_NOT_FOUND = -0x1102  # ESP_ERR_NVS_NOT_FOUND

_flash: dict = {}  # label -> NorFlash, put there by boot.py


def provide(label: str, flash: object) -> None:
    """Make `flash` (parts.nor_flash.NorFlash) the partition `label`."""
    _flash[label] = flash


class Partition:
    """A partition as a block device (MicroPython `esp32.Partition`)."""

    TYPE_APP, TYPE_DATA = 0, 1

    def __init__(self, label: str) -> None:
        self._label = label
        self._nor = _flash[label]

    @classmethod
    def find(cls, type: int = 0, subtype: int = 0xFF, label: "str | None" = None, block_size: int = 4096) -> list:
        return [cls(name) for name in _flash if label in (None, name)] if type == cls.TYPE_DATA else []

    def info(self) -> tuple:
        return (self.TYPE_DATA, 0x40, 0, self._nor.sectors * 4096, self._label, False)

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        self._nor.read(block * 4096 + offset, buffer)

    def writeblocks(self, block: int, data: bytes, offset: "int | None" = None) -> None:
        if offset is None:  # the simple interface erases first
            for sector in range(block, block + (len(data) + 4095) // 4096):
                self._nor.erase(sector)
            offset = 0
        address = block * 4096 + offset
        view = memoryview(data)
        done = 0
        while done < len(view):  # the flash driver splits at page boundaries
            room = 256 - (address + done) % 256
            self._nor.program(address + done, view[done : done + room])
            done += room

    def ioctl(self, operation: int, argument: int) -> "int | None":
        if operation == 4:
            return self._nor.sectors
        if operation == 5:
            return 4096
        if operation == 6:
            self._nor.erase(argument)
            return 0
        return None


class NVS:
    """One namespace of named values in a file. What was set is durable at commit(), all of it or nothing of it."""

    def __init__(self, namespace: str) -> None:
        self._path = "%s/nvs-%s" % (_os.getenv("NYALA_SIM_FOLDER"), namespace)
        self._values: dict = {}
        try:
            with open(self._path) as file:
                for line in file:
                    name, value = line.split()
                    self._values[name] = bytes.fromhex(value[1:])
        except OSError:
            pass

    def set_blob(self, name: str, value: bytes) -> None:
        if len(name) > 15:
            raise ValueError("NVS names have at most 15 characters")
        self._values[name] = bytes(value)

    def get_blob(self, name: str, buffer: bytearray) -> int:
        if name not in self._values:
            raise OSError(NVS_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        value = self._values[name]
        buffer[: len(value)] = value
        return len(value)

    def erase_key(self, name: str) -> None:
        if name not in self._values:
            raise OSError(NVS_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        del self._values[name]

    def commit(self) -> None:
        with open(self._path + ".new", "w") as file:
            for name, value in self._values.items():
                file.write("%s x%s\n" % (name, value.hex()))
        _os.rename(self._path + ".new", self._path)

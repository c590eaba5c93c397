"""A raw data partition as `hardware.Flash`, over `esp32.Partition`."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SECTOR_BYTES = const(4096)
_IOCTL_BLOCK_COUNT = const(4)
_IOCTL_BLOCK_BYTES = const(5)
_IOCTL_BLOCK_ERASE = const(6)


class PartitionFlash:
    """The partition must be raw data, not flagged `encrypted`. What the chip reports as failed is an OSError.

    While the chip programs or erases, the ESP32 stops running code from flash on both cores: 0.7 ms and 45 ms.
    """

    sector_bytes = _SECTOR_BYTES

    def __init__(self, partition: "Any") -> None:  # esp32.Partition, whose stubs know no memoryview
        if partition.ioctl(_IOCTL_BLOCK_BYTES, 0) != _SECTOR_BYTES:
            raise ValueError("partition: open it with block_size=4096")
        self._partition = partition
        self.sectors = partition.ioctl(_IOCTL_BLOCK_COUNT, 0)

    def read(self, address: int, buffer: "bytearray | memoryview") -> None:
        self._partition.readblocks(address // _SECTOR_BYTES, buffer, address % _SECTOR_BYTES)

    def program(self, address: int, data: "bytes | memoryview") -> None:
        # With an offset nothing is erased first (MicroPython's "extended" block protocol).
        self._partition.writeblocks(address // _SECTOR_BYTES, data, address % _SECTOR_BYTES)

    def erase(self, sector: int) -> None:
        self._partition.ioctl(_IOCTL_BLOCK_ERASE, sector)

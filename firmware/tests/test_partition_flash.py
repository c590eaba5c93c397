"""The driver hands every call to the partition as the block device protocol wants it."""

from drivers.partition_flash import PartitionFlash
from expect import raises
from journal_world import Day
from parts.nor_flash import NorFlash


class _Partition:
    """esp32.Partition over the model: without an offset, writeblocks erases first."""

    def __init__(self, flash: NorFlash, block_bytes: int = 4096) -> None:
        self._flash = flash
        self._block_bytes = block_bytes

    def readblocks(self, block: int, buffer: "bytearray | memoryview", offset: int) -> None:
        self._flash.read(block * 4096 + offset, buffer)

    def writeblocks(self, block: int, data: "bytes | memoryview", offset: "int | None" = None) -> None:
        assert offset is not None, "this would erase the sector first"
        self._flash.program(block * 4096 + offset, data)

    def ioctl(self, operation: int, argument: int) -> int:
        if operation == 6:
            self._flash.erase(argument)
        return {4: self._flash.sectors, 5: self._block_bytes, 6: 0}[operation]


def test_a_journal_over_the_driver_leaves_the_same_bytes_as_one_over_the_chip() -> None:
    chips = NorFlash(None, 10), NorFlash(None, 10)
    for flash in (PartitionFlash(_Partition(chips[0])), chips[1]):
        assert flash.sectors == 10
        day = Day(flash=flash)
        day.start()
        day.run(60)
    contents = []
    for chip in chips:
        contents.append(bytearray(10 * 4096))
        chip.read(0, contents[-1])
    assert contents[0] == contents[1]
    assert chips[0].wear == chips[1].wear
    assert max(chips[0].wear) > 1


def test_a_partition_opened_with_another_block_size_is_refused() -> None:
    raises(ValueError, PartitionFlash, _Partition(NorFlash(None, 10), 512))

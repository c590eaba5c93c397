"""What an append costs on the NOR model, for the journal and for littlefs; hil_tests/bench/journal_bench.py starts it.

    micropython firmware/tests/bench_journal.py journal | littlefs-append | littlefs-files [read and program size]

Prints one line of JSON. Times are the model's, in microseconds; nothing of the interpreter's own time is in them.
"""

import json
import os
import sys

from journal.journal import Journal
from parts.nor_flash import NorFlash

SECTORS = 384  # 1.5 MiB, a stock board's partition
ENTRY_BYTES = 249  # the largest sale
RECORD_BYTES = ENTRY_BYTES + 6
STAGES = (0, 1000, 2500)  # records there are when the next ones are measured
MEASURED = 60


class Meter:
    """What one operation after another costs."""

    def __init__(self, flash: NorFlash) -> None:
        self._flash = flash
        self.longest_us = 0
        self._start = self._now()
        self._before_us = self._start[0]

    def _now(self) -> tuple:
        flash = self._flash
        return flash.elapsed_us, flash.programs, flash.erases, flash.bytes_programmed

    def step(self) -> None:
        now_us = self._flash.elapsed_us
        self.longest_us = max(self.longest_us, now_us - self._before_us)
        self._before_us = now_us

    def row(self, records: int, there: int) -> dict:
        us, programs, erases, programmed = [now - start for now, start in zip(self._now(), self._start)]
        return {
            "there": there,
            "us": us / records,
            "longest_us": self.longest_us,
            "programs": programs / records,
            "erases": erases / records,
            "bytes": programmed / records,
        }


def _entry(sequence: int) -> bytes:
    return sequence.to_bytes(4, "big") + bytes(range(ENTRY_BYTES - 4))


def journal() -> dict:
    flash = NorFlash(None, SECTORS)
    log = Journal(flash)
    log.recover()
    rows = []
    in_append = 0
    for stage in STAGES:
        while log.next_sequence < stage:
            _append(log)
        appends = Meter(flash)
        whole = Meter(flash)
        append_us = 0
        for _ in range(MEASURED):
            while log.tidy():
                pass
            erases, started_us = flash.erases, flash.elapsed_us
            log.append(log.next_sequence, _entry(log.next_sequence))
            append_us += flash.elapsed_us - started_us
            in_append += flash.erases - erases
            appends.longest_us = max(appends.longest_us, flash.elapsed_us - started_us)
        row = whole.row(MEASURED, stage)
        row["append_us"] = append_us / MEASURED
        row["longest_us"] = appends.longest_us
        rows.append(row)
    while log.room():
        _append(log)
    stored = log.next_sequence
    flash.reset_counters()
    log = Journal(flash)
    trusted = log.recover().trusted
    start_us = flash.elapsed_us
    for _ in log.entries(log.first_sequence):
        pass
    return {
        "rows": rows,
        "erases_in_appends": in_append,
        "stored": stored,
        "start_us": start_us,
        "start_and_read_us": flash.elapsed_us,
        "trusted": trusted,
    }


def _append(log: Journal) -> None:
    while log.tidy():
        pass
    log.append(log.next_sequence, _entry(log.next_sequence))


class _BlockDevice:
    """MicroPython's extended block device over the model, as esp32.Partition is one over the chip."""

    def __init__(self, flash: NorFlash) -> None:
        self._flash = flash

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        self._flash.read(block * 4096 + offset, buffer)

    def writeblocks(self, block: int, data: bytes, offset: int = 0) -> None:
        address = block * 4096 + offset
        view = memoryview(data)
        done = 0
        while done < len(view):
            room = 256 - (address + done) % 256
            self._flash.program(address + done, view[done : done + room])
            done += room

    def ioctl(self, operation: int, argument: int) -> "int | None":
        if operation == 6:
            self._flash.erase(argument)
        return {4: SECTORS, 5: 4096, 6: 0}.get(operation)


def littlefs(one_file: bool, size: int) -> dict:
    flash = NorFlash(None, SECTORS)
    device = _BlockDevice(flash)
    os.VfsLfs2.mkfs(device, progsize=size, readsize=size)
    os.mount(os.VfsLfs2(device, progsize=size, readsize=size, mtime=False), "/bench")
    record = bytes(range(RECORD_BYTES))
    rows = []
    there = 0
    try:
        for stage in STAGES:
            while there < stage:
                _write(one_file, there, record)
                there += 1
            meter = Meter(flash)
            for _ in range(MEASURED):
                _write(one_file, there, record)
                there += 1
                meter.step()
            rows.append(meter.row(MEASURED, stage))
    except OSError:  # no space left
        pass
    return {"rows": rows, "stored": there}


def _write(one_file: bool, number: int, record: bytes) -> None:
    name = "/bench/journal" if one_file else "/bench/%d" % number
    with open(name, "ab" if one_file else "wb") as file:
        file.write(record)


def main() -> None:
    way = sys.argv[1]
    if way == "journal":
        result = journal()
    else:
        result = littlefs(way == "littlefs-append", int(sys.argv[2]))
    print(json.dumps(result))


main()

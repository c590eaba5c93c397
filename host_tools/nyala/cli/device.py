"""Commands that talk to a terminal: `status`, `provision`, `read`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from nyala.cli import frame

if TYPE_CHECKING:
    from nyala.link.client import Client


@frame.command("status")
@frame.port
@frame.as_json
def status(port: str, as_json: bool) -> None:
    """What a terminal says of itself to anyone: who it is, its battery, what it is doing."""
    with frame.open_terminal(port) as client:
        hello, values = client.hello(), client.status()
    if as_json:
        frame.print_json({"port": port, **asdict(hello), "status": values})
        return
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    who = "not provisioned yet" if hello.terminal is None else f"terminal {hello.terminal}"
    table.add_row("who", f"{who} at {port}")
    table.add_row("what", f"{hello.board}, firmware {hello.firmware}, {hello.state}")
    for name, value in values.items():
        table.add_row(name, _with_unit(name, value))
    frame.console().print(table)


def _with_unit(name: str, value: int | str) -> str:
    """NUT's names with the units of docs/link-protocol.md."""
    units = {
        "battery.charge": " %",
        "battery.runtime": " s",
        "battery.voltage": " mV",
        "battery.current": " mA",
        "nyala.uptime": " s",
        "nyala.heap.free": " bytes",
    }
    if name == "nyala.clock" and isinstance(value, int):
        from datetime import UTC, datetime

        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if value else "never set"
    return f"{value}{units.get(name, '')}"


@frame.command("provision")
@frame.port
@frame.keys
@frame.option("--terminal", type=click.IntRange(1, 0xFFFFFFFF), required=True, help="The number it gets.")
@frame.option("--merchant", required=True, help="Who will use it, as on its certificate (at most 40 bytes).")
@frame.option(
    "--policy",
    "policy_file",
    type=frame.PATH,
    help="A signed policy; by default the newest of the key folder.",
)
@frame.option("--replace", is_flag=True, help="The number has a certificate already and gets another.")
@frame.staff
@frame.as_json
def provision(
    port: str,
    keys: Path,
    terminal: int,
    merchant: str,
    policy_file: Path | None,
    replace: bool,
    staff: str | None,
    as_json: bool,
) -> None:
    """Give a terminal its number, key, certificate, policy and time.

    A terminal that has an identity already needs a technician (--staff) and must hold nothing without a receipt.
    """
    from nyala.errors import InputError
    from nyala.provision import provision as provision_terminal

    folder = frame.open_keys(keys, private=True)
    if policy_file is not None:
        (document,) = frame.read_policies((policy_file,))
    else:
        signed = list(folder.policies().values())
        if not signed:
            raise InputError(f"{keys} holds no policy; sign one with `nyala operator policy` first.")
        document = signed[-1]
    technician = folder.staff(staff) if staff is not None else None
    with frame.open_terminal(port) as client:
        made = provision_terminal(
            client,
            folder,
            terminal=terminal,
            merchant=merchant,
            policy=document,
            clock_s=frame.now_s(),
            technician=technician,
            replace=replace,
        )
    if as_json:
        frame.print_json({"terminal": made.terminal, "fingerprint": made.fingerprint.hex()})
    else:
        fingerprint = made.fingerprint.hex()
        frame.console().print(f"Terminal {made.terminal} is ready for {merchant}; its certificate is {fingerprint}.")


@frame.command("read")
@frame.port
@frame.inbox
@frame.keys
@frame.option("--clock/--no-clock", "clock", default=True, help="Set the terminal's clock first when it is off.")
@frame.staff
@frame.as_json
def read(port: str, inbox: Path, keys: Path, clock: bool, staff: str | None, as_json: bool) -> None:
    """Bring a terminal's entries into the inbox. Interrupted, run it again: it goes on where it was."""
    from nyala.inbox import Inbox
    from nyala.reading import read as read_terminal
    from nyala.wire.entry import ROLE_RECONCILER, ROLE_TECHNICIAN

    who = frame.choose_staff(frame.open_keys(keys, private=True), staff, ROLE_RECONCILER, ROLE_TECHNICIAN)
    with frame.open_terminal(port) as client:
        client.login(who)
        moved_s = _mend_clock(client) if clock else None
        with _progress(enabled=not as_json) as tell:
            reading = read_terminal(client, Inbox(inbox), tell)
    if as_json:
        frame.print_json({**asdict(reading), "clock_moved_s": moved_s})
        return
    if moved_s is not None:
        frame.console().print(f"The clock of terminal {reading.terminal} was off and is set: {moved_s:+d} s.")
    if reading.new_entries:
        number = f"{reading.new_entries} new {'entry' if reading.new_entries == 1 else 'entries'}"
        frame.console().print(f"Terminal {reading.terminal}: {number}, {reading.first} to {reading.last}.")
    else:
        frame.console().print(f"Terminal {reading.terminal}: nothing new.")


def _mend_clock(client: "Client") -> int | None:
    """Set the clock when it is off. A clock that cannot be set is told and keeps no voucher from being read."""
    from nyala import clocks
    from nyala.errors import RefusedError
    from nyala.wire.link import BAD_CLOCK

    try:
        return clocks.mend(client, now_s=frame.now_s())
    except RefusedError as refused:
        if refused.number != BAD_CLOCK:
            raise
        frame.console(errors=True).print(f"The terminal's clock stays as it is: {refused}", markup=False)
        return None


class _progress:  # noqa: N801 - used like a function
    """A bar on standard error while entries come in; nothing when nobody looks."""

    def __init__(self, *, enabled: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = frame.console(errors=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not enabled or not console.is_terminal,
        )
        self._task = self._progress.add_task("reading", total=None)

    def __enter__(self) -> "_progress":
        self._progress.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._progress.stop()

    def __call__(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)

"""`nyala simulate`: the terminal on your desk, in a text terminal. Keys are typed, cards are tapped with a key, time
is real time.

With a keyboard every key acts at once; from a pipe it takes one command a line (`keys 25000#`, `tap c01`, `mains off`,
`battery 40`, `power off`, `wait 5`, `screen`, `quit`).
"""

import os
import select
import shutil
import sys
import termios
import time
import tty
from collections.abc import Callable
from datetime import date
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel as Box
from rich.text import Text

from nyala.errors import InputError
from nyala.world import screen
from nyala.world.panel import TerminalDied
from nyala.world.scenario import Payer, load
from nyala.world.stall import DEMO_PASSPHRASE, Stall

TAP_HELD_S = 2.5
REFRESH_S = 0.05
FIELD_KEYS = "0123456789ABCD*#"
TYPED_AS = {"\r": "#", "\n": "#", "\x7f": "C", "\x08": "C", "\x1b": "*"}
HELP = (
    "0-9 amount · Enter/# OK · Esc/* cancel · A void · B shift · D language\n"
    "t tap · n next card · m mains · +/- battery · x power · q quit"
)


class Desk:
    """What the person at the keyboard can do. Every action is one method; the two front ends only choose."""

    def __init__(self, stall: Stall) -> None:
        self.stall = stall
        self.rig = stall.rig
        self.card_names = sorted(stall.cards)
        self.notes = {payer.name: _note(payer, stall) for payer in stall.scenario.cards}
        self.chosen = next(i for i, name in enumerate(self.card_names) if not self.notes[name])
        self.mains_on = True
        self.powered = True
        self._tap_ends = 0.0

    @property
    def card_name(self) -> str:
        """The card that `tap` holds to the reader."""
        return self.card_names[self.chosen]

    def keys(self, typed: str) -> None:
        """Press keys of the terminal's keypad."""
        for key in typed:
            if key not in FIELD_KEYS:
                raise InputError(f"There is no key {key!r} on the keypad; it has {FIELD_KEYS}.")
            if self.powered:
                self.rig.terminal.panel.tell("key", key)
                self.serve(0.15)

    def tap(self, name: str | None = None) -> None:
        """Hold a card to the reader for a while."""
        if name is not None:
            if name not in self.card_names:
                raise InputError(f"There is no card {name!r}; there are {', '.join(self.card_names)}.")
            self.chosen = self.card_names.index(name)
        if self.powered:
            self.rig.hold_card(self.stall.cards[self.card_name])
            self._tap_ends = time.monotonic() + TAP_HELD_S

    def mains(self, on: bool) -> None:
        """Cut or restore the mains."""
        self.mains_on = on
        if self.powered:
            self.rig.mains(on)

    def battery(self, percent: int) -> None:
        """Set the battery's true charge."""
        self.rig.battery.set_charge(max(0, min(100, percent)))
        self._show_battery()

    def power(self, on: bool) -> None:
        """Take the terminal's own power away, or give it back."""
        if on and not self.powered:
            self.rig.power_on()
            self.rig.terminal.panel.tell("realtime")
        elif not on and self.powered:
            self.rig.power_off()
        self.powered = on

    def serve(self, seconds: float) -> None:
        """Let the world go on for so long: events of the terminal, the battery, the held card."""
        ends = time.monotonic() + seconds
        while True:
            if self.powered:
                self._serve_terminal(max(0.0, ends - time.monotonic()))
            else:
                time.sleep(max(0.0, min(REFRESH_S, ends - time.monotonic())))
            if time.monotonic() >= ends:
                return

    def _serve_terminal(self, wait_s: float) -> None:
        panel = self.rig.terminal.panel
        select.select([panel], [], [], min(REFRESH_S, wait_s))
        try:
            panel.serve_waiting()
            if self._tap_ends and time.monotonic() > self._tap_ends:
                self._tap_ends = 0.0
                self.rig.take_card_away()
            self._step_battery()
        except TerminalDied:
            self.powered = False
            self.rig.power_off()

    _stepped = 0.0

    def _step_battery(self) -> None:
        now = time.monotonic()
        if now - self._stepped >= 1.0:
            self.rig.battery.step(min(now - self._stepped, 2.0), self.rig.load_ma, self.mains_on)
            self._stepped = now
            self._show_battery()

    def _show_battery(self) -> None:
        if self.powered:
            self.rig.terminal.panel.tell("gauge", self.rig.battery.millivolts, self.rig.battery.milliamps)


def _note(payer: Payer, stall: Stall) -> str:
    """What is special about a card."""
    scenario = stall.scenario
    if payer.denied:
        return " (blocked)"
    if payer.expires <= scenario.day:
        return " (expired)"
    if payer.allowance_minor < max(scenario.minor(customer.price) for customer in scenario.customers):
        return f" (may spend {payer.allowance_minor // scenario.minor(1):,} offline)"
    return ""


def draw(desk: Desk, rows: int) -> Group:
    """The terminal as it stands on the desk."""
    rig = desk.rig
    lit = desk.powered
    lines = screen.quadrants(rig.frame) if rows >= screen.HEIGHT // 2 + 8 else screen.braille(rig.frame)
    face = Text("\n".join(lines if lit else [" " * len(line) for line in lines]), style="bright_white on grey7")
    lamps = Text.assemble(
        ("● ", "green" if lit and rig.lights["green"] else "grey30"),
        ("● ", "red" if lit and rig.lights["red"] else "grey30"),
        ("mains on" if desk.mains_on else "MAINS OFF", "green" if desk.mains_on else "bold yellow"),
        f"   battery {rig.battery.charge_percent:.0f} % {rig.battery.millivolts} mV",
        f"   card {desk.card_name}{desk.notes[desk.card_name]}" + (" held" if rig.holds_card else ""),
        "" if lit else "   TERMINAL HAS NO POWER",
    )
    return Group(Box(face, expand=False), lamps, Text(HELP, style="dim", overflow="fold"))


def by_keyboard(desk: Desk, console: Console) -> None:
    """Every key acts at once, until q."""
    actions: dict[str, Callable[[], None]] = {
        "t": desk.tap,
        "n": lambda: setattr(desk, "chosen", (desk.chosen + 1) % len(desk.card_names)),
        "m": lambda: desk.mains(not desk.mains_on),
        "+": lambda: desk.battery(round(desk.rig.battery.charge_percent) + 5),
        "-": lambda: desk.battery(round(desk.rig.battery.charge_percent) - 5),
        "x": lambda: desk.power(not desk.powered),
    }
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        with Live(console=console, auto_refresh=False, screen=False) as live:
            while True:
                live.update(draw(desk, shutil.get_terminal_size().lines), refresh=True)
                desk.serve(REFRESH_S)
                for typed in _typed():
                    key = TYPED_AS.get(typed, typed)
                    if key == "q":
                        return
                    if key in actions:
                        actions[key]()
                    elif key in FIELD_KEYS:
                        desk.keys(key)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _typed() -> str:
    """What was typed since the last look, without waiting; q when the keyboard is gone."""
    if not select.select([sys.stdin], [], [], 0)[0]:
        return ""
    return os.read(sys.stdin.fileno(), 256).decode("utf-8", "replace") or "q"


def by_lines(desk: Desk, console: Console) -> None:
    """One command a line, for scripts; the screen's text after each."""
    switch = {"on": True, "off": False}
    for line in sys.stdin:
        words = line.split()
        match words:
            case []:
                continue
            case ["keys", typed]:
                desk.keys(typed)
            case ["tap", *name]:
                desk.tap(name[0] if name else None)
            case ["mains", ("on" | "off") as on]:
                desk.mains(switch[on])
            case ["power", ("on" | "off") as on]:
                desk.power(switch[on])
            case ["battery", percent] if percent.isdigit():
                desk.battery(int(percent))
            case ["wait", seconds] if seconds.isdigit():
                desk.serve(int(seconds))
            case ["screen"]:
                pass
            case ["quit"]:
                return
            case _:
                console.print(
                    f"not understood: {line.strip()}; try keys, tap, mains, power, battery, wait, screen, quit",
                    markup=False,
                )
                continue
        desk.serve(0.3)
        console.print(" | ".join(desk.rig.shows()) if desk.powered else "(no power)", markup=False)


def run(folder: Path, scenario_path: Path) -> None:
    """Set the terminal up in `folder` (kept from last time if it is there) and hand it over to the keyboard."""
    console = Console()
    now_s = int(time.time())
    stall = Stall.open(folder, load(scenario_path).moved_to(date.today()), start_s=now_s)
    try:
        desk = Desk(stall)
        console.print(f"Serial line: [bold]{stall.terminal.port}[/bold]   In another shell, try:")
        console.print(
            f"  NYALA_PASSPHRASE={DEMO_PASSPHRASE} .venv/bin/nyala status --port {stall.terminal.port}", soft_wrap=True
        )
        console.print(
            f"  NYALA_PASSPHRASE={DEMO_PASSPHRASE} .venv/bin/nyala read --port {stall.terminal.port} "
            f"--keys {stall.keys_folder} --inbox {folder / 'inbox'}",
            soft_wrap=True,
        )
        stall.rig.terminal.panel.tell("realtime")
        (by_keyboard if sys.stdin.isatty() else by_lines)(desk, console)
    finally:
        stall.close()

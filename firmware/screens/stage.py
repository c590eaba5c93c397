"""What every screen draws on: the canvas, the top bar, and text in three sizes of the built-in 8x8 font."""

import framebuf
from micropython import const

from screens import money, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Display
    from power.ups import Ups
    from terminal.identity import Identity
    from terminal.tallies import Tallies
    from voucher.policy import Policy

COLUMNS = 16

_WIDTH = const(128)
_GLYPH = const(8)
_LINE = const(9)


class Stage:
    """`words(number)` in the policy's language, or the one that the merchant switched to."""

    def __init__(self, display: "Display", ups: "Ups", tallies: "Tallies", identity: "Identity") -> None:
        self._display = display
        self._ups = ups
        self._tallies = tallies
        self._identity = identity
        self._switched = None
        self._glyph = framebuf.FrameBuffer(bytearray(_GLYPH), _GLYPH, _GLYPH, framebuf.MONO_VLSB)

    @property
    def language(self) -> int:
        if self._switched is not None:
            return self._switched
        policy = self._identity.policy
        return texts.INDONESIAN if policy is None else policy.language

    def switch_language(self) -> None:
        self._switched = 1 - self.language

    def words(self, number: int) -> str:
        return texts.TEXTS[self.language][number]

    @property
    def policy(self) -> "Policy":
        """The one in force: no screen with an amount is drawn without it."""
        policy = self._identity.policy
        assert policy is not None
        return policy

    def price(self, amount_minor: int) -> str:
        return money.price(amount_minor, self.policy, COLUMNS)

    # -- drawing

    def clear(self) -> None:
        """Begin a screen: empty but for the top bar (where the power comes from, charge, pending vouchers)."""
        self._display.canvas.fill(0)
        source = self.words(texts.BATTERY if self._ups.on_battery else texts.MAINS)
        charge = self._ups.charge
        self.text("%s %s%%" % (source, "--" if charge is None else charge), 0)
        pending = str(min(self._tallies.stored_count, 999))
        self._display.canvas.text(pending, _WIDTH - _GLYPH * len(pending), 0, 1)

    def show(self) -> None:
        """End a screen: bring it to the display."""
        self._display.show()

    def text(self, text: str, y: int) -> int:
        """Draw lines (parted by a line feed) from the left margin down; return the y below them."""
        for line in text.split("\n"):
            self._display.canvas.text(line, 0, y, 1)
            y += _LINE
        return y

    def title(self, text: str, y: int = 11) -> None:
        """Draw a word in the middle, as large as fits."""
        scale = _scale(text, 2)
        self._scaled(text, (_WIDTH - len(text) * _GLYPH * scale) // 2, y, scale)

    def amount(self, amount_minor: int, y: int) -> None:
        """Draw an amount at the right, its digits as large as fits, its prefix before it if there is room."""
        policy = self.policy
        digits = money.digits(amount_minor, policy)
        scale = _scale(digits, 3)
        left = _WIDTH - len(digits) * _GLYPH * scale
        self._scaled(digits, left, y, scale)
        if len(policy.prefix) * _GLYPH <= left:
            self._display.canvas.text(policy.prefix, left - len(policy.prefix) * _GLYPH, y, 1)

    def _scaled(self, text: str, x: int, y: int, scale: int) -> None:
        canvas = self._display.canvas
        glyph = self._glyph
        for character in text:
            glyph.fill(0)
            glyph.text(character, 0, 0, 1)
            for column in range(_GLYPH):
                for row in range(_GLYPH):
                    if glyph.pixel(column, row):
                        canvas.fill_rect(x + column * scale, y + row * scale, scale, scale, 1)
            x += _GLYPH * scale


def _scale(text: str, largest: int) -> int:
    return max(1, min(largest, COLUMNS // len(text)))

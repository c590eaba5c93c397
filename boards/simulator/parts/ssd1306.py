"""SSD1306 as the bus sees it: commands, the addressing modes, and 128 x 64 bits of display memory."""

_COLUMNS, _PAGES = 128, 8

# How many parameter bytes follow a command (SSD1306 rev 1.1 §9; 8D from the charge pump appendix). Others have none.
_PARAMETERS = {
    0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2A: 5, 0x81: 1, 0x8D: 1, 0xA3: 2, 0xA8: 1,
    0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1,
}  # fmt: skip

_HORIZONTAL, _VERTICAL, _PAGE = range(3)


class Ssd1306Part:
    """A display on an I2C bus; says `frame <hex>` to the panel when what it shows has changed."""

    def __init__(self, panel: object) -> None:
        self._panel = panel
        self._shown = None
        self.memory = bytearray(_COLUMNS * _PAGES)
        self.power_on()

    def power_on(self) -> None:
        """Reset state (§8.9). The memory is not cleared; here it starts out as noise would be: not blank."""
        for at in range(len(self.memory)):
            self.memory[at] = 0xAA if at & 1 else 0x55
        self.lit = False
        self.inverted = False
        self.contrast = 0x7F
        self.charge_pump = False
        self.rows = 64
        self._mode = _PAGE
        self._columns = [0, _COLUMNS - 1]
        self._pages = [0, _PAGES - 1]
        self._column = self._page = 0

    def write(self, data: bytes) -> None:
        """One I2C write: control bytes (Co, D/C) in front of commands or data (§8.1.5.2)."""
        at = 0
        commands = bytearray()
        drew = False
        while at < len(data):
            control = data[at]
            if control & 0x3F:
                raise OSError(5)
            end = min(at + 2, len(data)) if control & 0x80 else len(data)
            if control & 0x40:
                self._draw(data[at + 1 : end])
                drew = True
            else:
                commands.extend(data[at + 1 : end])
            at = end
        was_lit = self.picture()
        self._obey(commands)
        if drew or was_lit != self.picture():
            self._show()

    def read(self, count: int) -> bytes:
        return bytes(((0 if self.lit else 0x40),)) * count  # status: bit 6 is display off

    def picture(self) -> bytes:
        """What a person sees, 1,024 bytes in page order: dark while the panel is off or without its voltage."""
        if not self.lit or not self.charge_pump or self.rows != 64:
            return bytes(len(self.memory))
        if self.inverted:
            return bytes(byte ^ 0xFF for byte in self.memory)
        return bytes(self.memory)

    def _show(self) -> None:
        picture = self.picture()
        if picture != self._shown:
            self._shown = picture
            self._panel.say("frame " + picture.hex())

    # -- data

    def _draw(self, data: bytes) -> None:
        for byte in data:
            self.memory[self._page * _COLUMNS + self._column] = byte
            self._advance()

    def _advance(self) -> None:
        """Move the pointer as the addressing mode says (§10.1.3)."""
        if self._mode == _PAGE:
            self._column = (self._column + 1) % _COLUMNS
        elif self._mode == _HORIZONTAL:
            if self._step_column():
                self._step_page()
        elif self._step_page():
            self._step_column()

    def _step_column(self) -> bool:
        wraps = self._column == self._columns[1]
        self._column = self._columns[0] if wraps else (self._column + 1) % _COLUMNS
        return wraps

    def _step_page(self) -> bool:
        wraps = self._page == self._pages[1]
        self._page = self._pages[0] if wraps else (self._page + 1) % _PAGES
        return wraps

    # -- commands

    def _obey(self, commands: bytes) -> None:
        at = 0
        while at < len(commands):
            command = commands[at]
            count = _PARAMETERS.get(command, 0)
            values = commands[at + 1 : at + 1 + count]
            if len(values) == count:
                self._do(command, values)
            at += 1 + count

    def _do(self, command: int, values: bytes) -> None:
        if command == 0x20:
            self._mode = min(values[0] & 3, _PAGE)
        elif command == 0x21:
            self._columns = [values[0] & 0x7F, values[1] & 0x7F]
            self._column = self._columns[0]
        elif command == 0x22:
            self._pages = [values[0] & 7, values[1] & 7]
            self._page = self._pages[0]
        elif command < 0x20 and self._mode == _PAGE:
            self._column = self._column & 0x70 | command if command < 0x10 else command << 4 & 0x70 | self._column & 15
        elif 0xB0 <= command <= 0xB7 and self._mode == _PAGE:
            self._page = command & 7
        else:
            self._set(command, values)

    def _set(self, command: int, values: bytes) -> None:
        if command in (0xAE, 0xAF):
            self.lit = command == 0xAF
        elif command in (0xA6, 0xA7):
            self.inverted = command == 0xA7
        elif command == 0x81:
            self.contrast = values[0]
        elif command == 0x8D:
            self.charge_pump = bool(values[0] & 4)
        elif command == 0xA8:
            self.rows = (values[0] & 0x3F) + 1

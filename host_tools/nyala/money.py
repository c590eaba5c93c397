"""Amounts as people write them. Inside Nyala an amount is an integer in minor units of its ISO 4217 currency."""

from dataclasses import dataclass

# ISO 4217: alphabetic code -> (numeric code, digits after the point). Any other currency is given by its numeric code.
CURRENCIES: dict[str, tuple[int, int]] = {
    "AUD": (36, 2),
    "BDT": (50, 2),
    "BND": (96, 2),
    "CNY": (156, 2),
    "EGP": (818, 2),
    "ETB": (230, 2),
    "EUR": (978, 2),
    "GBP": (826, 2),
    "GHS": (936, 2),
    "IDR": (360, 2),
    "INR": (356, 2),
    "JPY": (392, 0),
    "KES": (404, 2),
    "KHR": (116, 2),
    "LAK": (418, 2),
    "LKR": (144, 2),
    "MMK": (104, 2),
    "MYR": (458, 2),
    "NGN": (566, 2),
    "NPR": (524, 2),
    "PHP": (608, 2),
    "PKR": (586, 2),
    "RWF": (646, 0),
    "SGD": (702, 2),
    "THB": (764, 2),
    "TZS": (834, 2),
    "UGX": (800, 0),
    "USD": (840, 2),
    "VND": (704, 0),
    "ZAR": (710, 2),
}
_CODES = {number: code for code, (number, _) in CURRENCIES.items()}
CURRENCY_MAX = 999

_NARROW_GAP = "\u00a0"  # keeps "KES 100" on one line
_MINUS = "\u2212"


def currency_number(text: str) -> int | None:
    """ISO 4217 numeric code of `IDR` or `360`; None when it is neither a code we know nor up to three digits."""
    if text in CURRENCIES:
        return CURRENCIES[text][0]
    # Up to three: spreadsheets drop the zero of 036.
    return int(text) if len(text) <= 3 and text.isascii() and text.isdigit() else None


def currency_code(number: int) -> str:
    """`IDR` for 360; the three digits when the code is not in our table."""
    return _CODES.get(number, f"{number:03d}")


@dataclass(frozen=True, slots=True)
class Money:
    """How one currency is shown: the `money` of a policy."""

    currency: int
    prefix: str
    exponent: int
    shown: int
    separator: str

    @classmethod
    def plain(cls, currency: int) -> "Money":
        """For a currency that no policy tells how to show: its code, all digits."""
        code = currency_code(currency)
        exponent = CURRENCIES[code][1] if code in CURRENCIES else 0
        return cls(currency, code, exponent, exponent, ",")

    def text(self, amount_minor: int) -> str:
        """`Rp25.000`. Digits that the price tag leaves out are shown after all when they are not zero."""
        whole, part = divmod(abs(amount_minor), 10**self.exponent)
        digits = f"{whole:,}".replace(",", self.separator)
        decimals = f"{part:0{self.exponent}d}" if self.exponent else ""
        shown = self.exponent if decimals[self.shown :].strip("0") else self.shown
        if decimals[:shown]:
            digits += ("," if self.separator == "." else ".") + decimals[:shown]
        gap = _NARROW_GAP if len(self.prefix) > 2 else ""
        return f"{_MINUS if amount_minor < 0 else ''}{self.prefix}{gap}{digits}"

"""The payer's side of a sale: the card, the reader that carries it, and what can go wrong with either."""


class CardLost(Exception):
    """The card left the field before it answered. Tapping again finishes the payment; nothing is lost."""


class CardRefused(Exception):
    """The card answered AUTHORIZE with a status word other than 9000; `sw` is one of wire.card.SW_*, or unknown."""

    def __init__(self, sw: int) -> None:
        super().__init__("the card refused with status %04x" % sw)
        self.sw = sw


class NotNyala(Exception):
    """The card does not know our application. Not a decline: wait for another card."""


class CardProtocolError(Exception):
    """The card said something that docs/card-protocol.md does not allow. Its words are not used."""


class ReaderFault(Exception):
    """The reader itself does not answer, not even after waking it again. Check its cable; no sale is possible."""

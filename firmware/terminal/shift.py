"""What a merchant does to a shift: take back its last sale, and close it."""

from wire.entry import SHIFT_CLOSED, VOID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from terminal.chain import Chain
    from terminal.tallies import Tallies


def void_last(chain: "Chain", tallies: "Tallies") -> bytes:
    """Void the last sale (`tallies.last_sale`, which must be there) and return the entry; raises as Chain.append."""
    assert tallies.last_sale is not None
    sequence, amount_minor = tallies.last_sale[:2]
    return chain.append(VOID, [sequence, amount_minor], -amount_minor)


def close(chain: "Chain", tallies: "Tallies") -> bytes:
    """Write the shift's totals, which begin anew, and return the entry; raises as Chain.append."""
    return chain.append(SHIFT_CLOSED, list(tallies.shift))

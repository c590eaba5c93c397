"""The one number that a merchant needs: how many more payments the terminal can take."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from power.ups import Ups
    from terminal.tallies import Tallies
    from voucher.policy import Policy

_PAYMENT_S = const(30)  # from the first key to the receipt code
_RECORDS_A_PAYMENT = const(4)  # a new card's certificate takes three pages, its sale one
RECORDS_RESERVED = 16  # kept for outages, faults, shifts and receipts: they must find room when sales do not


def payments_left(ups: "Ups", records_left: int, policy: "Policy", tallies: "Tallies") -> int:
    """The least of what battery (on battery only), journal and policy allow."""
    left = max(0, records_left - RECORDS_RESERVED) // _RECORDS_A_PAYMENT
    left = min(left, max(0, policy.stored_count - tallies.stored_count))
    left = min(left, _by_value(policy, tallies))
    if ups.on_battery:
        left = min(left, ups.seconds_above(policy.minimum_charge) // _PAYMENT_S)
    return left


def _by_value(policy: "Policy", tallies: "Tallies") -> int:
    """How many payments as large as the ones so far; with none so far, as large as may be."""
    usual_minor = policy.payment_minor
    if tallies.stored_count and tallies.stored_minor:
        usual_minor = max(1, tallies.stored_minor // tallies.stored_count)
    return max(0, policy.stored_value_minor - tallies.stored_minor) // usual_minor

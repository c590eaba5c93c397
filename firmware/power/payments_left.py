"""The one number that a merchant needs: how many more payments the terminal can take."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from power.ups import Ups
    from terminal.tallies import Tallies
    from voucher.policy import Policy

_PAYMENT_S = const(30)  # from the first key to the receipt code
RECORDS_A_PAYMENT = 4  # a new card's certificate takes up to three pages, its sale one


def payments_left(ups: "Ups", records_left: int, policy: "Policy", tallies: "Tallies") -> int:
    """The least of what battery (on battery only), journal (Journal.room()) and policy allow."""
    left = records_left // RECORDS_A_PAYMENT
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

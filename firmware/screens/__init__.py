"""What the merchant and the customer see: one file a screen, each with a `draw(stage, ...)`."""

from screens import (
    amount,
    approved,
    completed,
    declined,
    not_provisioned,
    ready,
    shift,
    starting,
    stopped,
    tap,
    void,
    working,
)
from terminal import keys

# By the state of the till.
DRAW = {
    keys.STARTING: starting.draw,
    keys.NOT_PROVISIONED: not_provisioned.draw,
    keys.READY: ready.draw,
    keys.AMOUNT: amount.draw,
    keys.TAP: tap.draw,
    keys.WORKING: working.draw,
    keys.APPROVED: approved.draw,
    keys.DECLINED: declined.draw,
    keys.VOID: void.draw,
    keys.VOIDED: void.draw_done,
    keys.SHIFT: shift.draw,
    keys.SHIFT_CLOSED: shift.draw,
    keys.COMPLETED: completed.draw,
    keys.STOPPED: stopped.draw,
}

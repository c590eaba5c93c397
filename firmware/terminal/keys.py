"""What each key does in each state of the till. A key not listed does nothing there."""

STARTING = "starting"
NOT_PROVISIONED = "not_provisioned"
READY = "ready"
AMOUNT = "amount"
TAP = "tap"
WORKING = "working"
APPROVED = "approved"
DECLINED = "declined"
VOID = "void"
VOIDED = "voided"
SHIFT = "shift"
SHIFT_CLOSED = "shift_closed"
COMPLETED = "completed"  # told after a start that the last payment was
STOPPED = "stopped"
STATES = (
    STARTING,
    NOT_PROVISIONED,
    READY,
    AMOUNT,
    TAP,
    WORKING,
    APPROVED,
    DECLINED,
    VOID,
    VOIDED,
    SHIFT,
    SHIFT_CLOSED,
    COMPLETED,
    STOPPED,
)

DIGITS = "0123456789"
KEYS = DIGITS + "ABCD*#"

# Actions.
DIGIT = "digit"
ERASE = "erase"
HOME = "home"
SELL = "sell"
CANCEL = "cancel"  # the sale itself asks for this one
ASK_VOID = "ask_void"
DO_VOID = "do_void"
ASK_SHIFT = "ask_shift"
CLOSE_SHIFT = "close_shift"
LANGUAGE = "language"
RESUME = "resume"
NOTHING = "nothing"

_RESULT = {DIGITS: DIGIT, "A": ASK_VOID, "B": ASK_SHIFT, "D": LANGUAGE, "#": HOME, "*": HOME}
_ACTIONS = {
    STARTING: {},
    NOT_PROVISIONED: {"D": LANGUAGE},
    READY: {DIGITS: DIGIT, "A": ASK_VOID, "B": ASK_SHIFT, "D": LANGUAGE},
    AMOUNT: {DIGITS: DIGIT, "C": ERASE, "D": LANGUAGE, "#": SELL, "*": HOME},
    TAP: {"*": CANCEL},
    WORKING: {},  # the card may have signed already: only its answer ends this
    APPROVED: _RESULT,
    DECLINED: _RESULT,
    VOID: {"D": LANGUAGE, "#": DO_VOID, "*": HOME},
    VOIDED: _RESULT,
    SHIFT: {"D": LANGUAGE, "#": CLOSE_SHIFT, "*": HOME},
    SHIFT_CLOSED: _RESULT,
    COMPLETED: _RESULT,
    STOPPED: {"D": LANGUAGE, "#": RESUME},
}


def action(state: str, key: str) -> str:
    """What `key` does in `state`."""
    return _ACTIONS[state].get(DIGITS if key.isdigit() else key, NOTHING)

"""Commands, slots and errors of the link (docs/link-protocol.md)."""

PROTOCOL_VERSION = 1
BAUD_DEFAULT = 115200
REQUEST_FRAME_BYTES_MAX = 200  # the ESP32's stdin ring holds 260 bytes
RESPONSE_FRAME_BYTES_MAX = 1024
PUT_BYTES_MAX = 128
READ_CREDIT_MAX = 64
SESSION_IDLE_S = 120

# Commands.
HELLO = 0
STATUS = 1
CHALLENGE = 2
PUT = 3
LOGIN = 4
LOGOUT = 5
READ = 6
RECEIPT = 7
MAKE_KEY = 8
INSTALL = 9
SET_CLOCK = 10
POLICY = 11
IDENTIFY = 12
HEAD = 13
COMMAND_NAMES = (
    "hello",
    "status",
    "challenge",
    "put",
    "login",
    "logout",
    "read",
    "receipt",
    "make_key",
    "install",
    "set_clock",
    "policy",
    "identify",
    "head",
)

# Slots that PUT fills with documents too long for one request frame.
SLOT_STAFF_CERTIFICATE = 0
SLOT_LOGIN = 1
SLOT_RECEIPT = 2
SLOT_ROOT_KEY = 3
SLOT_TERMINAL_CERTIFICATE = 4
SLOT_POLICY = 5
SLOT_BYTES_MAX = (400, 200, 200, 64, 400, 3072)

# Status of a response: done, more to come, or an error number.
DONE = 0
MORE = 1

BAD_REQUEST = 2
UNKNOWN_COMMAND = 3
NOT_PROVISIONED = 4
NO_SESSION = 5
WRONG_ROLE = 6
BAD_LOGIN = 7
LOCKED_OUT = 8
BAD_SLOT = 9
SLOT_INCOMPLETE = 10
BAD_DOCUMENT = 11
BAD_RECEIPT = 12
OLD_POLICY = 13
ALREADY_PROVISIONED = 14
UNRECEIPTED_ENTRIES = 15
NO_SUCH_ENTRY = 16
JOURNAL_FAULT = 17
BUSY = 18
BAD_CLOCK = 19

# number: (name, one sentence that says what to do)
ERRORS = {
    BAD_REQUEST: ("bad_request", "The request is not one of this protocol version; update the host tools."),
    UNKNOWN_COMMAND: ("unknown_command", "The terminal does not know this command; update its firmware."),
    NOT_PROVISIONED: ("not_provisioned", "The terminal is not provisioned; run `nyala provision` first."),
    NO_SESSION: ("no_session", "This needs a session; log in with a staff key first."),
    WRONG_ROLE: ("wrong_role", "This staff certificate's role may not do that; use the right staff key."),
    BAD_LOGIN: ("bad_login", "The login does not verify; check the staff key and its certificate."),
    LOCKED_OUT: ("locked_out", "Too many failed logins; wait the seconds given and try again."),
    BAD_SLOT: ("bad_slot", "The upload does not fit its slot; send it again from the start."),
    SLOT_INCOMPLETE: ("slot_incomplete", "A document this command needs was not uploaded whole; upload it first."),
    BAD_DOCUMENT: ("bad_document", "A document does not verify; check who signed it and for which terminal."),
    BAD_RECEIPT: ("bad_receipt", "The receipt does not match the terminal's own chain; read the terminal again."),
    OLD_POLICY: ("old_policy", "The policy is not newer than the one in force; sign one with a higher version."),
    ALREADY_PROVISIONED: ("already_provisioned", "The terminal has an identity already; log in as a technician."),
    UNRECEIPTED_ENTRIES: (
        "unreceipted_entries",
        "The terminal holds unreceipted entries; read and reconcile it first.",
    ),
    NO_SUCH_ENTRY: ("no_such_entry", "The terminal no longer holds that entry; start from its first kept sequence."),
    JOURNAL_FAULT: ("journal_fault", "The terminal's flash cannot be trusted; read it out and replace the board."),
    BUSY: ("busy", "The terminal is in the middle of a payment; try again in a moment."),
    BAD_CLOCK: ("bad_clock", "The time is before the last entry of the chain; check the host's clock."),
}

"""Commands, slots and errors of the link (docs/link-protocol.md); what the errors mean in words: link_errors.py."""

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
TERMINAL_FAULT = 20

"""Forms, kinds and field order of the signed documents (docs/voucher-format.md)."""

# The first item of every signed payload that is not a certificate: names the document and its version.
FORM_ENTRY = 1
FORM_AUTHORIZATION = 2
FORM_POLICY = 3
FORM_RECEIPT = 4
FORM_LOGIN = 5
FORM_KEY_REQUEST = 6

# Kinds of entry; the index is the number on the wire.
GENESIS = 0
BOOT = 1
OUTAGE_BEGAN = 2
OUTAGE_ENDED = 3
SALE = 4
VOID = 5
SHIFT_CLOSED = 6
POLICY_APPLIED = 7
CLOCK_SET = 8
RECEIPT_APPLIED = 9
CARD_SEEN = 10
FAULT = 11
DECLINED = 12
KIND_NAMES = (
    "genesis",
    "boot",
    "outage_began",
    "outage_ended",
    "sale",
    "void",
    "shift_closed",
    "policy_applied",
    "clock_set",
    "receipt_applied",
    "card_seen",
    "fault",
    "declined",
)

# How far an entry's time can be trusted.
TRUST_NONE = 0  # the clock was never set: time is 0, only boot and uptime say anything
TRUST_LOWER_BOUND = 1  # power was lost since it was set: it is no earlier than this
TRUST_SET = 2  # set by the host and running since

# UPS state bits (NUT's ups.status words).
OL = 1
OB = 2
LB = 4
FSD = 8
CHRG = 16
DISCHRG = 32
STATUS_NAMES = ((OL, "OL"), (OB, "OB"), (LB, "LB"), (FSD, "FSD"), (CHRG, "CHRG"), (DISCHRG, "DISCHRG"))

# Roles in certificates.
ROLE_ISSUER = 1
ROLE_CARD = 2
ROLE_TERMINAL = 3
ROLE_TECHNICIAN = 4
ROLE_RECONCILER = 5
ROLE_NAMES = ("", "issuer", "card", "terminal", "technician", "reconciler")

# CWT claims (RFC 8392; private ones below -65536).
CLAIM_ISSUER = 1
CLAIM_SUBJECT = 2
CLAIM_EXPIRES = 4
CLAIM_ISSUED = 6
CLAIM_KEY = 8
CLAIM_ROLE = -65537
CLAIM_NUMBER = -65538
CLAIM_LIMITS = -65539

# Why a payment was declined; the index is the number in a `declined` entry's body.
OVER_PAYMENT_LIMIT = 0
OVER_ALLOWANCE = 1
CARD_DENIED = 2
CARD_EXPIRED = 3
UNKNOWN_ISSUER = 4
BAD_CERTIFICATE = 5
BAD_AUTHORIZATION = 6
WRONG_CURRENCY = 7
STORED_VALUE_FULL = 8
STORED_COUNT_FULL = 9
OFFLINE_TOO_LONG = 10
BATTERY_TOO_LOW = 11
JOURNAL_FULL = 12
MAINS_PRESENT = 13
CARD_REFUSED = 14
OVER_CARD_LIMIT = 15
REASON_NAMES = (
    "over_payment_limit",
    "over_allowance",
    "card_denied",
    "card_expired",
    "unknown_issuer",
    "bad_certificate",
    "bad_authorization",
    "wrong_currency",
    "stored_value_full",
    "stored_count_full",
    "offline_too_long",
    "battery_too_low",
    "journal_full",
    "mains_present",
    "card_refused",
    "over_card_limit",
)

# Bounds.
ENTRY_BYTES_MAX = 768
CERTIFICATE_BYTES_MAX = 400
POLICY_BYTES_MAX = 3072
AMOUNT_MINOR_MAX = 0xFFFFFFFF
TURNOVER_MINOR_MAX = (1 << 53) - 1
TERMINAL_MAX = 0xFFFFFFFF
SEQUENCE_MAX = 0xFFFFFFFF
CARD_NUMBER_MAX = (1 << 63) - 1
ISSUERS_MAX = 8
DENIED_CARDS_MAX = 200
NAME_BYTES_MAX = 40

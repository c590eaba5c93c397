"""The link's errors in words. For the host and for docs: the terminal sends numbers, and its heap is small."""

from . import link

# number: (name, one sentence that says what to do)
ERRORS = {
    link.BAD_REQUEST: ("bad_request", "The request is not one of this protocol version; update the host tools."),
    link.UNKNOWN_COMMAND: ("unknown_command", "The terminal does not know this command; update its firmware."),
    link.NOT_PROVISIONED: ("not_provisioned", "The terminal is not provisioned; run `nyala provision` first."),
    link.NO_SESSION: ("no_session", "This needs a session; log in with a staff key first."),
    link.WRONG_ROLE: ("wrong_role", "This staff certificate's role may not do that; use the right staff key."),
    link.BAD_LOGIN: ("bad_login", "The login does not verify; check the staff key and its certificate."),
    link.LOCKED_OUT: ("locked_out", "Too many failed logins; wait the seconds given and try again."),
    link.BAD_SLOT: ("bad_slot", "The upload does not fit its slot; send it again from the start."),
    link.SLOT_INCOMPLETE: ("slot_incomplete", "A document this command needs was not uploaded whole; upload it first."),
    link.BAD_DOCUMENT: ("bad_document", "A document does not verify; check who signed it and for which terminal."),
    link.BAD_RECEIPT: ("bad_receipt", "The receipt does not match the terminal's own chain; read the terminal again."),
    link.OLD_POLICY: ("old_policy", "The policy is not newer than the one in force; sign one with a higher version."),
    link.ALREADY_PROVISIONED: ("already_provisioned", "The terminal has an identity already; log in as a technician."),
    link.UNRECEIPTED_ENTRIES: (
        "unreceipted_entries",
        "The terminal holds unreceipted entries; read and reconcile it first.",
    ),
    link.NO_SUCH_ENTRY: (
        "no_such_entry",
        "The terminal no longer holds that entry; start from its first kept sequence.",
    ),
    link.JOURNAL_FAULT: ("journal_fault", "The terminal's flash cannot be trusted; read it out and replace the board."),
    link.BUSY: ("busy", "The terminal is in the middle of a payment; try again in a moment."),
    link.BAD_CLOCK: ("bad_clock", "The time is before the last entry of the chain; check the host's clock."),
    link.TERMINAL_FAULT: (
        "terminal_fault",
        "Something failed in the terminal that should not; its chain holds a fault entry.",
    ),
}

"""Commands of the office: `verify`, `reconcile`, `receipt`, `report`."""

from pathlib import Path

from nyala.cli import frame


@frame.command("verify")
@frame.inbox
@frame.keys
@frame.policies
@frame.language
@frame.zone
@frame.as_json
def verify(inbox: Path, keys: Path, policy_files: tuple[Path, ...], language: str, zone: str, as_json: bool) -> None:
    """Check every signature and every link of what was read. Keeps and posts nothing."""
    from nyala import bookkeeping, report
    from nyala.inbox import Inbox

    folder = frame.open_keys(keys, private=False)
    documents = [*folder.policies().values(), *frame.read_policies(policy_files)]
    outcome = bookkeeping.verify(bookkeeping.delivered(Inbox(inbox)), folder.roots, documents)
    if as_json:
        frame.print_json(report.data(outcome))
    else:
        frame.console().print(report.summary(outcome, language=language, zone=zone))


@frame.command("reconcile")
@frame.inbox
@frame.ledger
@frame.keys
@frame.policies
@frame.option(
    "--settlement",
    "settlement_files",
    type=frame.PATH,
    multiple=True,
    help="The other side's settlement, a CSV file (docs/settlement-format.md). May be given several times.",
)
@frame.language
@frame.zone
@frame.as_json
def reconcile(
    inbox: Path,
    ledger: Path,
    keys: Path,
    policy_files: tuple[Path, ...],
    settlement_files: tuple[Path, ...],
    language: str,
    zone: str,
    as_json: bool,
) -> None:
    """Verify, judge every voucher, compare with settlements, post to the ledger. Running it twice changes nothing."""
    from nyala import bookkeeping, report, settlement
    from nyala.inbox import Inbox
    from nyala.ledger import Ledger

    folder = frame.open_keys(keys, private=False)
    documents = [*folder.policies().values(), *frame.read_policies(policy_files)]
    # All files are read before anything is posted.
    rows = [row for path in settlement_files for row in settlement.load(path)]
    with Ledger.open(ledger) as opened:
        read = bookkeeping.delivered(Inbox(inbox))
        outcome = bookkeeping.post(opened, read, folder.roots, documents, rows, now_s=frame.now_s())
    if as_json:
        frame.print_json(report.data(outcome))
        return
    console = frame.console()
    console.print(report.summary(outcome, language=language, zone=zone))
    new = outcome.new_entries, len(outcome.new_postings), outcome.new_settlement_rows
    console.print(f"\nNew in {ledger}: {new[0]} entries, {new[1]} postings, {new[2]} settlement rows.", style="dim")


@frame.command("receipt")
@frame.ledger
@frame.keys
@frame.option("--port", metavar="PORT", envvar="NYALA_PORT", help="Hand it to the terminal on this line.")
@frame.option("--terminal", type=int, help="Without --port: the terminal's number.")
@frame.option("--out", type=frame.PATH, help="Also write the signed receipt to this file.")
@frame.option(
    "--inbox",
    type=frame.PATH,
    envvar="NYALA_INBOX",
    help="The inbox, which keeps the receipt too. With --port.",
)
@frame.staff
@frame.as_json
def receipt(
    ledger: Path,
    keys: Path,
    port: str | None,
    terminal: int | None,
    out: Path | None,
    inbox: Path | None,
    staff: str | None,
    as_json: bool,
) -> None:
    """Sign that the ledger holds a terminal's chain, and hand that to the terminal, which may then prune."""
    from nyala import receipts
    from nyala.errors import InputError
    from nyala.inbox import Inbox
    from nyala.ledger import Ledger
    from nyala.wire.entry import ROLE_RECONCILER

    if (port is None) == (terminal is None):
        raise InputError("Say which terminal: on a line with --port, or by its number with --terminal.")
    who = frame.choose_staff(frame.open_keys(keys, private=True), staff, ROLE_RECONCILER)
    with Ledger.open(ledger, create=False) as opened:
        if port is None:
            made = receipts.make(opened, who, terminal or 0, now_s=frame.now_s())
        else:
            with frame.open_terminal(port) as client:
                made = receipts.hand_over(opened, client, who, now_s=frame.now_s(), inbox=inbox and Inbox(inbox))
    if out is not None:
        frame.write_file(out, made.document)
    one = made.receipt
    if as_json:
        value = {
            "terminal": one.terminal,
            "sequence": one.sequence,
            "head": one.head.hex(),
            "vouchers": one.count,
            "turnover_minor": one.turnover_minor,
            "time_s": one.time_s,
            "handed_over": port is not None,
        }
        frame.print_json(value)
    else:
        done = "handed over" if port is not None else "signed"
        covers = f"covers entries 0 to {one.sequence}, {one.count} vouchers"
        frame.console().print(f"The receipt for terminal {one.terminal} is {done}: it {covers}.")


@frame.command("report")
@frame.ledger
@frame.option("--out", type=frame.PATH, default=Path("report.html"), show_default=True, help="The HTML file.")
@frame.option("--terminal", type=int, help="Only this terminal.")
@frame.language
@frame.zone
def report(ledger: Path, out: Path, terminal: int | None, language: str, zone: str) -> None:
    """Tell the last outage as one HTML page, for a merchant and an accountant."""
    from nyala import bookkeeping
    from nyala import report as reports
    from nyala.ledger import Ledger

    with Ledger.open(ledger, create=False) as opened:
        outcome = bookkeeping.look(opened)
    made_s = frame.now_s()
    path = reports.write(outcome, out, made_s=made_s, language=language, zone=zone, terminal=terminal)
    frame.console().print(f"{path} is written; any browser opens and prints it.")

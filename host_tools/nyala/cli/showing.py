"""`nyala show`: any signed document, or any voucher of the ledger, in words."""

from pathlib import Path

from nyala.cli import frame


@frame.command("show")
@frame.argument("what")
@frame.option(
    "--ledger",
    type=frame.PATH,
    envvar="NYALA_LEDGER",
    show_envvar=True,
    help="Where to look for a voucher.",
)
@frame.zone
@frame.as_json
def show(what: str, ledger: Path | None, zone: str, as_json: bool) -> None:
    """Show a signed document in a file, or a voucher by its id (T000017-000042) or receipt code (7KQ3-9F2M)."""
    from nyala import description
    from nyala.errors import InputError

    if Path(what).is_file():
        told = [description.document(frame.read_file(Path(what)), zone)]
    elif ledger is None:
        raise InputError(f"{what}: no such file; to look for a voucher, say in which ledger with --ledger.")
    else:
        from nyala import bookkeeping
        from nyala.ledger import Ledger

        with Ledger.open(ledger, create=False) as opened:
            told = description.vouchers(bookkeeping.look(opened), what, zone)
    if as_json:
        frame.print_json(told[0] if len(told) == 1 else told)
        return
    from rich.table import Table

    for values in told:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim")
        for name, value in values.items():
            table.add_row(name, str(value))
        frame.console().print(table)

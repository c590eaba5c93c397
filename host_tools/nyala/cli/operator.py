"""`nyala operator`: the key folder. Root key, issuers, staff, policies, cards."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from nyala.cli import frame

if TYPE_CHECKING:
    from nyala.keys import KeyFolder


@click.group("operator", no_args_is_help=True)
def operator() -> None:
    """The operator's key folder: make it, add issuers and staff, sign policies and cards."""


@frame.command("create")
@frame.keys
@frame.option("--name", required=True, help="The operator's name, as it stands on certificates.")
def create(keys: Path, name: str) -> None:
    """Make a new key folder with a new root key."""
    from nyala.keys import KeyFolder

    folder = KeyFolder.create(keys, frame.passphrase(new=True), name, now_s=frame.now_s())
    frame.console().print(f"{keys} is made. Root key: {folder.root_public.hex()}", soft_wrap=True)


@frame.command("issuer")
@frame.keys
@frame.argument("name")
@frame.option("--rotate", is_flag=True, help="It is there already and gets a new key.")
def issuer(keys: Path, name: str, rotate: bool) -> None:
    """Add an issuer, who signs cards."""
    folder = frame.open_keys(keys, private=True)
    made = (folder.rotate_issuer if rotate else folder.add_issuer)(name, now_s=frame.now_s())
    frame.console().print(f"Issuer {made.name} has key {made.key_id.hex()}; it counts once a policy names it.")


@frame.command("staff")
@frame.keys
@frame.argument("name")
@frame.option("--role", type=click.Choice(["technician", "reconciler"]), help="Needed unless --rotate is given.")
@frame.option("--rotate", is_flag=True, help="They are there already and get a new key.")
def staff(keys: Path, name: str, role: str | None, rotate: bool) -> None:
    """Add a technician or a reconciler."""
    from nyala.errors import InputError
    from nyala.wire.entry import ROLE_NAMES

    folder = frame.open_keys(keys, private=True)
    if rotate:
        made = folder.rotate_staff(name, now_s=frame.now_s())
    elif role is None:
        raise InputError("Say with --role whether this is a technician or a reconciler.")
    else:
        made = folder.add_staff(name, ROLE_NAMES.index(role), now_s=frame.now_s())
    frame.console().print(f"{made.name} is {ROLE_NAMES[made.role]}.")


@frame.command("policy")
@frame.keys
@frame.argument("file", type=frame.PATH)
@frame.option("--out", type=frame.PATH, help="Also write the signed policy to this file.")
def policy(keys: Path, file: Path, out: Path | None) -> None:
    """Sign the policy in a TOML file (docs/policy-file.md). It names all issuers of the folder that are valid now."""
    from nyala.documents.policy import parse
    from nyala.policy_file import load

    folder = frame.open_keys(keys, private=True)
    now_s = frame.now_s()
    last = max(folder.policies(), default=0)
    document = folder.sign_policy(load(file, folder.issuer_keys(now_s=now_s), next_version=last + 1, now_s=now_s))
    if out is not None:
        frame.write_file(out, document)
    frame.console().print(f"Policy {parse(document).version} is signed ({len(document)} bytes).")


@frame.command("card")
@frame.keys
@frame.option("--issuer", "issuer_name", required=True, help="Which issuer signs it.")
@frame.option("--number", type=click.IntRange(1), required=True, help="The card's number.")
@frame.option("--public", "public_hex", required=True, help="The card's public key, x and y, 128 hexadecimal digits.")
@frame.option("--currency", required=True, help="ISO 4217: IDR or 360.")
@frame.option("--payment-minor", type=int, required=True, help="Most that one payment may be, in minor units.")
@frame.option("--allowance-minor", type=int, required=True, help="Most that it may spend offline, in minor units.")
@frame.option("--out", type=frame.PATH, required=True, help="The certificate's file.")
def card(
    keys: Path,
    issuer_name: str,
    number: int,
    public_hex: str,
    currency: str,
    payment_minor: int,
    allowance_minor: int,
    out: Path,
) -> None:
    """Sign a card's certificate. The card makes its own key and tells only the public half."""
    from nyala.errors import InputError
    from nyala.money import currency_number

    code = currency_number(currency.upper())
    if code is None:
        raise InputError(f"--currency: {currency!r} is no ISO 4217 code such as IDR or 360.")
    try:
        public = bytes.fromhex(public_hex)
    except ValueError:
        raise InputError("--public: not hexadecimal; give x and y as 128 digits.") from None
    document = frame.open_keys(keys, private=True).issue_card(
        issuer_name,
        number=number,
        public=public,
        currency=code,
        payment_minor=payment_minor,
        allowance_minor=allowance_minor,
        now_s=frame.now_s(),
    )
    frame.write_file(out, document)
    frame.console().print(f"{out} is the certificate of card {number} ({len(document)} bytes).")


@frame.command("list")
@frame.keys
@frame.as_json
def list_(keys: Path, as_json: bool) -> None:
    """What the folder holds, and until when it is valid."""
    folder = frame.open_keys(keys, private=False)
    rows = _rows(folder)
    if as_json:
        frame.print_json({"operator": folder.operator_name, "root": folder.root_public.hex(), "certificates": rows})
        return
    from rich.table import Table

    table = Table(title=f"{folder.operator_name}, {len(folder.policies())} policies", title_justify="left")
    for column in ("kind", "name", "role", "key", "valid until"):
        table.add_column(column)
    for row in rows:
        style = None if row["current"] else "dim"
        table.add_row(*(str(row[name]) for name in ("kind", "name", "role", "key", "expires")), style=style)
    frame.console().print(table)


def _rows(folder: "KeyFolder") -> list[dict[str, object]]:
    return [
        {
            "kind": held.kind,
            "name": held.name,
            "role": held.certificate.role_name,
            "key": held.number,
            "current": held.current,
            "expires": datetime.fromtimestamp(held.certificate.expires_s, UTC).date().isoformat(),
            "fingerprint": held.certificate.fingerprint.hex(),
        }
        for held in folder.certificates()
    ]


for command in (create, issuer, staff, policy, card, list_):
    operator.add_command(command)

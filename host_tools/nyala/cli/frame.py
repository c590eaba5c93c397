"""What the commands share: options, errors as one sentence with an exit code, and opening keys, inbox and ledger."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from nyala.errors import InputError, KeyFolderError, NyalaError

if TYPE_CHECKING:
    from rich.console import Console

    from nyala.keys import KeyFolder, Staff
    from nyala.link.client import Client

_F = TypeVar("_F", bound=Callable[..., Any])

PASSPHRASE = "NYALA_PASSPHRASE"
PATH: Any = click.Path(path_type=Path)


class NyalaCommand(click.RichCommand):
    """A command whose named errors end it with their own exit code (docs/exit-codes.md)."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NyalaError as error:
            if ctx.params.get("as_json"):
                print_json({"error": str(error), "exit_code": error.exit_code})
            click.echo(f"nyala {ctx.info_name}: {error}", err=True)
            ctx.exit(error.exit_code)


def command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command of that name that ends with named errors."""
    return click.command(name, cls=NyalaCommand)


def option(*names: str, **settings: Any) -> Callable[[_F], _F]:
    """click's own, typed."""
    return click.option(*names, **settings)  # pyright: ignore[reportUnknownMemberType]


def argument(*names: str, **settings: Any) -> Callable[[_F], _F]:
    """click's own, typed."""
    return click.argument(*names, **settings)  # pyright: ignore[reportUnknownMemberType]


def _path(*names: str, env: str, text: str, required: bool = True) -> Callable[[_F], _F]:
    return option(*names, type=PATH, envvar=env, show_envvar=True, required=required, help=text)


port = option(
    "--port",
    metavar="PORT",
    envvar="NYALA_PORT",
    show_envvar=True,
    required=True,
    help="The terminal's serial line: a device such as /dev/ttyUSB0, or a URL such as rfc2217://host:port.",
)
inbox = _path("--inbox", env="NYALA_INBOX", text="Folder with the entries as they were read.")
ledger = _path("--ledger", env="NYALA_LEDGER", text="The ledger, an SQLite file; made when it is not there.")
keys = _path("--keys", env="NYALA_KEYS", text=f"Key folder. Its passphrase is asked for, or taken from {PASSPHRASE}.")
staff = option("--staff", metavar="NAME", help="Who does this, when the key folder holds several who could.")
as_json = option("--json", "as_json", is_flag=True, help="Print one JSON object, for scripts.")
language = option(
    "--lang", "language", type=click.Choice(["id", "en"]), default="id", show_default=True, help="Language."
)
zone = option("--zone", default="Asia/Jakarta", show_default=True, help="IANA time zone of the times shown.")
policies = option(
    "--policy",
    "policy_files",
    type=PATH,
    multiple=True,
    help="A signed policy that the key folder does not hold. May be given several times.",
)


def now_s() -> int:
    """The host's clock, seconds since 1970."""
    return int(time.time())


def console(*, errors: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=errors, highlight=False)


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def open_keys(folder: Path, *, private: bool) -> "KeyFolder":
    """The key folder; with `private` also what opens its private keys. KeyFolderError when nobody can be asked."""
    from nyala.keys import KeyFolder

    return KeyFolder(folder, passphrase() if private else None)


def passphrase(*, new: bool = False) -> str:
    import os

    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise KeyFolderError(
            f"The key folder needs its passphrase; set {PASSPHRASE}, or run this where it can be typed."
        )
    return str(click.prompt("Passphrase of the key folder", hide_input=True, confirmation_prompt=new, err=True))


def choose_staff(folder: "KeyFolder", name: str | None, *roles: int) -> "Staff":
    """The member of staff of that name or, without one, the only one in the first of these roles that has anybody."""
    if name is not None:
        return folder.staff(name)
    from nyala.wire.entry import ROLE_NAMES

    held = [one for one in folder.certificates() if one.kind == "staff" and one.current]
    for role in roles:
        names = [one.name for one in held if one.certificate.role == role]
        if len(names) == 1:
            return folder.staff(names[0])
        if names:
            raise InputError(f"The key folder holds several: {', '.join(sorted(names))}; say who with --staff.")
    wanted = " or ".join(ROLE_NAMES[role] for role in roles)
    raise KeyFolderError(f"{folder.path} holds no {wanted}; add one with `nyala operator staff`.")


def open_terminal(port_name: str) -> "Client":
    from nyala.link.client import Client

    return Client.open(port_name)


def read_file(path: Path) -> bytes:
    """A file's bytes; InputError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path.") from error


def write_file(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another path.") from error


def read_policies(files: tuple[Path, ...]) -> list[bytes]:
    """Signed policies from files. DocumentError when one is none."""
    from nyala.documents import policy

    documents = [read_file(path) for path in files]
    for document in documents:
        policy.parse(document)
    return documents

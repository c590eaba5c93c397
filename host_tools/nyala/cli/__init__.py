"""The `nyala` command. Each command calls one function of the library; what is heavy is imported when it is needed."""

import rich_click as click

from nyala.cli import books, device, operator, play, showing

_CONTEXT = {"help_option_names": ["-h", "--help"]}
click.rich_click.COMMAND_GROUPS = {
    "nyala": [
        {"name": "At a terminal", "commands": ["status", "provision", "read"]},
        {"name": "In the office", "commands": ["verify", "reconcile", "receipt", "report", "show"]},
        {"name": "For the operator", "commands": ["operator"]},
        {"name": "Without a board", "commands": ["demo", "simulate"]},
    ]
}


@click.group(context_settings=_CONTEXT, no_args_is_help=True)
@click.version_option(package_name="nyala")  # pyright: ignore[reportUnknownMemberType]
def nyala() -> None:
    """Payment terminals that keep taking payments while the power is out.

    From the terminal to the books: `read`, `reconcile`, `receipt`, `report`.
    """


for command in (
    device.status,
    device.provision,
    device.read,
    books.verify,
    books.reconcile,
    books.receipt,
    books.report,
    showing.show,
    operator.operator,
    play.simulate,
    play.demo,
):
    nyala.add_command(command)


def main() -> None:
    """What the `nyala` program runs."""
    nyala()

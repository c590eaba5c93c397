import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chains import BEGIN_S, YEAR_S, PlayedCard, PlayedTerminal, public
from link_terminal import powered
from nyala.cli import nyala
from nyala.documents import bodies, cose, policy, receipt
from nyala.inbox import Inbox
from nyala.keys import KeyFolder
from nyala.wire import entry as wire

PASSPHRASE = "correct horse"
POLICY = """
sales = "always"
language = "en"
denied = [99]
[limits]
payment_minor = 50000000
card_minor = 100000000
stored_value_minor = 900000000
stored_count = 500
hours = 48
minimum_charge_percent = 10
[money]
currency = "IDR"
prefix = "Rp"
exponent = 2
shown = 0
separator = "."
"""

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an operator's keys in `keys`, and what terminal 17 took in an outage in `inbox`."""
    folder = tmp_path_factory.mktemp("office")
    keys = KeyFolder.create(folder / "keys", PASSPHRASE, "Dompet", now_s=BEGIN_S - 1000)
    keys.add_issuer("bank", now_s=BEGIN_S - 1000, expires_s=BEGIN_S + 100 * YEAR_S)
    # A terminal that is talked to has today's clock, as the command itself.
    keys.add_staff("rudi", wire.ROLE_RECONCILER, now_s=int(time.time()))
    document = keys.issue_terminal(17, "Warung Sinar", public("terminal 17"), now_s=BEGIN_S - 1000)
    certificate = keys.issue_card(
        "bank",
        number=42,
        public=public("card 42"),
        currency=360,
        payment_minor=100_000_00,
        allowance_minor=500_000_00,
        now_s=BEGIN_S - 1000,
    )
    (folder / "policy.toml").write_text(POLICY)
    signed = CliRunner().invoke(
        nyala,
        ["operator", "policy", str(folder / "policy.toml"), "--keys", str(folder / "keys")],
        env={"NYALA_PASSPHRASE": PASSPHRASE},
    )
    assert signed.exit_code == 0, signed.output
    terminal = PlayedTerminal(17, "terminal 17", document, [])
    terminal.append(bodies.Genesis(document))
    terminal.apply_policy(KeyFolder(folder / "keys").policies()[1])
    terminal.lose_mains()
    card = PlayedCard(42, "card 42", certificate, 500_000_00)
    terminal.sell(card, 25_000_00)
    terminal.sell(card, 30_000_00)
    terminal.mains_back()
    with Inbox(folder / "inbox").writing(17) as intake:
        for sequence, entry in enumerate(terminal.documents):
            intake.append(sequence, entry)
    return folder


@pytest.fixture
def run(office: Path, tmp_path: Path) -> Run:
    """`run("reconcile", ...)`: the command with the office's keys and inbox, and a ledger of this test's own."""

    def go(*arguments: str, **environment: str | None) -> Result:
        env = {
            "NYALA_PASSPHRASE": PASSPHRASE,
            "NYALA_KEYS": str(office / "keys"),
            "NYALA_INBOX": str(office / "inbox"),
            "NYALA_LEDGER": str(tmp_path / "ledger"),
            "COLUMNS": "200",
        }
        return CliRunner().invoke(nyala, arguments, env={**env, **environment})

    return go


def sentence(result: Result) -> str:
    """The one sentence on standard error."""
    (line,) = result.stderr.strip().splitlines()
    return line


# -- the office


def test_verify_tells_what_was_taken_and_keeps_nothing(run: Run, tmp_path: Path):
    result = run("verify", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "2 payments" in result.output
    assert "Rp55.000" in result.output
    assert not list(tmp_path.iterdir())


def test_verify_needs_no_passphrase(run: Run):
    assert run("verify", NYALA_PASSPHRASE=None).exit_code == 0


def test_reconcile_posts_once_and_says_what_is_new(run: Run):
    first = json.loads(run("reconcile", "--json").output)
    assert first["new"] == {"entries": 7, "postings": 2, "settlement_rows": 0}
    assert first["due_minor"] == {"IDR": 55_000_00}
    assert [voucher["verdict"] for voucher in first["vouchers"]] == ["accepted", "accepted"]
    again = json.loads(run("reconcile", "--json").output)
    assert again["new"] == {"entries": 0, "postings": 0, "settlement_rows": 0}
    assert again["vouchers"] == first["vouchers"]


def test_reconcile_compares_with_a_settlement(run: Run, tmp_path: Path):
    rows = "voucher,amount_minor,currency,settled_at\nT000017-000004,2500000,IDR,2019-08-05T00:00:00Z\n"
    (tmp_path / "paid.csv").write_text(rows)
    result = run("reconcile", "--settlement", str(tmp_path / "paid.csv"), "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "not settled" in result.output
    assert "T000017-000005" in result.output


def test_a_bad_settlement_posts_nothing_and_ends_with_3(run: Run, tmp_path: Path):
    (tmp_path / "paid.csv").write_text("voucher,amount_minor,currency,settled_at\nT000017-000004,25.00,IDR,now\n")
    result = run("reconcile", "--settlement", str(tmp_path / "paid.csv"))
    assert result.exit_code == 3
    assert "row 2, amount_minor" in sentence(result)
    assert not (tmp_path / "ledger").exists()


def test_report_writes_a_page(run: Run, tmp_path: Path):
    run("reconcile")
    result = run("report", "--out", str(tmp_path / "report.html"), "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "Warung Sinar" in (tmp_path / "report.html").read_text()


def test_report_without_a_ledger_ends_with_6(run: Run, tmp_path: Path):
    result = run("report")
    assert result.exit_code == 6
    assert "there is no ledger" in sentence(result)
    assert not (tmp_path / "ledger").exists()


def test_receipt_signs_what_the_ledger_holds(run: Run, office: Path, tmp_path: Path):
    run("reconcile")
    result = run("receipt", "--terminal", "17", "--out", str(tmp_path / "17.receipt"), "--json")
    assert result.exit_code == 0, result.output
    staff = KeyFolder(office / "keys", PASSPHRASE).staff("rudi")
    signed = receipt.verify((tmp_path / "17.receipt").read_bytes(), cose.public_bytes(staff.key))
    assert (signed.sequence, signed.count, signed.turnover_minor) == (6, 2, 55_000_00)
    assert json.loads(result.output)["head"] == signed.head.hex()


def test_receipt_wants_to_know_which_terminal(run: Run):
    result = run("receipt")
    assert result.exit_code == 3
    assert "--port" in sentence(result)


def test_a_wrong_passphrase_ends_with_7_and_is_not_repeated(run: Run):
    run("reconcile")
    result = run("receipt", "--terminal", "17", NYALA_PASSPHRASE="wrong")
    assert result.exit_code == 7
    assert "wrong" not in result.output + result.stderr


def test_no_passphrase_and_nobody_to_ask_ends_with_7(run: Run):
    run("reconcile")
    result = run("receipt", "--terminal", "17", NYALA_PASSPHRASE=None)
    assert result.exit_code == 7
    assert "NYALA_PASSPHRASE" in sentence(result)


def test_show_finds_a_voucher_by_its_id_and_by_its_receipt_code(run: Run):
    run("reconcile")
    by_id = json.loads(run("show", "T000017-000004", "--json").output)
    assert (by_id["verdict"], by_id["amount"]) == ("accepted", "Rp25.000")
    by_code = json.loads(run("show", by_id["receipt code"].lower(), "--json").output)
    assert by_code == by_id


def test_show_tells_what_a_document_says(run: Run, office: Path, tmp_path: Path):
    entry = next(iter(Inbox(office / "inbox").entries(17)))
    (tmp_path / "some.entry").write_bytes(entry)
    assert json.loads(run("show", str(tmp_path / "some.entry"), "--json").output)["kind"] == "genesis"
    (tmp_path / "some.policy").write_bytes(KeyFolder(office / "keys").policies()[1])
    shown = run("show", str(tmp_path / "some.policy"))
    assert "payment_minor" in shown.output
    (tmp_path / "noise").write_bytes(b"noise")
    refused = run("show", str(tmp_path / "noise"))
    assert refused.exit_code == 5


def test_show_of_something_unknown_ends_with_3(run: Run):
    run("reconcile")
    assert run("show", "T000017-000099").exit_code == 3
    assert run("show", "nonsense").exit_code == 3


def test_errors_stand_in_the_json_too(run: Run):
    result = run("reconcile", "--json", NYALA_KEYS="/nowhere")
    assert result.exit_code == 7
    assert json.loads(result.stdout) == {"error": result.stderr.strip().partition(": ")[2], "exit_code": 7}


def test_a_command_line_that_is_not_understood_ends_with_2(run: Run):
    assert run("reconcile", "--nonsense").exit_code == 2


def test_a_port_without_a_terminal_ends_with_2(run: Run, tmp_path: Path):
    result = run("status", "--port", str(tmp_path / "ttyNone"))
    assert result.exit_code == 2
    assert "ttyNone" in sentence(result)


# -- the operator


def test_an_operator_is_set_up_with_the_command_alone(run: Run, tmp_path: Path):
    keys = {"NYALA_KEYS": str(tmp_path / "new"), "NYALA_PASSPHRASE": "new"}
    assert run("operator", "create", "--name", "Dompet", **keys).exit_code == 0
    assert run("operator", "issuer", "bank", **keys).exit_code == 0
    assert run("operator", "staff", "tina", "--role", "technician", **keys).exit_code == 0
    (tmp_path / "policy.toml").write_text(POLICY)
    signed = run("operator", "policy", str(tmp_path / "policy.toml"), "--out", str(tmp_path / "p"), **keys)
    assert signed.exit_code == 0, signed.output
    folder = KeyFolder(tmp_path / "new")
    parsed = policy.verify((tmp_path / "p").read_bytes(), folder.root_public)
    assert (parsed.version, parsed.denied, parsed.hours) == (1, (99,), 48)
    assert parsed.issuers.keys() == {folder.issuer("bank").key_id}
    listed = json.loads(run("operator", "list", "--json", **keys).output)
    assert [(row["kind"], row["name"]) for row in listed["certificates"]] == [("issuers", "bank"), ("staff", "tina")]


def test_a_card_gets_a_certificate(run: Run, tmp_path: Path):
    arguments = ("--issuer", "bank", "--number", "7", "--currency", "IDR", "--out", str(tmp_path / "card"))
    limits = ("--payment-minor", "100", "--allowance-minor", "1000")
    made = run("operator", "card", "--public", public("card 7").hex(), *arguments, *limits)
    assert made.exit_code == 0, made.output
    assert json.loads(run("show", str(tmp_path / "card"), "--json").output)["number"] == 7
    refused = run("operator", "card", "--public", "zz", *arguments, *limits)
    assert refused.exit_code == 3


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("hours = 48", "hours = -1", "limits.hours"),
        ("hours = 48", 'hours = "48"', "limits.hours"),
        ("hours = 48", "", "limits.hours"),
        ("hours = 48", "hours = 48\nhuors = 1", "limits.huors"),
        ('currency = "IDR"', 'currency = "Rp"', "money.currency"),
        ("denied = [99]", "denied = [-1]", "denied"),
        ('sales = "always"', 'sales = "often"', "sales"),
        ("[limits]", "[limits", "no TOML"),
    ],
)
def test_a_wrong_policy_file_is_refused_with_its_field(run: Run, tmp_path: Path, before: str, after: str, field: str):
    (tmp_path / "policy.toml").write_text(POLICY.replace(before, after))
    result = run("operator", "policy", str(tmp_path / "policy.toml"))
    assert result.exit_code == 3
    assert field in sentence(result)


# -- a terminal: the real firmware on a pty


def test_a_terminal_is_provisioned_read_reconciled_and_acknowledged(run: Run, tmp_path: Path):
    inbox = {"NYALA_INBOX": str(tmp_path / "inbox")}
    with powered(sales=5) as port:
        at_port = ("--port", port)
        made = run("provision", *at_port, "--terminal", "7", "--merchant", "Warung Baru", "--json")
        assert made.exit_code == 0, made.output + made.stderr
        status = json.loads(run("status", *at_port, "--json").output)
        assert (status["terminal"], status["provisioned"]) == (7, True)
        assert "terminal 7" in run("status", *at_port).output
        read = run("read", *at_port, "--json", **inbox)
        assert read.exit_code == 0, read.output + read.stderr
        entries = json.loads(read.output)["new_entries"]
        assert entries >= 5
        reconciled = json.loads(run("reconcile", "--json", **inbox).output)
        assert reconciled["new"]["entries"] == entries
        assert reconciled["terminals"][0]["merchant"] == "Warung Baru"
        receipted = run("receipt", *at_port, "--json", **inbox)
        assert receipted.exit_code == 0, receipted.output + receipted.stderr
        assert json.loads(receipted.output)["sequence"] == reconciled["terminals"][0]["sound_to"]
        assert len(Inbox(tmp_path / "inbox").receipts(7)) == 1
        again = json.loads(run("read", *at_port, "--json", **inbox).output)
        assert again["new_entries"] == 1  # the terminal's own entry that it has the receipt
        assert run("receipt", *at_port, **inbox).exit_code == 0

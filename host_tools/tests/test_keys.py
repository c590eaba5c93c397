"""The operator's key folder."""

import base64
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import certificate, cose, policy
from nyala.documents.policy import Policy
from nyala.errors import DocumentError, KeyFolderError
from nyala.keys import CARD_LIFETIME_S, ISSUER_LIFETIME_S, STAFF_LIFETIME_S, TERMINAL_LIFETIME_S, KeyFolder
from nyala.keys import files as key_files
from nyala.wire import entry as wire

NOW_S = 1_785_000_000
PASSPHRASE = "correct horse battery staple"
TERMINAL_KEY = ec.derive_private_key(17, ec.SECP256R1())
TERMINAL_PUBLIC = cose.public_bytes(TERMINAL_KEY)


@pytest.fixture(autouse=True)
def quick_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that open in no time: what the rounds cost is not what these tests are about."""
    monkeypatch.setattr(key_files, "KDF_ROUNDS", 1000)


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    return KeyFolder.create(tmp_path / "keys", PASSPHRASE, "Contoh Pay", now_s=NOW_S)


def reopened(folder: KeyFolder, passphrase: str | None = PASSPHRASE) -> KeyFolder:
    return KeyFolder(folder.path, passphrase)


def some_policy(folder: KeyFolder, version: int = 1) -> Policy:
    return Policy(
        version=version,
        issued_s=NOW_S,
        issuers=folder.issuer_keys(now_s=NOW_S),
        payment_minor=50_000_000,
        card_minor=100_000_000,
        stored_value_minor=2_000_000_000,
        stored_count=500,
        hours=72,
        minimum_charge=10,
        sales_when=policy.ON_BATTERY_ONLY,
        currency=360,
        prefix="Rp",
        exponent=2,
        shown=0,
        separator=".",
        language=policy.INDONESIAN,
    )


def issue_card(folder: KeyFolder, **changes: Any) -> bytes:
    asked: dict[str, Any] = {"number": 62, "public": TERMINAL_PUBLIC, "currency": 360, "now_s": NOW_S}
    asked |= {"payment_minor": 500, "allowance_minor": 900}
    return folder.issue_card("bank", **(asked | changes))


def audit_lines(folder: KeyFolder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder.path / "audit.jsonl").read_text().splitlines()]


def all_files(folder: KeyFolder) -> dict[str, bytes]:
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}


# -- making and opening


def test_a_new_folder_opens_again_with_the_same_root(folder: KeyFolder) -> None:
    again = reopened(folder)
    assert again.operator_name == "Contoh Pay"
    assert again.root_public == folder.root_public
    assert len(folder.root_public) == 64


def test_a_folder_that_is_there_is_never_created_over(folder: KeyFolder) -> None:
    before = all_files(folder)
    with pytest.raises(KeyFolderError, match="never overwritten"):
        KeyFolder.create(folder.path, PASSPHRASE, "Somebody else", now_s=NOW_S)
    assert all_files(folder) == before


def test_a_file_in_the_way_stays(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a shopping list")
    with pytest.raises(KeyFolderError):
        KeyFolder.create(tmp_path / "keys", PASSPHRASE, "Contoh Pay", now_s=NOW_S)
    assert (tmp_path / "keys").read_text() == "a shopping list"


def test_a_folder_may_be_created_where_an_empty_one_is(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    KeyFolder.create(tmp_path / "keys", PASSPHRASE, "Contoh Pay", now_s=NOW_S)
    KeyFolder(tmp_path / "keys", PASSPHRASE)


@pytest.mark.parametrize(
    ("passphrase", "name"), [("", "Contoh Pay"), ("x" * 1024, "Contoh Pay"), (PASSPHRASE, ""), (PASSPHRASE, "x" * 41)]
)
def test_a_folder_that_would_be_no_good_is_not_created(tmp_path: Path, passphrase: str, name: str) -> None:
    with pytest.raises(KeyFolderError):
        KeyFolder.create(tmp_path / "keys", passphrase, name, now_s=NOW_S)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_key_folder_is_not_opened(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(KeyFolderError, match="is no key folder"):
            KeyFolder(path, PASSPHRASE)
    (tmp_path / "operator.json").write_text("[]")
    with pytest.raises(KeyFolderError, match="damaged"):
        KeyFolder(tmp_path, PASSPHRASE)


@pytest.mark.parametrize("passphrase", ["swordfish", "x" * 2000])
def test_a_wrong_passphrase_is_said_in_a_sentence_and_changes_nothing(folder: KeyFolder, passphrase: str) -> None:
    folder.add_issuer("bank", now_s=NOW_S)
    before = all_files(folder)
    wrong = reopened(folder, passphrase)
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: wrong.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S),
        lambda: wrong.rotate_issuer("bank", now_s=NOW_S),
        lambda: wrong.rotate_root(now_s=NOW_S),
        lambda: wrong.issue_terminal(17, "Warung Bu Sri", TERMINAL_PUBLIC, now_s=NOW_S),
        lambda: issue_card(wrong),
        lambda: wrong.sign_policy(some_policy(folder)),
    )
    for attempt in attempts:
        with pytest.raises(KeyFolderError, match="passphrase does not open") as caught:
            attempt()
        assert passphrase not in str(caught.value)
    assert all_files(folder) == before


def test_without_a_passphrase_public_halves_can_be_used(folder: KeyFolder) -> None:
    folder.add_issuer("bank", now_s=NOW_S)
    folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S)
    public = reopened(folder, None)
    assert public.root_public == folder.root_public
    assert public.issuer("bank") == folder.issuer("bank")
    assert len(list(public.certificates())) == 2
    with pytest.raises(KeyFolderError, match="give the passphrase"):
        public.staff("Sri")


# -- what lies on disk


def test_private_keys_are_encrypted_and_files_are_for_their_owner_only(folder: KeyFolder) -> None:
    old = os.umask(0)
    try:
        folder.add_issuer("bank", now_s=NOW_S)
        folder.add_staff("Sri", wire.ROLE_RECONCILER, now_s=NOW_S)
    finally:
        os.umask(old)
    private = sorted(folder.path.rglob("*.pem"))
    assert len(private) == 3
    for path in private:
        assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        serialization.load_pem_private_key(path.read_bytes(), PASSPHRASE.encode())
    for path in folder.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_passphrase_is_stretched_enough_and_openssl_opens_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert key_files.KDF_ROUNDS >= 600_000
    path = tmp_path / "1.pem"
    key_files.write_new(path, key_files.seal_private(TERMINAL_KEY, PASSPHRASE))
    assert key_files.KDF_ROUNDS.to_bytes(3, "big") in base64.b64decode("".join(path.read_text().splitlines()[1:-1]))
    assert cose.public_bytes(key_files.open_private(path, PASSPHRASE)) == TERMINAL_PUBLIC
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on PATH")
    command = [openssl, "pkey", "-in", str(path), "-passin", f"pass:{PASSPHRASE}", "-pubout", "-outform", "DER"]
    opened = subprocess.run(command, capture_output=True, check=True).stdout
    assert opened.endswith(TERMINAL_PUBLIC)


@pytest.mark.parametrize("rounds", [1, 127, 128, 255, 256, 32767, 32768])
def test_keys_open_whatever_length_their_round_count_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    monkeypatch.setattr(key_files, "KDF_ROUNDS", rounds)
    key_files.write_new(tmp_path / "1.pem", key_files.seal_private(TERMINAL_KEY, "ä¼ö"))
    assert cose.public_bytes(key_files.open_private(tmp_path / "1.pem", "ä¼ö")) == TERMINAL_PUBLIC


def test_no_file_is_ever_changed_but_the_audit_log_which_only_grows(folder: KeyFolder) -> None:
    seen = all_files(folder)
    steps: tuple[Callable[[], Any], ...] = (
        lambda: folder.add_issuer("bank", now_s=NOW_S),
        lambda: folder.rotate_issuer("bank", now_s=NOW_S),
        lambda: folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S),
        lambda: folder.rotate_staff("Sri", now_s=NOW_S),
        lambda: folder.issue_terminal(17, "Warung Bu Sri", TERMINAL_PUBLIC, now_s=NOW_S),
        lambda: folder.issue_terminal(17, "Warung Bu Sri", TERMINAL_PUBLIC, now_s=NOW_S, replace=True),
        lambda: issue_card(folder),
        lambda: folder.sign_policy(some_policy(folder)),
        lambda: folder.rotate_root(now_s=NOW_S),
    )
    for step in steps:
        step()
        now = all_files(folder)
        log = seen.pop("audit.jsonl")
        assert now["audit.jsonl"].startswith(log)
        assert now["audit.jsonl"].count(b"\n") == log.count(b"\n") + 1
        assert all(now[name] == content for name, content in seen.items())
        seen = now


def test_the_audit_log_says_when_what_who_and_which(folder: KeyFolder) -> None:
    folder.add_staff("Sri Wahyuni", wire.ROLE_RECONCILER, now_s=NOW_S + 5)
    document = folder.issue_terminal(17, "Warung Bu Sri", TERMINAL_PUBLIC, now_s=NOW_S + 6)
    created, added, certified = audit_lines(folder)
    assert created == {
        "time": NOW_S,
        "what": "operator created",
        "who": "Contoh Pay",
        "fingerprint": cose.key_id(folder.root_public).hex(),
    }
    assert (added["time"], added["what"], added["who"]) == (NOW_S + 5, "reconciler added", "Sri Wahyuni")
    assert certified == {
        "time": NOW_S + 6,
        "what": "terminal certified",
        "who": "T000017",
        "fingerprint": cose.fingerprint(document).hex(),
    }


def test_nothing_is_signed_when_the_audit_log_cannot_be_written(folder: KeyFolder) -> None:
    (folder.path / "audit.jsonl").unlink()
    (folder.path / "audit.jsonl").mkdir()
    with pytest.raises(KeyFolderError, match="nothing is signed without a record"):
        folder.issue_terminal(17, "Warung Bu Sri", TERMINAL_PUBLIC, now_s=NOW_S)
    with pytest.raises(KeyFolderError):
        folder.terminal(17)


def test_a_crash_between_two_files_of_a_rotation_leaves_the_old_key_in_use(
    folder: KeyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S)
    write_new = key_files.write_new

    def dies(path: Path, data: bytes) -> None:
        if path.suffix == ".cwt":
            raise KeyboardInterrupt
        write_new(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(key_files, "write_new", dies)
        with pytest.raises(KeyboardInterrupt):
            folder.rotate_staff("Sri", now_s=NOW_S)
    again = reopened(folder)
    assert again.staff("Sri").certificate == old.certificate
    assert again.rotate_staff("Sri", now_s=NOW_S).certificate != old.certificate
    assert [held.number for held in again.certificates()] == [1, 3]


@pytest.mark.parametrize("failing", ["open", "fsync", "link"])
def test_a_full_disk_leaves_no_half_file(folder: KeyFolder, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    before = set(all_files(folder))

    def fails(*args: Any, **named: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, fails)
        with pytest.raises(KeyFolderError, match="No space left"):
            key_files.write_new(folder.path / "operator" / "2.pem", b"key")
    assert set(all_files(folder)) == before


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    key_files.write_new(tmp_path / "1.pem", b"first")
    with pytest.raises(KeyFolderError, match="never overwritten"):
        key_files.write_new(tmp_path / "1.pem", b"second")
    assert (tmp_path / "1.pem").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["1.pem"]


def test_a_key_that_is_not_its_certificates_is_refused(folder: KeyFolder) -> None:
    for name in ("Sri", "Ani"):
        folder.add_staff(name, wire.ROLE_TECHNICIAN, now_s=NOW_S)
    staff = folder.path / "staff"
    (staff / "Sri" / "1.pem").write_bytes((staff / "Ani" / "1.pem").read_bytes())
    with pytest.raises(KeyFolderError, match="not the key"):
        reopened(folder).staff("Sri")


@pytest.mark.parametrize("content", [b"", b"not a key", None])
def test_a_missing_or_damaged_key_is_said_in_a_sentence(folder: KeyFolder, content: bytes | None) -> None:
    folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S)
    path = folder.path / "staff" / "Sri" / "1.pem"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(KeyFolderError) as caught:
        reopened(folder).staff("Sri")
    assert str(path) in str(caught.value)


def test_an_unencrypted_key_is_refused(folder: KeyFolder) -> None:
    folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S)
    plain = folder.staff("Sri").key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder.path / "staff" / "Sri" / "1.pem").write_bytes(plain)
    with pytest.raises(KeyFolderError, match="not encrypted"):
        reopened(folder).staff("Sri")


def test_a_damaged_certificate_is_said_in_a_sentence(folder: KeyFolder) -> None:
    folder.add_issuer("bank", now_s=NOW_S)
    path = folder.path / "issuers" / "bank" / "1.cwt"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(KeyFolderError, match="damaged"):
        folder.issuer("bank")


def test_a_private_key_is_opened_once(folder: KeyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.add_issuer("bank", now_s=NOW_S)
    opened: list[Path] = []
    open_private = key_files.open_private

    def counted(path: Path, passphrase: str) -> ec.EllipticCurvePrivateKey:
        opened.append(path)
        return open_private(path, passphrase)

    monkeypatch.setattr(key_files, "open_private", counted)
    again = reopened(folder)
    assert opened == []
    for number in range(3):
        issue_card(again, number=number)
    assert opened == [folder.path / "issuers" / "bank" / "1.pem"]


def test_no_secret_is_shown(folder: KeyFolder) -> None:
    staff = folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S)
    secret = f"{staff.key.private_numbers().private_value:x}"
    for shown in (repr(staff), repr(folder), repr(vars(folder)), (folder.path / "audit.jsonl").read_text()):
        assert secret not in shown
        assert PASSPHRASE not in shown


# -- certificates


def test_each_certificate_says_what_it_is_and_verifies_with_its_signer(folder: KeyFolder) -> None:
    bank = folder.add_issuer("bank", now_s=NOW_S)
    technician = folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S)
    reconciler = folder.add_staff("Ani", wire.ROLE_RECONCILER, now_s=NOW_S)
    terminal = folder.issue_terminal(17, "Warung Bu Sri", TERMINAL_PUBLIC, now_s=NOW_S)
    for document, role, subject, number, lifetime_s in (
        (bank.certificate, wire.ROLE_ISSUER, "bank", 0, ISSUER_LIFETIME_S),
        (technician.certificate, wire.ROLE_TECHNICIAN, "Sri", 0, STAFF_LIFETIME_S),
        (reconciler.certificate, wire.ROLE_RECONCILER, "Ani", 0, STAFF_LIFETIME_S),
        (terminal, wire.ROLE_TERMINAL, "Warung Bu Sri", 17, TERMINAL_LIFETIME_S),
    ):
        read = certificate.verify(document, folder.root_public)
        assert (read.role, read.subject, read.number, read.issuer) == (role, subject, number, "Contoh Pay")
        assert (read.issued_s, read.expires_s) == (NOW_S, NOW_S + lifetime_s)
    card = certificate.verify(issue_card(folder), bank.public)
    assert (card.role, card.number, card.issuer) == (wire.ROLE_CARD, 62, "bank")
    assert (card.currency, card.payment_minor, card.allowance_minor) == (360, 500, 900)
    assert card.expires_s == NOW_S + CARD_LIFETIME_S
    assert card.kid == bank.key_id


def test_staff_hold_the_key_of_their_certificate(folder: KeyFolder) -> None:
    folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S)
    staff = reopened(folder).staff("Sri")
    assert (staff.name, staff.role) == ("Sri", wire.ROLE_TECHNICIAN)
    assert certificate.parse(staff.certificate).public == cose.public_bytes(staff.key)


def test_lifetimes_can_be_chosen(folder: KeyFolder) -> None:
    folder.add_issuer("bank", now_s=NOW_S, expires_s=NOW_S + 100)
    folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S, expires_s=NOW_S + 50)
    folder.issue_terminal(17, "Warung Bu Sri", TERMINAL_PUBLIC, now_s=NOW_S, expires_s=NOW_S + 200)
    assert certificate.parse(issue_card(folder, expires_s=NOW_S + 9)).expires_s == NOW_S + 9
    assert [held.name for held in folder.expiring(NOW_S + 201)] == ["Sri", "bank", "T000017"]
    assert [held.name for held in folder.expiring(NOW_S + 100)] == ["Sri"]
    folder.rotate_staff("Sri", now_s=NOW_S + 50)
    assert [held.name for held in folder.expiring(NOW_S + 100)] == []


def test_a_certificate_is_expired_from_the_second_it_names(folder: KeyFolder) -> None:
    read = certificate.parse(folder.issue_terminal(17, "", TERMINAL_PUBLIC, now_s=NOW_S, expires_s=NOW_S + 10))
    assert not read.expired(NOW_S + 9)
    assert read.expired(NOW_S + 10)


def test_a_certificate_that_would_never_be_valid_is_not_made(folder: KeyFolder) -> None:
    with pytest.raises(KeyFolderError, match="expire before"):
        folder.issue_terminal(17, "", TERMINAL_PUBLIC, now_s=NOW_S, expires_s=NOW_S)


def test_an_expired_issuer_signs_no_cards_until_it_is_rotated(folder: KeyFolder) -> None:
    folder.add_issuer("bank", now_s=NOW_S, expires_s=NOW_S + 100)
    with pytest.raises(KeyFolderError, match="has expired; rotate"):
        issue_card(folder, now_s=NOW_S + 100)
    rotated = folder.rotate_issuer("bank", now_s=NOW_S + 100)
    certificate.verify(issue_card(folder, now_s=NOW_S + 100), rotated.public)


def test_a_rotated_issuers_old_key_stays_known_while_its_certificate_is_valid(folder: KeyFolder) -> None:
    old = folder.add_issuer("bank", now_s=NOW_S, expires_s=NOW_S + 100)
    new = folder.rotate_issuer("bank", now_s=NOW_S + 50)
    assert new.public != old.public
    assert folder.issuer("bank") == new
    assert folder.issuer_keys(now_s=NOW_S + 99) == {old.key_id: old.public, new.key_id: new.public}
    assert folder.issuer_keys(now_s=NOW_S + 100) == {new.key_id: new.public}


def test_a_rotated_member_of_staff_has_a_new_key_in_the_same_role(folder: KeyFolder) -> None:
    old = folder.add_staff("Sri", wire.ROLE_RECONCILER, now_s=NOW_S)
    new = folder.rotate_staff("Sri", now_s=NOW_S)
    assert new.role == old.role
    assert cose.public_bytes(new.key) != cose.public_bytes(old.key)
    assert reopened(folder).staff("Sri").certificate == new.certificate
    assert [held.current for held in folder.certificates()] == [False, True]


def test_a_rotated_root_signs_from_then_on_and_the_old_one_still_verifies(folder: KeyFolder) -> None:
    before = folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S)
    old = folder.root_public
    new = folder.rotate_root(now_s=NOW_S)
    assert folder.roots == (new, old)
    assert folder.root_public == new
    certificate.verify(before.certificate, old)
    again = reopened(folder)
    certificate.verify(again.rotate_staff("Sri", now_s=NOW_S).certificate, new)


def test_the_tenth_rotation_comes_after_the_ninth(folder: KeyFolder) -> None:
    first = folder.issue_terminal(17, "", TERMINAL_PUBLIC, now_s=NOW_S)
    later = [folder.issue_terminal(17, "", TERMINAL_PUBLIC, now_s=NOW_S + n, replace=True) for n in range(1, 11)]
    assert folder.terminal(17) == later[-1] != first
    assert [held.document for held in folder.certificates()] == [first, *later]


def test_a_terminal_number_is_given_twice_only_on_purpose(folder: KeyFolder) -> None:
    first = folder.issue_terminal(17, "Warung Bu Sri", TERMINAL_PUBLIC, now_s=NOW_S)
    with pytest.raises(KeyFolderError, match="has a certificate already"):
        folder.issue_terminal(17, "Warung Pak Budi", TERMINAL_PUBLIC, now_s=NOW_S)
    assert folder.terminal(17) == first
    second = folder.issue_terminal(17, "Warung Pak Budi", TERMINAL_PUBLIC, now_s=NOW_S, replace=True)
    assert folder.terminal(17) == second


def test_names_are_given_once(folder: KeyFolder) -> None:
    folder.add_issuer("bank", now_s=NOW_S)
    folder.add_staff("Sri", wire.ROLE_TECHNICIAN, now_s=NOW_S)
    with pytest.raises(KeyFolderError, match="already"):
        folder.add_issuer("bank", now_s=NOW_S)
    with pytest.raises(KeyFolderError, match="already"):
        folder.add_staff("Sri", wire.ROLE_RECONCILER, now_s=NOW_S)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../bank", "a/b", "/etc", "a\\b", ".hidden", " bank", "bank ", "bank.", "a\0b", "x" * 41, "a\nb"],
)
def test_a_name_that_could_leave_its_folder_is_refused(folder: KeyFolder, name: str) -> None:
    before = all_files(folder)
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: folder.add_issuer(name, now_s=NOW_S),
        lambda: folder.add_staff(name, wire.ROLE_TECHNICIAN, now_s=NOW_S),
        lambda: folder.issuer(name),
        lambda: folder.staff(name),
        lambda: folder.rotate_staff(name, now_s=NOW_S),
    )
    for attempt in attempts:
        with pytest.raises(KeyFolderError, match="cannot be a name"):
            attempt()
    assert all_files(folder) == before


@pytest.mark.parametrize("name", ["bank", "Bank Contoh", "Sri-2", "Sri_W.K", "Ñusa Ténggara", "7"])
def test_ordinary_names_are_taken(folder: KeyFolder, name: str) -> None:
    assert folder.add_issuer(name, now_s=NOW_S).name == name


def test_who_is_not_there_is_not_found(folder: KeyFolder) -> None:
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: folder.issuer("bank"),
        lambda: folder.staff("Sri"),
        lambda: folder.rotate_issuer("bank", now_s=NOW_S),
        lambda: folder.terminal(17),
        lambda: issue_card(folder),
    )
    for attempt in attempts:
        with pytest.raises(KeyFolderError, match="is not in"):
            attempt()


@pytest.mark.parametrize("role", [0, wire.ROLE_ISSUER, wire.ROLE_CARD, wire.ROLE_TERMINAL, 6])
def test_staff_are_technicians_or_reconcilers(folder: KeyFolder, role: int) -> None:
    with pytest.raises(KeyFolderError, match="technicians"):
        folder.add_staff("Sri", role, now_s=NOW_S)


def test_a_certificate_out_of_bounds_is_not_made(folder: KeyFolder) -> None:
    folder.add_issuer("bank", now_s=NOW_S)
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: folder.issue_terminal(1 << 32, "", TERMINAL_PUBLIC, now_s=NOW_S),
        lambda: folder.issue_terminal(17, "x" * 41, TERMINAL_PUBLIC, now_s=NOW_S),
        lambda: folder.issue_terminal(17, "", bytes(64), now_s=NOW_S),
        lambda: issue_card(folder, allowance_minor=0),
        lambda: issue_card(folder, number=1 << 63),
        lambda: issue_card(folder, currency=1000),
    )
    lines = len(audit_lines(folder))
    for attempt in attempts:
        with pytest.raises(KeyFolderError, match="cannot be made"):
            attempt()
    assert len(audit_lines(folder)) == lines


def test_a_public_key_may_be_given_as_an_object(folder: KeyFolder) -> None:
    document = folder.issue_terminal(17, "", TERMINAL_KEY.public_key(), now_s=NOW_S)
    assert certificate.parse(document).public == TERMINAL_PUBLIC


# -- policies


def test_policies_are_signed_once_and_versions_only_go_up(folder: KeyFolder) -> None:
    folder.add_issuer("bank", now_s=NOW_S)
    first = folder.sign_policy(some_policy(folder, 3))
    assert policy.verify(first, folder.root_public) == some_policy(folder, 3)
    assert folder.sign_policy(some_policy(folder, 3)) == first
    for refused in (some_policy(folder, 2), replace(some_policy(folder, 3), hours=1)):
        with pytest.raises(KeyFolderError, match="give the new one version 4"):
            folder.sign_policy(refused)
    second = folder.sign_policy(some_policy(folder, 4))
    assert reopened(folder, None).policies() == {3: first, 4: second}


def test_a_policy_out_of_bounds_is_not_signed(folder: KeyFolder) -> None:
    with pytest.raises(DocumentError):
        folder.sign_policy(some_policy(folder))  # no issuers yet
    assert folder.policies() == {}

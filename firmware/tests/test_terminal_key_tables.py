"""Key tables: built once, when nobody waits, kept in flash; and no verdict ever hangs on one."""

import asyncio
import gc

import link_rig
import till_rig
import virtual_time
from crypto import ecdsa
from expect import raises
from link_rig import key, root
from parts.nor_flash import NorFlash, PowerLost
from terminal import key_tables
from terminal.key_tables import KeyTables
from till_rig import Card, pay, play, press, until
from voucher import certificate, cose
from wire import link as wire
from wire.entry import ISSUERS_MAX, ROLE_TECHNICIAN

_SLOT_BYTES = 8192
_STORED_BYTES = 32 + ecdsa.TABLE_BYTES
_STORE_OPERATIONS = 2 + 17  # erases, pages


class Counted:
    """Inside `with`: `built` lists the keys that tables were begun for, `verified` pairs of key and table used."""

    def __enter__(self):
        self.built = []
        self.verified = []
        self._real = ecdsa.key_table_steps, ecdsa.verify
        ecdsa.key_table_steps, ecdsa.verify = self._steps, self._verify
        return self

    def __exit__(self, *error):
        ecdsa.key_table_steps, ecdsa.verify = self._real

    def _steps(self, public, table):
        self.built.append(public)
        return self._real[0](public, table)

    def _verify(self, public, message, signature, table=None):
        self.verified.append((public, table is not None))
        return self._real[1](public, message, signature, table)


def _built(flash, *publics):
    """The tables of these keys, on this flash."""
    tables = KeyTables(flash)
    virtual_time.run(tables.build_missing(set(publics), lambda: True))
    return tables


def _staff():
    return link_rig.technician().certificate


def _forged():
    """A certificate that names the root and is not signed by it."""
    good = _staff()
    return good[:-1] + bytes((good[-1] ^ 1,))


def _check_verdicts(tables):
    assert tables.verify(certificate.verify, _staff(), root().public).role == ROLE_TECHNICIAN
    raises(cose.BadSignature, tables.verify, certificate.verify, _forged(), root().public)


async def _tables_made(machine):
    await asyncio.sleep_ms(3000)
    for _ in range(100):
        await asyncio.sleep_ms(20)
    assert not machine.tables._building


def _course_of_nothing(machine):
    """Switch on, and wait for the housekeeping; return what was counted."""
    with Counted() as counted:
        play(machine, _tables_made(machine))
    return counted


# -- built once


def test_a_stored_table_is_the_one_that_was_built():
    tables = _built(NorFlash(None, 4), root().public)
    assert tables.table(root().public) == ecdsa.key_table(root().public)
    assert tables.table(key("issuer").public) is None


def test_tables_are_built_once_and_not_again_after_a_restart():
    issuer = key("issuer")
    machine = till_rig.terminal(issuers=(issuer,))
    assert set(_course_of_nothing(machine).built) == {root().public, issuer.public}
    for public in (root().public, issuer.public):
        assert machine.tables.table(public) is not None
    flash = machine.board.table_flash
    flash.reset_counters()
    for _ in range(3):
        machine = till_rig.start(machine.board.next_start())
        assert _course_of_nothing(machine).built == []
    assert (flash.programs, flash.erases) == (0, 0)


def test_a_policy_with_a_new_issuer_builds_just_that_one_and_drops_the_old():
    old, kept, new = key("old"), key("kept"), key("new")
    machine = till_rig.terminal(issuers=(old, kept))
    with Counted() as counted:

        async def course():
            await _tables_made(machine)
            assert set(counted.built) == {root().public, old.public, kept.public}
            counted.built.clear()
            document = till_rig.policy(version=2, issuers=(kept, new))
            assert machine.identity.apply_policy(document, machine.tables) == 2
            await _tables_made(machine)

        play(machine, course())
    assert counted.built == [new.public]
    assert machine.tables.table(old.public) is None
    for one in (root(), kept, new):
        assert machine.tables.table(one.public) is not None


def test_the_table_of_an_issuer_that_is_gone_is_dropped_though_its_place_is_not_needed():
    flash = NorFlash(None, 6)
    _built(flash, root().public, key("issuer").public)
    tables = _built(flash, root().public)
    assert tables.table(key("issuer").public) is None
    assert tables.table(root().public) is not None


def test_an_installed_identity_gets_its_tables_without_a_restart():
    board = till_rig.Board()
    machine = till_rig.start(board)
    with Counted() as counted:

        async def course():
            await _tables_made(machine)
            assert counted.built == []
            till_rig.enrol(board)
            machine.identity._load()
            machine.clock.set(link_rig.NOW_S)
            await machine.enrolled()
            await _tables_made(machine)

        play(machine, course())
    assert counted.built == [root().public]


def test_the_boards_partition_has_room_for_every_issuer_and_the_operator():
    folder = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    with open(folder + "/../../boards/esp32_devkitc/partitions.csv") as table:
        rows = [[field.strip() for field in line.split(",")] for line in table if not line.startswith("#")]
    ((offset, size),) = [(int(row[3], 16), int(row[4], 16)) for row in rows if row[0] == "tables"]
    assert offset % 4096 == 0
    assert KeyTables(NorFlash(None, size // 4096))._slots > ISSUERS_MAX
    end = 0
    for row in rows:
        assert int(row[3], 16) >= end, row
        end = int(row[3], 16) + int(row[4], 16)


# -- only when nobody waits


def test_nothing_is_built_while_somebody_is_at_the_till():
    machine = till_rig.terminal()
    with Counted() as counted:

        async def course():
            await press(machine, "25")
            await asyncio.sleep_ms(30000)
            assert machine.state == "amount"
            assert counted.built == []
            await press(machine, "#")
            await asyncio.sleep_ms(10000)
            assert machine.state == "tap"
            assert counted.built == []
            await press(machine, "*")
            await until(machine, "ready")
            await _tables_made(machine)
            assert counted.built == [root().public]

        play(machine, course())


def test_a_build_ends_when_somebody_comes_and_is_begun_anew_later():
    flash = NorFlash(None, 4)
    tables = KeyTables(flash)
    looks = [0]

    def quiet():
        looks[0] += 1
        return looks[0] != 40

    with Counted() as counted:
        virtual_time.run(tables.build_missing({root().public}, quiet))
    assert counted.built == [root().public] * 2
    assert flash.erases == 2  # only the finished one was stored
    _check_verdicts(tables)


def test_other_tasks_run_between_the_steps_of_a_build_and_can_sign_and_verify():
    tables = _built(NorFlash(None, 4), key("issuer").public)
    turns = [0]

    async def other():
        while True:
            turns[0] += 1
            if turns[0] % 10 == 5:
                assert tables.table(key("issuer").public) is None  # one table in memory is enough
                _check_verdicts(tables)
                assert root().sign(b"\x00")
            await asyncio.sleep_ms(0)

    async def both():
        task = asyncio.create_task(other())
        await tables.build_missing({root().public, key("issuer").public}, lambda: True)
        task.cancel()

    virtual_time.run(both())
    assert turns[0] > 70
    assert tables.table(root().public) == ecdsa.key_table(root().public)
    assert tables.table(key("issuer").public) is not None


def test_flash_is_left_alone_at_an_unsafe_voltage():
    machine = till_rig.terminal(issuers=(key("issuer"),))
    machine.board.gauge.mv = 3000
    assert _course_of_nothing(machine).built == []
    assert machine.board.table_flash.erases == 0


# -- whatever happens to a table


def test_a_flipped_bit_in_a_stored_table_changes_no_verdict():
    flash = NorFlash(None, 4)
    tables = _built(flash, root().public)
    for at in range(_STORED_BYTES):
        flash.flip(at, at % 8)
        assert tables.table(root().public) is None, at
        if at % 200 == 0:
            _check_verdicts(tables)
        flash.flip(at, at % 8)
    assert tables.table(root().public) is not None
    flash.flip(1000, 0)
    with Counted() as counted:  # the next start makes it anew
        _built(flash, root().public)
    assert counted.built == [root().public]
    assert tables.table(root().public) is not None


def test_a_table_that_turns_bad_in_memory_changes_no_verdict():
    tables = _built(NorFlash(None, 4), root().public)
    whole = tables.table(root().public)
    for at in range(0, len(whole), 300):
        bad = bytearray(whole)
        bad[at] ^= 16
        tables.table = lambda public, bad=bad: bad
        _check_verdicts(tables)


def test_the_table_of_another_key_under_this_ones_name_changes_no_verdict():
    """Every checksum right: only a fault in building could make such a table."""
    flash = NorFlash(None, 4)
    real = ecdsa.key_table_steps

    def wrong(public, table):
        for _ in real(key("issuer").public, table):
            yield
        table[:64] = public
        table[-4:] = ecdsa.crc32(memoryview(table)[:-4]).to_bytes(4, "little")

    ecdsa.key_table_steps = wrong
    try:
        tables = _built(flash, root().public)
    finally:
        ecdsa.key_table_steps = real
    assert tables.table(root().public) is not None
    _check_verdicts(tables)


def test_a_power_cut_while_storing_leaves_the_old_tables_and_the_new_one_or_none():
    before = NorFlash(None, 6)
    old = _built(before, root().public).table(root().public)
    new = ecdsa.key_table(key("issuer").public)
    both = root().public, key("issuer").public
    seen = set()
    for operation in range(1, _STORE_OPERATIONS + 1):
        for after_bytes in (0, 100, 255, 4096):
            flash = before.fork()
            flash.cut(operation, after_bytes)
            raises(PowerLost, _built, flash, *both)
            tables = KeyTables(flash)
            assert tables.table(both[0]) == old
            there = tables.table(both[1])
            assert there is None or there == new
            seen.add(there is not None)
            flash.cut(0, 0)
            with Counted() as counted:
                tables = _built(flash, *both)
            assert counted.built == ([] if there else [both[1]])
            assert [tables.table(public) for public in both] == [old, new]
    assert seen == {True, False}
    flash = before.fork()  # and there are no more operations than those
    flash.cut(_STORE_OPERATIONS + 1, 0)
    _built(flash, *both)


def test_a_power_cut_while_dropping_leaves_nothing_half():
    before = NorFlash(None, 4)
    _built(before, root().public)
    for after_bytes in (0, 1, 50, 96):
        flash = before.fork()
        flash.cut(1, after_bytes)
        raises(PowerLost, _built, flash, key("issuer").public)
        flash.cut(0, 0)
        _check_verdicts(KeyTables(flash))
        tables = _built(flash, key("issuer").public)
        assert tables.table(root().public) is None
        assert tables.table(key("issuer").public) is not None


def test_a_worn_out_slot_is_passed_over():
    flash = NorFlash(None, 6)
    flash.stick(1)
    tables = _built(flash, root().public)
    assert tables._key(1) == root().public
    assert tables.table(root().public) is not None


def test_without_room_the_rest_is_verified_without():
    tables = _built(NorFlash(None, 2), root().public, key("issuer").public)
    assert (tables.table(root().public) is None) != (tables.table(key("issuer").public) is None)
    _check_verdicts(tables)
    _check_verdicts(_built(NorFlash(None, 1), root().public))


def test_a_failing_chip_or_no_memory_costs_only_the_table():
    class Failing(NorFlash):
        def erase(self, sector):
            raise OSError(-1)

    tables = _built(Failing(None, 4), root().public)
    _check_verdicts(tables)
    real = ecdsa.key_table_steps

    def no_memory(public, table):
        raise MemoryError()

    ecdsa.key_table_steps = no_memory
    try:
        tables = _built(NorFlash(None, 4), root().public)
    finally:
        ecdsa.key_table_steps = real
    assert not tables._building
    _check_verdicts(tables)
    tables._flash.read = no_memory
    _check_verdicts(tables)


def test_a_table_of_another_layout_is_not_used_and_is_built_anew():
    flash = NorFlash(None, 4)
    tables = _built(flash, root().public)
    layout = key_tables._LAYOUT
    key_tables._LAYOUT = b"other"
    try:
        assert tables.table(root().public) is None
        with Counted() as counted:
            _built(flash, root().public)
        assert counted.built == [root().public]
        assert tables.table(root().public) is not None
    finally:
        key_tables._LAYOUT = layout


# -- used


def test_a_new_cards_certificate_is_verified_with_its_issuers_table():
    issuer = key("issuer")
    machine = till_rig.terminal(issuers=(issuer,))
    with Counted() as counted:

        async def course():
            await _tables_made(machine)
            assert await pay(machine, "25000", Card(issuer=issuer)) == "approved"

        play(machine, course())
    assert (issuer.public, True) in counted.verified
    assert (issuer.public, False) not in counted.verified


def test_a_staff_certificate_and_a_policy_are_verified_with_the_operators_table():
    host = link_rig.provisioned()
    virtual_time.run(host.terminal.tables.build_missing({root().public}, lambda: True))
    with Counted() as counted:
        host.login(link_rig.technician())
        host.upload(wire.SLOT_POLICY, root().policy(2))
        assert host.done(wire.POLICY) == [2]
    assert [used for public, used in counted.verified if public == root().public] == [True, True]


def test_a_card_of_a_forger_is_declined_with_and_without_a_table():
    issuer = key("issuer")
    for made in (True, False):
        machine = till_rig.terminal(issuers=(issuer,))
        card = Card(issuer=issuer)
        card.certificate = card.certificate[:-1] + bytes((card.certificate[-1] ^ 1,))

        async def course():
            if made:
                await _tables_made(machine)
            assert (machine.tables.table(issuer.public) is not None) == made
            assert await pay(machine, "25000", card) == "declined"

        play(machine, course())


# -- memory


def _allocated():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def test_the_heap_does_not_grow_and_no_table_stays_in_memory():
    flash = NorFlash(None, 4)
    tables = KeyTables(flash)

    def once():
        flash.erase(0)
        virtual_time.run(tables.build_missing({root().public}, lambda: True))
        _check_verdicts(tables)

    once()  # loads what code it needs
    flash.erase(0)
    _check_verdicts(tables)
    without = _allocated()
    for _ in range(10):
        once()
        assert _allocated() < without + 2000, (without, _allocated())


def test_a_build_holds_one_table_in_memory_and_little_else():
    flash = NorFlash(None, 4)
    _built(flash, root().public)
    most = [0]
    before = _allocated()

    def quiet():
        most[0] = max(most[0], _allocated() - before)
        return True

    virtual_time.run(KeyTables(flash).build_missing({key("issuer").public}, quiet))
    assert 4000 < most[0] < 8000, most  # objects here are twice as large as on the ESP32

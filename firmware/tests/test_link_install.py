"""Provisioning over the link: who may, when, and what a cut or a second try leaves."""

import asyncio

import link_rig
from voucher import cbor, entry
from wire import entry as wire_entry
from wire import link as wire


def _kinds(terminal):
    return [entry.parse(data).kind for _, data in terminal.journal.entries(0)]


def _certificate(host, terminal=link_rig.TERMINAL):
    return link_rig.root().certify(host.make_key(terminal), wire_entry.ROLE_TERMINAL, terminal)


def test_provisioning_begins_the_chain():
    host = link_rig.provisioned()
    assert _kinds(host.terminal) == [wire_entry.GENESIS, wire_entry.BOOT, wire_entry.POLICY_APPLIED]
    assert host.done(wire.HELLO)[3:5] == [link_rig.TERMINAL, True]
    assert host.terminal.identity.policy_noted


def test_a_wrong_document_is_named_and_leaves_the_terminal_without_identity():
    host = link_rig.Host(link_rig.Terminal())
    certificate = _certificate(host)
    assert host.offer_identity(certificate, root_key=link_rig.reconciler().public) == wire.BAD_DOCUMENT
    assert host.offer_identity(certificate, policy=link_rig.reconciler().policy()) == wire.BAD_DOCUMENT
    assert host.offer_identity(certificate, root_key=b"\x00" * 64) == wire.BAD_DOCUMENT
    assert host.offer_identity(b"\x00") == wire.BAD_DOCUMENT
    assert not host.terminal.identity.provisioned
    assert host.terminal.journal.last() is None
    assert host.offer_identity(certificate) == wire.DONE


def test_a_certificate_that_the_clock_calls_expired_is_not_installed():
    host = link_rig.Host(link_rig.Terminal())
    certificate = _certificate(host)
    host.done(wire.SET_CLOCK, link_rig.FAR_S)
    assert host.offer_identity(certificate) == wire.BAD_DOCUMENT
    assert not host.terminal.identity.provisioned
    host.done(wire.SET_CLOCK, link_rig.NOW_S)
    assert host.offer_identity(certificate) == wire.DONE


def test_a_document_missing_leaves_the_others_in_their_slots():
    host = link_rig.Host(link_rig.Terminal())
    certificate = _certificate(host)
    host.upload(wire.SLOT_ROOT_KEY, link_rig.root().public)
    host.upload(wire.SLOT_POLICY, link_rig.root().policy())
    assert host.refused(wire.INSTALL) == wire.SLOT_INCOMPLETE
    host.upload(wire.SLOT_TERMINAL_CERTIFICATE, certificate)
    host.done(wire.INSTALL)


def test_the_key_request_takes_every_terminal_number_and_no_other_nonce():
    host = link_rig.Host(link_rig.Terminal())
    for terminal in (0, 1, 0xFFFFFFFF):
        host.make_key(terminal)
    assert host.refused(wire.MAKE_KEY, 0x100000000, link_rig.NONCE) == wire.BAD_REQUEST
    for nonce in (b"", b"n" * 15, b"n" * 17):
        assert host.refused(wire.MAKE_KEY, 7, nonce) == wire.BAD_REQUEST


def test_a_terminal_with_vouchers_without_a_receipt_keeps_its_identity():
    host = link_rig.provisioned()
    link_rig.sell(host.terminal)
    host.login(link_rig.technician())
    status, (detail,) = _offer(host)
    assert (status, detail) == (wire.UNRECEIPTED_ENTRIES, "up to 3")
    host.login(link_rig.reconciler())
    head = host.done(wire.HEAD)
    host.upload(wire.SLOT_RECEIPT, link_rig.reconciler().receipt(3, head[1], head[3]))
    host.done(wire.RECEIPT)
    host.login(link_rig.technician())
    assert _offer(host)[0] == wire.DONE
    assert host.link.session.role is None  # the session was with the identity before


def test_a_sale_after_the_receipt_counts_as_well():
    host = link_rig.provisioned()
    link_rig.sell(host.terminal)
    host.login(link_rig.reconciler())
    head = host.done(wire.HEAD)
    host.upload(wire.SLOT_RECEIPT, link_rig.reconciler().receipt(3, head[1], head[3]))
    host.done(wire.RECEIPT)
    link_rig.sell(host.terminal)
    host.login(link_rig.technician())
    assert _offer(host)[0] == wire.UNRECEIPTED_ENTRIES


def test_vouchers_hold_even_when_the_identity_is_lost():
    host = link_rig.provisioned()
    link_rig.sell(host.terminal)
    host.terminal.vault.values["identity"] = b"\x00"
    again = link_rig.Host(link_rig.Terminal(host.terminal.vault, host.terminal.flash))
    assert not again.terminal.identity.provisioned
    assert _offer(again)[0] == wire.UNRECEIPTED_ENTRIES


def test_nothing_is_installed_while_a_card_is_asked_or_the_battery_is_too_low():
    host = link_rig.provisioned()
    host.login(link_rig.technician())
    with host.terminal.chain.reserve():
        assert _offer(host)[0] == wire.BUSY
    host.terminal.ups.safe = False
    assert _offer(host)[0] == wire.BUSY
    host.terminal.ups.safe = True
    assert _offer(host)[0] == wire.DONE


def test_a_sale_that_begins_while_the_journal_is_looked_through_is_not_lost():
    for rounds in range(8):
        for finished in (False, True):
            host = link_rig.provisioned()
            host.login(link_rig.technician())
            _upload(host)
            sold = []

            async def sell(host=host, rounds=rounds, finished=finished, sold=sold):
                for _ in range(rounds):
                    await asyncio.sleep(0)
                if host.terminal.identity.certificate == before:
                    place = host.terminal.chain.reserve()
                    if finished:
                        place.append(wire_entry.SALE, [b"cardcard", 5, 360, 1, 5, b"s" * 64], 5)
                        host.terminal.chain.release()
                    sold.append(place)

            async def both(host=host, sell=sell):
                await asyncio.gather(host.link.answer(cbor.encode([9, wire.INSTALL])), sell())

            before = host.terminal.identity.certificate
            asyncio.run(both())
            assert (host.terminal.identity.certificate == before) == bool(sold), rounds


def _offer(host):
    """Status and results of an install of a new identity with the same number."""
    _upload(host)
    return host.ask(wire.INSTALL)


def _upload(host):
    certificate = _certificate(host)
    host.upload(wire.SLOT_ROOT_KEY, link_rig.root().public)
    host.upload(wire.SLOT_TERMINAL_CERTIFICATE, certificate)
    host.upload(wire.SLOT_POLICY, link_rig.root().policy())

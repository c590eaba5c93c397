"""Sessions: who may log in, how long it holds, and what failed logins cost."""

import link_rig
from wire import entry as wire_entry
from wire import link as wire


def _role(host):
    return host.link.session.role


def test_staff_of_both_roles_log_in_and_out():
    host = link_rig.provisioned()
    for staff, role in (
        (link_rig.technician(), wire_entry.ROLE_TECHNICIAN),
        (link_rig.reconciler(), wire_entry.ROLE_RECONCILER),
    ):
        (challenge,) = host.done(wire.CHALLENGE)
        assert len(challenge) == 32
        host.upload(wire.SLOT_STAFF_CERTIFICATE, staff.certificate)
        host.upload(wire.SLOT_LOGIN, staff.login(challenge))
        assert host.done(wire.LOGIN) == [role, wire.SESSION_IDLE_S]
        assert _role(host) == role
        host.done(wire.LOGOUT)
        assert _role(host) is None


def test_challenges_differ_and_only_the_last_one_counts_and_only_once():
    host = link_rig.provisioned()
    staff = link_rig.reconciler()
    (first,) = host.done(wire.CHALLENGE)
    (second,) = host.done(wire.CHALLENGE)
    assert first != second
    host.upload(wire.SLOT_STAFF_CERTIFICATE, staff.certificate)
    host.upload(wire.SLOT_LOGIN, staff.login(first))
    assert host.refused(wire.LOGIN) == wire.BAD_LOGIN
    host.login(staff)
    login = staff.login(second)
    host.upload(wire.SLOT_STAFF_CERTIFICATE, staff.certificate)
    host.upload(wire.SLOT_LOGIN, login)
    assert host.refused(wire.LOGIN) == wire.BAD_LOGIN  # no challenge is open


def test_nobody_else_logs_in():
    stranger = link_rig.Key(b"another operator")
    mallory = link_rig.Key(b"mallory")
    root = link_rig.root()
    staff = link_rig.reconciler()
    role = wire_entry.ROLE_RECONCILER
    wrong = (
        (mallory, stranger.certify(mallory.public, role)),  # another operator's staff
        (mallory, mallory.certify(mallory.public, role)),  # signed by itself
        (mallory, staff.certificate),  # another's certificate
        (staff, root.certify(staff.public, wire_entry.ROLE_TERMINAL, 7)),
        (staff, root.certify(staff.public, wire_entry.ROLE_ISSUER)),
        (staff, root.certify(staff.public, role, expires_s=link_rig.NOW_S)),  # expired this second
        (staff, staff.certificate[:-1] + bytes((staff.certificate[-1] ^ 1,))),
        (staff, b"\x00"),
    )
    for who, certificate in wrong:
        host = link_rig.provisioned()
        assert host.offer_login(who, certificate) == wire.BAD_LOGIN
        assert _role(host) is None
    host = link_rig.provisioned()
    assert host.offer_login(staff, root.certify(staff.public, role, expires_s=link_rig.NOW_S + 1)) == wire.DONE


def test_a_login_for_another_terminal_is_refused():
    host = link_rig.provisioned()
    assert host.offer_login(link_rig.reconciler(), terminal=8) == wire.BAD_LOGIN


def test_an_expired_certificate_passes_only_while_the_clock_knows_nothing():
    staff = link_rig.reconciler()
    expired = link_rig.root().certify(staff.public, wire_entry.ROLE_RECONCILER, expires_s=link_rig.NOW_S)
    host = link_rig.Host(link_rig.Terminal())
    host.provision()
    assert host.terminal.clock.trust == wire_entry.TRUST_NONE
    assert host.offer_login(staff, expired) == wire.DONE
    # Power lost since it was set: still later than the last entry.
    terminal = link_rig.provisioned().terminal
    again = link_rig.Terminal(terminal.vault, terminal.flash)
    assert again.clock.trust == wire_entry.TRUST_LOWER_BOUND
    assert link_rig.Host(again).offer_login(staff, expired) == wire.BAD_LOGIN


def test_a_session_ends_after_two_minutes_without_a_request_and_not_before():
    host = link_rig.provisioned()
    host.login(link_rig.reconciler())
    for _ in range(3):
        host.terminal.pass_s(wire.SESSION_IDLE_S - 1)
        host.done(wire.HEAD)
    host.terminal.pass_s(wire.SESSION_IDLE_S)
    assert host.refused(wire.HEAD) == wire.NO_SESSION


def test_a_restart_ends_the_session():
    host = link_rig.provisioned()
    host.login(link_rig.reconciler())
    again = link_rig.Host(link_rig.Terminal(host.terminal.vault, host.terminal.flash))
    assert again.refused(wire.HEAD) == wire.NO_SESSION


def test_a_failed_login_ends_the_session_that_was():
    host = link_rig.provisioned()
    host.login(link_rig.reconciler())
    assert host.offer_login(link_rig.Key(b"mallory"), b"\x00") == wire.BAD_LOGIN
    assert host.refused(wire.HEAD) == wire.NO_SESSION


def test_the_wait_after_failed_logins_doubles_to_an_hour_and_success_forgives():
    host = link_rig.provisioned()
    staff = link_rig.reconciler()
    for wait_s in (0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600):
        assert host.offer_login(staff, b"\x00") == wire.BAD_LOGIN
        if wait_s:
            host.terminal.pass_s(wait_s - 1)
            assert host.refused(wire.CHALLENGE) == wire.LOCKED_OUT
            assert host.refused(wire.LOGIN) == wire.LOCKED_OUT
            host.terminal.pass_s(1)
    host.login(staff)
    for _ in range(2):
        assert host.offer_login(staff, b"\x00") == wire.BAD_LOGIN
    host.done(wire.CHALLENGE)


def test_a_login_without_challenge_or_documents_is_no_failed_login():
    host = link_rig.provisioned()
    for _ in range(10):
        assert host.refused(wire.LOGIN) == wire.BAD_LOGIN
        host.done(wire.CHALLENGE)
        assert host.refused(wire.LOGIN) == wire.SLOT_INCOMPLETE
        host.link.session.end()
    host.login(link_rig.reconciler())


def test_before_provisioning_there_is_no_challenge():
    host = link_rig.Host(link_rig.Terminal())
    assert host.refused(wire.CHALLENGE) == wire.NOT_PROVISIONED
    assert host.refused(wire.LOGIN) == wire.NOT_PROVISIONED

"""The identity: all of it or none, whenever the power goes; no other key, number, role or operator."""

import link_rig
from crypto.ecdsa import BadKey
from expect import raises
from parts.nor_flash import NorFlash
from terminal.identity import Identity, OldPolicy
from terminal.key_tables import KeyTables
from voucher import DocumentError
from wire import entry as wire_entry
from wire import link as wire

_ROLE = wire_entry.ROLE_TERMINAL
_NO_TABLES = KeyTables(NorFlash(None, 2))


def _fresh():
    """An identity without one, its vault, and the public key that waits in it for a certificate."""
    vault = link_rig.Vault()
    identity = Identity(vault)
    return identity, vault, _make_key(identity)


def _make_key(identity, terminal=link_rig.TERMINAL):
    from voucher import cbor, cose

    request = identity.make_key(link_rig.Entropy(), terminal, link_rig.NONCE)
    return cbor.decode(cose.open_signed(request).payload)[2]


def _facts(identity):
    return (
        identity.provisioned,
        identity.private,
        identity.public,
        identity.certificate,
        identity.root,
        identity.terminal,
        identity.policy_digest,
    )


def test_an_installed_identity_is_there_after_a_restart():
    identity, vault, public = _fresh()
    assert _facts(identity) == (False, b"", b"", b"", b"", 0, b"")
    root = link_rig.root()
    certificate = root.certify(public, _ROLE, 7)
    identity.install(root.public, certificate, root.policy())
    assert _facts(identity)[2:6] == (public, certificate, root.public, 7)
    assert identity.policy.version == 1
    assert _facts(Identity(vault)) == _facts(identity)


def test_only_a_certificate_for_this_key_number_and_role_is_installed():
    identity, vault, public = _fresh()
    root = link_rig.root()
    other = link_rig.reconciler()
    good = root.certify(public, _ROLE, 7)
    values = dict(vault.values)
    for root_public, certificate, policy in (
        (root.public, root.certify(other.public, _ROLE, 7), root.policy()),
        (root.public, root.certify(public, _ROLE, 8), root.policy()),
        (root.public, root.certify(public, wire_entry.ROLE_TECHNICIAN, 7), root.policy()),
        (root.public, other.certify(public, _ROLE, 7), root.policy()),
        (root.public, good, other.policy()),
        (root.public, good[:-1], root.policy()),
        (root.public, good, root.policy()[:-1]),
        (root.public, root.policy(), good),
        (other.public, good, root.policy()),
    ):
        raises(DocumentError, identity.install, root_public, certificate, policy)
    for bad_key in (b"", root.public[:63], root.public[:63] + b"\x00", b"\x00" * 64):
        raises(BadKey, identity.install, bad_key, good, root.policy())
    assert vault.values == values
    assert not identity.provisioned


def test_a_staff_certificate_does_not_make_terminal_number_0():
    identity = Identity(link_rig.Vault())
    public = _make_key(identity, 0)
    root = link_rig.root()
    staff = root.certify(public, wire_entry.ROLE_TECHNICIAN, 0)
    raises(DocumentError, identity.install, root.public, staff, root.policy())
    identity.install(root.public, root.certify(public, _ROLE, 0), root.policy())


def test_without_a_pending_key_nothing_is_installed():
    identity, _, public = _fresh()
    root = link_rig.root()
    certificate = root.certify(public, _ROLE, 7)
    identity.install(root.public, certificate, root.policy())
    raises(DocumentError, identity.install, root.public, certificate, root.policy())
    raises(DocumentError, Identity(link_rig.Vault()).install, root.public, certificate, root.policy())


def test_a_new_key_replaces_the_pending_one_and_not_the_one_in_use():
    identity, vault, public = _fresh()
    root = link_rig.root()
    identity.install(root.public, root.certify(public, _ROLE, 7), root.policy())
    before = _facts(identity)
    first = _make_key(identity, 8)
    entropy = link_rig.Entropy()
    entropy.read(1)
    identity.make_key(entropy, 9, link_rig.NONCE)
    assert _facts(identity) == before == _facts(Identity(vault))
    raises(DocumentError, identity.install, root.public, root.certify(first, _ROLE, 8), root.policy())


def test_a_power_cut_at_any_write_of_an_install_leaves_the_old_identity_or_the_new_one():
    root = link_rig.root()
    other = link_rig.Key(b"another operator")
    for operator in (root, other):
        for cut_at in range(1, 6):
            identity, vault, public = _fresh()
            identity.install(root.public, root.certify(public, _ROLE, 7), root.policy(3))
            old = _facts(identity)
            second = _make_key(identity, 8)
            vault.puts = 0
            vault.cut_at = cut_at
            try:
                identity.install(operator.public, operator.certify(second, _ROLE, 8), operator.policy(4))
            except link_rig.PowerCut:
                pass
            after = Identity(vault)
            if cut_at <= 2:  # the policy, then the identity
                assert _facts(after) == old
                assert after.policy.version == 3
            else:
                assert _facts(after) == _facts(identity) or cut_at == 3
                assert (after.terminal, after.root, after.policy.version) == (8, operator.public, 4)
    # The first one as well.
    for cut_at in range(1, 5):
        identity, vault, public = _fresh()
        vault.puts = 0
        vault.cut_at = cut_at
        try:
            identity.install(root.public, root.certify(public, _ROLE, 7), root.policy())
        except link_rig.PowerCut:
            pass
        after = Identity(vault)
        assert after.provisioned == (cut_at > 2)
        assert (after.policy is not None) == after.provisioned


def test_the_version_of_the_policy_never_goes_back():
    identity, vault, public = _fresh()
    root = link_rig.root()
    identity.install(root.public, root.certify(public, _ROLE, 7), root.policy(5))
    for version in (1, 4):
        raises(OldPolicy, identity.apply_policy, root.policy(version), _NO_TABLES)
    raises(OldPolicy, identity.apply_policy, root.policy(5, [1]), _NO_TABLES)
    raises(DocumentError, identity.apply_policy, link_rig.reconciler().policy(6), _NO_TABLES)
    assert identity.policy.version == Identity(vault).policy.version == 5
    identity.apply_policy(root.policy(6, [1, 2]), _NO_TABLES)
    assert identity.policy.version == Identity(vault).policy.version == 6
    assert identity.policy.denies(2)
    second = _make_key(identity)
    raises(OldPolicy, identity.install, root.public, root.certify(second, _ROLE, 7), root.policy(5))
    identity.install(root.public, root.certify(second, _ROLE, 7), root.policy(6))
    # Another operator counts from one.
    other = link_rig.Key(b"another operator")
    third = _make_key(identity)
    identity.install(other.public, other.certify(third, _ROLE, 7), other.policy(1))
    assert identity.policy.version == 1


def test_the_chain_tells_of_each_policy_once_whenever_the_power_goes():
    identity, vault, public = _fresh()
    root = link_rig.root()
    assert identity.policy_noted
    identity.install(root.public, root.certify(public, _ROLE, 7), root.policy(1))
    assert not Identity(vault).policy_noted
    identity.note_policy()
    assert Identity(vault).policy_noted
    identity.apply_policy(root.policy(2), _NO_TABLES)
    assert not Identity(vault).policy_noted


def test_values_that_cannot_be_read_are_no_identity():
    identity, vault, public = _fresh()
    root = link_rig.root()
    identity.install(root.public, root.certify(public, _ROLE, 7), root.policy())
    whole = dict(vault.values)
    for value in (b"\x00", b"\xff", whole["identity"][:-1], whole["identity"][:40], b"\x84\x40\x40\x40\x00"):
        vault.values = dict(whole)
        vault.values["identity"] = value
        assert not Identity(vault).provisioned
    vault.values = dict(whole)
    vault.values["policy"] = b"\x00"
    damaged = Identity(vault)
    assert damaged.provisioned
    assert damaged.policy is None
    vault.values["pending"] = b"\x00"
    raises(DocumentError, Identity(vault).install, root.public, root.certify(public, _ROLE, 7), root.policy())


def test_the_private_key_never_leaves():
    host = link_rig.Host(link_rig.Terminal())
    said = []
    whole = host.write

    async def write(data):
        said.append(bytes(data))
        await whole(data)

    host.link._line.write = write
    host.provision()
    private = host.terminal.identity.private
    assert len(private) == 32
    assert any(private)
    host.login(link_rig.technician())
    host.make_key(9)
    pending = host.terminal.vault.get("pending")[2:34]
    for command in range(len(wire.COMMAND_NAMES)):
        host.raw(bytes((0x82, 9, command)))
    host.responses(wire.READ, 0, 64)
    everything = b"".join(said)
    for secret in (private, pending):
        for size in (8, 32):
            assert everything.find(secret[:size]) < 0

"""Who this terminal is: its private key, its certificate, the operator's root key, and the policy in force.

Kept in the vault: `identity` holds [private, certificate, root, policy place] in one value, so that a terminal has a
whole identity or none; `policy` and `policy_b` hold the policy document (an install writes to the one not in force, and
the identity then points at it); `policy_noted` the hash of the last policy that the chain tells of; `pending` the key
that waits for its certificate.

The private key is in `pending` and `identity`, in `Identity.private` for the chain to sign with, and nowhere else.
"""

from crypto import ecdsa
from voucher import DocumentError, cbor, certificate, key_request, policy
from wire.entry import ROLE_TERMINAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Entropy, Vault
    from terminal.key_tables import KeyTables

_NOTHING = b"\xf6"  # null: a vault forgets nothing, it only puts something else
_POLICY_NAMES = ("policy", "policy_b")


class OldPolicy(Exception):
    """The policy offered has a lower version than the one in force, or the same version and other content."""


class Identity:
    """What the vault says, read once; every change is in the vault before it is here.

    private: 32 bytes; public: x || y; certificate: the document; root: the operator's public key; terminal: its number;
    policy: voucher.policy.Policy or None; policy_digest: its SHA-256. Empty while not `provisioned`; the policy also
    when it is lost.
    """

    def __init__(self, vault: "Vault") -> None:
        self._vault = vault
        self._load()

    def _load(self) -> None:
        """Read it all anew. A value that cannot be read counts as none: no identity, no sale."""
        self.provisioned = False
        self.private = self.public = self.certificate = self.root = self.policy_digest = b""
        self.terminal = 0
        self.policy = None
        self._place = 1  # so that the first install writes to the first place
        values = self._values("identity", 4)
        if values is None:
            return
        try:
            own = certificate.parse(values[1])
        except DocumentError:
            return
        self.private, self.certificate, self.root, self._place = values
        self.public = own.public
        self.terminal = own.number
        self.provisioned = True
        try:
            self._use_policy(policy.parse(self._vault.get(_POLICY_NAMES[self._place]) or b""))
        except DocumentError:
            pass

    def make_key(self, entropy: "Entropy", terminal: int, nonce: bytes) -> bytes:
        """Draw a new key for `terminal`, keep it as pending, return the key request. The key in use stays in use."""
        private = ecdsa.generate(entropy.read)
        public = ecdsa.public_key(private)
        request = key_request.make(private, terminal, public, nonce, entropy.read(32))
        self._vault.put("pending", cbor.encode([private, public, terminal]))
        return request

    def install(self, root: bytes, certificate_data: bytes, policy_data: bytes) -> None:
        """Take on the pending key's identity, in one step.

        Raises DocumentError, OldPolicy, ecdsa.BadKey; then nothing has changed.
        """
        ecdsa.check_public(root)
        own = certificate.verify(certificate_data, root)
        pending = self._values("pending", 3)
        if pending is None:
            raise DocumentError("no key is waiting; make one")
        private, public, terminal = pending
        if own.role != ROLE_TERMINAL:
            raise DocumentError("certificate: not of a terminal")
        if own.public != public:
            raise DocumentError("certificate: of another key; make a new one")
        if own.number != terminal:
            raise DocumentError("certificate: for terminal %d" % own.number)
        new = policy.verify(policy_data, root)
        if root == self.root:
            self._check_newer(new)
        place = 1 - self._place
        self._vault.put(_POLICY_NAMES[place], policy_data)
        # The one step: from here on the terminal is who the certificate says.
        self._vault.put("identity", cbor.encode([private, certificate_data, root, place]))
        self._vault.put("pending", _NOTHING)
        self._load()

    def apply_policy(self, data: bytes, tables: "KeyTables") -> int:
        """Put a newer policy, or again the one in force, in force; its version. Raises DocumentError, OldPolicy."""
        new = tables.verify(policy.verify, data, self.root)
        if new.digest == self.policy_digest:
            return new.version
        self._check_newer(new)
        if self.policy is not None and new.version == self.policy.version:
            raise OldPolicy("version %d is in force, with other content" % new.version)
        self._vault.put(_POLICY_NAMES[self._place], data)
        self._use_policy(new)
        return new.version

    @property
    def policy_noted(self) -> bool:
        """True when the chain tells of the policy in force, or there is none: power can be cut between the two."""
        return self.policy is None or self._vault.get("policy_noted") == self.policy_digest

    def note_policy(self) -> None:
        """The chain holds a policy_applied entry of the policy in force."""
        self._vault.put("policy_noted", self.policy_digest)

    def _check_newer(self, new: policy.Policy) -> None:
        if self.policy is not None and new.version < self.policy.version:
            raise OldPolicy("version %d is in force" % self.policy.version)

    def _use_policy(self, new: policy.Policy) -> None:
        self.policy = new
        self.policy_digest = new.digest

    def _values(self, name: str, count: int) -> "list | None":
        """The array of `count` values kept under `name`; None when there is none."""
        try:
            values = cbor.decode(self._vault.get(name) or b"")
        except DocumentError:
            return None
        return values if isinstance(values, list) and len(values) == count else None

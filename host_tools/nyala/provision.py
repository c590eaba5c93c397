"""Provisioning: a terminal gets its number and certificate, the operator's root key, a policy and the time."""

import secrets
from dataclasses import dataclass

from nyala.documents import cose, key_request
from nyala.documents import policy as policy_document
from nyala.documents.policy import Policy
from nyala.errors import DocumentError, PortError
from nyala.keys import KeyFolder, Staff
from nyala.link.client import Client
from nyala.link.connection import NoAnswer


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What a terminal is now known by."""

    terminal: int
    fingerprint: bytes  # first 8 bytes of SHA-256 of its certificate
    certificate: bytes


def provision(
    client: Client,
    operator: KeyFolder,
    *,
    terminal: int,
    merchant: str,
    policy: Policy | bytes,
    clock_s: int,
    technician: Staff | None = None,
    replace: bool = False,
) -> Provisioned:
    """Give the terminal at `client` the number `terminal` and everything that goes with it.

    policy: one to sign, or a document signed already; clock_s: the time now, seconds since 1970; technician: needed for
    a terminal that has an identity; replace: the number has a certificate already, and gets another. Raises
    KeyFolderError, PortError, RefusedError, DocumentError; the terminal then is as it was, but perhaps for its clock.
    """
    document = operator.sign_policy(policy) if isinstance(policy, Policy) else policy
    policy_document.verify(document, operator.root_public)
    before = client.hello()
    if before.provisioned and technician is not None:
        client.login(technician)
    client.set_clock(clock_s)
    public = _new_key(client, terminal)
    certificate = operator.issue_terminal(terminal, merchant, public, now_s=clock_s, replace=replace)
    try:
        client.install(operator.root_public, certificate, document)
    except NoAnswer:
        # Whether it was done, only the terminal knows. One that had no identity before says so by having one.
        after = client.hello()
        if before.provisioned or not after.provisioned or after.terminal != terminal:
            raise
    if client.hello().terminal != terminal:
        raise PortError(f"The terminal at {client.port} did not take the number {terminal}; provision it again.")
    return Provisioned(terminal, cose.fingerprint(certificate), certificate)


def _new_key(client: Client, terminal: int) -> bytes:
    """The public key that the terminal made, proved to be its own, now."""
    nonce = secrets.token_bytes(key_request.NONCE_BYTES)
    request = key_request.verify(client.make_key(terminal, nonce))
    if request.terminal != terminal or request.nonce != nonce:
        raise DocumentError(
            f"The terminal at {client.port} answered with a key request for something else; nothing was certified."
        )
    return request.public

"""Authorizations, policies, receipts, logins and key requests, valid and refused."""

from hashlib import sha256
from typing import Any

from .documents_parts import (
    CARD,
    CARD_NUMBER_MAX,
    ISSUER,
    ISSUERS,
    JSON,
    NOW_S,
    PLAIN,
    RECONCILER,
    ROOT,
    STRANGER,
    TECHNICIAN,
    TERMINAL,
    TOTAL_MAX,
    UINT32,
    UINT64,
    Key,
    Parts,
    accept,
    add_valid,
    dumps,
    in_json,
    named,
    refuse,
    refuse_payload,
)


def authorization_fields(**changes: Any) -> JSON:
    fields: JSON = {
        "terminal": 17,
        "sequence": 42,
        "previous": sha256(b"the entry before").digest(),
        "amount_minor": 2_500_000,
    }
    return fields | {"currency": 360, "counter": 12, "spent_minor": 7_500_000} | changes


def authorizations() -> None:
    sound = authorization_fields()
    accept("authorization", "authorization", dumps([2, *sound.values()]), CARD, sound)
    largest = authorization_fields(terminal=UINT32, sequence=UINT32, previous=b"\xff" * 32, amount_minor=UINT32)
    largest |= {"currency": 999, "counter": UINT32, "spent_minor": UINT32}
    accept("largest authorization", "authorization", dumps([2, *largest.values()]), CARD, largest)

    def bad(name: str, payload: bytes, why: str, signer: Key = CARD) -> None:
        parts = Parts.make(payload, signer, PLAIN)
        more = {"fields": in_json(sound), "signature": parts.signature.hex()}
        refuse(f"authorization: {name}", "authorization", parts.hex(), CARD, why, "signature", **more)

    def other(name: str, **changes: Any) -> None:
        bad(f"for another {name}", dumps([2, *authorization_fields(**changes).values()]), f"the {name} is signed")

    other("terminal", terminal=18)
    other("sequence", sequence=43)
    other("previous", previous=bytes(32))
    other("amount", amount_minor=2_500_001)
    other("currency", currency=840)
    other("counter", counter=13)
    other("spent", spent_minor=7_500_001)
    bad("form of an entry", dumps([1, *sound.values()]), "the form of an authorization is 2")
    bad("by another card", dumps([2, *sound.values()]), "the signer is another", STRANGER)


POLICY: JSON = {
    "form": 3,
    "version": 7,
    "issued": NOW_S,
    "issuers": [[ISSUER.kid, ISSUER.public]],
    "limits": [50_000_000, 100_000_000, 2_000_000_000, 500, 72],
    "minimum_charge": 10,
    "sales_when": 1,
    "money": [360, "Rp", 2, 0, "."],
    "language": 0,
    "denied": [3, 17, 6_200_000_000_000_018],
}


def policy_fields(data: bytes, items: list[Any]) -> JSON:
    _, version, issued, issuers, limits, minimum_charge, sales_when, money, language, denied = items
    fields: JSON = {"version": version, "issued_s": issued, "issuers": issuers}
    fields |= dict(
        zip(("payment_minor", "card_minor", "stored_value_minor", "stored_count", "hours"), limits, strict=True)
    )
    fields |= {"minimum_charge": minimum_charge, "sales_when": sales_when}
    fields |= dict(zip(("currency", "prefix", "exponent", "shown", "separator"), money, strict=True))
    return fields | {"language": language, "denied": denied, "digest": sha256(data).digest()}


def policies() -> bytes:
    """Valid policies; returns the payload of the ordinary one."""
    eight = [[key.kid, key.public] for key in ISSUERS[:8]]
    largest = POLICY | {
        "version": UINT32,
        "issued": UINT64,
        "issuers": eight,
        "limits": [UINT32, UINT32, TOTAL_MAX, UINT64, UINT64],
    }
    largest |= {"minimum_charge": 100, "money": [999, "p" * 40, 4, 4, "s" * 40], "language": 1}
    largest |= {"denied": [CARD_NUMBER_MAX - 199 + place for place in range(200)]}
    smallest = POLICY | {"version": 1, "issued": 0, "limits": [1, 1, 0, 0, 0], "minimum_charge": 0, "sales_when": 0}
    smallest |= {"money": [0, "", 0, 0, ""], "denied": []}
    for name, policy in (("policy", POLICY), ("largest policy", largest), ("smallest policy", smallest)):
        items = list(policy.values())
        parts = Parts.make(dumps(items), ROOT, named(ROOT))
        data = bytes.fromhex(parts.hex())
        add_valid(name, "policy", data, parts, ROOT, policy_fields(data, items))
    return dumps(list(POLICY.values()))


def refused_policies() -> None:
    def bad(name: str, why: str, **changes: Any) -> None:
        refuse_payload(f"policy: {name}", "policy", list((POLICY | changes).values()), ROOT, why)

    def limit(name: str, place: int, value: object, why: str) -> None:
        sound = POLICY["limits"]
        bad(name, why, limits=[*sound[:place], value, *sound[place + 1 :]])

    def money(name: str, place: int, value: object, why: str) -> None:
        sound = POLICY["money"]
        bad(name, why, money=[*sound[:place], value, *sound[place + 1 :]])

    bad("form 4", "the form of a policy is 3", form=4)
    bad("version 0", "versions start at 1", version=0)
    bad("version of 33 bits", "version is at most 32 bits", version=UINT32 + 1)
    bad("issued negative", "time is unsigned", issued=-1)
    bad("no issuers", "issuers are 1 to 8", issuers=[])
    bad("nine issuers", "issuers are 1 to 8", issuers=[[key.kid, key.public] for key in ISSUERS])
    bad(
        "issuer key of 63 bytes",
        "a public key is 64 bytes",
        issuers=[[sha256(ISSUER.public[:63]).digest()[:8], ISSUER.public[:63]]],
    )
    bad("issuer key with its 04 prefix", "a public key is 64 bytes", issuers=[[ISSUER.kid, b"\x04" + ISSUER.public]])
    bad("issuer key id of 7 bytes", "a key id is 8 bytes", issuers=[[ISSUER.kid[:7], ISSUER.public]])
    bad("issuer key id of another key", "a key id is the hash of its key", issuers=[[STRANGER.kid, ISSUER.public]])
    bad("issuer without key", "an issuer is a key id and a key", issuers=[[ISSUER.kid]])
    bad("issuers a map", "issuers are an array", issuers={ISSUER.kid: ISSUER.public})
    bad("four limits", "limits are five", limits=POLICY["limits"][:4])
    bad("six limits", "limits are five", limits=[*POLICY["limits"], 1])
    limit("payment limit 0", 0, 0, "an amount is at least 1")
    limit("payment limit of 33 bits", 0, UINT32 + 1, "an amount is at most 32 bits")
    limit("card limit 0", 1, 0, "an amount is at least 1")
    limit("stored value of 54 bits", 2, TOTAL_MAX + 1, "a total is below 2^53")
    limit("stored count negative", 3, -1, "stored-count is unsigned")
    limit("hours as a float", 4, 1.5, "no floats")
    bad("minimum charge 101", "percent is at most 100", minimum_charge=101)
    bad("minimum charge null", "minimum-charge is an integer", minimum_charge=None)
    bad("sales_when 2", "sales-when is 0 or 1", sales_when=2)
    bad("sales_when true", "a boolean is no integer", sales_when=True)
    money("currency 1000", 0, 1000, "currency is 0..999")
    money("prefix of 41 bytes", 1, "p" * 41, "names are at most 40 bytes")
    money("prefix in bytes", 1, b"Rp", "prefix is text")
    money("exponent 5", 2, 5, "exponent is 0..4")
    money("shown 5", 3, 5, "shown is 0..4")
    money("separator null", 4, None, "separator is text")
    bad("money of four", "money is five", money=POLICY["money"][:4])
    bad("language 2", "language is 0 or 1", language=2)
    bad("denied unsorted", "denied cards ascend", denied=[17, 3])
    bad("denied twice", "denied cards ascend", denied=[3, 3])
    bad("denied negative", "card numbers are unsigned", denied=[-1, 3])
    bad("denied 201 cards", "at most 200 denied cards", denied=list(range(201)))
    bad("denied in text", "card numbers are integers", denied=["17"])
    bad("denied null", "denied is an array", denied=None)
    refuse_payload("policy: an item missing", "policy", list(POLICY.values())[:9], ROOT, "a policy has 10 items")
    refuse_payload("policy: an item too many", "policy", [*POLICY.values(), 0], ROOT, "a policy has 10 items")
    refuse_payload(
        "policy: more than 3072 bytes",
        "policy",
        [*POLICY.values(), bytes(3000)],
        ROOT,
        "a policy is at most 3,072 bytes",
    )
    payload = dumps(list(POLICY.values()))
    refuse(
        "policy: by an issuer",
        "policy",
        Parts.make(payload, ISSUER, named(ISSUER)).hex(),
        ROOT,
        "the operator signs policies",
        "signature",
    )
    forged = Parts.make(payload, STRANGER, named(ROOT)).hex()
    refuse("policy: by another key in the root's name", "policy", forged, ROOT, "the signer is another", "signature")


def small_documents() -> None:
    """Receipts, logins and key requests, valid and refused."""
    head = sha256(b"head").digest()
    receipt: JSON = {
        "terminal": 17,
        "sequence": 42,
        "head": head,
        "count": 31,
        "turnover_minor": 123_456_700,
        "time_s": NOW_S + 90_000,
    }
    accept("receipt", "receipt", dumps([4, *receipt.values()]), RECONCILER, receipt)
    largest = {
        "terminal": UINT32,
        "sequence": UINT32,
        "head": head,
        "count": UINT64,
        "turnover_minor": TOTAL_MAX,
        "time_s": UINT64,
    }
    accept("largest receipt", "receipt", dumps([4, *largest.values()]), RECONCILER, largest)
    challenge = sha256(b"challenge").digest()
    login: JSON = {"terminal": 17, "challenge": challenge}
    accept("login", "login", dumps([5, 17, challenge]), TECHNICIAN, login)
    nonce = sha256(b"nonce").digest()[:16]
    accept(
        "key request",
        "key_request",
        dumps([6, 17, TERMINAL.public, nonce]),
        TERMINAL,
        {"terminal": 17, "public": TERMINAL.public, "nonce": nonce},
    )

    def bad(document: str, signer: Key, name: str, items: list[Any], why: str) -> None:
        refuse_payload(f"{document}: {name}", document, items, signer, why)

    sound = [4, *receipt.values()]
    bad("receipt", RECONCILER, "form 1", [1, *sound[1:]], "the form of a receipt is 4")
    bad("receipt", RECONCILER, "head of 31 bytes", [*sound[:3], head[1:], *sound[4:]], "a hash is 32 bytes")
    bad("receipt", RECONCILER, "count negative", [*sound[:4], -1, *sound[5:]], "count is unsigned")
    bad("receipt", RECONCILER, "turnover of 54 bits", [*sound[:5], TOTAL_MAX + 1, sound[6]], "a total is below 2^53")
    bad(
        "receipt",
        RECONCILER,
        "sequence of 33 bits",
        [*sound[:2], UINT32 + 1, *sound[3:]],
        "sequence is at most 32 bits",
    )
    bad("receipt", RECONCILER, "time missing", sound[:6], "a receipt has 7 items")
    bad("receipt", RECONCILER, "an item too many", [*sound, 0], "a receipt has 7 items")
    bad("login", TECHNICIAN, "form 4", [4, 17, challenge], "the form of a login is 5")
    bad("login", TECHNICIAN, "challenge of 31 bytes", [5, 17, challenge[1:]], "a challenge is 32 bytes")
    bad("login", TECHNICIAN, "challenge of 33 bytes", [5, 17, challenge + b"\0"], "a challenge is 32 bytes")
    bad("login", TECHNICIAN, "challenge in text", [5, 17, "x" * 32], "a challenge is bytes")
    bad("login", TECHNICIAN, "terminal of 33 bits", [5, UINT32 + 1, challenge], "terminal is at most 32 bits")
    bad("login", TECHNICIAN, "an item too many", [5, 17, challenge, 0], "a login has 3 items")
    forged = Parts.make(dumps([5, 17, challenge]), STRANGER, named(TECHNICIAN)).hex()
    refuse("login: by another key", "login", forged, TECHNICIAN, "the signer is another", "signature")
    bad("key_request", TERMINAL, "form 5", [5, 17, TERMINAL.public, nonce], "the form of a key request is 6")
    bad("key_request", TERMINAL, "nonce of 15 bytes", [6, 17, TERMINAL.public, nonce[1:]], "a nonce is 16 bytes")
    bad("key_request", TERMINAL, "key of 63 bytes", [6, 17, TERMINAL.public[1:], nonce], "a public key is 64 bytes")
    bad(
        "key_request",
        TERMINAL,
        "key not on the curve",
        [6, 17, TERMINAL.y + TERMINAL.x, nonce],
        "the point is not on the curve",
    )
    bad("key_request", TERMINAL, "an item missing", [6, 17, TERMINAL.public], "a key request has 4 items")
    forged = Parts.make(dumps([6, 17, TERMINAL.public, nonce]), STRANGER, PLAIN).hex()
    refuse("key_request: by another key", "key_request", forged, TERMINAL, "the requested key signs", "signature")

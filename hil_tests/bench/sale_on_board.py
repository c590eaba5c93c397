"""Time each stage of a sale inside MicroPython and print them as JSON, [stage, median microseconds] each.

Run by sale_bench.py; runs on a board as well. The card's own signing is not counted: it happens in the card.
"""

import json
import os
import time

from crypto import ecdsa
from journal.journal import Journal
from parts.nor_flash import NorFlash
from voucher import authorization, cbor, certificate, cose, entry
from voucher.entry import Entry
from wire import entry as wire

SALES = 15
NOW_S = 1564894200
FAR_S = NOW_S + 86400
CURRENCY = 360
TERMINAL = 17


def card_certificate(issuer: bytes, public: bytes) -> bytes:
    claims = {
        wire.CLAIM_ISSUER: "issuer",
        wire.CLAIM_SUBJECT: "",
        wire.CLAIM_EXPIRES: FAR_S,
        wire.CLAIM_ISSUED: NOW_S,
        wire.CLAIM_KEY: {1: {1: 2, -1: 1, -2: public[:32], -3: public[32:]}},
        wire.CLAIM_ROLE: wire.ROLE_CARD,
        wire.CLAIM_NUMBER: 9360000812345678,
        wire.CLAIM_LIMITS: [CURRENCY, 15000000, 20000000],
    }
    return cose.sign(cbor.encode(claims), issuer, kid=cose.key_id(ecdsa.public_key(issuer)))


class Stages:
    """Collects times by stage."""

    def __init__(self) -> None:
        self.us: dict = {}
        self.order: list = []

    def time(self, stage: str, call: object, *args: object) -> object:
        began_us = time.ticks_us()
        result = call(*args)
        if stage not in self.us:
            self.us[stage] = []
            self.order.append(stage)
        self.us[stage].append(time.ticks_diff(time.ticks_us(), began_us))
        return result

    def medians(self) -> list:
        return [(stage, sorted(self.us[stage])[len(self.us[stage]) // 2]) for stage in self.order]


def read_back(journal: Journal, sequence: int, data: bytes) -> None:
    if journal.entry(sequence) != data:
        raise ValueError("the journal gave back something else")


def main() -> None:
    issuer, holder, terminal = (ecdsa.generate(os.urandom) for _ in range(3))
    issuer_public = ecdsa.public_key(issuer)
    table = ecdsa.key_table(issuer_public)
    document = card_certificate(issuer, ecdsa.public_key(holder))
    journal = Journal(NorFlash(None, 32, None))
    journal.recover()
    journal.append(0, document)  # any bytes will do for a place that is not timed
    stages = Stages()
    previous, turnover = bytes(32), 0
    for sequence in range(1, SALES + 1):  # 0 is the genesis
        amount = 2500000 + sequence
        turnover += amount
        card = stages.time("parse the card's certificate", certificate.parse, document)
        stages.time("verify a new card's certificate", certificate.verify, document, issuer_public)
        stages.time("the same with the issuer's key table", certificate.verify, document, issuer_public, table)
        place = (TERMINAL, sequence, previous, amount, CURRENCY, sequence, amount)
        signature = cose.sign(authorization.payload(*place), holder)[-64:]
        stages.time("verify the authorization", authorization.verify, card.public, signature, *place)
        body = [card.fingerprint, amount, CURRENCY, sequence, amount, signature]
        item = Entry(
            wire.SALE,
            TERMINAL,
            sequence,
            previous,
            turnover,
            NOW_S,
            wire.TRUST_SET,
            1,
            sequence,
            wire.OB | wire.DISCHRG,
            88,
            body,
        )
        stages.time("encode the entry", entry.encode, item)
        data = stages.time("encode and sign the entry", entry.seal, item, terminal, os.urandom(32))
        stages.time("append to the journal, both copies read back", journal.append, sequence, data)
        read_back(journal, sequence, data)
        previous = entry.digest(data)
    print(json.dumps(stages.medians()))


main()

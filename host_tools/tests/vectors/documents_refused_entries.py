"""Entries that must be refused for what is in their payload."""

from hashlib import sha256
from typing import Any

import cbor2

from .documents_entries import entry, sale_body
from .documents_parts import NOW_S, TERMINAL, TOTAL_MAX, UINT32, UINT64, dumps, refuse_payload


def refused_entry_fields() -> None:
    def bad(name: str, items: object, why: str) -> None:
        refuse_payload(f"entry: {name}", "entry", items, TERMINAL, why)

    def field(name: str, why: str, **changes: Any) -> None:
        bad(name, entry(2, [], **changes), why)

    for form in (0, 2, 3, 7):
        field(f"form {form}", "the form of an entry is 1", form=form)
    field("form true", "a boolean is no integer", form=True)
    field("form as a float", "no floats", form=1.0)
    field("kind 13", "kinds are 0..12", kind=13)
    field("kind negative", "kinds are 0..12", kind=-1)
    field("kind as text", "kind is an integer", kind="sale")
    field("kind null", "kind is an integer", kind=None)
    field("terminal of 33 bits", "terminal is at most 32 bits", terminal=UINT32 + 1)
    field("terminal negative", "terminal is unsigned", terminal=-1)
    field("sequence of 33 bits", "sequence is at most 32 bits", sequence=UINT32 + 1)
    field("sequence true", "a boolean is no integer", sequence=True)
    field("previous of 31 bytes", "a hash is 32 bytes", previous=bytes(31))
    field("previous of 33 bytes", "a hash is 32 bytes", previous=bytes(33))
    field("previous as text", "a hash is bytes", previous="0" * 32)
    field("previous null", "a hash is bytes", previous=None)
    field("turnover of 54 bits", "a total is below 2^53", turnover=TOTAL_MAX + 1)
    field("turnover negative", "a total is unsigned", turnover=-1)
    field("turnover as a float", "no floats", turnover=1.5)
    field("turnover as a bignum", "no tags", turnover=cbor2.CBORTag(2, b"\x01"))
    field("time negative", "time is unsigned", time=-1)
    field("time of 65 bits", "time is at most 64 bits", time=UINT64 + 1)
    field("time tagged", "no tags", time=cbor2.CBORTag(1, NOW_S))
    field("time as text", "time is an integer", time="2026-07-25T17:20:00Z")
    field("time of a clock that was never set", "time is 0 while trust is 0", trust=0)
    field("sequence 0 of an outage", "sequence 0 is genesis", sequence=0)
    bad("genesis at sequence 1", entry(0, [b"certificate"], sequence=1), "genesis is at sequence 0")
    field("trust 3", "trust is 0..2", trust=3)
    field("trust false", "a boolean is no integer", trust=False)
    field("boot of 33 bits", "boot is at most 32 bits", boot=UINT32 + 1)
    field("uptime of 33 bits", "uptime is at most 32 bits", uptime=UINT32 + 1)
    field("power 64", "power is 0..63", power=64)
    field("power negative", "power is 0..63", power=-1)
    field("charge 101", "charge is 0..100 or null", charge=101)
    field("charge negative", "charge is 0..100 or null", charge=-1)
    field("charge false", "charge is 0..100 or null", charge=False)
    field("charge undefined", "undefined is no value of ours", charge=cbor2.undefined)
    field("charge simple value", "simple values are none of ours", charge=cbor2.CBORSimpleValue(87))
    field("body null", "body is an array", body=None)
    field("body a map", "body is an array", body={})
    bad("body missing", entry(2, [])[:12], "an entry has 13 items")
    bad("an item too many", [*entry(2, []), 0], "an entry has 13 items")
    bad("a map", dict(enumerate(entry(2, []))), "an entry is an array")
    bad("an integer", 1, "an entry is an array")
    bad("empty array", [], "an entry has 13 items")
    bad("empty payload", b"", "an entry is an array")
    bad("nested seven deep", entry(2, [[[[[[[0]]]]]]]), "nesting is at most 6 deep")
    bad("nested two hundred deep", dumps(entry(2, None))[:-1] + b"\x81" * 200 + b"\x00", "nesting is at most 6 deep")
    bad("more than 768 bytes", entry(0, [bytes(700)]), "an entry is at most 768 bytes")


def refused_bodies(card: bytes) -> None:
    digest = sha256(b"hash").digest()
    sound = sale_body(entry(4, None), card)

    def bad(name: str, kind: int, body: object, why: str) -> None:
        refuse_payload(f"entry: {name}", "entry", entry(kind, body), TERMINAL, why)

    def sale_with(name: str, place: int, value: object, why: str) -> None:
        bad(f"sale with {name}", 4, [*sound[:place], value, *sound[place + 1 :]], why)

    sale_with("card of 7 bytes", 0, card[:7], "a card is 8 bytes")
    sale_with("card null", 0, None, "a card is 8 bytes")
    sale_with("amount 0", 1, 0, "an amount is at least 1")
    sale_with("amount of 33 bits", 1, UINT32 + 1, "an amount is at most 32 bits")
    sale_with("amount negative", 1, -2_500_000, "an amount is at least 1")
    sale_with("amount true", 1, True, "a boolean is no integer")
    sale_with("amount as a float", 1, 2_500_000.0, "no floats")
    sale_with("amount as text", 1, "2500000", "an amount is an integer")
    sale_with("amount as a bignum", 1, cbor2.CBORTag(2, b"\x26\x25\xa0"), "no tags")
    sale_with("currency 1000", 2, 1000, "currency is 0..999")
    sale_with("currency as text", 2, "IDR", "currency is an integer")
    sale_with("counter of 33 bits", 3, UINT32 + 1, "counter is at most 32 bits")
    sale_with("spent 0", 4, 0, "spent is at least 1")
    sale_with("spent of 33 bits", 4, UINT32 + 1, "spent is at most 32 bits")
    sale_with("signature of 63 bytes", 5, sound[5][:63], "a signature is 64 bytes")
    sale_with("signature of 65 bytes", 5, sound[5] + b"\0", "a signature is 64 bytes")
    bad("sale without signature", 4, sound[:5], "a sale has 6 items")
    bad("sale with an item too many", 4, [*sound, 0], "a sale has 6 items")
    bad("sale with an empty body", 4, [], "a sale has 6 items")
    bad("genesis with text", 0, ["certificate"], "the certificate is bytes")
    bad("genesis with an empty body", 0, [], "genesis has 1 item")
    bad("boot with a version of 41 bytes", 1, [1, "x" * 41, 0, 0], "names are at most 40 bytes")
    bad("boot with a version in bytes", 1, [1, b"0.1.0", 0, 0], "the version is text")
    bad("boot with a negative cause", 1, [-1, "0.1.0", 0, 0], "cause is unsigned")
    bad("boot with three items", 1, [1, "0.1.0", 0], "boot has 4 items")
    bad("outage_began with an item", 2, [0], "outage_began has no items")
    bad("outage_ended with a value of 54 bits", 3, [1, 1, TOTAL_MAX + 1], "a total is below 2^53")
    bad("outage_ended with seconds of 65 bits", 3, [UINT64 + 1, 1, 1], "seconds is at most 64 bits")
    bad("outage_ended with two items", 3, [1, 1], "outage_ended has 3 items")
    bad("void with amount 0", 5, [41, 0], "an amount is at least 1")
    bad("void without amount", 5, [41], "a void has 2 items")
    bad("void with a sale of 33 bits", 5, [UINT32 + 1, 1], "sequence is at most 32 bits")
    bad("shift_closed with three items", 6, [1, 1, 1], "shift_closed has 4 items")
    bad("shift_closed with voided of 54 bits", 6, [1, 1, 1, TOTAL_MAX + 1], "a total is below 2^53")
    bad("policy_applied with a hash of 31 bytes", 7, [1, digest[1:]], "a hash is 32 bytes")
    bad("policy_applied with a version in text", 7, ["1", digest], "version is an integer")
    bad("clock_set with a negative time", 8, [-1, NOW_S], "time is unsigned")
    bad("clock_set with null", 8, [None, NOW_S], "time is an integer")
    bad("receipt_applied with a hash of 33 bytes", 9, [1, digest + b"\0"], "a hash is 32 bytes")
    bad("receipt_applied with a sequence of 33 bits", 9, [UINT32 + 1, digest], "sequence is at most 32 bits")
    bad("card_seen with null", 10, [None], "the certificate is bytes")
    bad("card_seen with two certificates", 10, [b"1", b"2"], "card_seen has 1 item")
    bad("fault with a detail of 41 bytes", 11, [1, "x" * 41], "names are at most 40 bytes")
    bad("declined with reason 16", 12, [16, 1, None], "reasons are 0..15")
    bad("declined with a card of 7 bytes", 12, [1, 1, card[:7]], "a card is 8 bytes or null")
    bad("declined with a card false", 12, [1, 1, False], "a card is 8 bytes or null")
    bad("declined with amount 0", 12, [1, 0, None], "an amount is at least 1")
    bad("body of another kind", 5, [b"certificate"], "a void has 2 items")


def refused_encodings() -> None:
    """An entry's payload in CBOR that is not deterministic, signed as it stands."""
    payload = dumps(entry(5, [41, 300]))

    def bad(name: str, data: bytes, why: str) -> None:
        if data == payload:
            raise SystemExit(f"vector {name} does not differ from the sound payload")
        refuse_payload(f"entry: {name}", "entry", data, TERMINAL, why)

    bad("kind not shortest", payload[:2] + b"\x18\x05" + payload[3:], "5 is one byte")
    bad("form in nine bytes", payload[:1] + b"\x1b" + (1).to_bytes(8, "big") + payload[2:], "1 is one byte")
    bad("amount in five bytes", payload[:-3] + b"\x1a\x00\x00\x01\x2c", "300 is three bytes")
    bad("previous with a long head", payload.replace(b"\x58\x20", b"\x59\x00\x20", 1), "a length below 256 is one byte")
    bad("array head not shortest", b"\x98\x0d" + payload[1:], "13 is in the head byte")
    bad("indefinite array", b"\x9f" + payload[1:] + b"\xff", "lengths are definite")
    bad("indefinite body", payload[:-6] + b"\x9f" + payload[-5:] + b"\xff", "lengths are definite")
    previous = payload.index(b"\x58\x20")
    chunk = payload[previous : previous + 34]
    bad("previous in chunks", payload.replace(chunk, b"\x5f" + chunk + b"\xff"), "lengths are definite")
    bad("trailing byte in the payload", payload + b"\x00", "nothing follows the array")
    bad("second array in the payload", payload + payload, "nothing follows the array")
    bad("last byte of the payload missing", payload[:-1], "the array ends early")
    bad("payload tagged", b"\xc1" + payload, "no tags")
    bad("self-described CBOR", bytes.fromhex("d9d9f7") + payload, "no tags")
    bad("reserved additional information", payload[:2] + b"\x1c" + payload[3:], "28 is reserved")
    bad("break without a start", payload[:2] + b"\xff" + payload[3:], "a break ends nothing here")
    bad("array longer than its bytes", b"\x9b" + b"\xff" * 8 + payload[1:], "the array ends early")
    bad("bytes longer than there are", payload[:previous] + b"\x5b" + b"\x7f" + b"\xff" * 7, "the bytes end early")
    detail = dumps(entry(11, [1, "gauge"]))
    refuse_payload(
        "entry: fault with a detail not UTF-8",
        "entry",
        detail.replace(b"gauge", b"ga\xff\xfee"),
        TERMINAL,
        "text is UTF-8",
    )
    bad("shared value", b"\xd8\x1c" + payload, "no tags")

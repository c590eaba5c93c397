"""Tables of the ledger, in SQL that SQLite and PostgreSQL both run.

Amounts are minor units of ISO 4217, times are seconds since 1970 UTC, digests are SHA-256 of a whole signed document.
The unique keys make posting idempotent: what is there already is not put there again.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)

SCHEMA_VERSION = 1

metadata = MetaData()

# schema: SCHEMA_VERSION; roots: the operator's public keys in hex. One ledger belongs to one operator.
meta = Table(
    "nyala_meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String, nullable=False),
)

# A run that changes nothing leaves no row.
runs = Table(
    "runs",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=True),
    Column("at_s", BigInteger, nullable=False),
    Column("what", String(40), nullable=False),
    Column("entries", Integer, nullable=False),
    Column("postings", Integer, nullable=False),
    Column("settlement_rows", Integer, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),
)

# A terminal given a new identity has several rows.
terminals = Table(
    "terminals",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("terminal", BigInteger, nullable=False),
    Column("merchant", String(40), nullable=False),
    Column("certificate", LargeBinary, nullable=False),
)

# Every entry as the terminal signed it. Two for one place are evidence, so (terminal, sequence) is not unique.
entries = Table(
    "entries",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("terminal", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("held_s", BigInteger, nullable=False),  # when it was first held here: it was signed no later
    Index("entries_by_place", "terminal", "sequence"),
)

vouchers = Table(
    "vouchers",
    metadata,
    Column("digest", LargeBinary(32), ForeignKey("entries.digest"), primary_key=True),
    Column("terminal", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("kind", String(8), nullable=False),  # sale, void
    Column("code", String(9), nullable=False),  # receipt code on the terminal's screen
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Integer, nullable=False),
    Column("card", LargeBinary(8)),
    Column("counter", BigInteger),
    Column("at_s", BigInteger),  # None while the clock was never set
    Column("verdict", String(20), nullable=False),
    Column("reasons", String(400), nullable=False),  # words of nyala.facts.Problem, parted by spaces
    Index("vouchers_by_place", "terminal", "sequence"),
    Index("vouchers_by_counter", "card", "counter"),
)

declines = Table(
    "declines",
    metadata,
    Column("digest", LargeBinary(32), ForeignKey("entries.digest"), primary_key=True),
    Column("terminal", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("reason", String(24), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("card", LargeBinary(8)),
    Column("at_s", BigInteger),
)

# Money moved. Never changed or deleted: when a verdict changes, a further posting of the same voucher sets it right.
postings = Table(
    "postings",
    metadata,
    Column("digest", LargeBinary(32), ForeignKey("entries.digest"), nullable=False),
    Column("turn", Integer, nullable=False),  # 0 the first posting of this voucher
    Column("terminal", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),  # negative: taken back
    Column("currency", Integer, nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("run", Integer, ForeignKey("runs.run"), nullable=False),
    PrimaryKeyConstraint("digest", "turn"),
)

settlement_rows = Table(
    "settlement_rows",
    metadata,
    Column("terminal", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Integer, nullable=False),
    Column("settled_at_s", BigInteger, nullable=False),
    Column("repeat", Integer, nullable=False),
    PrimaryKeyConstraint("terminal", "sequence", "amount_minor", "currency", "settled_at_s", "repeat"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("terminal", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index("receipts_by_place", "terminal", "sequence"),
)

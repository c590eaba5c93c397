"""What can be read from and written to the ledger within one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nyala.documents import cose, policy, receipt
from nyala.documents.receipt import Receipt
from nyala.errors import LedgerError
from nyala.facts import Chain
from nyala.ledger import schema
from nyala.settlement import SettlementRow
from nyala.verdicts import Judged, Posting, Verdict


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """An entry as the terminal signed it. held_s: when it was first held (seconds since 1970)."""

    terminal: int
    sequence: int
    kind: int
    document: bytes
    held_s: int


class Book:
    """One transaction on the ledger. `add_...` leaves alone what is there already and returns how much was new."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    # -- whose it is

    def get(self, name: str) -> str | None:
        return self._connection.scalar(sa.select(schema.meta.c.value).where(schema.meta.c.name == name))

    def put(self, name: str, value: str) -> None:
        """Set a value that is not set yet."""
        self._insert(schema.meta, [{"name": name, "value": value}])

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The operator's public keys, the newest first; none in a new ledger."""
        known = self.get("roots")
        return tuple(bytes.fromhex(part) for part in known.split()) if known else ()

    def own(self, roots: Sequence[bytes]) -> None:
        """Make this the ledger of the operator with these public keys. LedgerError when it is another's."""
        known = self.roots
        if known and set(known).isdisjoint(roots):
            raise LedgerError("This ledger belongs to another operator; use the right key folder or another ledger.")
        value = " ".join(root.hex() for root in dict.fromkeys((*roots, *known)))
        if known:
            where = schema.meta.c.name == "roots"
            self._connection.execute(sa.update(schema.meta).where(where).values(value=value))
        else:
            self.put("roots", value)

    # -- evidence

    def add_policies(self, documents: Iterable[bytes]) -> int:
        rows = [
            {"digest": cose.digest(document), "version": policy.parse(document).version, "document": document}
            for document in documents
        ]
        return self._insert(schema.policies, rows)

    def add_entries(self, entries: Iterable[HeldEntry]) -> int:
        rows = [
            {
                "digest": cose.digest(held.document),
                "terminal": held.terminal,
                "sequence": held.sequence,
                "kind": held.kind,
                "document": held.document,
                "held_s": held.held_s,
            }
            for held in entries
        ]
        return self._insert(schema.entries, rows)

    def add_settlement(self, rows: Iterable[SettlementRow]) -> int:
        return self._insert(
            schema.settlement_rows,
            [
                {
                    "terminal": row.terminal,
                    "sequence": row.sequence,
                    "amount_minor": row.amount_minor,
                    "currency": row.currency,
                    "settled_at_s": row.settled_at_s,
                    "repeat": row.repeat,
                }
                for row in rows
            ],
        )

    def add_receipt(self, document: bytes) -> int:
        made = receipt.parse(document)
        row = {"terminal": made.terminal, "sequence": made.sequence, "document": document}
        return self._insert(schema.receipts, [{"digest": cose.digest(document), **row}])

    def terminals(self) -> list[int]:
        column = schema.entries.c.terminal
        return list(self._connection.scalars(sa.select(column).distinct().order_by(column)))

    def entries(self, terminal: int) -> list[HeldEntry]:
        """All that is held of a terminal, in order. LedgerError when an entry was changed since it was put there."""
        table = schema.entries
        query = sa.select(table).where(table.c.terminal == terminal).order_by(table.c.sequence, table.c.digest)
        held: list[HeldEntry] = []
        for row in self._connection.execute(query):
            self._check(row.digest, row.document, f"entry {row.sequence} of terminal {terminal}")
            held.append(HeldEntry(row.terminal, row.sequence, row.kind, row.document, row.held_s))
        return held

    def digests(self, terminal: int) -> set[bytes]:
        """Of all entries held of a terminal."""
        table = schema.entries
        return set(self._connection.scalars(sa.select(table.c.digest).where(table.c.terminal == terminal)))

    def policies(self) -> list[bytes]:
        table = schema.policies
        rows = self._connection.execute(sa.select(table).order_by(table.c.version, table.c.digest)).all()
        for row in rows:
            self._check(row.digest, row.document, f"policy {row.version}")
        return [row.document for row in rows]

    def receipts(self, terminal: int) -> list[tuple[Receipt, bytes]]:
        """Receipts made for a terminal and their documents, the oldest first."""
        table = schema.receipts
        query = sa.select(table).where(table.c.terminal == terminal).order_by(table.c.sequence, table.c.digest)
        rows = self._connection.execute(query).all()
        for row in rows:
            self._check(row.digest, row.document, f"receipt {row.sequence} of terminal {terminal}")
        made = [(receipt.parse(row.document), row.document) for row in rows]
        return sorted(made, key=lambda pair: (pair[0].time_s, pair[0].sequence))

    def settlement(self) -> list[SettlementRow] | None:
        """All rows of settlement files, None when there has been none."""
        table = schema.settlement_rows
        rows = self._connection.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
        if not rows:
            return None
        return [SettlementRow(*row) for row in rows]

    # -- what was made of it

    def postings(self) -> list[Posting]:
        table = schema.postings
        query = sa.select(table).order_by(table.c.terminal, table.c.sequence, table.c.digest, table.c.turn)
        return [
            Posting(
                row.digest, row.turn, row.terminal, row.sequence, row.amount_minor, row.currency, Verdict(row.verdict)
            )
            for row in self._connection.execute(query)
        ]

    def add_run(self, what: str, at_s: int, *, entries: int, postings: int, settlement_rows: int) -> int:
        """The number of the new run."""
        values = {"entries": entries, "postings": postings, "settlement_rows": settlement_rows}
        query = sa.insert(schema.runs).values(what=what, at_s=at_s, **values).returning(schema.runs.c.run)
        return self._connection.execute(query).scalar_one()

    def add_postings(self, postings: Iterable[Posting], run: int) -> int:
        return self._insert(
            schema.postings,
            [
                {
                    "digest": posting.digest,
                    "turn": posting.turn,
                    "terminal": posting.terminal,
                    "sequence": posting.sequence,
                    "amount_minor": posting.amount_minor,
                    "currency": posting.currency,
                    "verdict": posting.verdict.value,
                    "run": run,
                }
                for posting in postings
            ],
        )

    def keep_verdicts(self, vouchers: Iterable[Judged]) -> None:
        """Write what is thought of every voucher now; a verdict may change when more becomes known."""
        table = schema.vouchers
        columns = table.c.digest, table.c.verdict, table.c.reasons, table.c.at_s, table.c.currency
        kept = {row[0]: tuple(row[1:]) for row in self._connection.execute(sa.select(*columns))}
        rows: list[dict[str, Any]] = []
        for judged in vouchers:
            now = judged.verdict.value, " ".join(judged.problems), judged.fact.at_s, judged.currency
            if kept.get(judged.fact.digest) != now:
                rows.append(_voucher_row(judged))
        if rows:
            statement = self._upsert(table)
            changing = {column.name: statement.excluded[column.name] for column in columns[1:]}
            statement = statement.on_conflict_do_update(index_elements=["digest"], set_=changing)
            self._connection.execute(statement, rows)

    def keep_chains(self, chains: Iterable[Chain]) -> None:
        """Write the terminals' certificates and the declined payments."""
        terminals: list[dict[str, Any]] = []
        declines: list[dict[str, Any]] = []
        for chain in chains:
            if chain.certificate is not None and chain.certificate_document is not None:
                terminals.append(
                    {
                        "digest": cose.digest(chain.certificate_document),
                        "terminal": chain.terminal,
                        "merchant": chain.merchant,
                        "certificate": chain.certificate_document,
                    }
                )
            for fact in chain.facts:
                if fact.declined is not None and not fact.problems:
                    declines.append(
                        {
                            "digest": fact.digest,
                            "terminal": chain.terminal,
                            "sequence": fact.entry.sequence,
                            "reason": fact.declined.reason_name,
                            "amount_minor": fact.declined.amount_minor,
                            "card": fact.declined.card,
                            "at_s": fact.at_s,
                        }
                    )
        self._insert(schema.terminals, terminals)
        self._insert(schema.declines, declines)

    # -- about the ledger itself

    def counts(self) -> dict[str, int]:
        """Rows in each table."""
        return {
            name: self._connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in sorted(schema.metadata.tables.items())
        }

    def digest(self) -> str:
        """SHA-256 over every row of every table: equal when nothing has changed."""
        hashed = sha256()
        for name, table in sorted(schema.metadata.tables.items()):
            hashed.update(name.encode())
            for row in self._connection.execute(sa.select(table).order_by(*table.primary_key.columns)):
                hashed.update(repr(tuple(row)).encode())
        return hashed.hexdigest()

    def _upsert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        insert = postgresql.insert if self._connection.dialect.name == "postgresql" else sqlite.insert
        return insert(table)

    def _insert(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> int:
        """Insert the rows that are not there yet; their number."""
        if not rows:
            return 0
        return self._connection.execute(self._upsert(table).on_conflict_do_nothing(), rows).rowcount

    def _check(self, digest: bytes, document: bytes, what: str) -> None:
        if cose.digest(document) != digest:
            raise LedgerError(
                f"The ledger's {what} was changed after it was written; restore the ledger from a backup."
            )


def _voucher_row(judged: Judged) -> dict[str, Any]:
    fact = judged.fact
    return {
        "digest": fact.digest,
        "terminal": fact.entry.terminal,
        "sequence": fact.entry.sequence,
        "kind": fact.entry.kind_name,
        "code": fact.code,
        "amount_minor": judged.amount_minor,
        "currency": judged.currency,
        "card": fact.sale.card if fact.sale is not None else None,
        "counter": fact.sale.counter if fact.sale is not None else None,
        "at_s": fact.at_s,
        "verdict": judged.verdict.value,
        "reasons": " ".join(judged.problems),
    }

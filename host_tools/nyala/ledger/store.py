"""Opening the ledger file, and one writer at a time."""

import os
import socket
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from nyala.errors import LedgerError
from nyala.ledger import schema
from nyala.ledger.book import Book

WAIT_S = 30  # for another process to finish writing


class Ledger:
    """A ledger in an SQLite file. A context manager; `writing` and `reading` give the `Book`."""

    def __init__(self, path: Path, engine: sa.Engine) -> None:
        self.path = path
        self._engine = engine
        self._holder = path.with_name(path.name + ".holder")

    @classmethod
    def open(cls, path: Path, *, create: bool = True, wait_s: float = WAIT_S) -> "Ledger":
        """Open the ledger, made new if it is not there.

        LedgerError when it is no ledger, of a newer version, or cannot be opened.
        """
        if not path.exists() and not create:
            raise LedgerError(f"{path}: there is no ledger; reconcile first, or check the path.")
        if not path.parent.is_dir():
            raise LedgerError(f"{path}: its folder does not exist; make it first.")
        ledger = cls(path, _engine(path, wait_s))
        try:
            ledger._check_schema()
        except BaseException:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Generator[Book]:
        """The ledger as it stands now, unmoved by what others write meanwhile."""
        with self._named_errors(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield Book(connection)

    @contextmanager
    def writing(self, what: str) -> Generator[Book]:
        """One transaction: all of it is in the ledger, on disk, when the block ends, or nothing is when it raises.

        `what` tells others who holds the ledger. Waits for another writer, then raises LedgerError with its name.
        """
        with self._named_errors(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                self._say_who_holds(what)
                yield Book(connection)
            finally:
                # Before the lock goes: afterwards the note may be another's.
                with suppress(OSError):
                    self._holder.unlink()
            connection.commit()

    def _say_who_holds(self, what: str) -> None:
        since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        # A courtesy to whoever has to wait: SQLite's own lock is what keeps the second writer out.
        with suppress(OSError):
            self._holder.write_text(f"nyala {what}, process {os.getpid()} on {socket.gethostname()} since {since}")

    @contextmanager
    def _named_errors(self) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._named(error.orig) from error
        except sqlite3.Error as error:
            raise self._named(error) from error

    def _named(self, error: BaseException | None) -> LedgerError:
        code = (
            error.sqlite_errorcode & 0xFF
            if isinstance(error, sqlite3.Error) and hasattr(error, "sqlite_errorcode")
            else 0
        )
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            holder = "another process"
            with suppress(OSError):
                holder = self._holder.read_text() or holder
            return LedgerError(f"{self.path}: held by {holder}; wait until it is done and run this again.")
        if code == sqlite3.SQLITE_NOTADB:
            return LedgerError(f"{self.path}: not a ledger (no SQLite file); check the path.")
        return LedgerError(f"{self.path}: cannot be used ({error}); check the disk and the file's permissions.")

    def _check_schema(self) -> None:
        with self._named_errors(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            names = set(sa.inspect(connection).get_table_names())
            if names and schema.meta.name not in names:
                raise LedgerError(f"{self.path}: a database of something else; choose another path for the ledger.")
            found = Book(connection).get("schema") if names else None
        if found is None:
            self._create()
        elif found != str(schema.SCHEMA_VERSION):
            raise LedgerError(
                f"{self.path}: made by another version of nyala (ledger {found}, this one knows "
                f"{schema.SCHEMA_VERSION}); update the host tools."
            )

    def _create(self) -> None:
        with self._named_errors(), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            schema.metadata.create_all(connection)
            Book(connection).put("schema", str(schema.SCHEMA_VERSION))
            connection.commit()


def _engine(path: Path, wait_s: float) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite+pysqlite", database=str(path)), connect_args={"timeout": wait_s}, poolclass=sa.NullPool
    )

    def set_up(connection: sqlite3.Connection, record: Any) -> None:
        # We say BEGIN ourselves: Python's sqlite3 would begin late and without the lock.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")

    event.listen(engine, "connect", set_up)
    return engine

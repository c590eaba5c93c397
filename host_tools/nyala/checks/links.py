"""Which entry follows which, and where the chain contradicts itself."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nyala.documents.entry import Entry
from nyala.documents.receipt import Receipt
from nyala.facts import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class Item:
    """An entry, parsed; `signed`: by the terminal's key."""

    digest: bytes
    entry: Entry
    signed: bool


class Links:
    """The signed entries of one terminal, put in order. Any order of `items` gives the same.

    places: the entries of each sequence, the main one first; findings; forked: digests of entries that come after a
    contradiction; again: of those that repeat what another says; follows: of main entries that follow the main entry
    one sequence before; sound: how many places from the first on have nothing missing or contradicted.
    """

    def __init__(self, terminal: int, items: Iterable[Item], receipts: Sequence[Receipt]) -> None:
        self.terminal = terminal
        self.places: list[tuple[Item, ...]] = []
        self.findings: list[Finding] = []
        self.forked: set[bytes] = set()
        self.again: set[bytes] = set()
        self.follows: set[bytes] = set()
        self.sound = 0
        self._receipts = receipts
        self._unsigned: set[bytes] = set()
        self._by_digest: dict[bytes, Item] = {}
        for item in items:
            if item.signed:
                self._by_digest[item.digest] = item
            else:
                self._unsigned.add(item.digest)
        self._covered = self._under_receipts()
        self._walk()
        self._check_last_receipt()

    def _under_receipts(self) -> set[bytes]:
        """Digests of the entries that a receipt's head stands on: held and settled before any contradiction came up."""
        covered: set[bytes] = set()
        for receipt in self._receipts:
            item = self._by_digest.get(receipt.head)
            while item is not None and item.digest not in covered:
                covered.add(item.digest)
                item = self._by_digest.get(item.entry.previous)
        return covered

    def _walk(self) -> None:
        groups: dict[int, list[Item]] = defaultdict(list)
        for item in self._by_digest.values():
            groups[item.entry.sequence].append(item)
        named = {item.entry.previous for item in self._by_digest.values()}
        before: tuple[Item, ...] = ()
        sound = True
        conflict: int | None = None
        for sequence in sorted(groups):
            place = self._place(groups[sequence], before[0].digest if before else b"", named)
            if self._forks(place):
                conflict = sequence if conflict is None else conflict
                sound = False
            if sequence != (before[0].entry.sequence + 1 if before else 0):
                sound = sound and self._pruned(before, place[0])
            elif before and not self._joins(before, place[0]):
                # The entry before may be the wrong one of the two, so the contradiction begins there.
                conflict = sequence - 1 if conflict is None else conflict
                self.sound -= sound
                sound = False
            self.sound += sound
            self.places.append(place)
            before = place
        if conflict is not None:
            self.forked = {
                digest
                for digest, item in self._by_digest.items()
                if item.entry.sequence >= conflict and digest not in self._covered and digest not in self.again
            }

    def _place(self, group: list[Item], before: bytes, named: set[bytes]) -> tuple[Item, ...]:
        """The main one first: it is under a receipt, or follows the main one before, or the chain goes on from it."""

        def rank(item: Item) -> tuple[bool, bool, bool, bytes]:
            return (
                item.digest not in self._covered,
                item.entry.previous != before,
                item.digest not in named,
                item.digest,
            )

        return tuple(sorted(group, key=rank))

    def _forks(self, place: tuple[Item, ...]) -> bool:
        main = place[0]
        found = False
        for other in place[1:]:
            if other.entry == main.entry:
                self.again.add(other.digest)
            else:
                found = True
        if found:
            self._find(FindingKind.FORK, main.entry.sequence)
        return found

    def _pruned(self, before: tuple[Item, ...], main: Item) -> bool:
        """Whether nothing is missing before `main` after all: what it follows was held when a receipt was made."""
        last = main.entry.sequence - 1
        if not before and (
            main.digest in self._covered
            or any(r.sequence == last and r.head == main.entry.previous for r in self._receipts)
        ):
            return True
        first = before[0].entry.sequence + 1 if before else 0
        if first != last or main.entry.previous not in self._unsigned:  # or there, but not signed: told elsewhere
            self._find(FindingKind.GAP, first, last)
        return False

    def _joins(self, before: tuple[Item, ...], main: Item) -> bool:
        if main.entry.previous == before[0].digest:
            self.follows.add(main.digest)
            return True
        if all(main.entry.previous != item.digest for item in before):
            self._find(FindingKind.BROKEN_LINK, main.entry.sequence - 1, main.entry.sequence)
        return False

    def _check_last_receipt(self) -> None:
        """The chain must go through the head of the last receipt, and nothing else may claim a place up to there."""
        if not self._receipts or not self.places:
            return
        receipt = max(self._receipts, key=lambda r: (r.sequence, r.head))
        first, last = self.places[0][0].entry, self.places[-1][0].entry
        if receipt.sequence < first.sequence:
            return  # right behind it, or a gap says that something is missing
        if receipt.head in self._covered:
            others = [
                item.entry.sequence
                for digest, item in self._by_digest.items()
                if item.entry.sequence <= receipt.sequence and digest not in self._covered and digest not in self.again
            ]
            if others:
                self._find(
                    FindingKind.ROLLED_BACK, min(others), max(others), "other entries for places under a receipt"
                )
        else:
            detail = f"the receipt's head is not in the chain, which ends at {last.sequence}"
            self._find(FindingKind.ROLLED_BACK, receipt.sequence, receipt.sequence, detail)

    def _find(self, kind: FindingKind, first: int, last: int | None = None, detail: str = "") -> None:
        self.findings.append(Finding(kind, self.terminal, first, first if last is None else last, detail))

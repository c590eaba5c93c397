from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chains import BEGIN_S, RUPIAH, Operator, PlayedTerminal, verify
from nyala.documents import entry
from nyala.documents.bodies import Sale
from nyala.facts import Chain, Problem
from nyala.reconcile import reconcile
from nyala.settlement import SettlementRow
from nyala.verdicts import OF_PROBLEM, Difference, DifferenceKind, Judged, Posting, Reconciliation, Verdict
from nyala.verify import verify_terminal
from test_verify import malleate


@pytest.fixture
def operator() -> Operator:
    return Operator()


@pytest.fixture
def terminal(operator: Operator) -> PlayedTerminal:
    terminal = operator.terminal(17)
    terminal.lose_mains()
    return terminal


def verdicts(result: Reconciliation) -> dict[tuple[int, int], Verdict]:
    return {(v.fact.entry.terminal, v.fact.entry.sequence): v.verdict for v in result.vouchers}


def of(result: Reconciliation, sequence: int) -> Judged:
    (judged,) = [voucher for voucher in result.vouchers if voucher.fact.entry.sequence == sequence]
    return judged


def balance(postings: list[Posting] | tuple[Posting, ...]) -> dict[bytes, int]:
    sums: dict[bytes, int] = {}
    for posting in postings:
        sums[posting.digest] = sums.get(posting.digest, 0) + posting.amount_minor
    return {digest: minor for digest, minor in sums.items() if minor}


def settled(terminal: PlayedTerminal, sequence: int, amount_minor: int, repeat: int = 0) -> SettlementRow:
    return SettlementRow(terminal.number, sequence, amount_minor, RUPIAH, BEGIN_S + 100_000, repeat)


# -- verdicts


def test_a_good_sale_is_accepted_and_posted_once(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1), 25_000_00)
    chain = verify(operator, terminal)
    first = reconcile([chain])
    assert of(first, sale).verdict == Verdict.ACCEPTED
    assert [posting.amount_minor for posting in first.postings] == [25_000_00]
    assert first.due_minor == {RUPIAH: 25_000_00}
    again = reconcile([chain], posted=first.postings)
    assert not again.postings
    assert again.vouchers == first.vouchers


def test_a_voided_sale_is_posted_there_and_back(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1), 25_000_00)
    void = terminal.void(sale)
    result = reconcile([verify(operator, terminal)])
    assert (of(result, sale).verdict, of(result, void).verdict) == (Verdict.VOIDED, Verdict.ACCEPTED)
    assert sorted(posting.amount_minor for posting in result.postings) == [-25_000_00, 25_000_00]
    assert result.due_minor == {RUPIAH: 0}


def test_the_void_of_a_sale_that_is_not_due_gives_nothing_back(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1, issuer="stranger"), 25_000_00)
    terminal.void(sale)
    result = reconcile([verify(operator, terminal)])
    assert of(result, sale).verdict == Verdict.UNAUTHORIZED
    assert not result.postings


def test_every_problem_has_a_verdict_and_only_doubt_about_the_clock_is_still_paid():
    assert set(OF_PROBLEM) == set(Problem)
    paid = {problem for problem, verdict in OF_PROBLEM.items() if verdict.pays}
    assert paid == {Problem.CARD_EXPIRY_IN_DOUBT}


def test_a_forged_sale_is_not_paid(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1), 25_000_00)
    terminal.documents[sale] = terminal.documents[sale][:-1] + b"\0"
    result = reconcile([verify(operator, terminal)])
    assert of(result, sale).verdict == Verdict.FORGED
    assert not result.postings


def test_the_same_voucher_under_another_signature_is_a_duplicate_and_paid_once(
    operator: Operator, terminal: PlayedTerminal
):
    sale = terminal.sell(operator.card(1), 25_000_00)
    terminal.documents.append(malleate(terminal.documents[sale]))
    result = reconcile([verify(operator, terminal)])
    assert sorted(judged.verdict for judged in result.vouchers) == [Verdict.ACCEPTED, Verdict.DUPLICATE]
    assert result.due_minor == {RUPIAH: 25_000_00}


def test_a_cloned_card_is_proven_by_one_counter_at_two_terminals(operator: Operator, terminal: PlayedTerminal):
    other = operator.terminal(18)
    other.lose_mains()
    card = operator.card(1)
    honest = terminal.sell(card, 1_000_00)
    clone = card.clone()
    here = terminal.sell(card, 2_000_00)
    there = other.sell(clone, 3_000_00)
    later = terminal.sell(card, 4_000_00)
    result = reconcile([verify(operator, terminal), verify(operator, other)])
    assert verdicts(result) == {
        (17, honest): Verdict.ACCEPTED,
        (17, here): Verdict.DOUBLE_SPENT,
        (18, there): Verdict.DOUBLE_SPENT,
        (17, later): Verdict.ACCEPTED,
    }
    assert Problem.COUNTER_TWICE in of(result, here).problems
    assert result.due_minor == {RUPIAH: 5_000_00}


def test_a_cloned_card_is_proven_by_sums_that_do_not_add_up(operator: Operator, terminal: PlayedTerminal):
    other = operator.terminal(18)
    other.lose_mains()
    card = operator.card(1)
    clone = card.clone()
    clone.authorize(99, 1, bytes(32), 5_000_00)  # somewhere that we never read
    first = terminal.sell(card, 1_000_00)
    second = other.sell(clone, 2_000_00)
    result = reconcile([verify(operator, terminal), verify(operator, other)])
    assert verdicts(result) == {(17, first): Verdict.DOUBLE_SPENT, (18, second): Verdict.DOUBLE_SPENT}
    assert {judged.problems for judged in result.vouchers} == {(Problem.SPENT_CONTRADICTS,)}


def test_payments_that_we_never_read_do_not_make_a_card_look_cloned(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    terminal.sell(card, 1_000_00)
    card.authorize(99, 1, bytes(32), 5_000_00)
    terminal.sell(card, 2_000_00)
    result = reconcile([verify(operator, terminal)])
    assert set(verdicts(result).values()) == {Verdict.ACCEPTED}


def test_a_sale_that_the_card_did_not_sign_cannot_make_the_card_look_cloned(
    operator: Operator, terminal: PlayedTerminal
):
    card = operator.card(1)
    sale = terminal.sell(card, 1_000_00)
    body = entry.parse(terminal.documents[sale]).body
    assert isinstance(body, Sale)
    lie = terminal.append(replace(body, amount_minor=500_00), 500_00)
    result = reconcile([verify(operator, terminal)])
    assert verdicts(result) == {(17, sale): Verdict.ACCEPTED, (17, lie): Verdict.UNAUTHORIZED}


def test_a_fork_found_later_takes_back_what_was_posted(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    safe = terminal.sell(card, 1_000_00)
    twin = terminal.fork(terminal.sequence)
    lost = terminal.sell(card, 2_000_00)
    first = reconcile([verify(operator, terminal)])
    twin.sell(operator.card(2), 3_000_00)
    second = reconcile([verify(operator, terminal, twin)], posted=first.postings)
    assert [(posting.sequence, posting.turn, posting.amount_minor) for posting in second.postings] == [
        (lost, 1, -2_000_00)
    ]
    assert of(second, safe).verdict == Verdict.ACCEPTED
    assert second.due_minor == {RUPIAH: 1_000_00}


# -- the other side


def test_without_a_settlement_there_is_nothing_to_differ_from(operator: Operator, terminal: PlayedTerminal):
    terminal.sell(operator.card(1), 1_000_00)
    assert reconcile([verify(operator, terminal)]).differences == ()


def test_an_honest_settlement_differs_in_nothing(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    sales = {terminal.sell(card, minor): minor for minor in (1_000_00, 2_000_00, 3_000_00)}
    voided = terminal.sell(card, 4_000_00)
    terminal.void(voided)
    rows = [settled(terminal, sequence, minor) for sequence, minor in sales.items()]
    assert reconcile([verify(operator, terminal)], rows).differences == ()


def test_each_way_in_which_a_settlement_can_differ_is_told(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    missing, less, foreign, twice, voided, denied = (terminal.sell(card, 1_000_00) for _ in range(6))
    terminal.void(voided)
    card.allowance_minor = 1
    terminal.documents[denied] = terminal.documents[denied][:-1] + b"\0"
    rows = [
        settled(terminal, less, 900_00),
        replace(settled(terminal, foreign, 1_000_00), currency=840),
        settled(terminal, twice, 1_000_00),
        settled(terminal, twice, 1_000_00, repeat=1),
        settled(terminal, voided, 1_000_00),
        settled(terminal, denied, 1_000_00),
        settled(terminal, 999, 5_000_00),
    ]
    del terminal.documents[voided + 2 :]  # the void is the entry after `denied`
    at_s = BEGIN_S + 100_000
    chain = verify(operator, terminal)
    found = {difference.sequence: difference for difference in reconcile([chain], rows).differences}
    here = 17

    def difference(kind: DifferenceKind, sequence: int, ours: int, theirs: int, **more: object) -> Difference:
        known = {"currency": RUPIAH, "settled_at_s": at_s, "verdict": Verdict.ACCEPTED} | more
        return Difference(kind, here, sequence, ours_minor=ours, theirs_minor=theirs, **known)  # pyright: ignore[reportArgumentType]

    assert found[missing] == difference(DifferenceKind.MISSING_THERE, missing, 1_000_00, 0, settled_at_s=None)
    assert found[less] == difference(DifferenceKind.AMOUNT_DIFFERS, less, 1_000_00, 900_00)
    assert found[foreign] == difference(DifferenceKind.CURRENCY_DIFFERS, foreign, 1_000_00, 1_000_00, currency=840)
    assert found[twice] == difference(DifferenceKind.TWICE_THERE, twice, 1_000_00, 2_000_00)
    assert found[denied] == difference(DifferenceKind.NOT_DUE, denied, 0, 1_000_00, verdict=Verdict.FORGED)
    assert found[999] == difference(DifferenceKind.MISSING_HERE, 999, 0, 5_000_00, verdict=None)
    assert voided not in found  # without its void it is due, and settled


def test_a_settled_payment_that_was_voided_is_not_due(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1), 1_000_00)
    terminal.void(sale)
    (difference,) = reconcile([verify(operator, terminal)], [settled(terminal, sale, 1_000_00)]).differences
    assert (difference.kind, difference.verdict) == (DifferenceKind.NOT_DUE, Verdict.VOIDED)


def test_a_row_that_two_overlapping_files_state_counts_once(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1), 1_000_00)
    row = settled(terminal, sale, 1_000_00)
    assert reconcile([verify(operator, terminal)], [row, row]).differences == ()


def test_an_empty_settlement_means_that_nothing_was_settled(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1), 1_000_00)
    (difference,) = reconcile([verify(operator, terminal)], []).differences
    assert (difference.kind, difference.sequence) == (DifferenceKind.MISSING_THERE, sale)


def test_one_id_in_two_chains_of_a_renewed_terminal_is_matched_by_amount(operator: Operator, terminal: PlayedTerminal):
    renewed = operator.terminal(17, name="renewed", issued_s=BEGIN_S)
    renewed.lose_mains()
    first = terminal.sell(operator.card(1), 1_000_00)
    second = renewed.sell(operator.card(2), 2_000_00)
    assert first == second
    documents = terminal.documents + renewed.documents
    chains = verify_terminal(17, documents, [operator.root_public], operator.policies)
    rows = [settled(terminal, first, 2_000_00), settled(terminal, first, 1_000_00)]
    assert reconcile(chains, rows).differences == ()
    (difference,) = reconcile(chains, rows[:1]).differences
    assert (difference.kind, difference.ours_minor) == (DifferenceKind.MISSING_THERE, 1_000_00)


# -- order and batches


def _world() -> tuple[Operator, list[PlayedTerminal], list[SettlementRow]]:
    """Three terminals, a cloned card, a fork, voids, limits passed, and a settlement with mistakes in it."""
    operator = Operator(payment_minor=8_000_00)
    terminals = [operator.terminal(number) for number in (17, 18, 19)]
    cards = [operator.card(number) for number in range(1, 5)]
    for place, terminal in enumerate(terminals):
        terminal.lose_mains()
        for turn in range(3):
            terminal.sell(cards[(place + turn) % 4], 1_000_00 * (turn + place + 2))
        terminal.void(terminal.sequence - 1)
    terminals[1].sell(cards[0].clone(), 500_00)
    terminals[0].sell(cards[0], 700_00)
    twin = terminals[2].fork(terminals[2].sequence - 2)
    twin.sell(operator.card(9), 100_00)
    rows = [settled(terminals[0], sequence, 2_000_00) for sequence in range(4, 10)]
    rows += [settled(terminals[1], 5, 1_00), settled(terminals[1], 5, 1_00, 1)]
    return operator, [*terminals, twin], rows


WORLD = _world()
ALL = [(terminal.number, document) for terminal in WORLD[1] for document in terminal.documents]


def _chains(documents: list[tuple[int, bytes]]) -> list[Chain]:
    operator = WORLD[0]
    numbers = dict.fromkeys(number for number, _ in documents)  # in the order in which they come
    return [
        chain
        for number in numbers
        for chain in verify_terminal(
            number, [document for n, document in documents if n == number], [operator.root_public], operator.policies
        )
    ]


@settings(max_examples=20, deadline=None)
@given(st.permutations(ALL), st.permutations(WORLD[2]))
def test_the_order_of_entries_terminals_and_rows_changes_no_verdict(
    documents: list[tuple[int, bytes]], rows: list[SettlementRow]
):
    assert reconcile(_chains(documents), rows) == reconcile(_chains(ALL), WORLD[2])


@settings(max_examples=20, deadline=None)
@given(st.permutations(ALL), st.lists(st.integers(1, len(ALL) - 1), max_size=3))
def test_splitting_into_batches_changes_no_verdict_and_no_balance(documents: list[tuple[int, bytes]], cuts: list[int]):
    posted: list[Posting] = []
    held: list[tuple[int, bytes]] = []
    result = Reconciliation()
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), len(documents)], strict=True):
        held += documents[first:last]
        result = reconcile(_chains(held), WORLD[2], posted)
        posted += result.postings
    whole = reconcile(_chains(ALL), WORLD[2])
    assert result.vouchers == whole.vouchers
    assert result.differences == whole.differences
    assert balance(posted) == balance(whole.postings)
    assert len({(posting.digest, posting.turn) for posting in posted}) == len(posted)

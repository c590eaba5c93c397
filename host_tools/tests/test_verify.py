from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chains import BEGIN_S, YEAR_S, Operator, PlayedTerminal, key, public, verify
from nyala.documents import bodies, certificate, cose, entry
from nyala.documents.bodies import Sale
from nyala.documents.certificate import Claims
from nyala.documents.receipt import Receipt
from nyala.facts import Chain, Fact, FindingKind, Problem
from nyala.verify import Before, before, verify_terminal
from nyala.wire import entry as wire


@pytest.fixture
def operator() -> Operator:
    return Operator()


@pytest.fixture
def terminal(operator: Operator) -> PlayedTerminal:
    terminal = operator.terminal(17)
    terminal.lose_mains()
    return terminal


def kinds(chain: Chain) -> list[FindingKind]:
    return [finding.kind for finding in chain.findings]


def at(chain: Chain, sequence: int) -> Fact:
    (fact,) = [fact for fact in chain.facts if fact.entry.sequence == sequence]
    return fact


def problems(chain: Chain) -> dict[int, tuple[Problem, ...]]:
    return {fact.entry.sequence: fact.problems for fact in chain.facts if fact.problems}


def malleate(document: bytes) -> bytes:
    """The same payload under the other signature that ECDSA allows: s becomes n - s."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    s = int.from_bytes(document[-32:], "big")
    return document[:-32] + (order - s).to_bytes(32, "big")


# -- a chain in which all is well


def test_an_honest_outage_has_no_problems_and_no_findings(operator: Operator, terminal: PlayedTerminal):
    cards = [operator.card(number) for number in (1, 2)]
    sales = [terminal.sell(cards[place % 2], 10_000_00 * (place + 1)) for place in range(6)]
    terminal.void(sales[-1])
    terminal.decline(wire.OVER_ALLOWANCE, 9_000_000_00, cards[0])
    terminal.mains_back()
    chain = verify(operator, terminal)
    assert not problems(chain)
    assert not chain.findings
    assert chain.merchant == "Warung 17"
    assert chain.sound_to is not None
    assert chain.sound_to.digest == terminal.head
    assert chain.vouchers_to_there == 7
    assert chain.money is not None
    assert chain.money.text(10_000_00) == "Rp10.000"


def test_the_chain_itself_says_which_payments_fell_into_the_outage(operator: Operator):
    operator.sign_policy(sales_when=1)
    terminal = operator.terminal(17)
    card = operator.card(1)
    earlier = terminal.sell(card, 1_000_00)
    began = terminal.lose_mains()
    during = terminal.sell(card, 2_000_00)
    ended = terminal.mains_back()
    later = terminal.sell(card, 3_000_00)
    chain = verify(operator, terminal)
    assert [at(chain, place).outage for place in (earlier, during, ended, later)] == [None, began, began, None]


def test_a_sale_carries_its_cards_number_and_the_receipt_code_of_the_screen(
    operator: Operator, terminal: PlayedTerminal
):
    sale = terminal.sell(operator.card(42), 1_000_00)
    fact = at(verify(operator, terminal), sale)
    assert fact.card_number == 42
    assert len(fact.code) == 9


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_order_and_repetition_of_the_entries_change_nothing(data: st.DataObject):
    operator, documents = _eventful()
    straight = _verified(operator, documents)
    shuffled = data.draw(st.permutations(documents))
    repeated = shuffled + data.draw(st.lists(st.sampled_from(documents), max_size=5))
    assert _verified(operator, repeated) == straight


def _eventful() -> tuple[Operator, list[bytes]]:
    """A chain with a fork, a forgery, a malleated copy, a gap and garbage in it."""
    operator = Operator()
    terminal = operator.terminal(17)
    terminal.lose_mains()
    card = operator.card(1)
    sale = terminal.sell(card, 1_000_00)
    terminal.void(sale)
    twin = terminal.fork(terminal.sequence - 1)
    for _ in range(3):
        terminal.sell(card, 2_000_00)
    twin.sell(operator.card(2), 500_00)
    documents = [*terminal.documents, *twin.documents, malleate(terminal.documents[2]), b"garbage"]
    documents.append(terminal.documents[-1][:-1] + b"\0")
    del documents[terminal.sequence - 2]
    return operator, documents


def _verified(operator: Operator, documents: list[bytes]) -> tuple[Chain, ...]:
    return verify_terminal(17, documents, [operator.root_public], operator.policies)


# -- who signed


def test_an_entry_changed_after_signing_is_forged_and_the_chain_is_sound_only_before_it(
    operator: Operator, terminal: PlayedTerminal
):
    sale = terminal.sell(operator.card(1), 1_000_00)
    terminal.sell(operator.card(1), 1_000_00)
    body = entry.parse(terminal.documents[sale]).body
    assert isinstance(body, Sale)
    generous = entry.sign(
        replace(entry.parse(terminal.documents[sale]), body=replace(body, amount_minor=9_000_00)), key("thief")
    )
    terminal.documents[sale] = generous
    chain = verify(operator, terminal)
    assert problems(chain) == {sale: (Problem.TERMINAL_SIGNATURE,)}
    assert kinds(chain) == [FindingKind.FORGED, FindingKind.GAP]
    assert chain.sound_to is not None
    assert chain.sound_to.entry.sequence == sale - 1


def test_every_flipped_bit_of_an_entry_is_noticed(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1), 1_000_00)
    good = terminal.documents[sale]
    for place in range(0, len(good) * 8, 13):
        flipped = bytearray(good)
        flipped[place // 8] ^= 1 << place % 8
        terminal.documents[sale] = bytes(flipped)
        assert verify(operator, terminal).findings, place


def test_bytes_that_are_no_entry_are_a_finding(operator: Operator, terminal: PlayedTerminal):
    terminal.documents.append(b"boot text, not an entry")
    assert kinds(verify(operator, terminal)) == [FindingKind.UNREADABLE]


def test_entries_of_another_terminal_are_set_aside(operator: Operator, terminal: PlayedTerminal):
    stranger = operator.terminal(18).documents[0]
    terminal.documents.append(stranger)
    chain = verify(operator, terminal)
    assert kinds(chain) == [FindingKind.FOREIGN]
    assert len(chain.facts) == 4


def test_without_genesis_nothing_is_proven(operator: Operator, terminal: PlayedTerminal):
    terminal.sell(operator.card(1), 1_000_00)
    del terminal.documents[0]
    chain = verify(operator, terminal)
    assert kinds(chain) == [FindingKind.NO_CERTIFICATE]
    assert {fact.problems for fact in chain.facts} == {(Problem.TERMINAL_UNKNOWN,)}
    assert chain.sound_to is None


@pytest.mark.parametrize(
    ("signer", "role", "number"),
    [("impostor", wire.ROLE_TERMINAL, 17), ("root", wire.ROLE_TECHNICIAN, 0), ("root", wire.ROLE_TERMINAL, 18)],
    ids=["another root", "another role", "another terminal"],
)
def test_a_certificate_in_genesis_that_is_not_the_operators_for_this_terminal_proves_nothing(
    operator: Operator, signer: str, role: int, number: int
):
    claims = Claims(
        issuer="X", subject="Y", expires_s=BEGIN_S * 2, issued_s=0, public=public("x"), role=role, number=number
    )
    terminal = PlayedTerminal(17, "x", certificate.sign(claims, key(signer)), [])
    terminal.append(bodies.Genesis(terminal.certificate))
    chain = verify(operator, terminal)
    assert kinds(chain) == [FindingKind.BAD_CERTIFICATE]
    assert problems(chain) == {0: (Problem.TERMINAL_UNKNOWN,)}


def test_a_genesis_that_does_not_name_its_certificate_is_forged(operator: Operator):
    terminal = operator.terminal(17)
    terminal.documents.clear()
    terminal.append(bodies.Genesis(terminal.certificate), previous=bytes(32))
    assert problems(verify(operator, terminal)) == {0: (Problem.TERMINAL_SIGNATURE,)}


def test_entries_after_the_terminals_certificate_expired_say_so(operator: Operator):
    terminal = operator.terminal(17, expires_s=BEGIN_S + 100)
    terminal.lose_mains()
    sale = terminal.sell(operator.card(1), 1_000_00, seconds=100)
    assert Problem.TERMINAL_EXPIRED in at(verify(operator, terminal), sale).problems


def test_a_terminal_given_a_new_identity_has_two_chains(operator: Operator, terminal: PlayedTerminal):
    terminal.sell(operator.card(1), 1_000_00)
    renewed = operator.terminal(17, name="terminal 17 renewed", issued_s=BEGIN_S)
    renewed.lose_mains()
    renewed.sell(operator.card(1), 2_000_00)
    documents = terminal.documents + renewed.documents
    receipts = [terminal.receipt(time_s=BEGIN_S - 1)]
    old, new = verify_terminal(17, documents, [operator.root_public], operator.policies, receipts)
    assert (old.findings, new.findings) == ((), ())
    assert old.sound_to is not None and new.sound_to is not None
    assert (old.sound_to.digest, new.sound_to.digest) == (terminal.head, renewed.head)


def test_an_operator_whose_root_was_rotated_still_vouches_for_old_certificates(
    operator: Operator, terminal: PlayedTerminal
):
    roots = [public("new root"), operator.root_public]
    (chain,) = verify_terminal(17, terminal.documents, roots, operator.policies)
    assert not chain.findings


# -- order


def test_a_missing_entry_is_a_gap_and_what_follows_still_counts(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    first, lost, last = (terminal.sell(card, 1_000_00) for _ in range(3))
    del terminal.documents[lost]
    chain = verify(operator, terminal)
    assert [(f.kind, f.first, f.last) for f in chain.findings] == [(FindingKind.GAP, lost, lost)]
    assert not problems(chain)
    assert chain.sound_to is not None
    assert chain.sound_to.entry.sequence == first
    assert last == lost + 1


def test_two_entries_for_one_place_are_a_fork_and_taint_what_follows(operator: Operator, terminal: PlayedTerminal):
    card, other = operator.card(1), operator.card(2)
    before_fork = terminal.sell(card, 1_000_00)
    twin = terminal.fork(terminal.sequence)
    forked = terminal.sell(card, 2_000_00)
    after = terminal.sell(card, 3_000_00)
    twin.sell(other, 9_000_00)
    chain = verify(operator, terminal, twin)
    assert FindingKind.FORK in kinds(chain)
    tainted = {fact.entry.sequence for fact in chain.facts if Problem.FORKED in fact.problems}
    assert tainted == {forked, after}
    assert chain.sound_to is not None
    assert chain.sound_to.entry.sequence == before_fork


def test_a_fork_does_not_touch_what_a_receipt_covers_and_shows_a_rolled_back_terminal(
    operator: Operator, terminal: PlayedTerminal
):
    card = operator.card(1)
    terminal.sell(card, 1_000_00)
    twin = terminal.fork(terminal.sequence)
    covered = [terminal.sell(card, 2_000_00), terminal.sell(card, 3_000_00)]
    receipt = terminal.receipt()
    twin.sell(operator.card(2), 9_000_00)
    chain = verify(operator, terminal, twin, receipts=(receipt,))
    assert FindingKind.ROLLED_BACK in kinds(chain)
    honest = {fact.digest for fact in chain.facts if Problem.FORKED not in fact.problems}
    assert {cose.digest(terminal.documents[place]) for place in covered} <= honest
    assert cose.digest(twin.documents[-1]) not in honest


@pytest.mark.parametrize("seconds", range(1, 9))  # which of the two has the lesser digest is chance
def test_what_a_receipt_covers_is_judged_by_its_own_branch(operator: Operator, terminal: PlayedTerminal, seconds: int):
    card = operator.card(1)
    terminal.sell(card, 1_000_00)
    twin = terminal.fork(terminal.sequence)
    sale = terminal.sell(card, 2_000_00)
    void = terminal.void(sale)
    for _ in range(2):
        twin.sell(operator.card(2), 500_00, seconds=seconds)
    chain = verify(operator, terminal, twin, receipts=(terminal.receipt(),))
    (fact,) = [fact for fact in chain.facts if fact.digest == cose.digest(terminal.documents[void])]
    assert fact.problems == ()


def test_a_chain_that_ends_before_the_last_receipt_was_rolled_back(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    terminal.sell(card, 1_000_00)
    older = terminal.fork(terminal.sequence)
    terminal.sell(card, 2_000_00)
    chain = verify(operator, older, receipts=(terminal.receipt(),))
    assert kinds(chain) == [FindingKind.ROLLED_BACK]


def test_a_chain_that_goes_through_the_last_receipts_head_was_not_rolled_back(
    operator: Operator, terminal: PlayedTerminal
):
    terminal.sell(operator.card(1), 1_000_00)
    receipt = terminal.receipt()
    terminal.sell(operator.card(1), 2_000_00)
    assert not verify(operator, terminal, receipts=(receipt,)).findings


def test_an_entry_that_does_not_name_the_one_before_is_a_broken_link(operator: Operator, terminal: PlayedTerminal):
    terminal.append(bodies.Fault(1, ""), previous=bytes(32))
    chain = verify(operator, terminal)
    assert kinds(chain) == [FindingKind.BROKEN_LINK]
    assert chain.sound_to is not None
    assert chain.sound_to.entry.sequence == terminal.sequence - 3


def test_a_broken_link_taints_both_sides_for_either_may_be_the_false_one(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    good, before_it = terminal.sell(card, 1_000_00), terminal.sell(card, 1_000_00)
    terminal.append(bodies.Fault(1, ""), previous=bytes(32))
    chain = verify(operator, terminal)
    assert at(chain, good).problems == ()
    assert at(chain, before_it).problems == (Problem.FORKED,)


def test_the_same_content_under_another_signature_is_the_same_again_and_no_fork(
    operator: Operator, terminal: PlayedTerminal
):
    sale = terminal.sell(operator.card(1), 1_000_00)
    terminal.sell(operator.card(1), 1_000_00)
    copy = malleate(terminal.documents[sale])
    terminal.documents.append(copy)
    chain = verify(operator, terminal)
    assert not chain.findings
    assert {fact.digest: fact.problems for fact in chain.facts if fact.problems} == {
        cose.digest(copy): (Problem.SAME_AGAIN,)
    }


@pytest.mark.parametrize("cut", [1, 4, 6])
def test_a_pruned_beginning_is_no_gap_when_a_receipt_covers_it(operator: Operator, terminal: PlayedTerminal, cut: int):
    card = operator.card(1)
    terminal.see(card)
    for _ in range(4):
        terminal.sell(card, 1_000_00)
    receipt = terminal.receipt(6)
    whole = verify(operator, terminal)
    kept = terminal.documents[cut:]
    (chain,) = verify_terminal(17, kept, [operator.root_public], operator.policies, [receipt], before=before(whole))
    assert not chain.findings
    assert not problems(chain)
    assert chain.sound_to is not None
    assert chain.vouchers_to_there == 4
    (without,) = verify_terminal(17, kept, [operator.root_public], operator.policies, before=before(whole))
    assert kinds(without) == [FindingKind.GAP]
    assert without.sound_to is None


def test_a_pruned_beginning_needs_the_terminals_certificate(operator: Operator, terminal: PlayedTerminal):
    receipt = terminal.receipt()
    terminal.sell(operator.card(1), 1_000_00)
    kept = terminal.documents[4:]
    (chain,) = verify_terminal(17, kept, [operator.root_public], operator.policies, [receipt], before=Before())
    assert kinds(chain) == [FindingKind.NO_CERTIFICATE]


def test_turnover_that_does_not_add_up_is_found(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    terminal.sell(card, 1_000_00)
    wrong = terminal.sell(card, 1_000_00, turnover_minor=2_000_01)
    terminal.void(wrong)
    terminal.append(bodies.Fault(1, ""))
    chain = verify(operator, terminal)
    # Once where it goes wrong, and once where it is right again.
    assert [(f.kind, f.first, f.last) for f in chain.findings] == [
        (FindingKind.TURNOVER_MISMATCH, wrong, wrong),
        (FindingKind.TURNOVER_MISMATCH, wrong + 1, wrong + 1),
    ]


def test_a_clock_that_goes_back_is_found(operator: Operator, terminal: PlayedTerminal):
    terminal.append(bodies.Fault(1, ""), time_s=BEGIN_S - 10)
    assert kinds(verify(operator, terminal)) == [FindingKind.CLOCK_WENT_BACK]


# -- cards


def test_a_sale_of_a_card_that_the_chain_never_saw_is_unproven(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    sale = terminal.append(card.authorize(17, terminal.sequence, terminal.head, 100), 100)
    assert at(verify(operator, terminal), sale).problems == (Problem.CARD_UNKNOWN,)


def test_a_card_of_an_issuer_outside_the_policy_is_named(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1, issuer="stranger"), 1_000_00)
    assert at(verify(operator, terminal), sale).problems == (Problem.CARD_ISSUER,)


def test_a_card_certificate_with_a_false_signature_is_named(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    card.document = card.document[:-1] + bytes([card.document[-1] ^ 1])
    card.fingerprint = cose.fingerprint(card.document)
    sale = terminal.sell(card, 1_000_00)
    assert at(verify(operator, terminal), sale).problems == (Problem.CARD_CERTIFICATE,)


def test_a_technicians_certificate_is_no_card(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(0, role=wire.ROLE_TECHNICIAN), 1_000_00)
    assert at(verify(operator, terminal), sale).problems == (Problem.CARD_CERTIFICATE,)


@pytest.mark.parametrize("field", ["amount_minor", "counter", "spent_minor", "signature"])
def test_the_cards_own_signature_covers_every_field_of_the_sale(
    operator: Operator, terminal: PlayedTerminal, field: str
):
    card = operator.card(1)
    terminal.see(card)
    body = card.authorize(17, terminal.sequence, terminal.head, 1_000_00)
    value = bytes([body.signature[0] ^ 1]) + body.signature[1:] if field == "signature" else getattr(body, field) + 1
    lie = replace(body, **{field: value, "spent_minor": max(body.spent_minor, 1_000_01)})
    sale = terminal.append(lie, lie.amount_minor)
    assert at(verify(operator, terminal), sale).problems == (Problem.CARD_SIGNATURE,)


def test_an_authorization_fits_no_other_place(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    terminal.see(card)
    body = card.authorize(17, terminal.sequence + 1, terminal.head, 1_000_00)
    sale = terminal.append(body, 1_000_00)
    assert at(verify(operator, terminal), sale).problems == (Problem.CARD_SIGNATURE,)


def test_a_card_that_passes_its_allowance_is_found(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1, allowance_minor=2_000_00)
    within = terminal.sell(card, 2_000_00)
    over = terminal.sell(card, 1)
    chain = verify(operator, terminal)
    assert (at(chain, within).problems, at(chain, over).problems) == ((), (Problem.OVER_ALLOWANCE,))


def test_a_denied_card_is_found_from_the_policy_that_denies_it(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(7)
    allowed = terminal.sell(card, 1_000_00)
    terminal.apply_policy(operator.sign_policy(denied=(7,)))
    denied = terminal.sell(card, 1_000_00)
    chain = verify(operator, terminal)
    assert (at(chain, allowed).problems, at(chain, denied).problems) == ((), (Problem.CARD_DENIED,))


def test_an_expired_card_is_found_at_the_very_second(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1, expires_s=BEGIN_S + 120)
    good = terminal.sell(card, 1_000_00, seconds=119)
    late = terminal.sell(card, 1_000_00, seconds=1)
    chain = verify(operator, terminal)
    assert (at(chain, good).problems, at(chain, late).problems) == ((), (Problem.CARD_EXPIRED,))


# -- clocks


def test_an_unset_clock_leaves_the_cards_expiry_in_doubt(operator: Operator, terminal: PlayedTerminal):
    terminal.reboot(trust=wire.TRUST_NONE)
    sale = terminal.sell(operator.card(1), 1_000_00)
    fact = at(verify(operator, terminal), sale)
    assert fact.problems == (Problem.CARD_EXPIRY_IN_DOUBT,)
    assert (fact.earliest_s, fact.latest_s) == (BEGIN_S, None)


def test_the_moment_the_host_held_an_entry_ends_the_doubt(operator: Operator, terminal: PlayedTerminal):
    terminal.reboot(trust=wire.TRUST_LOWER_BOUND)
    sale = terminal.sell(operator.card(1, expires_s=BEGIN_S + 1000), 1_000_00)

    def held_at(moment_s: int) -> tuple[Problem, ...]:
        held_s = {terminal.head: moment_s}
        (chain,) = verify_terminal(17, terminal.documents, [operator.root_public], operator.policies, held_s=held_s)
        return at(chain, sale).problems

    assert held_at(BEGIN_S + 999) == ()
    assert held_at(BEGIN_S + 1000) == (Problem.CARD_EXPIRY_IN_DOUBT,)


def test_a_clock_set_later_in_the_same_boot_gives_the_exact_time(operator: Operator, terminal: PlayedTerminal):
    terminal.reboot(off_s=3600, trust=wire.TRUST_LOWER_BOUND)
    sale = terminal.sell(operator.card(1), 1_000_00, seconds=60)
    terminal.pass_time(30)
    terminal.set_clock(BEGIN_S + 3600 + 90)
    fact = at(verify(operator, terminal), sale)
    assert fact.time_is_exact
    assert fact.at_s == BEGIN_S + 3600 + 60


def test_a_clock_set_in_a_later_boot_bounds_the_time(operator: Operator, terminal: PlayedTerminal):
    terminal.reboot(trust=wire.TRUST_LOWER_BOUND)
    sale = terminal.sell(operator.card(1), 1_000_00, seconds=60)
    terminal.reboot(trust=wire.TRUST_LOWER_BOUND)
    terminal.set_clock(BEGIN_S + 9000)
    fact = at(verify(operator, terminal), sale)
    assert (fact.earliest_s, fact.time_is_exact) == (BEGIN_S + 60, False)
    assert fact.latest_s is not None
    assert BEGIN_S + 60 <= fact.latest_s <= BEGIN_S + 9000


# -- policies


def test_a_policy_that_is_not_at_hand_is_asked_for(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1), 1_000_00)
    (chain,) = verify_terminal(17, terminal.documents, [operator.root_public], [])
    assert kinds(chain) == [FindingKind.POLICY_MISSING]
    assert at(chain, sale).problems == (Problem.POLICY_MISSING,)


def test_a_policy_that_the_operator_did_not_sign_counts_as_missing(operator: Operator, terminal: PlayedTerminal):
    forged = [document[:-1] + bytes([document[-1] ^ 1]) for document in operator.policies]
    (chain,) = verify_terminal(17, terminal.documents, [operator.root_public], forged)
    assert kinds(chain) == [FindingKind.POLICY_MISSING]


def test_a_policy_that_goes_back_is_found(operator: Operator):
    first = operator.policies[0]
    operator.sign_policy()
    terminal = operator.terminal(17)
    terminal.apply_policy(first)
    assert kinds(verify(operator, terminal)) == [FindingKind.POLICY_WENT_BACK]


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ({"payment_minor": 999_99}, Problem.OVER_PAYMENT_LIMIT),
        ({"card_minor": 3_999_99}, Problem.OVER_CARD_LIMIT),
        ({"stored_value_minor": 3_999_99}, Problem.STORED_VALUE_FULL),
        ({"stored_count": 3}, Problem.STORED_COUNT_FULL),
        ({"currency": 840}, Problem.WRONG_CURRENCY),
    ],
)
def test_each_limit_of_the_policy_is_checked_to_the_unit(limits: dict[str, int], problem: Problem):
    operator = Operator(**limits)
    terminal = operator.terminal(17)
    terminal.lose_mains()
    card = operator.card(1)
    for _ in range(3):
        terminal.sell(card, 1_000_00)
    last = terminal.sell(card, 1_000_00)
    assert at(verify(operator, terminal), last).problems == (problem,)


@pytest.mark.parametrize(
    "limits",
    [{"card_minor": 4_000_00}, {"stored_value_minor": 4_000_00}, {"stored_count": 4}, {"payment_minor": 1_000_00}],
)
def test_what_just_fits_a_limit_is_no_breach(limits: dict[str, int]):
    operator = Operator(**limits)
    terminal = operator.terminal(17)
    terminal.lose_mains()
    card = operator.card(1)
    for _ in range(4):
        terminal.sell(card, 1_000_00)
    assert not problems(verify(operator, terminal))


def test_a_receipt_frees_what_was_stored_and_a_void_gives_it_back(operator: Operator):
    operator.sign_policy(stored_value_minor=2_000_00, card_minor=2_000_00)
    terminal = operator.terminal(17)
    terminal.lose_mains()
    card = operator.card(1)
    terminal.sell(card, 2_000_00)
    receipt = terminal.receipt()
    terminal.apply_receipt(receipt)
    sale = terminal.sell(card, 2_000_00)
    terminal.void(sale)
    terminal.sell(card, 2_000_00)
    assert not problems(verify(operator, terminal, receipts=(receipt,)))


def test_selling_longer_than_the_policy_allows_without_the_host_is_found():
    operator = Operator(hours=1)
    terminal = operator.terminal(17)
    terminal.lose_mains()
    card = operator.card(1)
    in_time = terminal.sell(card, 1_000_00, seconds=3600)
    late = terminal.sell(card, 1_000_00, seconds=200)
    receipt = terminal.receipt()
    terminal.apply_receipt(receipt)
    again = terminal.sell(card, 1_000_00, seconds=3600)
    chain = verify(operator, terminal, receipts=(receipt,))
    assert problems(chain) == {late: (Problem.OFFLINE_TOO_LONG,)}
    assert in_time < late < again


def test_a_sale_on_mains_under_a_policy_for_outages_is_found(operator: Operator):
    terminal = operator.terminal(17)
    sale = terminal.sell(operator.card(1), 1_000_00)
    assert at(verify(operator, terminal), sale).problems == (Problem.MAINS_PRESENT,)


def test_a_card_over_its_own_payment_limit_is_found(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1, payment_minor=999_99), 1_000_00)
    assert at(verify(operator, terminal), sale).problems == (Problem.OVER_CARD_PAYMENT_LIMIT,)


def test_a_card_of_another_currency_is_found(operator: Operator, terminal: PlayedTerminal):
    sale = terminal.sell(operator.card(1, currency=840), 1_000_00)
    assert at(verify(operator, terminal), sale).problems == (Problem.WRONG_CURRENCY,)


# -- voids


def test_a_void_must_name_a_sale_once_and_whole(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(1)
    sale = terminal.sell(card, 5_000_00)
    other = terminal.sell(card, 5_000_00)
    terminal.sell(card, 5_000_00)
    good = terminal.void(sale)
    twice = terminal.void(sale)
    part = terminal.void(other, amount_minor=1_000_00)
    nothing = terminal.append(bodies.Void(1, 100), -100)
    chain = verify(operator, terminal)
    assert problems(chain) == {
        twice: (Problem.VOID_TWICE,),
        part: (Problem.VOID_AMOUNT,),
        nothing: (Problem.VOID_OF_NOTHING,),
    }
    assert at(chain, good).void == bodies.Void(sale, 5_000_00)


def test_a_receipt_of_another_terminal_means_nothing_here(operator: Operator, terminal: PlayedTerminal):
    foreign = Receipt(18, 400, bytes(32), 1, 1, BEGIN_S + YEAR_S)
    assert not verify(operator, terminal, receipts=(foreign,)).findings

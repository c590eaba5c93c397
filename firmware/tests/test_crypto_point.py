"""Points: the fast sums against the complete ones."""

from crypto import comb_table, complete
from crypto.base_table import BASE_TABLE
from crypto.curve import GX, GY, N, P, on_curve
from crypto.point import (
    BASE_BLOCK,
    BASE_TEETH,
    ENTRY_BYTES,
    KEY_BLOCK,
    KEY_TABLE_BYTES,
    KEY_TEETH,
    memory,
    multiply_base,
    odd_multiple,
    sum_is,
)
from crypto.programs import SLOT_BYTES, Z
from crypto_numbers import number, scalars


def _affine(point):
    x, y, z = point
    inverse = pow(z, P - 2, P)
    return x * inverse * inverse % P, y * inverse * inverse * inverse % P


def _multiple(scalar):
    """scalar * G, the slow way."""
    return _affine(complete.double_multiply(scalar, 0, GX, GY))


def _table(x, y, teeth=KEY_TEETH, block=KEY_BLOCK):
    table = bytearray(ENTRY_BYTES << teeth)
    for _ in comb_table.steps(table, x, y, teeth, block):
        pass
    return bytes(table)


def test_the_slow_way_knows_the_multiples_of_g():
    # NIST's example multiples of the base point: k = 2, 3 and n - 1.
    assert _multiple(2)[0] == 0x7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978
    assert _multiple(3)[0] == 0x5ECBE4D1A6330A44C8F7EF951D4BF165E6C6B721EFADA985FB41661BC6E7FD6C
    assert _multiple(N - 1) == (GX, P - GY)
    assert complete.double_multiply(N - 1, 1, GX, GY)[2] == 0


def test_every_multiple_of_g_equals_that_of_the_slow_way():
    for scalar in scalars():
        expected = _multiple(scalar)
        assert on_curve(*expected)
        assert multiply_base(odd_multiple(scalar), 1) == expected, scalar


def test_masks_do_not_change_the_multiple():
    scalar = number("masked", N)
    expected = _multiple(scalar)
    for times in range(0, 128, 14):
        for z in (1, 2, P - 1, number("z %d" % times, P)):
            assert multiply_base(odd_multiple(scalar, times), z) == expected


def test_the_mask_z_changes_the_numbers_worked_on():
    left_over = set()
    for z in (1, 2, 3):
        multiply_base(odd_multiple(5), z)
        left_over.add(bytes(memory[Z * SLOT_BYTES : (Z + 1) * SLOT_BYTES]))
    assert len(left_over) == 3


def test_odd_multiples_are_odd_and_fit_the_comb():
    for scalar in scalars() + [0]:
        for times in (0, 2, 126):
            multiple = odd_multiple(scalar, times)
            assert multiple & 1
            assert multiple < 1 << 264
            assert multiple % N == scalar
        assert len({odd_multiple(scalar, times) for times in range(0, 128, 2)}) == 64


def test_a_table_built_here_for_the_base_point_is_the_generated_one():
    assert _table(GX, GY, BASE_TEETH, BASE_BLOCK) == BASE_TABLE
    assert len(_table(GX, GY)) == KEY_TABLE_BYTES


def test_sums_of_two_multiples_equal_those_of_the_slow_way():
    key = _multiple(number("key", N))
    table = _table(*key)
    chosen = scalars()
    for i, u1 in enumerate(chosen):
        u2 = chosen[i - 11]
        r = _affine(complete.double_multiply(u1, u2, *key))[0] % N
        for wanted, expected in ((r, True), (r ^ 1, False), (1, False)):
            assert sum_is(wanted, u1, window=(u2, key[0], key[1])) is expected, (u1, u2)
            assert sum_is(wanted, u1, key=(u2, table)) is expected, (u1, u2)


def test_a_single_multiple_equals_that_of_the_slow_way():
    undecided = []
    key = _multiple(number("key", N))
    table = _table(*key)
    for u2 in scalars():
        r = _affine(complete.double_multiply(0, u2, *key))[0] % N
        if sum_is(r, 0, window=(u2, key[0], key[1])) is not True:
            undecided.append(u2)
        assert sum_is(r, 0, key=(u2, table)) is True, u2
    # The last digit of n - 2 is -1, and what comes before it is n - 1 = -1 too: equal points.
    assert undecided == [N - 2]
    assert sum_is(r, 0, window=(N - 2, key[0], key[1])) is None


def test_equal_opposite_and_infinite_points_are_left_to_the_slow_way():
    """Keys that are small multiples of G make the running point meet a table's point; no wrong answer may come out."""
    left_over = 0
    small = [1, 2, 5, N - 1, N - 2]
    for private in small:
        x, y = _multiple(private)
        for u1 in small:
            for u2 in small:
                point = complete.double_multiply(u1, u2, x, y)
                answer = sum_is(1, u1, window=(u2, x, y))
                if point[2]:
                    r = _affine(point)[0] % N
                    assert sum_is(r, u1, window=(u2, x, y)) in (True, None), (private, u1, u2)
                    assert answer in (False, None)
                else:
                    assert answer is None, (private, u1, u2)
                left_over += answer is None
    assert left_over >= len(small)


def test_a_sum_above_n_is_compared_modulo_n():
    # r = x - N for a point whose x is at least N: such points exist, and only 2^-32 of all points are like that.
    x = N
    while pow(x * x * x - 3 * x + 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B, P >> 1, P) != 1:
        x += 1
    y = pow(x * x * x - 3 * x + 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B, (P + 1) >> 2, P)
    assert on_curve(x, y)
    assert sum_is(x - N, 0, window=(1, x, y)) is True
    assert complete.x_equals((x, y, 1), x - N)
    assert not complete.x_equals((x, y, 1), x - N + 1)

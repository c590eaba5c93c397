"""Payments left: the least of what battery, journal and policy allow."""

from power.payments_left import payments_left


class _Ups:
    on_battery = True

    def __init__(self, seconds=36000):
        self.seconds = seconds

    def seconds_above(self, charge):
        assert charge == 20
        return self.seconds


class _Policy:
    minimum_charge = 20
    stored_count = 500
    stored_value_minor = 100000000
    payment_minor = 10000000


class _Tallies:
    def __init__(self, count=0, minor=0):
        self.stored_count = count
        self.stored_minor = minor


def test_the_battery_limits_on_battery_only():
    ups = _Ups(seconds=90)
    assert payments_left(ups, 1000, _Policy, _Tallies(100, 100000)) == 3
    ups.on_battery = False
    assert payments_left(ups, 1000, _Policy, _Tallies(100, 100000)) == 250


def test_the_journal_limits():
    assert payments_left(_Ups(), 43, _Policy, _Tallies(1, 1000)) == 10
    assert payments_left(_Ups(), 0, _Policy, _Tallies(1, 1000)) == 0


def test_the_count_limits():
    assert payments_left(_Ups(), 100000, _Policy, _Tallies(499, 1000)) == 1
    assert payments_left(_Ups(), 100000, _Policy, _Tallies(501, 1000)) == 0


def test_the_value_limits_by_the_usual_payment():
    assert payments_left(_Ups(), 100000, _Policy, _Tallies()) == 10
    assert payments_left(_Ups(), 100000, _Policy, _Tallies(10, 80000000)) == 2
    assert payments_left(_Ups(), 100000, _Policy, _Tallies(10, 200000000)) == 0

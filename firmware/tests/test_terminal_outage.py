"""When an outage's entries are due."""

from terminal.outage import OutageWatch
from terminal.tallies import Outage
from wire.entry import OUTAGE_BEGAN, OUTAGE_ENDED


class _Ups:
    on_battery = False


class _Chain:
    started = True
    waiting = 0

    def __init__(self):
        self.posted = []

    def post(self, kind, body):
        self.posted.append((kind, body if isinstance(body, list) else body()))


class _Clock:
    now_s = 0

    def uptime_s(self):
        return self.now_s

    def seconds_since(self, moment):
        return self.now_s - moment[1]


class _Tallies:
    outage = None


class _World:
    def __init__(self):
        self.ups, self.chain, self.clock, self.tallies = _Ups(), _Chain(), _Clock(), _Tallies()
        self.watch = OutageWatch(self.ups, self.chain, self.clock, self.tallies)

    def pass_s(self, seconds, on_battery):
        self.ups.on_battery = on_battery
        for _ in range(seconds):
            self.watch.look()
            if self.chain.posted and self.chain.posted[-1][0] == OUTAGE_BEGAN and self.tallies.outage is None:
                self.tallies.outage = Outage((1, self.clock.now_s, 0))
            elif self.chain.posted and self.chain.posted[-1][0] == OUTAGE_ENDED:
                self.tallies.outage = None
            self.clock.now_s += 1

    def kinds(self):
        return [kind for kind, _ in self.chain.posted]


def test_an_outage_is_told_once_and_its_end_when_mains_have_settled():
    world = _World()
    world.pass_s(10, False)
    world.pass_s(100, True)
    world.tallies.outage.payments, world.tallies.outage.value_minor = 3, 900
    world.pass_s(5, False)
    assert world.kinds() == [OUTAGE_BEGAN]
    world.pass_s(2, False)
    assert world.chain.posted == [(OUTAGE_BEGAN, []), (OUTAGE_ENDED, [100, 3, 900])]


def test_flickering_mains_are_one_outage():
    world = _World()
    for _ in range(20):
        world.pass_s(3, True)
        world.pass_s(4, False)
    assert world.kinds() == [OUTAGE_BEGAN]


def test_an_outage_found_in_the_chain_is_ended_after_a_restart():
    world = _World()
    world.tallies.outage = Outage((1, -500, 0), 7, 700)
    world.pass_s(7, False)
    assert world.chain.posted == [(OUTAGE_ENDED, [500, 7, 700])]


def test_nothing_is_told_before_there_is_a_chain():
    world = _World()
    world.chain.started = False
    world.pass_s(10, True)
    assert world.chain.posted == []
    world.chain.started = True
    world.pass_s(1, True)
    assert world.kinds() == [OUTAGE_BEGAN]


def test_an_outage_lost_among_too_many_events_has_no_end():
    world = _World()
    world.chain.waiting = 1
    world.ups.on_battery = True
    world.watch.look()
    world.ups.on_battery = False
    for world.clock.now_s in range(10):
        world.watch.look()
    assert world.chain.posted == [(OUTAGE_BEGAN, []), (OUTAGE_ENDED, None)]

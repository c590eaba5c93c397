"""Tasks by name: each death is told, once, and ends no other."""

import asyncio

import virtual_time
from terminal.supervisor import Supervisor


async def _fails():
    await asyncio.sleep_ms(10)
    raise ValueError("no")


async def _returns():
    await asyncio.sleep_ms(20)


def test_every_death_is_told_by_name_and_the_others_go_on():
    told = []
    turns = [0]

    async def lives():
        while True:
            turns[0] += 1
            await asyncio.sleep_ms(1)

    async def course():
        supervisor = Supervisor(lambda name, error: told.append((name, type(error))))
        supervisor.start("fails", _fails())
        supervisor.start("returns", _returns())
        supervisor.start("lives", lives())
        await asyncio.sleep_ms(100)

    virtual_time.run(course())
    assert told == [("fails", ValueError), ("returns", type(None))]
    assert turns[0] > 90


def test_stopping_is_no_death():
    told = []

    async def course():
        supervisor = Supervisor(lambda name, error: told.append(name))
        supervisor.start("returns", _returns())
        await asyncio.sleep_ms(1)
        supervisor.stop()
        await asyncio.sleep_ms(100)

    virtual_time.run(course())
    assert told == []

"""Power cuts at every flash operation of a journal's life."""

import os

from journal_world import Cuts, Day

_FULL = os.getenv("NYALA_SWEEP") == "full"


def test_a_cut_at_any_operation_of_a_day_keeps_every_approved_entry() -> None:
    day = Day()
    cuts = Cuts(day)
    day.start()
    day.run(400 if _FULL else 110)
    assert not cuts.wrong, (cuts.wrong, cuts.first_wrong)
    assert cuts.cuts > 1000 and min(day.flash.wear) >= 1, (cuts.cuts, day.flash.wear)

"""Cut the power at every flash operation of a long journal's day, this shard's share of it.

    micropython firmware/tests/sweep_journal.py [shard shards [entries]]

Prints one line of JSON {"cuts", "approved", "lost", "duplicated", "corrupt", "seconds"}; exits with 1 for any loss.
"""

import json
import sys
import time

from journal_world import Cuts, Day

_ENTRIES = 600


def main() -> int:
    shard, shards, entries = [int(argument) for argument in sys.argv[1:4]] + [0, 1, _ENTRIES][len(sys.argv) - 1 :]
    started_ms = time.ticks_ms()
    day = Day()
    cuts = Cuts(day, shard, shards, dense=True)
    day.start()
    day.run(entries)
    result = {"cuts": cuts.cuts, "approved": len(day.approved)}
    for wrong in ("lost", "duplicated", "corrupt"):
        result[wrong] = cuts.wrong.get(wrong, 0)
    result["seconds"] = time.ticks_diff(time.ticks_ms(), started_ms) // 1000
    print(json.dumps(result))
    return 1 if cuts.wrong else 0


sys.exit(main())

"""Cut the power at every flash operation of a long journal's day, and three times at random in each of many lives: this
shard's share of it.

    micropython firmware/tests/sweep_journal.py [shard shards [entries]]

Prints one line of JSON {"cuts", "approved", "lost", "duplicated", "corrupt", "seconds"}; exits with 1 for any loss.
"""

import json
import sys
import time

from journal_world import Cuts, Day, random_cuts

_ENTRIES = 600
_LIVES = 400
_CUTS_A_LIFE = 3


def main() -> int:
    shard, shards, entries = [int(argument) for argument in sys.argv[1:4]] + [0, 1, _ENTRIES][len(sys.argv) - 1 :]
    started_ms = time.ticks_ms()
    day = Day()
    cuts = Cuts(day, shard, shards, dense=True)
    day.start()
    day.run(entries)
    result = {"cuts": cuts.cuts, "approved": len(day.approved)}
    for seed in range(shard, _LIVES, shards):
        answer = random_cuts(seed, _CUTS_A_LIFE)
        result["cuts"] += _CUTS_A_LIFE
        if answer:
            cuts.wrong[answer] = cuts.wrong.get(answer, 0) + 1
    for wrong in ("lost", "duplicated", "corrupt"):
        result[wrong] = cuts.wrong.get(wrong, 0)
    result["seconds"] = time.ticks_diff(time.ticks_ms(), started_ms) // 1000
    print(json.dumps(result))
    return 1 if cuts.wrong else 0


sys.exit(main())

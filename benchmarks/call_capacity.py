"""What calls cost: memory, processor, missed turns and added latency at 1, 5 and 10 calls at a time.

`python -m benchmarks.call_capacity` starts an agent (the parent and its two processes) beside LiveKit's real server,
with the vendors' doubles at typical delays. Its memory is the PSS of the whole process tree, in which what is shared
counts once: fresh; idle, once each of its processes has held a call, as it no longer shares what it writes to;
and the highest that is seen while so many call. Callers are in a process of their own and ask as people do, a question
every five seconds or so; of three questions two are sure and one goes to the model. A turn is missed when her voice is
not heard within 8 s, when she talks into the question, or when what is on record as her answer is another than the
right one. Memory a call is a tenth of what ten calls add to the idle agent. The machine is shared with callers, server
and doubles. About 6 min.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.call_latency import CHOSEN, SURE
from benchmarks.callers import STAGGER
from benchmarks.telephone import TYPICAL, Turn, finish, quantile, salon, say, turns
from tests.scratch import ROOT
from tests.telephone import speech
from tests.telephone.salon import Salon

ASKED = [*SURE, *list(CHOSEN)[:4]]
LEVELS = {1: 110, 5: 55, 10: 45}  # callers, and for how many seconds
FIRST = {4: 10}  # a call or two for each process
SETTLE_SECONDS = 8
TICK = os.sysconf("SC_CLK_TCK")
SAID = """
select u.speaker, u.text from supervision_utterance u join supervision_call c on c.id = u.call_id
where c.room = ? and u.text != '' order by u.id
"""


async def main() -> None:
    own = {"HELP_REQUESTS_PER_CALL": "1000", "AGENT_BUSY_PERCENT": "80"}  # as it comes
    with salon(taught=SURE, agents=False, **own) as place:
        place.vendors.learn(*ASKED)
        for answer in SURE.values():
            speech.spoken(answer)
        place.vendors.groq(**TYPICAL["groq"], knows=CHOSEN)
        place.vendors.eleven(**TYPICAL["eleven"])
        tree = Tree(place.agent().pid)
        await asyncio.sleep(SETTLE_SECONDS)
        say(f"{'':<10} {'memory':>8} {'CPU':>7} {'turns':>6} {'missed':>7} {'median':>7} {'95th':>7}\n")
        fresh = tree.pss_mb()
        say(f"{'fresh':<10} {fresh:>5.0f} MB\n")
        for calls, seconds in FIRST.items():
            await level(place, tree, calls, seconds)
        await asyncio.sleep(SETTLE_SECONDS)
        idle = tree.pss_mb()
        say(f"{'idle':<10} {idle:>5.0f} MB\n")
        found = {calls: await level(place, tree, calls, seconds) for calls, seconds in LEVELS.items()}
    added = quantile(found[5]["times"], 0.95) - quantile(found[1]["times"], 0.95)
    finish({
        "fresh_pss_mb": round(fresh, 1),
        "idle_pss_mb": round(idle, 1),
        "mb_per_call": round((found[10]["pss"] - idle) / 10, 1),
        "mb_per_further_call": round((found[10]["pss"] - found[1]["pss"]) / 9, 1),
        "missed_turns_at_5": found[5]["missed"],
        "added_p95_ms_at_5": round(added, 1),
        "missed_turns_at_10": found[10]["missed"],
    })  # fmt: skip


async def level(place: Salon, tree: "Tree", calls: int, seconds: float) -> dict:
    """So many callers for so long."""
    callers = start_callers(place, calls, turns(seconds))
    talking = asyncio.create_task(asyncio.to_thread(callers.communicate))
    await asyncio.sleep(calls * STAGGER + 5)
    used, since = tree.cpu_seconds(), time.monotonic()
    pss = cpu = 0.0
    while not talking.done():
        pss, cpu = max(pss, tree.pss_mb()), (tree.cpu_seconds() - used) / (time.monotonic() - since)
        await asyncio.wait({talking}, timeout=3)
    found = [(room, [Turn(**turn) for turn in asked]) for room, asked in json.loads(talking.result()[0])]
    heard = [turn for _, asked in found for turn in asked if turn.is_answered]
    asked = sum(len(asked) for _, asked in found)
    missed = asked - len(heard) + sum(wrong(place, room, turns) for room, turns in found)
    times = [turn.ms for turn in heard]
    say(f"{calls:<2} call{'s' * (calls > 1):<4} {pss:>5.0f} MB {cpu:>7.0%} {asked:>6} {missed:>7} ")
    say(f"{quantile(times, 0.5):>7.0f} {quantile(times, 0.95):>7.0f}\n")
    return {"pss": pss, "missed": missed, "times": times}


def start_callers(place: Salon, calls: int, seconds: float) -> subprocess.Popen:
    callers = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.callers"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    where = {"url": place.livekit.url, "key": place.livekit.key, "secret": place.livekit.secret}
    work = {**where, "agent": place.agent_name, "callers": calls, "seconds": seconds, "questions": ASKED}
    callers.stdin.write(json.dumps(work))
    return callers


def wrong(place: Salon, room: str, asked: list[Turn]) -> int:
    """How many of the turns that were answered in time are not on record with the right answer."""
    wanted = [SURE[CHOSEN.get(turn.question, turn.question)] for turn in asked if turn.is_answered]
    hers = [text for speaker, text in place.rows(SAID, room) if speaker == "receptionist"][1:]
    for text in hers:
        if said := next((answer for answer in wanted if text.startswith(answer)), None):  # what she asks may follow it
            wanted.remove(said)
    return len(wanted)


class Tree:
    """A process and all that descends from it."""

    def __init__(self, pid: int) -> None:
        self.root = pid

    def _folders(self) -> list[Path]:
        children: dict[int, list[int]] = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(process.name))
        found = [self.root]
        for pid in found:
            found += children.get(pid, [])
        return [Path(f"/proc/{pid}") for pid in found]

    def pss_mb(self) -> float:
        return sum(map(_pss_mb, self._folders()))

    def cpu_seconds(self) -> float:
        fields = ((folder / "stat").read_text().rpartition(")")[2].split() for folder in self._folders())
        return sum(int(one[11]) + int(one[12]) for one in fields) / TICK


def _pss_mb(folder: Path) -> float:
    return int(re.search(r"^Pss:\s+(\d+) kB", (folder / "smaps_rollup").read_text(), re.MULTILINE).group(1)) / 1000


if __name__ == "__main__":
    asyncio.run(main())

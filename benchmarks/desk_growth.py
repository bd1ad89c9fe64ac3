"""The desk, the lists of requests and of calls, and the numbers, of a salon with 100 help requests and with 1,000,000.

`python -m benchmarks.desk_growth` seeds 100, 10,000 and 1,000,000 of them (`benchmarks.seeding`), each in a SQLite file
and a process of its own, and has their days counted as the job does. Then it asks for one page of each size in turn,
over and over, so that whatever else the machine does falls on all sizes alike: Django's whole time for a page, without
the network, the median of sixty. Beside them it prints the same pages just after an event, when what happened in this
hour is counted anew: their time follows how much happens in an hour, not how old the salon is. Other sizes may be
given: `python -m benchmarks.desk_growth 100 10000`. It takes six minutes and 3 GB of disk.
"""

import json
import statistics
import subprocess
import sys

SIZES = (100, 10_000, 1_000_000)
PAGES = ("desk", "help requests", "calls", "numbers")
BESIDE = ("desk, just changed", "numbers, just changed")
ROUNDS, COLD = 60, 5


class Salon:
    """A process that answers with its pages' times; see desk_growth_pages."""

    def __init__(self, size: int) -> None:
        command = [sys.executable, "-m", "benchmarks.desk_growth_pages", str(size)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.took = {page: [] for page in PAGES + BESIDE}
        self.queries = {}
        sys.stdout.write(self.process.stdout.readline())
        sys.stdout.flush()

    def ask(self, page: str) -> None:
        self.process.stdin.write(f"{page}\n")
        self.process.stdin.flush()
        ms, self.queries[page] = json.loads(self.process.stdout.readline())
        self.took[page].append(ms)

    def ms(self, page: str) -> float:
        return statistics.median(self.took[page][COLD:])

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)


def main(sizes: tuple[int, ...]) -> None:
    salons = []
    try:
        salons.extend(Salon(size) for size in sizes)
        for _ in range(COLD + ROUNDS):
            for page in PAGES + BESIDE:
                for salon in salons:
                    salon.ask(page)
    finally:
        for salon in salons:
            salon.close()
    for page in PAGES + BESIDE:
        for size, salon in zip(sizes, salons, strict=True):
            sys.stdout.write(f"{page:<22} of {size:>9,}: {salon.ms(page):6.1f} ms, {salon.queries[page]} queries\n")
    small, large = salons[0], salons[-1]
    figures = {
        f"desk_ms_at_{sizes[-1]}": round(max(large.ms(page) for page in PAGES), 1),
        "worst_ratio": round(max(large.ms(page) / small.ms(page) for page in PAGES), 2),
        "queries_grow": max(large.queries[page] - small.queries[page] for page in PAGES),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)

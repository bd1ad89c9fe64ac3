"""The desk, the lists of requests and of calls, and the numbers, of a salon with 100 help requests and with 1,000,000.

`python -m benchmarks.desk_growth` seeds 100, 10,000 and 1,000,000 of them (`benchmarks.seeding`), each in a
SQLite file of its own, has their days counted as the job does, and asks for each page warm and in one process: Django's
whole time for it, without the network. Besides, it prints the queries of each page, and how long the numbers take when
something has just happened, so that today is counted anew. It takes some minutes and 3 GB of disk.
"""

import json
import subprocess
import sys

SIZES = (100, 10_000, 1_000_000)
PAGES = ("desk", "help requests", "calls", "numbers")


def main() -> None:
    found = {size: _pages(size) for size in SIZES}
    small, large = found[SIZES[0]], found[SIZES[-1]]
    for page in small:
        for size in SIZES:
            ms, queries = found[size][page]
            sys.stdout.write(f"{page:<22} of {size:>9,}: {ms:6.1f} ms, {queries} queries\n")
    figures = {
        "desk_ms_at_1000000": round(max(large[page][0] for page in PAGES), 1),
        "worst_ratio": round(max(large[page][0] / small[page][0] for page in PAGES), 2),
        "queries_grow": max(found[size][page][1] - small[page][1] for size in SIZES for page in PAGES),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def _pages(size: int) -> dict[str, tuple[float, int]]:
    """In a process of its own: (median in ms, queries) of each page."""
    command = [sys.executable, "-m", "benchmarks.desk_growth_pages", str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    seeded, _, pages = done.stdout.strip().rpartition("\n")
    sys.stdout.write(f"{seeded}\n")
    sys.stdout.flush()
    return json.loads(pages)


if __name__ == "__main__":
    main()

"""Runs every benchmark that exists and prints each figure beside its bound; ends with 1 when one is missed.

`python -m benchmarks` runs them all, `python -m benchmarks live memory` those two; `python -m benchmarks.live` runs one
by itself, with what it has to say.
"""

import json
import operator
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
BOUNDS = tomllib.loads((HERE / "bounds.toml").read_text(encoding="utf-8"))
COMPARE = {"<=": operator.le, ">=": operator.ge}
BUILT = ("a", "b", "c")  # the benchmarks of what is built so far must exist; others are run as soon as they do


def main(wanted: list[str]) -> int:
    missed = 0
    for name, bounds in BOUNDS.items():
        issue = bounds.pop("issue")
        exists = (HERE / f"{name}.py").exists()
        if (wanted and name not in wanted) or not (exists or issue in BUILT):
            continue
        figures = run(name) if exists else {}
        for key, bound in bounds.items():
            missed += not show(name, key, figures.get(key), bound)
    return 1 if missed else 0


def run(name: str) -> dict:
    """The last line that it prints; empty when it fails. Stderr is seen at once: it may take minutes."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.stderr.write(done.stdout[-2000:])
        return {}
    return json.loads(done.stdout.strip().splitlines()[-1])


def show(name: str, key: str, figure: float | None, bound: str) -> bool:
    compare, limit = bound.split()
    is_kept = figure is not None and COMPARE[compare](figure, float(limit))
    shown = "-" if figure is None else f"{figure:g}"
    sys.stdout.write(f"{name:<18} {key:<31} {shown:>10}  {bound:<10} {'ok' if is_kept else 'MISS'}\n")
    sys.stdout.flush()
    return is_kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The README's commands are those that are tested."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in re.findall(r"^(?:    |\t)(\S.*)$", README, re.MULTILINE)]


def test_the_readme_runs_and_tests_it_with_one_command_each():
    assert COMMANDS == ["make run", "make test"]


def test_what_the_readme_calls_a_test_is_what_every_commit_must_pass():
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("\nmake test")


def test_every_target_that_the_readme_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    listed = re.search(r"`make help` lists the rest: ([^.]+)\.", README).group(1)

    assert {"run", "test", "help", *re.findall(r"`([a-z]+)`", listed)} <= targets


def test_help_lists_every_target():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert re.findall(r"make (\w+)", listed) == [
        "help",
        "run",
        "demo",
        "voice",
        "test",
        "soak",
        "lint",
        "format",
        "bench",
    ]

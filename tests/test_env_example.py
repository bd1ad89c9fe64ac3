"""`.env.example` is the list of what can be set."""

import ast
import re
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()


def read_by_settings() -> dict[str, str]:
    """Each variable with its default, "" where there is none or it depends on others."""
    tree = ast.parse((ROOT / "salon_receptionist" / "settings.py").read_text(encoding="utf-8"))
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name) and node.func.value.id == "env"
        and node.func.attr not in ("load", "forget")
    ]  # fmt: skip
    return {call.args[0].value: _default(call.args[1:]) for call in sorted(calls, key=lambda call: len(call.args))}


def _default(rest: list[ast.expr]) -> str:
    return str(rest[0].value) if rest and isinstance(rest[0], ast.Constant) else ""


def test_every_variable_that_is_read_stands_in_the_example_and_no_other():
    named = [line.partition("=")[0] for line in LINES if re.match("[A-Z]", line)]

    assert sorted(named) == sorted(read_by_settings())


def test_every_default_is_shown():
    shown = dict(line.split("=", 1) for line in LINES if re.match("[A-Z]", line))

    assert shown == read_by_settings()


def test_every_variable_is_explained():
    alone = [line for before, line in pairwise(LINES) if re.match("[A-Z]", line) and not before.startswith("# ")]

    assert not alone


def test_the_example_itself_can_be_used(scratch):
    scratch.manage("check", ENV_FILE=str(ROOT / ".env.example"))

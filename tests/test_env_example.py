"""`.env.example` is the list of what can be set."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()


def read_by_settings() -> set[str]:
    tree = ast.parse((ROOT / "salon_receptionist" / "settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name) and node.func.value.id == "env" and node.func.attr != "load"
    }  # fmt: skip


def test_every_variable_that_is_read_stands_in_the_example_and_no_other():
    named = {line.partition("=")[0] for line in LINES if re.match("[A-Z]", line)}

    assert named == read_by_settings()


def test_every_variable_is_explained():
    explained = ""
    for line in LINES:
        explained = line if line.startswith("# ") else explained if line else ""
        assert explained or not line, f"no explanation above {line}"


def test_the_example_itself_can_be_used(scratch):
    scratch.manage("check", ENV_FILE=str(ROOT / ".env.example"))

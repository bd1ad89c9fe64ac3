"""Who may import whom, and through which door: the architecture, as a dictionary."""

import ast
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("knowledge", "supervision", "voice_agent", "salon_receptionist")
DOORS = {  # package: what it may import of the others
    "knowledge": (),
    "supervision": ("knowledge.models", "knowledge.learning", "knowledge.search", "knowledge.facts"),
    "voice_agent": (
        "knowledge.models", "knowledge.learning", "knowledge.search", "knowledge.facts",
        "supervision.models", "supervision.lifecycle", "supervision.calls", "supervision.outbox",
        "supervision.live", "supervision.health", "supervision.call_control", "supervision.screening",
        "supervision.presence", "supervision.numbers", "supervision.rescue",
    ),
    "salon_receptionist": (
        "supervision.api", "supervision.routing", "supervision.urls", "supervision.live", "supervision.notices",
        "supervision.health",
    ),
}  # fmt: skip
FENCES = {  # what only these files may name
    "livekit": ("voice_agent/**", "supervision/call_control.py", "supervision/phone_setup/*.py",
                "supervision/webhooks/livekit.py"),
    "twilio": ("supervision/delivery/twilio_sms.py", "supervision/phone_setup/*.py",
               "supervision/webhooks/twilio.py"),
    "channels": ("*/consumers.py", "*/routing.py", "salon_receptionist/asgi.py"),
    "django_q": ("supervision/jobs.py", "supervision/management/commands/runjobs.py"),
    "ninja": ("*/api.py",),
    "onnxruntime": ("knowledge/embedding.py",),
    "os.environ": ("salon_receptionist/env.py", "salon_receptionist/settings.py", "salon_receptionist/asgi.py",
                   "salon_receptionist/management/commands/runall.py", "voice_agent/worker.py"),
    "django.db.models.signals": (),
    "django.dispatch": (),
}  # fmt: skip
FILES = [path.relative_to(ROOT) for package in OURS for path in sorted((ROOT / package).rglob("*.py"))]


def names(path: PurePath) -> Iterator[str]:
    """Every dotted name that a file imports, and its `os.environ`."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def is_in(name: str, doors: tuple[str, ...]) -> bool:
    return any(name == door or name.startswith(f"{door}.") for door in doors)


def matches(path: PurePath, patterns: tuple[str, ...]) -> bool:
    return any(path.match(pattern) or pattern == f"{path.parts[0]}/**" for pattern in patterns)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_file_uses_the_doors(path):
    package = path.parts[0]
    others = tuple(name for name in OURS if name != package)
    used = set(names(path))

    assert not {name for name in used if is_in(name, others) and not is_in(name, DOORS[package])}
    for fenced, allowed in FENCES.items():
        assert matches(path, allowed) or not {name for name in used if is_in(name, (fenced,))}


def test_the_dictionary_would_notice():
    assert is_in("knowledge.models.Salon", DOORS["supervision"])
    assert not is_in("knowledge.index.read", DOORS["supervision"])
    assert not is_in("knowledge.searching", DOORS["supervision"])
    assert {"os.environ", "supervision.live"} <= set(names(PurePath("salon_receptionist/asgi.py")))

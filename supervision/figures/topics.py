"""What a question is about: the category of a service that it names, else a topic of `topics.toml`."""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from knowledge.models import Service

OTHER = "Other"
SHORTEST = 3  # letters of a service's name


def reader() -> Callable[[str], str]:
    """A function from a question's words to its topic, which knows the salon's services of now."""
    patterns = [*_services(), *_words()]

    def topic_of(question: str) -> str:
        return next((topic for topic, pattern in patterns if pattern.search(question)), OTHER)

    return topic_of


def _services() -> list[tuple[str, re.Pattern]]:
    names: dict[str, list[str]] = {}
    for service in Service.objects.active().order_by("category", "name"):
        also = [name.strip() for name in service.also_called.split(",")]
        names.setdefault(service.category, []).extend(name for name in (service.name, *also) if len(name) >= SHORTEST)
    return [(category, _pattern(tuple(all_names))) for category, all_names in names.items()]


@cache
def _words() -> list[tuple[str, re.Pattern]]:
    table = tomllib.loads(Path(__file__).with_name("topics.toml").read_text(encoding="utf-8"))
    return [(topic, _pattern(tuple(words))) for topic, words in table.items()]


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern:
    """Any of these as whole words; a star at the end stands for any ending."""
    choices = (re.escape(word.removesuffix("*")) + ("" if word.endswith("*") else r"(?!\w)") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(choices)})", re.IGNORECASE)

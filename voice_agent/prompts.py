"""Renders templates/voice_agent/: what the model is told (*.md) and what she says (*.txt).

A file of the same name under WORDINGS_DIR stands for ours.
"""

from functools import cache

from django.conf import settings
from django.template import Context, Engine, Template


@cache
def _engine() -> Engine:
    return Engine(dirs=settings.TEMPLATES[0]["DIRS"], autoescape=False)


def compiled(text: str) -> Template:
    """As `render` would read it. Raises TemplateSyntaxError."""
    return _engine().from_string(text)


def source(name: str) -> str:
    """The template itself, ours or the salon's own."""
    return _engine().get_template(f"voice_agent/{name}").source


def render(name: str, **about: object) -> str:
    """`render("greeting.txt", salon=…)`: nothing is escaped, since neither a voice nor a model reads HTML."""
    template = _engine().get_template(f"voice_agent/{name}")
    return template.render(Context(about, autoescape=False)).strip()

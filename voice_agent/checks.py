"""Says at the start what is wrong with the wordings that a salon has written itself."""

from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.template import Engine, TemplateSyntaxError

from voice_agent import prompts

OURS = settings.BASE_DIR / "templates"
HINT = "A file in WORDINGS_DIR stands for the one of the same name in templates/; begin with a copy of that."


@register(Tags.templates)
def check_wordings(app_configs, **kwargs) -> list[CheckMessage]:
    files = (path for path in settings.WORDINGS_DIR.rglob("*") if path.is_file() and not path.name.startswith("."))
    return [Error(fault, hint=HINT, id="voice_agent.E001") for path in sorted(files) if (fault := _fault(path))]


def _fault(path: Path) -> str:
    name = path.relative_to(settings.WORDINGS_DIR)
    if not (OURS / name).is_file():
        return f"WORDINGS_DIR: {name} stands for nothing."
    compiled = prompts.compiled if name.parts[0] == "voice_agent" else Engine.get_default().from_string
    try:
        text = path.read_text(encoding="utf-8")
        compiled(text)
    except (OSError, UnicodeDecodeError, TemplateSyntaxError) as error:
        return f"WORDINGS_DIR: {name} cannot be used: {error}"
    return "" if text.strip() else f"WORDINGS_DIR: {name} is empty."

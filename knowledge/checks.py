"""Says before the first caller that the embedding model is missing or altered."""

from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Error, Tags, register

from knowledge.embedding import wrong_files

HINT = "Restore knowledge/embedding_model/ from the repository; until then she only knows exact wordings."


@register(Tags.files)
def model_is_there(app_configs: list[AppConfig] | None, **kwargs) -> list[Error]:
    """By size, which costs nothing and runs with every command."""
    return _errors(hashes=False)


@register(Tags.files, deploy=True)
def model_is_unaltered(app_configs: list[AppConfig] | None, **kwargs) -> list[Error]:
    """By sha256, with `check --deploy`; loading the model checks it too."""
    return [] if _errors(hashes=False) else _errors(hashes=True)


def _errors(*, hashes: bool) -> list[Error]:
    wrong = wrong_files(Path(settings.EMBEDDING_MODEL_DIR), hashes=hashes)
    return [Error(sentence, hint=HINT, id="knowledge.E001") for sentence in wrong]

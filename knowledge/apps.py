from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    verbose_name = "What the salon knows"

    def ready(self) -> None:
        from knowledge import checks  # noqa: F401

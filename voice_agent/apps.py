from django.apps import AppConfig


class VoiceAgentConfig(AppConfig):
    name = "voice_agent"
    verbose_name = "The receptionist"

    def ready(self) -> None:
        from voice_agent import checks  # noqa: F401

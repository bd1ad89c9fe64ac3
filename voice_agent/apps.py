from django.apps import AppConfig


class VoiceAgentConfig(AppConfig):
    name = "voice_agent"
    verbose_name = "The receptionist"

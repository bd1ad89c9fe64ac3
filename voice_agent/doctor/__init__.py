"""What only Groq, ElevenLabs and LiveKit know: asked by the doctor, with the settings and the clients of a call."""

from voice_agent.doctor import elevenlabs, groq, livekit

__all__ = ["elevenlabs", "groq", "livekit"]

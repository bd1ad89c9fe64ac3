"""The agent, which raises wherever the file "break" in VAR_DIR says, once: python -m benchmarks.breaking_agent."""

from django.conf import settings
from django.core.management import call_command

from benchmarks import in_salon  # noqa: F401
from voice_agent import receptionist, spoken_call

NODES = ("llm_node", "tts_node", "stt_node")  # what gives one piece after the other
PLACES = {
    "start": (spoken_call.SpokenCall, "_talk"),
    "turn": (receptionist.Receptionist, "on_user_turn_completed"),
    "decision": (receptionist.Receptionist, "llm_node"),
    "voice": (receptionist.Receptionist, "tts_node"),
}


def break_here(place: str) -> None:
    broken = settings.VAR_DIR / "break"
    if broken.exists() and broken.read_text() == place:
        broken.unlink()
        raise RuntimeError("broken on purpose")


def make_breakable(place: str) -> None:
    owner, name = PLACES[place]
    whole = getattr(owner, name)

    async def pieces(self, *arguments, **options):
        break_here(place)
        async for piece in whole(self, *arguments, **options):
            yield piece

    async def at_once(self, *arguments, **options):
        break_here(place)
        return await whole(self, *arguments, **options)

    setattr(owner, name, pieces if name in NODES else at_once)


if __name__ == "__main__":
    for place in PLACES:
        make_breakable(place)
    call_command("runagent", "start")

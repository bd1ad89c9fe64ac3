"""What a spoken call has taken of each vendor, for its record."""

from livekit.agents import AgentSession
from livekit.agents.metrics import LLMModelUsage, ModelUsage, STTModelUsage, TTSModelUsage


def usage_of(session: AgentSession) -> dict[str, list[dict]]:
    """`{"llm": [{"provider": …, "model": …, "input_tokens": …, "output_tokens": …}], "voice": […], "ears": […]}`."""
    found: dict[str, list[dict]] = {}
    for usage in session.usage.model_usage:
        if described := _describe(usage):
            part, figures = described
            about = {"provider": usage.provider, "model": usage.model}
            found.setdefault(part, []).append(about | figures)
    return found


def _describe(usage: ModelUsage) -> tuple[str, dict] | None:
    match usage:
        case LLMModelUsage():
            return "llm", {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
        case TTSModelUsage():
            return "voice", {"characters": usage.characters_count, "seconds": round(usage.audio_duration, 1)}
        case STTModelUsage():
            return "ears", {"seconds": round(usage.audio_duration, 1)}
    return None

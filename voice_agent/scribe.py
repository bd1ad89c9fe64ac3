"""ElevenLabs' realtime ears, whose every answer counts: its plugin drops empty ones and only logs some failures."""

import functools

from livekit.agents import APIConnectionError, LanguageCode, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import is_given
from livekit.plugins import elevenlabs
from livekit.plugins.elevenlabs import stt as plugin

KNOWN = ("session_started", "partial_transcript", "committed_transcript", "committed_transcript_with_timestamps")
PASSING = ("commit_throttled", "insufficient_audio_activity", "session_time_limit_exceeded", "queue_overflow")


class Scribe(elevenlabs.STT):
    def stream(self, *, language=NOT_GIVEN, conn_options=DEFAULT_API_CONNECT_OPTIONS) -> "ScribeStream":
        spoken = LanguageCode(language) if is_given(language) else self._opts.language_code
        stream = ScribeStream(
            stt=self, opts=self._opts, conn_options=conn_options, language=spoken, http_session=self._ensure_session()
        )
        self._streams.add(stream)
        return stream


class ScribeStream(plugin.SpeechStream):
    def _process_stream_event(self, data: dict) -> None:
        """Raises APIConnectionError, `retryable` where the next words may be understood again."""
        kind = str(data.get("message_type"))
        if kind not in KNOWN:
            raise APIConnectionError(_cause(kind), retryable=kind in PASSING)
        super()._process_stream_event(data)
        if kind == self._final_message_type and not data.get("text"):
            nothing = stt.SpeechData(language=LanguageCode("en"), text="")
            self._event_ch.send_nowait(
                stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[nothing])
            )


@functools.cache
def _cause(kind: str) -> str:
    """A vendor's word of its own list, never of what was said."""
    return kind if kind.replace("_", "").isalpha() and len(kind) < 40 else "unknown message"

"""Which vendors of speech are down, for all calls of this process: the next sentence must not wait for a dead one."""

import threading
import time

from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from voice_agent import fallbacks

RETRY_AFTER = 30.0  # seconds until a call tries again what another has found down
WORDS = (
    ("no audio frames", "sent no sound"),
    ("quota", "out of quota"),
    ("auth", "set {key}"),
    ("api_key", "set {key}"),
    ("voice", "set {model}"),
)


class Vendor:
    """One side of a vendor: `part` is what the desk calls it, `key` and `model` are the settings to look at."""

    def __init__(self, part: str, *, key: str, model: str) -> None:
        self.part, self.key, self.model = part, key, model
        self._failed_at: float | None = None
        self._changing = threading.Lock()

    @property
    def is_down(self) -> bool:
        failed_at = self._failed_at
        return failed_at is not None and time.monotonic() - failed_at < RETRY_AFTER

    def failed(self, error: BaseException, *, using: str) -> None:
        """Noted once for each time that it goes down."""
        with self._changing:
            is_news = self._failed_at is None
            self._failed_at = time.monotonic()
        if is_news:
            fallbacks.note(self.part, self.reason(error), using=using)

    def works(self, *, is_first: bool = True) -> None:
        """Only the one that is meant to do it clears the desk's line."""
        with self._changing:
            self._failed_at = None
        if is_first:
            fallbacks.recovered(self.part)

    def reason(self, error: BaseException) -> str:
        """Never the vendor's own words: those may quote what was said."""
        if isinstance(error, (TimeoutError, APITimeoutError)):
            return "said nothing in time"
        if isinstance(error, APIStatusError) and 400 <= error.status_code < 600:
            return fallbacks.because(error.status_code, key=self.key, model=self.model)
        if isinstance(error, APIStatusError) and error.status_code >= 1000:
            return f"closed the line ({error.status_code})"
        if isinstance(error, APIError):
            words = str(error.__cause__ or error.message[:40]).lower()
            known = next((said for word, said in WORDS if word in words), "")
            return known.format(key=self.key, model=self.model) or _plain(error)
        return type(error).__name__


def _plain(error: APIError) -> str:
    return "cannot be reached" if isinstance(error, APIConnectionError) else "refused"


def forget() -> None:
    """As a new process begins."""
    for vendor in (ELEVEN_EARS, ELEVEN_VOICE, GROQ_EARS):
        vendor._failed_at = None


ELEVEN_EARS = Vendor("ears", key="ELEVEN_API_KEY", model="ELEVEN_STT_MODEL")
GROQ_EARS = Vendor("ears", key="GROQ_API_KEY", model="GROQ_STT_MODEL")
ELEVEN_VOICE = Vendor("voice", key="ELEVEN_API_KEY", model="ELEVEN_VOICE_ID")

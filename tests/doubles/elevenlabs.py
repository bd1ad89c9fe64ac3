"""ElevenLabs' endpoints on loopback, as its plugin speaks them: ears and voice over websockets, and the plain ones."""

import asyncio
import base64
import io
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from aiohttp import WSMsgType, web

from tests.telephone import speech

BASE = "/v1"
CLOSED, MUTE, REFUSE, QUOTA, WARNING = "closed", "mute", "refuse", "quota", "warning"  # what ears do, and most a voice
EMPTY = "empty"  # a voice that ends without a sound
REMEMBERED = 15  # seconds of speech that are recognised at once
CHUNK = 6000  # samples of a quarter of a second
QUOTA_WORDS = "This request exceeds your quota. You have 0 credits remaining."


@dataclass
class ElevenLabs:
    """`recognise` turns int16 at 16 kHz into words, `speak` words into int16 at 24 kHz.

    `ears` and `voice` may be one of the words above, and is then what they do instead; `ears_delay` and `voice_delay`
    are seconds before they begin. `partials`: also says what it hears before it is asked to commit.
    """

    recognise: Callable[[np.ndarray], str]
    speak: Callable[[str], np.ndarray] = speech.spoken
    ears: str = ""
    voice: str = ""
    ears_delay: float = 0.0
    voice_delay: float = 0.0
    partials: bool = False
    heard: list[str] = field(default_factory=list)  # what was recognised
    spoken: list[str] = field(default_factory=list)  # what was said
    credits: int = 10_000
    voices: list[str] = field(default_factory=lambda: ["EXAVITQu4vr4xnSDxMaL"])

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{BASE}/speech-to-text/realtime", self._listen),
            web.post(f"{BASE}/speech-to-text", self._recognise_batch),
            web.get(f"{BASE}/text-to-speech/{{voice}}/multi-stream-input", self._talk),
            web.post(f"{BASE}/text-to-speech/{{voice}}/stream", self._speak_batch),
            web.post(f"{BASE}/text-to-speech/{{voice}}", self._speak_batch),
            web.get(f"{BASE}/voices", self._voices),
            web.get(f"{BASE}/voices/{{voice}}", self._one_voice),
            web.get(f"{BASE}/models", self._models),
            web.get(f"{BASE}/user", self._user),
            web.get(f"{BASE}/user/subscription", self._subscription),
        ]

    # --- ears -------------------------------------------------------------------------------------------------------

    async def _listen(self, request: web.Request) -> web.WebSocketResponse:
        if self.ears == REFUSE:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"message_type": "session_started", "session_id": "s", "config": {}})
        sound = bytearray()
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            if self.ears == CLOSED:
                await socket.close(code=1011)
                break
            chunk = message.json()
            sound += base64.b64decode(chunk["audio_base_64"])
            if chunk["commit"]:
                samples = np.frombuffer(bytes(sound[-REMEMBERED * speech.RATE * 2 :]), np.int16)
                sound.clear()
                await self._commit(socket, samples)
            elif self.partials and len(sound) % (speech.RATE // 2) < len(chunk["audio_base_64"]) // 2:
                await self._say_partly(socket, bytes(sound))
        return socket

    async def _commit(self, socket: web.WebSocketResponse, samples: np.ndarray) -> None:
        if self.ears == MUTE:
            return
        if self.ears == QUOTA:
            await socket.send_json({"message_type": "quota_exceeded", "error": QUOTA_WORDS})
            return
        if self.ears == WARNING:  # the plugin only logs it
            await socket.send_json({"message_type": "commit_throttled", "error": "Please wait."})
            return
        text = await asyncio.to_thread(self.recognise, samples)
        await asyncio.sleep(self.ears_delay)
        self.heard.append(text)
        await self._send_quietly(socket, {"message_type": "committed_transcript", "text": text})

    async def _say_partly(self, socket: web.WebSocketResponse, sound: bytes) -> None:
        samples = np.frombuffer(sound[-REMEMBERED * speech.RATE * 2 :], np.int16)
        if text := await asyncio.to_thread(self.recognise, samples):
            await self._send_quietly(socket, {"message_type": "partial_transcript", "text": text})

    async def _recognise_batch(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(self.ears):
            return refusal
        form = await request.post()
        samples = await asyncio.to_thread(samples_of, form["file"].file.read())
        text = await asyncio.to_thread(self.recognise, samples)
        self.heard.append(text)
        return web.json_response({"text": text, "language_code": "en", "words": []})

    # --- voice ------------------------------------------------------------------------------------------------------

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        if self.voice == REFUSE:
            raise web.HTTPServiceUnavailable
        rate = int(request.query["output_format"].removeprefix("pcm_"))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        pieces: asyncio.Queue[dict] = asyncio.Queue()
        talking = asyncio.create_task(self._say_all(socket, pieces, rate))
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    pieces.put_nowait(message.json())
        finally:
            talking.cancel()
        return socket

    async def _say_all(self, socket: web.WebSocketResponse, pieces: asyncio.Queue[dict], rate: int) -> None:
        while piece := await pieces.get():
            context, text = piece.get("context_id"), piece.get("text", "").strip()
            if self.voice == MUTE:
                continue
            if text and self.voice == CLOSED:
                await socket.close(code=1011)
            elif text and self.voice == QUOTA:
                await self._send_quietly(
                    socket, {"error": "quota_exceeded", "message": QUOTA_WORDS, "contextId": context}
                )
            elif text and self.voice != EMPTY:
                await asyncio.sleep(self.voice_delay)
                self.spoken.append(text)
                async for chunk in self._chunks(text, rate):
                    await self._send_quietly(socket, {"contextId": context, "isFinal": None, **chunk})
            if piece.get("close_context"):
                await self._send_quietly(socket, {"contextId": context, "isFinal": True})

    async def _chunks(self, text: str, rate: int) -> AsyncIterator[dict]:
        samples = await asyncio.to_thread(self._at, text, rate)
        alignment = _alignment(text, len(samples) * 1000 // rate)
        for start in range(0, len(samples), CHUNK):
            chunk = {"audio": base64.b64encode(samples[start : start + CHUNK].tobytes()).decode()}
            yield chunk if start else {**chunk, "alignment": alignment, "normalizedAlignment": alignment}

    def _at(self, text: str, rate: int) -> np.ndarray:
        samples = self.speak(text)
        if rate == speech.VOICE_RATE:
            return samples
        return speech.resampled(samples, speech.VOICE_RATE, rate).astype(np.int16)

    async def _speak_batch(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(self.voice):
            return refusal
        text = (await request.json())["text"]
        self.spoken.append(text)
        await asyncio.sleep(self.voice_delay)
        rate = int(request.query.get("output_format", "pcm_24000").removeprefix("pcm_"))
        sound = b"" if self.voice == EMPTY else (await asyncio.to_thread(self._at, text, rate)).tobytes()
        return web.Response(body=sound, content_type="audio/pcm")

    # --- the account ------------------------------------------------------------------------------------------------

    async def _voices(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(self.voice):
            return refusal
        return web.json_response({"voices": [_described(voice) for voice in self.voices]})

    async def _one_voice(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(self.voice):
            return refusal
        voice = request.match_info["voice"]
        if voice not in self.voices:
            return _error(404, "voice_not_found", "A voice with that id was not found.")
        return web.json_response(_described(voice))

    async def _models(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(self.voice):
            return refusal
        return web.json_response([{"model_id": "eleven_flash_v2_5", "can_do_text_to_speech": True}])

    async def _user(self, request: web.Request) -> web.Response:
        return self._refusal(self.voice) or web.json_response({"user_id": "u", "subscription": self._plan()})

    async def _subscription(self, request: web.Request) -> web.Response:
        return self._refusal(self.voice) or web.json_response(self._plan())

    def _plan(self) -> dict:
        return {
            "tier": "starter", "status": "active", "character_limit": 30_000, "can_use_instant_voice_cloning": True,
            "character_count": 30_000 - self.credits, "next_character_count_reset_unix": 1_900_000_000,
        }  # fmt: skip

    def _refusal(self, fault: str) -> web.Response | None:
        if fault in (REFUSE, CLOSED):
            return _error(503, "unavailable", "Service unavailable.")
        if fault == QUOTA:
            return _error(402, "quota_exceeded", QUOTA_WORDS)
        if fault == "unauthorized":
            return _error(401, "invalid_api_key", "Invalid API key")
        return None

    async def _send_quietly(self, socket: web.WebSocketResponse, message: dict) -> None:
        if not socket.closed:
            with suppress(ConnectionError):  # the client may leave in the middle of a word
                await socket.send_json(message)


def samples_of(wav: bytes) -> np.ndarray:
    """Int16 at 16 kHz of a WAV file of any rate, one channel."""
    with wave.open(io.BytesIO(wav)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return speech.resampled(samples, file.getframerate(), speech.RATE).astype(np.int16)


def _alignment(text: str, milliseconds: int) -> dict:
    each = max(1, milliseconds // len(text))
    starts = [place * milliseconds // len(text) for place in range(len(text))]
    return {"chars": list(text), "charStartTimesMs": starts, "charDurationsMs": [each] * len(text)}


def _described(voice: str) -> dict:
    return {"voice_id": voice, "name": "Sarah", "category": "premade"}


def _error(status: int, code: str, words: str) -> web.Response:
    return web.json_response({"detail": {"status": code, "message": words}}, status=status)

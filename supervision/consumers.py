"""The sockets of the open pages: nudges to refetch, words as they grow, and a practice caller's own words."""

import asyncio
import contextlib
import itertools
import json
import re
import time
from collections.abc import Coroutine
from importlib import import_module
from types import SimpleNamespace
from urllib.parse import parse_qs
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user, get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils import timezone

from supervision import bystanders, handing_back, live, practising, presence, two_factor
from supervision.models import Call, Event
from supervision.practising import Pace

SIGNED_OUT, SWITCHED_OFF, NO_ACCESS = 4401, 4402, 4403
CHECK_SECONDS = 4.0  # how often an open socket's rights are looked at again
BEAT_EVERY = 3  # looks: a sign of life, and the server's clock
TYPING_SECONDS = 2.0  # that somebody types is told so often at most
SEE_SECONDS = 1.0
QUEUE = 500  # events; a page that is further behind refetches instead
WORDS = "words"
TYPING = "typing"
TYPED = re.compile(r"typing:[0-9a-f-]{36}")


class Topics(set):
    """The topics of one page; "calls" stands for the words of every call."""

    def __contains__(self, topic: object) -> bool:
        return super().__contains__(topic) or (str(topic).startswith("call:") and super().__contains__("calls"))


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Tells a page that something was committed; the page fetches itself, so that rights and escaping exist once."""

    async def connect(self) -> None:
        # Accepted first: a close before that reaches the browser as 1006, and the page would try for ever.
        await self.accept()
        self.is_open = self.is_behind = False
        self.user_id = None
        self.may_type, self.typed_at = False, -TYPING_SECONDS
        self.asked_topics: set[str] = set()
        self.newest = 0
        self.jobs: list[asyncio.Task] = []
        self.queue: asyncio.Queue[Event] = asyncio.Queue(QUEUE)
        self.topics = Topics()
        if reason := await self.find_refusal():
            await self.close(code=reason)
            return
        self.topics = await self.wanted_topics()
        self.is_open = True
        live.hub.subscribe(self)
        # read by the hub itself, after its own first look: no event can fall between that and this
        await self.send_json({"type": "hello", "id": await live.hub.read(live.newest), **_clock()})
        self.start(self.send_news())
        self.start(self.check_again())

    def start(self, job) -> None:
        self.jobs.append(asyncio.create_task(job))

    async def disconnect(self, code: int) -> None:
        self.is_open = False
        live.hub.unsubscribe(self)
        for job in self.jobs:
            job.cancel()
        await asyncio.gather(*self.jobs, return_exceptions=True)
        if user_id := self.user_id:
            followed = [topic.partition(":")[2] for topic in self.topics if topic.startswith("call:")]
            await _leave_to_her(followed, user_id)

    def offer(self, event: Event) -> None:
        self.newest = event.pk
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.is_behind = True

    async def send_news(self) -> None:
        while True:
            event = await self.queue.get()
            if self.is_behind:  # too far to be told everything: one nudge, and the page reads the rows
                self.is_behind = False
                self.queue = asyncio.Queue(QUEUE)
                await self.send_json({"type": "nudge", "id": self.newest, "kind": "many", **_clock()})
            elif message := self.message_of(event):
                await self.send_json(message)

    def message_of(self, event: Event) -> dict | None:
        if event.kind == TYPING:
            is_own = event.payload.get("by") == self.user_id
            return None if is_own else {"type": TYPING, "who": event.payload.get("name"), **_clock()}
        if event.kind != WORDS:
            about = {name: event.payload[name] for name in ("state", "practice") if name in event.payload}
            return {"type": "nudge", "id": event.pk, "kind": event.kind, **about, **_clock()}
        if set.__contains__(self.topics, event.topic):
            return {"type": WORDS, "id": event.pk, **event.payload, **_clock()}
        if event.payload.get("finished"):
            return {"type": "nudge", "id": event.pk, "kind": WORDS, **_clock()}
        return None

    async def check_again(self) -> None:
        """A session that ended, a right that was taken: the page is told and closed."""
        for look in itertools.count(1):
            await asyncio.sleep(CHECK_SECONDS)
            is_beat = look % BEAT_EVERY == 0
            with contextlib.suppress(DatabaseError):  # no database is no reason to send anybody away
                if reason := await self.find_refusal(beat=is_beat):
                    _beside(_put_out(self.user_id))  # a page's line into a call is not closed with its socket
                    await self.close(code=reason)
                    return
                if not is_beat:
                    continue
                newest = await database_sync_to_async(live.newest)()
                await self.send_json({"type": "clock", "id": newest, **_clock()})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs) -> None:
        with contextlib.suppress(ValueError, RecursionError):  # what is no JSON is no message
            await self.receive_json(json.loads(text_data or ""))

    async def receive_json(self, content: object, **kwargs) -> None:
        """A page that is only read has nothing to say, but that somebody types there: who, never what."""
        if self.is_open and isinstance(content, dict) and content.get(TYPING) is True:
            await self.tell_typing()

    async def tell_typing(self) -> None:
        topic = next(filter(TYPED.fullmatch, self.asked_topics), "")
        if self.may_type and topic and time.monotonic() - self.typed_at >= TYPING_SECONDS:
            self.typed_at = time.monotonic()
            with contextlib.suppress(DatabaseError):
                await database_sync_to_async(presence.types)(topic, self.user_id)

    @database_sync_to_async
    def find_refusal(self, *, beat: bool = True) -> int | None:
        user = _current_user(self.scope)
        if user is None:
            return SWITCHED_OFF if _is_switched_off(self.scope) else SIGNED_OUT
        if not (user.is_staff and self.is_allowed(user)):
            return NO_ACCESS
        self.user_id = user.pk
        self.may_type = user.has_perm("supervision.change_helprequest")
        if beat and live.DESK in self.asked_topics and self.may_type:
            presence.seen(user)
        return None

    def is_allowed(self, user) -> bool:
        topics = parse_qs(self.scope["query_string"].decode("ascii", "replace")).get("topics", [""])[0].split(",")
        self.asked_topics = {topic for topic in topics if topic}
        needed = {"supervision.view_call" if topic.startswith("call") else "supervision.view_helprequest"
                  for topic in self.asked_topics}  # fmt: skip
        return user.has_perms(needed or {"supervision.view_helprequest"})

    async def wanted_topics(self) -> Topics:
        return Topics(self.asked_topics)


class CallConsumer(LiveConsumer):
    """The page on which a supervisor practises by voice: its own call's words, and what is asked and texted."""

    async def wanted_topics(self) -> Topics:
        return Topics({live.DESK, f"call:{self.call_id}"})

    @property
    def call_id(self) -> UUID:
        return self.scope["url_route"]["kwargs"]["call_id"]

    def is_allowed(self, user) -> bool:
        own = Call.objects.spoken().filter(pk=self.call_id, practised_by=user)
        return user.has_perm("supervision.practise") and own.exists()


class PracticeConsumer(LiveConsumer):
    """Additionally: what is typed as a caller, what has been shown, and the call's sign of life each second."""

    async def wanted_topics(self) -> Topics:
        await database_sync_to_async(practising.resume)(self.call_id)
        self.pace = Pace()
        self.start(self.keep_open())
        return Topics({live.DESK, f"call:{self.call_id}"})

    @property
    def call_id(self) -> UUID:
        return self.scope["url_route"]["kwargs"]["call_id"]

    def is_allowed(self, user) -> bool:
        own = Call.objects.filter(pk=self.call_id, channel=Call.Channel.PRACTICE, practised_by=user)
        return user.has_perm("supervision.practise") and own.exists()

    async def keep_open(self) -> None:
        told = None
        while True:
            with contextlib.suppress(DatabaseError):
                alive = await database_sync_to_async(practising.see)(self.call_id)
                if alive != told:
                    await self.send_json({"type": "agent", "alive": alive})
                    told = alive
            await asyncio.sleep(SEE_SECONDS)

    async def receive_json(self, content: object, **kwargs) -> None:
        if not isinstance(content, dict) or not self.is_open:
            return
        if "say" in content:
            await self.send_json(await database_sync_to_async(self.say)(content.get("say"), content.get("id")))
        elif type(content.get("shown")) is int:
            await database_sync_to_async(practising.confirm)(self.call_id, content["shown"])

    def say(self, text: object, client_id: object) -> dict:
        try:
            client_id = UUID(str(client_id))
        except ValueError:
            client_id = None
        if client_id is None or not isinstance(text, str):
            return {"type": "refused", "id": None, "error": "This page is out of date: load it again."}
        if self.pace.is_too_fast():
            return {"type": "refused", "id": str(client_id), "error": "That was too fast: wait a moment, say it again."}
        try:
            utterance = practising.say_once(self.call_id, text, client_id=client_id)
        except ValidationError as error:
            return {"type": "refused", "id": str(client_id), "error": " ".join(error.messages)}
        return {"type": "said", "id": str(client_id), "utterance": utterance.pk}


def _current_user(scope: dict):
    """Who is signed in by what the session's row says now, not by what it said when the socket opened; or None."""
    session = _session(scope)
    if session is None:
        return None
    user = get_user(SimpleNamespace(session=session))
    may_enter = user.is_authenticated and user.is_active and not two_factor.is_lacking(user)
    return user if may_enter else None


def _is_switched_off(scope: dict) -> bool:
    """Whose session this is may not sign in any more: an owner has switched the account off."""
    session = _session(scope)
    owner = session and session.get(SESSION_KEY)
    return bool(owner) and get_user_model().objects.filter(pk=owner, is_active=False).exists()


def _session(scope: dict) -> SessionBase | None:
    session = scope.get("session")
    key = session.session_key if session is not None else None
    return import_module(settings.SESSION_ENGINE).SessionStore(key) if key else None


_leaving: set[asyncio.Task] = set()


async def _leave_to_her(call_ids: list[str], user_id: int) -> None:
    """The page has gone: what its supervisor had taken over, and does not come back to, is hers again."""
    for call_id in call_ids:
        with contextlib.suppress(ValueError, DatabaseError):
            if await database_sync_to_async(handing_back.taken_over)(UUID(call_id), user_id):
                _beside(_hand_back(UUID(call_id), user_id))


def _beside(work: Coroutine) -> None:
    """It goes on when the socket that began it is closed."""
    task = asyncio.create_task(work)
    _leaving.add(task)
    task.add_done_callback(_leaving.discard)


async def _put_out(user_id: int) -> None:
    with contextlib.suppress(DatabaseError):
        await database_sync_to_async(bystanders.put_out)(also=user_id)


async def _hand_back(call_id: UUID, user_id: int) -> None:
    await asyncio.sleep(handing_back.AWAY_SECONDS)
    with contextlib.suppress(DatabaseError):
        await database_sync_to_async(handing_back.hand_back_if_gone)(call_id, user_id)


def _clock() -> dict:
    return {"now": timezone.now().isoformat()}

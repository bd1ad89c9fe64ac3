"""A salon with a few answers, and conversations whose words and rows a test can look at."""

import re
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest
from django.conf import settings
from livekit.agents import llm

from knowledge.learning import learn
from knowledge.models import Salon
from supervision import calls, presence
from supervision.models import Call, Utterance
from voice_agent import asking
from voice_agent.bridge import db_call
from voice_agent.conversation import Conversation, recall, text_session
from voice_agent.embedded_llm import EmbeddedLLM
from voice_agent.prompts import render
from voice_agent.receptionist import Receptionist
from voice_agent.turn import Said

PHONE = "+14155552671"
PARKING = "There are six free spaces behind the salon."
WIFI = "Yes, the network is called Glow and has no password."
KERATIN = "Yes, from $150."


@pytest.fixture
def salon(transactional_db) -> Salon:
    salon = Salon.objects.create(name="Glow", assistant_name="Grace", time_zone="America/Chicago", region="US")
    learn(question="Where can I park?", answer=PARKING)
    learn(question="Do you have Wi-Fi?", answer=WIFI)
    return salon


class Talk:
    """One call: `await talk("…")` is a turn and returns her words; `row` is the reply's row."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.pieces: list[str] = []
        self.fallbacks: list[str] = []
        self.row: Utterance | None = None

    async def begin(self, brain: llm.LLM) -> None:
        self.epoch = await db_call(calls.take, self.call, holder="test")
        on_call, history = await db_call(recall, self.call)
        self.conversation = Conversation(
            on_call, history, epoch=self.epoch, brain=brain, on_fallback=self.fallbacks.append
        )
        await self.conversation.start()

    async def __call__(self, words: str) -> str:
        self.pieces = []
        self.said = await db_call(calls.record_utterance, self.call, speaker=Utterance.Speaker.CALLER, text=words)
        row = await db_call(calls.begin_reply, self.said)
        self.row = await self.conversation.reply(self.said, row, self.pieces.append)
        await db_call(self.row.refresh_from_db)
        assert "".join(self.pieces).strip() == self.row.text  # what was heard is what is stored
        return self.row.text

    async def end(self) -> None:
        await self.conversation.close()


@pytest.fixture
async def talk(salon: Salon) -> AsyncIterator[Callable]:
    """`await talk(brain=…, phone=…)` opens a call."""
    open_talks: list[Talk] = []

    async def begin(*, brain: llm.LLM | None = None, phone: str = PHONE, call: Call | None = None) -> Talk:
        call = call or await db_call(calls.open_call, channel=Call.Channel.CONSOLE, phone=phone)
        talk = Talk(call)
        await talk.begin(brain or EmbeddedLLM())
        open_talks.append(talk)
        return talk

    yield begin
    for talk in open_talks:
        await talk.end()


@pytest.fixture
def asked_back(salon: Salon) -> str:
    """A question about which she asks back: near to one answer, and not the same."""
    learn(question="Do you offer keratin treatments?", answer=KERATIN)
    return "How much is a keratin treatment?"


@pytest.fixture
def every_template(salon: Salon) -> Callable[[str], bool]:
    """Whether words are made of nothing but what is stored: templates (times aside) and answers."""
    stored = [PARKING, WIFI, KERATIN]
    folder = settings.BASE_DIR / "templates" / "voice_agent"
    for path in folder.rglob("*.txt"):
        about = {"salon": salon, "by": "TIME", "by_text": True}
        stored += [render(str(path.relative_to(folder)), **about, last_said=said) for said in ("", PARKING)]
    whole = re.compile("|".join(re.escape(text).replace("TIME", r"[\w: ]+") for text in stored))
    return lambda words: all(not rest.strip() for rest in [whole.sub("", words)])


@pytest.fixture
def short_var_dir(settings, tmp_path_factory) -> None:
    """A doorbell of its own, so that tests which run side by side do not wake each other."""
    settings.VAR_DIR = tmp_path_factory.mktemp("v")


class SpokenTalk:
    """One call with a room, without its sound: `await caller("…")` is a turn whose reply was heard whole."""

    def __init__(self, call: Call, brain: llm.LLM) -> None:
        self.call = call
        self.brain = brain
        self.said = Said("")

    async def begin(self) -> None:
        await db_call(calls.take, self.call, holder=f"test-{self.call.pk}"[:64])
        await db_call(calls.answer, self.call)
        call = await db_call(Call.objects.select_related("caller").get, pk=self.call.pk)
        self.on_call, history = await db_call(recall, call)
        self.receptionist = Receptionist(self.on_call, chat_ctx=history)
        self.session = text_session(self.brain)
        await self.session.start(self.receptionist, record=False)

    async def __call__(self, words: str) -> str:
        on_call = self.on_call
        hers = self.receptionist
        on_call.utterance = None if on_call.call.off_the_record else await self._record(Utterance.Speaker.CALLER, words)
        await self.session.run(user_input=words)
        await self.hears(hers.turn.outcome)
        hers.turn.leave_for_the_next(on_call)
        return self.said.text

    async def hears(self, said: Said, *, until: str | None = None) -> Said:
        """What she says is played: whole, or `until` the caller speaks into it."""
        heard = said.text if until is None else said.text[: said.text.index(until)]
        keeps = not self.on_call.call.off_the_record or said.promise
        if keeps:
            more = {"asks": said.asks, "promise": said.promise, "citations": said.citations}
            row = await self._record(Utterance.Speaker.RECEPTIONIST, heard, interrupted=until is not None, **more)
            if until is None:
                await db_call(calls.record_confirmation, row)
        self.on_call.remember(said=heard, asks=said.asks)
        self.said = said
        return said

    async def does(self, verb: Callable, *about: object) -> Said:
        """A verb of `asking` outside a turn, and its words played."""
        return await self.hears(await db_call(verb, *about))

    async def presses(self, keys: str) -> Said | None:
        said = None
        for key in keys:
            if said := await db_call(asking.press, key, self.on_call):
                await self.hears(said)
        return said

    @property
    async def state(self) -> str:
        return (await db_call(Call.objects.get, pk=self.call.pk)).state

    async def _record(self, speaker: str, text: str, **more: object) -> Utterance:
        return await db_call(calls.record_utterance, self.call, speaker=speaker, text=text, **more)

    async def end(self) -> None:
        await self.session.aclose()


@pytest.fixture
async def spoken(salon: Salon) -> AsyncIterator[Callable]:
    """`await spoken(phone=…)` rings and is answered; `phone=""` is withheld."""
    open_talks: list[SpokenTalk] = []

    async def begin(*, phone: str = PHONE, channel: str = Call.Channel.PHONE, brain: llm.LLM | None = None):
        call = await db_call(calls.ring, room=uuid4().hex, channel=channel, phone=phone)
        talk = SpokenTalk(call, brain or EmbeddedLLM())
        await talk.begin()
        open_talks.append(talk)
        return talk

    yield begin
    for talk in open_talks:
        await talk.end()


@pytest.fixture
def at_hand(salon: Salon, django_user_model):
    """A supervisor who has the desk open."""
    supervisor = django_user_model.objects.create_user("sue")
    presence.seen(supervisor)
    return supervisor

"""The record of a spoken call says what the caller heard of her words, with their sources."""

import pytest
from livekit.agents import llm

from supervision import calls, lifecycle
from supervision.models import Call, Promise, Utterance
from voice_agent.bridge import db_call
from voice_agent.conversation import recall
from voice_agent.transcript import Saying, Transcript
from voice_agent.turn import Said, Turn

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER = "We are open from nine to six on Tuesdays."


class Recorded:
    """An answered telephone call, and what has been written of it."""

    def __init__(self, on_call, lately=()) -> None:
        self.on_call = on_call
        self.done: list[tuple[str, bool]] = []
        self.transcript = Transcript(on_call, lately, on_said=lambda said, whole: self.done.append((said.text, whole)))

    async def says(self, text: str, *, interrupted: bool = False, **metrics) -> Utterance:
        self.transcript.note(
            llm.ChatMessage(role="assistant", content=[text], interrupted=interrupted, metrics=metrics)
        )
        await self.transcript.close()
        return await db_call(lambda: self.on_call.call.utterances.prefetch_related("citations").last())


@pytest.fixture
async def on_call(glow):
    def answered():
        call = calls.ring(room="call-1", channel=Call.Channel.PHONE, phone="+14155552671")
        calls.answer(call)
        return recall(call)[0]

    return await db_call(answered)


def turn_saying(said: Said) -> Turn:
    turn = Turn("when are you open?", order=["one"])
    turn.say("one", said)
    return turn


async def test_a_reply_that_was_played_whole_counts_as_heard_and_keeps_its_latency(on_call):
    call = Recorded(on_call, [turn_saying(Said(ANSWER))])

    row = await call.says(ANSWER, e2e_latency=0.412, tts_node_ttfb=0.1)

    assert (row.text, row.interrupted, bool(row.heard_at)) == (ANSWER, False, True)
    assert (row.latency_ms, row.latency["voice"]) == (412, 100)
    assert call.done == [(ANSWER, True)]


async def test_an_interrupted_reply_is_stored_as_far_as_it_was_heard(on_call):
    call = Recorded(on_call, [turn_saying(Said(ANSWER))])

    row = await call.says("We are open from ni", interrupted=True)

    assert (row.text, row.interrupted, row.heard_at) == ("We are open from ni", True, None)
    assert call.done == [(ANSWER, False)]


async def test_a_promise_counts_only_once_it_was_heard_whole(on_call):
    def ask():
        said = calls.record_utterance(on_call.call, speaker="caller", text="Do you do nail art?")
        return lifecycle.request_help("Do you do nail art?", call=on_call.call, utterance=said).current_promise

    promise = await db_call(ask)
    words = "I'll ask my supervisor."
    call = Recorded(on_call, [turn_saying(Said(words, promise=promise))])

    await call.says("I'll ask", interrupted=True)
    await db_call(promise.refresh_from_db)
    before = promise.state
    again = Recorded(on_call, [turn_saying(Said(words, promise=promise))])
    await again.says(words)
    await db_call(promise.refresh_from_db)

    assert (before, promise.state) == (Promise.State.MADE, Promise.State.HEARD)


async def test_what_was_begun_early_for_the_next_turn_does_not_lend_its_source(on_call):
    promised = Said("Something quite different.", asks={"kind": "number"})
    call = Recorded(on_call, [turn_saying(Said(ANSWER, asks={"kind": "say_more"})), turn_saying(promised)])

    row = await call.says(ANSWER)

    assert row.asks == {"kind": "say_more"}


async def test_words_said_outside_a_turn_find_their_saying(on_call):
    call = Recorded(on_call)
    saying = call.transcript.expect(Saying(Said("Are you still there?")))

    row = await call.says("Are you still there?")

    assert saying.row == row
    assert saying.noted.is_set()

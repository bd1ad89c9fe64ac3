"""When a turn has ended: what is complete and known at once, all else after a pause for thought."""

import asyncio
import time

import pytest
from livekit.agents import llm

from knowledge.models import Salon
from supervision import calls
from supervision.models import Call
from voice_agent import turns
from voice_agent.call import OnCall
from voice_agent.receptionist import Receptionist
from voice_agent.replies import Asked
from voice_agent.turn import Turn
from voice_agent.turns import CutOff, TurnDetector, cut_off, hangs, is_complete, joined

SURE = "Where can I park?"


@pytest.fixture
def on_call(salon: Salon) -> OnCall:
    return OnCall(calls.open_call(channel=Call.Channel.CONSOLE, phone="+14155552671"), salon)


def heard(*messages: tuple, now: str | None = None) -> llm.ChatContext:
    """`("user", words, seconds since they ended)` or `("assistant", words, whether cut off)`, oldest first."""
    context = llm.ChatContext.empty()
    for role, words, more in messages:
        message = context.add_message(role=role, content=words)
        if role == "user":
            message.metrics = {"stopped_speaking_at": time.time() - more}
        else:
            message.interrupted = more
    if now is not None:
        context.add_message(role="user", content=now)
    return context


@pytest.mark.parametrize(
    "words",
    [
        "I would like to know if", "I want a haircut and", "um", "Uh,", "so", "because", "Do you have the",
        "How much is a", "I was wondering", "Can I", "My number is", "Let me see", "A haircut, or", "What about the...",
        "Where can I park and", "I'd like", "Do you sell hair spray with", "",
    ],
)  # fmt: skip
def test_what_breaks_off_goes_on(words):
    assert hangs(words)


@pytest.mark.parametrize(
    "words",
    ["Where can I park?", "Yes", "No thanks", "Goodbye", "Is there somebody I can talk to?", "What is this about?"],
)
def test_what_is_whole_does_not(words):
    assert not hangs(words)


@pytest.mark.parametrize("words", [SURE, "where can i park", "Do you have Wi-Fi?", "goodbye", "thank you"])
def test_what_is_known_ends_the_turn(on_call, words):
    assert is_complete(words, on_call)


@pytest.mark.parametrize(
    "words",
    [
        "I'd like to know",
        "Where can I park and",
        "Do you do nail art?",
        "hello",
        "okay",
        "one moment",
        "My dog is ill",
        "",
    ],
)
def test_what_is_not_may_go_on(on_call, words):
    assert not is_complete(words, on_call)


def test_danger_never_waits(on_call):
    assert is_complete("she has stopped breathing and", on_call)


@pytest.mark.parametrize("words", ["yes", "No.", "yes please"])
def test_a_yes_to_what_she_asked_ends_the_turn(on_call, words):
    on_call.asks = {"kind": Asked.DO_YOU_MEAN, "question": "x", "candidate": "y", "offer": "z"}

    assert is_complete(words, on_call)


@pytest.mark.parametrize(("words", "is_whole"), [("415 555 2671", True), ("415 5552", False), ("four one five", False)])
def test_a_number_ends_the_turn_when_all_its_digits_are_there(on_call, words, is_whole):
    on_call.asks = {"kind": Asked.NUMBER}

    assert is_complete(words, on_call) == is_whole


async def test_the_detector_says_so_to_livekit(on_call):
    detector = TurnDetector(on_call)
    threshold = await detector.unlikely_threshold(None)

    assert await detector.supports_language(None)
    assert await detector.predict_end_of_turn(heard(now=SURE)) > threshold
    assert await detector.predict_end_of_turn(heard(now="I'd like to know")) < threshold


async def test_it_decides_in_less_than_ten_milliseconds(on_call):
    detector, context = TurnDetector(on_call), heard(now=SURE)
    await detector.predict_end_of_turn(context)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        await detector.predict_end_of_turn(context)
        took.append(time.perf_counter() - began)

    print(f"turn detector: {sorted(took)[10] * 1000:.1f} ms")  # noqa: T201
    assert sorted(took)[10] < 0.05  # generous on a busy machine; 3 ms on a free one


async def test_it_waits_for_words_that_are_still_being_recognised(on_call):
    asked = []

    class Ears:
        async def understood(self) -> None:
            asked.append(True)

    await TurnDetector(on_call, ears=Ears()).predict_end_of_turn(heard(now=SURE))

    assert asked


async def test_the_end_of_a_question_that_was_answered_too_early_ends_the_turn(on_call):
    cut = [("user", "Where can I", 1.0), ("assistant", "There are", True)]
    other = [("user", "Where can I", 1.0), ("assistant", "There are six free spaces.", False)]

    assert await TurnDetector(on_call).predict_end_of_turn(heard(*cut, now="park?")) == turns.COMPLETE
    assert await TurnDetector(on_call).predict_end_of_turn(heard(*other, now="park?")) == turns.OPEN


def test_a_turn_whose_answer_was_heard_is_over():
    assert cut_off(heard(("user", "one", 1), ("assistant", "two", False))) is None
    assert cut_off(heard()) is None


def test_a_turn_whose_answer_was_cut_off_or_never_began_is_not():
    assert cut_off(heard(("user", "one", 1), ("assistant", "two", True))).words == "one"
    assert cut_off(heard(("user", "one", 1))).words == "one"


@pytest.mark.parametrize(
    ("pause", "was_cut", "answers"),
    [
        (0.8, True, "What are your hours on Sunday?"),
        (1.6, True, "on Sunday?"),
        (0.8, False, "on Sunday?"),
    ],
)
def test_what_follows_at_once_belongs_to_the_turn_before(pause, was_cut, answers):
    assert joined("What are your hours", "on Sunday?", pause=pause, was_cut=was_cut) == answers


@pytest.mark.parametrize(
    ("before", "now", "answers"),
    [
        ("Do you have wifi?", "for guests?", "Do you have wifi for guests?"),
        ("Do you have wifi?", "Where can I park?", "Do you have wifi? Where can I park?"),
    ],
)
def test_the_full_stop_between_two_halves_was_never_said(before, now, answers):
    assert joined(before, now, pause=0.5, was_cut=True) == answers


class TestTheReceptionist:
    """`together`: what her next turn answers."""

    @pytest.fixture
    def receptionist(self, on_call) -> Receptionist:
        return Receptionist(on_call)

    def now(self, *, after: float) -> llm.ChatMessage:
        message = llm.ChatMessage(role="user", content=["on Sunday?"])
        message.metrics = {"started_speaking_at": time.time() - 2 + after}
        return message

    async def test_answers_both_halves(self, receptionist):
        before = heard(("user", "What are your hours", 2.0), ("assistant", "We", True))

        assert receptionist.together(before, self.now(after=0.7), "on Sunday?") == "What are your hours on Sunday?"

    async def test_answers_a_late_second_question_alone(self, receptionist):
        before = heard(("user", "What are your hours", 2.0), ("assistant", "We", True))

        assert receptionist.together(before, self.now(after=1.8), "on Sunday?") == "on Sunday?"

    async def test_never_takes_a_yes_for_a_second_yes(self, receptionist):
        before = heard(("user", "yes", 2.0), ("assistant", "May we", True))
        receptionist.on_call.asks = {"kind": Asked.TEXT}

        assert receptionist.together(before, self.now(after=0.7), "hello") == "hello"

    async def test_does_not_repeat_a_reply_to_what_she_had_asked(self, receptionist):
        before = heard(("user", "yes", 2.0), ("assistant", "It is", True))
        receptionist.lately.append(Turn("yes", reply=object()))

        assert receptionist.together(before, self.now(after=0.7), "hello") == "hello"


def test_cut_off_remembers_when_it_ended():
    ended = heard(("user", "one", 5.0), ("assistant", "two", True))

    assert cut_off(ended) == CutOff("one", pytest.approx(time.time() - 5, abs=0.5))


@pytest.mark.parametrize(
    ("tools", "ends"),
    [
        (("answer",), turns.COMPLETE),
        (("do_you_mean",), turns.COMPLETE),
        (("request_help",), turns.OPEN),
        (("answer", "request_help"), turns.OPEN),
        (("small_talk",), turns.OPEN),
    ],
)
async def test_what_the_model_finds_an_answer_to_ends_the_turn(on_call, tools, ends):
    words = "we are coming by car from out of town"
    detector = TurnDetector(on_call, lately=[Turn(words.capitalize() + ".", tools=tools)])

    assert await detector.predict_end_of_turn(heard(now=words)) == ends


async def test_a_decision_that_is_under_way_is_waited_for(on_call):
    words = "we are coming by car from out of town"
    begun = Turn(words)
    detector = TurnDetector(on_call, lately=[begun])

    waiting = asyncio.create_task(detector.predict_end_of_turn(heard(now=words)))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    begun.tools = ("answer",)

    assert await waiting == turns.COMPLETE


async def test_no_decision_makes_an_end_of_what_hangs(on_call):
    words = "my question is whether"
    detector = TurnDetector(on_call, lately=[Turn(words, tools=("answer",))])

    assert await detector.predict_end_of_turn(heard(now=words)) == turns.OPEN

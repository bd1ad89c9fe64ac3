"""Who is calling, and what she keeps in mind during one call."""

import asyncio
from dataclasses import dataclass, field

from livekit import rtc
from livekit.agents import JobContext

from knowledge.models import Salon
from supervision.models import Call, Utterance
from voice_agent.keypad import Keypad


@dataclass
class OnCall:
    """One call, in the memory of the process that holds it; all of it can be rebuilt from the call's utterances."""

    call: Call
    salon: Salon
    asks: dict = field(default_factory=dict)  # what she asked last and waits for
    asked_about: set[str] = field(default_factory=set)  # questions to which she has said "Do you mean …?"
    last_said: str = ""
    last_question: str = ""  # what she answered last, as it was understood: "and on Saturday?" is about that
    last_service: str = ""  # the service that her last answer was about
    numbers_asked: int = 0  # how often she has asked for a number
    no_texts: bool = False  # the caller wants none
    utterance: Utterance | None = None  # the caller's words that she is replying to; None off the record
    will_not_hold: bool = False  # the caller has said so, or has held in vain
    is_child: bool = False
    transfer_tried: bool = False
    wants_person: str = ""  # the help request of that wish
    terms: list[str] = field(default_factory=list)  # what ears may expect: the names of the services
    keypad: Keypad = field(default_factory=Keypad)

    @property
    def holds(self) -> bool:
        """Whether the caller waits on the line; as of the last look at the row."""
        return self.call.state == Call.State.HOLDING

    def has_asked_about(self, question: str) -> bool:
        return question.casefold() in self.asked_about

    def remember(self, *, said: str, asks: dict) -> None:
        """What she said has reached the caller."""
        self.last_said, self.asks = said, asks
        self.numbers_asked += asks.get("kind") == "number" and said.endswith("?")
        if question := asks.get("question"):
            self.asked_about.add(question.casefold())


Kind = rtc.ParticipantKind
CALLERS = (Kind.PARTICIPANT_KIND_SIP, Kind.PARTICIPANT_KIND_STANDARD)
JOIN_SECONDS = 30  # a caller who has not joined the room by then will not


@dataclass(frozen=True)
class Joined:
    """The caller's place in the room; `phone` is "" where it is withheld, or for a browser."""

    identity: str
    phone: str
    is_telephone: bool


SUPERVISOR = "desk-"  # how a supervisor's identity begins: Django alone gives it out


def is_supervisor(participant: rtc.Participant) -> bool:
    return participant.identity.startswith(SUPERVISOR)


async def wait_for_caller(context: JobContext) -> Joined:
    """Raises TimeoutError when nobody joins; LiveKit itself would wait for ever, and take a supervisor for the caller.

    Only a telephone's attributes are believed: LiveKit has written them.
    """
    async with asyncio.timeout(JOIN_SECONDS):
        await context.connect()
        caller = await _find_caller(context.room)
    is_telephone = caller.kind == Kind.PARTICIPANT_KIND_SIP
    phone = caller.attributes.get("sip.phoneNumber", "") if is_telephone else ""
    return Joined(caller.identity, phone, is_telephone)


async def _find_caller(room: rtc.Room) -> rtc.RemoteParticipant:
    joined = asyncio.Event()
    room.on("participant_active", notice := lambda participant: joined.set())
    try:
        while True:
            for participant in room.remote_participants.values():
                if _is_caller(participant):
                    return participant
            await joined.wait()
            joined.clear()
    finally:
        room.off("participant_active", notice)


def _is_caller(participant: rtc.RemoteParticipant) -> bool:
    is_there = participant.state == rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE
    return is_there and participant.kind in CALLERS and not is_supervisor(participant)

"""How things stand when the demo opens: who waits, who holds, who is on the line, and which texts are on their way."""

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from knowledge.search import find_answers
from supervision import calls, lifecycle, settling
from supervision.demo.provider import UNKNOWN
from supervision.models import Call, Caller, Message

if TYPE_CHECKING:
    from supervision.demo.filling import Week

STAYS = timedelta(minutes=30)  # calls that nobody holds would be ended by whoever looks after them
A_MINUTE = timedelta(minutes=1)


def plan(week: "Week") -> None:
    """Put on the agenda what has happened in the last two hours."""
    for one in week.words["waiting"]:
        week.later(week.now - A_MINUTE * one["minutes"], partial(_waits, week, one))
    week.later(week.now - 25 * A_MINUTE, partial(_answered, week))
    week.later(week.now - 15 * A_MINUTE, partial(_perhaps_sent, week))
    week.later(week.now - 2 * A_MINUTE, partial(_on_the_line, week))
    week.later(week.now - 6 * A_MINUTE, partial(_by_text, week))
    week.later(week.now - timedelta(seconds=35), partial(_holds, week))


def leave(week: "Week") -> None:
    """What is as it is at this very moment."""
    for one in Message.objects.filter(state=Message.State.UNKNOWN):
        settling.leave_to_a_person([one], at=week.now)
    talk = week.talk(week.now - 3 * A_MINUTE, phone=week.callers.new().phone)
    asked = talk.ask_supervisors("Could Rosa do my makeup before eight in the morning?")
    talk.end()
    lifecycle.resolve(
        asked, answer="Yes, Rosa opens at seven for you.", by=week.people["rosa"], teach=False, at=week.now
    )
    morning = week.now + timedelta(hours=9)
    Message.objects.filter(help_request=asked).waiting().update(release_at=morning)


def _waits(week: "Week", one: dict, at: datetime) -> None:
    talk = week.talk(at, phone=week.callers.new().phone)
    if one.get("urgent"):
        said = talk.hear(one["asks"])
        lifecycle.raise_alarm(one["asks"], call=talk.call, utterance=said, at=talk.at)
        talk.say("If you are in danger, please hang up and call 911. I am telling somebody here right now.")
        talk.end(Call.EndedBecause.CALLER)
        return
    asked = talk.ask_supervisors(one["asks"])
    talk.end()
    people = week.people
    if "claimed_by" in one:
        week.later(week.now - A_MINUTE, lambda moment: lifecycle.claim(asked, by=people[one["claimed_by"]], at=moment))
    if "snoozed_by" in one:
        by, length = people[one["snoozed_by"]], timedelta(minutes=45)
        week.later(week.now - 2 * A_MINUTE, lambda moment: lifecycle.snooze(asked, by=by, length=length, at=moment))


def _answered(week: "Week", at: datetime) -> None:
    talk = week.talk(at, phone=week.callers.new().phone)
    asked = talk.ask_supervisors("Do you open earlier for bridal parties?")
    talk.end()
    answer = "Yes, from seven in the morning, for parties of four and more."
    week.later(
        at + 6 * A_MINUTE, lambda moment: lifecycle.resolve(asked, answer=answer, by=week.people["mia"], at=moment)
    )


def _perhaps_sent(week: "Week", at: datetime) -> None:
    """Nobody knows whether its text has left, so a person has to decide."""
    caller = week.callers.new()
    talk = week.talk(at, phone=caller.phone)
    asked = talk.ask_supervisors("Is the photographer coming to you on Friday?")
    talk.end()
    week.provider.fates[caller.phone] = (UNKNOWN, "")
    by = week.people["tess"]
    week.later(
        at + 3 * A_MINUTE,
        lambda moment: lifecycle.resolve(asked, answer="Yes, at ten.", by=by, teach=False, at=moment),
    )


def _on_the_line(week: "Week", at: datetime) -> None:
    """She is talking to somebody now."""
    talk = week.talk(at)
    talk.ask("How much is a gel manicure?")
    talk.ask("Where can I park?")
    talk.hear("And one more thing, if I may")
    talk.is_held(for_=STAYS)


def _holds(week: "Week", at: datetime) -> None:
    """Somebody waits on the line for an answer."""
    talk = week.talk(at, phone=Caller.objects.get(name="Maria Fontana").phone)
    talk.hold("Can you still take me today for a root touch-up? I have an interview tomorrow.")
    talk.is_held(for_=STAYS)


def _by_text(week: "Week", at: datetime) -> None:
    """A conversation by text, with her answer."""
    caller = week.callers.new()
    caller.consents.create(words="texted us", given_at=at)
    call = calls.open_by_text(caller, at=at)
    for question in ("How much is a women's haircut?", "Do you take walk-ins?"):
        said = calls.record_utterance(call, speaker="caller", text=question, at=at)
        reply = calls.begin_reply(said, at=at)
        found = find_answers(question, at=at).candidates
        text = " ".join(one.answer for one in found)
        calls.finish_reply(
            reply, text=text, epoch=call.epoch, citations=found, latency_ms=40, at=at + timedelta(seconds=1)
        )
        at += 2 * A_MINUTE

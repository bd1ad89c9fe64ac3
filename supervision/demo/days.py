"""The days of the demo's week: how many call, what they ask, who answers when, and what does not go well."""

from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from knowledge import learning
from knowledge.models import LearnedAnswer
from supervision import calls, lifecycle, wrong
from supervision.demo.provider import COMES_BACK, REFUSED
from supervision.models import Call, Caller, Citation, HelpRequest

if TYPE_CHECKING:
    from supervision.demo.filling import Week

CALLS = (8, 12)  # on most days …
CALLS_ON_QUIET_DAYS = (4, 7)  # … and on Sundays and Mondays
FIRST, LAST = 9, 19  # hours between which people call
LANDLINE, GONE_NUMBER = "30006", "30005"
State, Because = Call.State, Call.EndedBecause


def plan(week: "Week", number: int) -> None:
    """The day before so many days, 0 being today."""
    day = (week.now.astimezone(week.zone) - timedelta(days=number)).date()
    is_quiet = day.weekday() in (0, 6)
    for _ in range(week.random.randint(*(CALLS_ON_QUIET_DAYS if is_quiet else CALLS))):
        week.later(_some_time(week, day), partial(_usual, week))
    for _ in range(week.random.randint(0, 2)):
        week.later(_some_time(week, day), partial(_miss, week))
    if number:
        words = week.words
        for one in words["taught"][number - 1 :: 7]:
            week.later(_some_time(week, day, until=16), partial(_teach, week, one))
        for one in words["personal"][number - 1 :: 7]:
            week.later(_some_time(week, day, until=16), partial(_serve_one, week, one))
        for one in words["left"][number - 1 :: 7]:
            week.later(_some_time(week, day, until=15), partial(_leave, week, one))
        for extra in EXTRAS.get(number, ()):
            week.later(_some_time(week, day, until=17), partial(extra, week))


def _some_time(week: "Week", day, until: int = LAST) -> datetime:
    minute = week.random.randrange((until - FIRST) * 60)
    return datetime.combine(day, time(FIRST + minute // 60, minute % 60, week.random.randrange(60)), week.zone)


def _usual(week: "Week", at: datetime) -> None:
    """Somebody asks what she knows."""
    talk = week.talk(at)
    for question in week.random.sample([*week.words["known"], *_learned_lately(week)], week.random.randint(1, 3)):
        talk.ask(question)
    talk.end(week.random.choice((Because.GOODBYE, Because.GOODBYE, Because.CALLER)))


def _learned_lately(week: "Week") -> list[str]:
    learned = LearnedAnswer.objects.valid(week.now).filter(origin=LearnedAnswer.Origin.SUPERVISOR)
    return sorted(learned.values_list("question", flat=True))


def _miss(week: "Week", at: datetime) -> None:
    """All lines are busy, or nobody takes it."""
    phone = "" if week.random.random() < 0.2 else week.callers.somebody()
    call = calls.ring(room=f"demo-missed-{at.timestamp():.0f}", channel=Call.Channel.PHONE, phone=phone, at=at)
    because = week.random.choice((Because.UNANSWERED, Because.BUSY))
    calls.close_call(call, state=State.MISSED, because=because, at=at + timedelta(seconds=25))


def _teach(week: "Week", one: dict, at: datetime) -> None:
    """Somebody asks what nobody has told her; a supervisor answers for everyone, some others ask after it."""
    asked = _ask(week, one["asks"][0], at)
    answered = at + week.minutes(3, 70)
    how = {"learned_question": one["asks"][0]}
    if "days" in one:
        how["valid_until"] = week.now + timedelta(days=one["days"])
    week.later(
        answered, lambda moment: lifecycle.resolve(asked, answer=one["answer"], by=week.somebody(), at=moment, **how)
    )
    for wording in one["asks"][1:]:
        week.later(answered + week.minutes(90, 900), partial(_phrase, week, one, wording))
    for wording in one.get("proposed", ()):
        week.later(answered + week.minutes(90, 1500), partial(_propose, one, wording))
    for wording in one.get("not_this", ()):
        week.later(answered + week.minutes(90, 1500), partial(_not_this, one, wording))


def _phrase(week: "Week", one: dict, wording: str, at: datetime) -> None:
    if learned := _learned(one):
        learning.add_phrasing(learned.pk, wording, source="supervisor", by=week.somebody())
        talk = week.talk(at)
        talk.ask(wording)
        talk.end()


def _propose(one: dict, wording: str, at: datetime) -> None:
    if learned := _learned(one):
        learning.propose_phrasing(learned.pk, wording, source="a caller said yes")


def _not_this(one: dict, wording: str, at: datetime) -> None:
    if learned := _learned(one):
        learning.add_negative(learned.pk, wording, source="a caller said no")


def _learned(one: dict) -> LearnedAnswer | None:
    return LearnedAnswer.objects.active().asking(one["asks"][0]).first()


def _serve_one(week: "Week", one: dict, at: datetime) -> None:
    """What concerns this caller alone."""
    asked = _ask(week, one["asks"], at)
    week.later(at + week.minutes(4, 110), partial(_answer_one, week, asked, one["answer"]))


def _answer_one(week: "Week", asked: HelpRequest, answer: str, at: datetime) -> None:
    lifecycle.resolve(asked, answer=answer, by=week.somebody(), teach=False, at=at)


def _leave(week: "Week", one: dict, at: datetime) -> None:
    """Nobody answers, or a supervisor decides that there is no answer."""
    asked = _ask(week, one["asks"], at)
    if one["because"] != HelpRequest.ClosedBecause.TIMED_OUT:
        leave = partial(lifecycle.leave_unresolved, asked, because=one["because"], by=week.somebody())
        week.later(at + week.minutes(5, 60), lambda moment: leave(at=moment))


def _ask(week: "Week", question: str, at: datetime) -> HelpRequest:
    talk = week.talk(at, phone=_texted(week).phone)
    if week.random.random() < 0.5:
        talk.ask(week.random.choice(week.words["known"]))
    asked = talk.ask_supervisors(question, by_text=week.random.random() < 0.9)
    talk.end()
    return asked


def _texted(week: "Week") -> Caller:
    """One to whom texts go: what is to fail is in the plan."""
    refused = {*week.provider.fates, *Caller.objects.not_to_be_texted().values_list("phone", flat=True)}
    willing = [one for one in week.callers.known if one.phone not in refused]
    return week.random.choice(willing) if len(willing) > len(week.callers.names) else week.callers.new()


# --- what happens once ----------------------------------------------------------------------------------------------


def _on_the_line(week: "Week", at: datetime) -> None:
    """A supervisor answers while the caller holds, and she says it."""
    talk = week.talk(at)
    asked = talk.hold("Do you have a private room for head scarves?")
    talk.is_held()
    answer = "Yes, the room at the back can be closed, and a woman does your hair there."
    lifecycle.resolve(asked, answer=answer, by=week.people["rosa"], at=talk.at)
    talk.tell_the_news()
    talk.end()


def _landline(week: "Week", at: datetime) -> None:
    """The text comes back: the number takes none."""
    _fails(week, COMES_BACK, LANDLINE, "Do you do a trial before the wedding?", "Yes, a trial is $60.", at)


def _gone(week: "Week", at: datetime) -> None:
    """The provider refuses: nobody has this number."""
    _fails(week, REFUSED, GONE_NUMBER, "Can I bring my own hair color?", "Sorry, we only use our own.", at)


def _fails(week: "Week", fate: str, code: str, question: str, answer: str, at: datetime) -> None:
    caller = week.callers.new()
    talk = week.talk(at, phone=caller.phone)
    asked = talk.ask_supervisors(question)
    talk.end()
    week.provider.fates[caller.phone] = (fate, code)
    week.later(at + week.minutes(5, 20), partial(_answer_one, week, asked, answer))


def _opts_out(week: "Week", at: datetime) -> None:
    """He wants no texts after all; the answer is learned, and not sent."""
    talk = week.talk(at, phone=week.callers.new().phone)
    asked = talk.ask_supervisors("Do you have parking for a camper van?")
    talk.end()
    week.later(
        at + timedelta(minutes=4), lambda moment: lifecycle.opt_out(Caller.objects.get(pk=asked.caller_id), at=moment)
    )
    week.later(at + timedelta(minutes=9), partial(_answer_one, week, asked, "Yes, behind the library."))


def _corrects(week: "Week", at: datetime) -> None:
    """An answer changes that callers have heard."""
    question = "Do you have wifi?"
    talk = week.talk(at, phone=_texted(week).phone)
    talk.ask(question)
    asked = talk.ask_supervisors("Is there a charger for my phone, too?")
    talk.end()
    lifecycle.resolve(asked, answer="Yes, at every chair.", by=week.people["mia"], at=talk.at)
    answer = LearnedAnswer.objects.active().asking(question).get()
    changed = "Yes, free wifi for guests. Ask at the front desk for this week's password."
    learning.correct(answer, answer=changed, by=week.people["rosa"], reason="the password is no longer on the mirrors")


def _calls_wrong(week: "Week", at: datetime) -> None:
    """A supervisor reads a call and says that an answer missed the question."""
    cited = Citation.objects.filter(learned_answer__isnull=False).order_by("-pk")[:2]
    for citation, reason in zip(cited, (wrong.Reason.OUTDATED, wrong.Reason.INCOMPLETE), strict=False):
        wrong.call_wrong(citation, reason=reason, by=week.people["tess"])


def _retires(week: "Week", at: datetime) -> None:
    answer = LearnedAnswer.objects.active().asking("Are you hiring?").get()
    learning.retire(answer, by=week.people["rosa"], reason="the chair is taken")


EXTRAS = {1: (_on_the_line, _corrects), 2: (_landline, _gone, _opts_out), 3: (_calls_wrong,), 4: (_retires,)}

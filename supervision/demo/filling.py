"""The demo's week as an agenda: what happens when, and everything that the jobs would have done meanwhile."""

import tomllib
from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.utils import timezone

from knowledge.models import Change, LearnedAnswer, OpeningHours, Phrasing, Salon
from knowledge.search import write_missing_vectors
from supervision import corrections, ledger, lifecycle
from supervision.demo import days, standing
from supervision.demo.emptying import mark
from supervision.demo.people import Callers, supervisors
from supervision.demo.provider import Provider
from supervision.demo.talking import Talk
from supervision.figures import rollup
from supervision.models import Event, HelpRequest, Message, Promise

WEEK = Path(__file__).with_name("week.toml")
SEED = 7
DAYS = 8  # the last one is today
TICK = timedelta(hours=1)
ALL = 100_000
AFTERNOON = 15 * 60  # minutes of the day
ZONES = (
    "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Chicago",
    "America/New_York", "America/Halifax", "America/Sao_Paulo", "Atlantic/South_Georgia", "Atlantic/Azores",
    "Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul", "Asia/Dubai", "Asia/Karachi", "Asia/Dhaka",
    "Asia/Bangkok", "Asia/Singapore", "Asia/Tokyo", "Australia/Brisbane", "Pacific/Noumea", "Pacific/Auckland",
    "Pacific/Apia",
)  # fmt: skip
STAMPED = {Event: "created_at", Change: "at", LearnedAnswer: "learned_at", Phrasing: "created_at",
           LogEntry: "action_time"}  # fmt: skip


class Week:
    """What the days are made of; `later` puts something on the agenda."""

    def __init__(self, *, seed: int, now: datetime) -> None:
        self.now, self.random = now, Random(seed)
        self.words = tomllib.loads(WEEK.read_text(encoding="utf-8"))
        self.provider = Provider()
        self.callers = Callers(self.words["callers"][0]["names"], self.random)
        self.people, self.password = supervisors()
        self.zone = Salon.objects.current().zone
        self.agenda: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self._numbers = count()

    def later(self, at: datetime, do: Callable[[datetime], object]) -> None:
        """`do` gets the moment; what lies in the future does not happen."""
        if at <= self.now:
            self.agenda.append((at, next(self._numbers), do))

    def talk(self, at: datetime, *, phone: str | None = None) -> Talk:
        return Talk(self.random, self.words, phone=self.callers.somebody() if phone is None else phone, at=at)

    def somebody(self):
        """A supervisor; Rosa answers most."""
        return self.people[self.random.choices(("rosa", "mia", "tess"), (5, 3, 2))[0]]

    def minutes(self, least: float, most: float) -> timedelta:
        return timedelta(minutes=self.random.uniform(least, most))

    def live(self, *, since: datetime) -> None:
        """Everything on the agenda in order, and between any two things whatever has fallen due."""
        ticks = count()
        at = since
        while at < self.now:
            self.later(at, _nothing)
            at = since + TICK * next(ticks)
        while self.agenda:
            self.agenda.sort(reverse=True, key=lambda one: one[:2])
            at, _, do = self.agenda.pop()
            began = timezone.now()
            self._look_after(at)
            if do is not _nothing:
                do(at)
                _stamp(began, at)
        self._look_after(self.now)

    def _look_after(self, at: datetime) -> None:
        """Asked for first, as each costs ten times as much where nothing is due."""
        if Promise.objects.to_look_at().filter(look_at__lte=at).exists():
            ledger.look(at=at)
        if HelpRequest.objects.overdue(at).exists():
            lifecycle.expire_overdue(at=at)
        if Message.objects.filter(state=Message.State.QUEUED, release_at__lte=at).exists():
            self.provider.bring(at=at)


def fill(*, seed: int = SEED, now: datetime | None = None, days_back: int = DAYS) -> str:
    """Make the week in a database without one; returns the password of its supervisors."""
    mark()
    call_command("loadcontext", "glow", if_empty=True, verbosity=0)
    _move_to_where_it_is_afternoon(now or timezone.now())
    week = Week(seed=seed, now=now or timezone.now())
    write_missing_vectors(ALL)
    LearnedAnswer.objects.update(learned_at=week.now - timedelta(days=30))
    for number in range(days_back):
        days.plan(week, number)
    standing.plan(week)
    week.live(since=week.now - timedelta(days=days_back))
    standing.leave(week)
    write_missing_vectors(ALL)
    corrections.find(at=week.now)
    rollup.fill_due(patience=60, at=week.now)
    return week.password


def _move_to_where_it_is_afternoon(now: datetime) -> None:
    """So that promises run out while one looks, whenever that is; and the salon is open on every day."""
    zone = min(ZONES, key=lambda name: abs(_minutes_of_day(now.astimezone(ZoneInfo(name))) - AFTERNOON))
    Salon.objects.update(time_zone=zone)
    weekdays = OpeningHours.Weekday.values
    OpeningHours.objects.all().delete()
    OpeningHours.objects.bulk_create(OpeningHours(weekday=day, opens=time(9), closes=time(19)) for day in weekdays)
    Salon.objects.raise_revision()


def _minutes_of_day(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _nothing(at: datetime) -> None:
    """A moment at which only what has fallen due is looked after."""


def _stamp(began: datetime, at: datetime) -> None:
    """What stamps itself with the time of the clock on the wall happened at that moment, too."""
    for model, field in STAMPED.items():
        model._default_manager.filter(**{f"{field}__gte": began}).update(**{field: at})

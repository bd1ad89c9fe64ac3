"""What is left to do before she can take a salon's calls; nothing any more once all that is needed is done."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from knowledge.models import Closure, OpeningHours, Salon, Service
from supervision.models import Call, Supervisor


@dataclass(frozen=True)
class Step:
    """`name` chooses the words; `address` is where it is done, "" where no page can do it."""

    name: str
    done: bool
    address: str = ""
    count: int = 0
    needed: bool = True


def steps(request: HttpRequest) -> list[Step]:
    """Those that the one who looks may do; [] once what is needed is done, which costs one query to know."""
    done = Salon.objects.values_list(
        Exists(OpeningHours.objects.all()), Exists(Service.objects.active()), Exists(Call.objects.all())
    ).first()
    if done is None or all(done):
        return []
    hours, services, called = done
    may = request.user.has_perm
    facts = may("knowledge.change_service")
    return [
        *(_facts(hours, services) if facts else []),
        *([_practice(called)] if may("supervision.practise") else []),
        *([_telephone()] if may("supervision.change_helprequest") else []),
        *(_later() if facts else []),
    ]


def left(found: list[Step]) -> int:
    """How many of the needed ones are still to be done."""
    return sum(step.needed and not step.done for step in found)


def next_of(found: list[Step]) -> Step | None:
    return next((step for step in found if not step.done and step.address), None)


def _facts(hours: bool, services: bool) -> list[Step]:
    days = OpeningHours.objects.values("weekday").distinct().count()
    return [
        Step("hours", hours, _list("openinghours"), days),
        Step("services", services, _list("service"), Service.objects.active().count()),
    ]


def _practice(called: bool) -> Step:
    return Step("practice", called, reverse("admin:supervision_practice"))


def _telephone() -> Step:
    has_one = Supervisor.objects.with_a_phone().exists()
    return Step("telephone", has_one, reverse("admin:supervision_my_texts"), needed=False)


def _later() -> list[Step]:
    closures = Closure.objects.upcoming(timezone.localdate()).count()
    return [
        Step("closures", closures > 0, _list("closure"), closures, needed=False),
        Step("line", bool(settings.LIVEKIT_URL), needed=False),
    ]


def _list(model: str) -> str:
    return reverse(f"admin:knowledge_{model}_changelist")

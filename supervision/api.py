"""The desk for programs: health for monitors, help requests and learned answers for staff with the permission."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Annotated, Literal
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from ninja.security import SessionAuth
from pydantic import AfterValidator, AwareDatetime, Field

from knowledge import learning
from knowledge.models import LearnedAnswer
from supervision import health, lifecycle, two_factor
from supervision.models import HelpRequest

FURTHEST = timedelta(days=3660)


def _to_come(moment: datetime) -> datetime:
    if not timezone.now() < moment < timezone.now() + FURTHEST:
        raise ValueError("it must lie ahead, by ten years at most")
    return moment


Until = Annotated[AwareDatetime, AfterValidator(_to_come)]
REFUSED = (401, 403, 404, 409, 422, 429)


class StaffSession(SessionAuth):
    """The desk's own session, with its CSRF token on everything that changes something."""

    def _get_key(self, request: HttpRequest) -> str | None:
        return super()._get_key(request) if request.user.is_authenticated else None

    def authenticate(self, request: HttpRequest, key: str | None) -> AbstractBaseUser | None:
        user = super().authenticate(request, key)
        return None if user is None or two_factor.is_lacking(user) else user


router = Router(auth=StaffSession())


class Refusal(Schema):
    detail: str


class HelpRequestOut(Schema):
    id: UUID
    reference: str
    question: str
    note: str
    status: str
    closed_because: str
    priority: str
    practice: bool
    created_at: datetime
    promised_by: datetime
    expires_at: datetime
    claimed_by: str | None
    supervisor_response: str
    responded_at: datetime | None
    responded_by: str | None

    @staticmethod
    def resolve_claimed_by(row: HelpRequest) -> str | None:
        return row.claimed_by.get_username() if row.is_claimed(timezone.now()) else None

    @staticmethod
    def resolve_responded_by(row: HelpRequest) -> str | None:
        return row.responded_by.get_username() if row.responded_by else None


class AnswerIn(Schema):
    answer: Annotated[str, Field(min_length=1)]
    teach: bool = True
    learned_question: str = ""
    valid_until: Until | None = None


class LearnedAnswerOut(Schema):
    id: UUID
    question: str
    answer: str
    learned_at: datetime
    valid_until: datetime | None
    active: bool


class LearnedAnswerIn(Schema):
    question: Annotated[str, Field(min_length=1)]
    answer: Annotated[str, Field(min_length=1)]
    valid_until: Until | None = None


class Page(Schema):
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class HelpRequestPage(Page):
    status: Literal["pending", "resolved", "unresolved"] | None = None


def needs(permission: str) -> Callable:
    """Staff with the permission, else 403; what the verbs refuse becomes 409 or 422 with their own words."""

    def guard(view: Callable) -> Callable:
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs):
            if not (request.user.is_staff and request.user.has_perm(permission)):
                raise HttpError(403, "You do not have the permission for this.")
            try:
                return view(request, *args, **kwargs)
            except lifecycle.AlreadyClosed as closed:
                raise HttpError(409, f"{closed.help_request.reference} is {closed.help_request.status} already.")
            except ValidationError as error:
                raise HttpError(422, " ".join(error.messages))

        return guarded

    return guard


@router.get("/health", auth=None, response={(200, 503): str | dict})
def get_health(request: HttpRequest):
    """One word, `ok` or `ill`; with a staff session the figures behind it."""
    found = health.status()
    is_staff = request.user.is_authenticated and request.user.is_staff
    return Status(200 if found["ok"] else 503, found if is_staff else "ok" if found["ok"] else "ill")


@router.get("/help-requests", response={200: list[HelpRequestOut], REFUSED: Refusal})
@needs("supervision.view_helprequest")
def list_help_requests(request: HttpRequest, page: Query[HelpRequestPage]):
    """By what was promised first."""
    rows = HelpRequest.objects.select_related("claimed_by", "responded_by").by_promise()
    if page.status:
        rows = rows.filter(status=page.status)
    return rows[page.offset : page.offset + page.limit]


@router.post("/help-requests/{uuid:request_id}/claim", response={200: HelpRequestOut, REFUSED: Refusal})
@needs("supervision.change_helprequest")
def claim(request: HttpRequest, request_id: UUID):
    """Tell the other supervisors that you are writing the answer; advice, never a lock."""
    return lifecycle.claim(get_object_or_404(HelpRequest, pk=request_id), by=request.user)


@router.post("/help-requests/{uuid:request_id}/resolve", response={200: HelpRequestOut, REFUSED: Refusal})
@needs("supervision.change_helprequest")
def resolve(request: HttpRequest, request_id: UUID, data: AnswerIn):
    """Answer it: the caller is told, and everyone who asks the same unless `teach` is false."""
    return lifecycle.resolve(get_object_or_404(HelpRequest, pk=request_id), by=request.user, **data.dict())


@router.get("/learned-answers", response={200: list[LearnedAnswerOut], REFUSED: Refusal})
@needs("knowledge.view_learnedanswer")
def list_learned_answers(request: HttpRequest, page: Query[Page]):
    """Those she gives now, the newest first."""
    return LearnedAnswer.objects.valid().order_by("-learned_at", "pk")[page.offset : page.offset + page.limit]


@router.post("/learned-answers", response={201: LearnedAnswerOut, REFUSED: Refusal})
@needs("knowledge.add_learnedanswer")
def add_learned_answer(request: HttpRequest, data: LearnedAnswerIn):
    """Teach her; an active answer to the same question ends."""
    return Status(201, learning.learn(taught_by=request.user, **data.dict()))

"""Salon facts as answers: open on a date? what does a service cost? Read whole, or not at all."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import timezone

from knowledge.embedding import MODEL_ID
from knowledge.findings import Candidate
from knowledge.models import Service
from knowledge.opening import read_opening
from knowledge.prices import read_services
from knowledge.salon_facts import SalonFacts, about, load
from knowledge.wording import normalised, words

__all__ = ["SalonFacts", "Subject", "load", "read", "render", "service_question", "subjects"]

LONGEST_READ = 200  # characters; what is longer asks more than one thing
DAY_FIRST_EXCEPT = ("US",)


@dataclass(frozen=True)
class Subject:
    """A fact that can be found by likeness: what is told, the words it is about, and vectors where they are stored."""

    id: str
    question: str
    answer: str
    about: str
    vectors: tuple[bytes, ...] = ()
    also_asked: tuple[str, ...] = ()


def read(question: str, *, at: dt.datetime | None = None, known: SalonFacts | None = None) -> list[Candidate]:
    """The answer to a question of which every word was understood; else an empty list."""
    if len(question) > LONGEST_READ:
        return []
    at, known = at or timezone.now(), known or load()
    said = re.sub(r"\b([ap]) m\b", r"\1m", normalised(question))
    said = re.sub(rf"\b{re.escape(' '.join(words(known.salon.name)))}\b", "the salon", said)
    day_first = known.salon.region not in DAY_FIRST_EXCEPT
    found = read_opening(said, known.hours, at=at, day_first=day_first) or read_services(said, known.services)
    answer = found and render(found, known, at=at)
    return [answer] if answer else []


def render(candidate_id: str, known: SalonFacts, *, at: dt.datetime, score: float = 1.0) -> Candidate | None:
    """The answer with that id from the rows as they are, such as `hours:2026-11-26`; None when there is none."""
    kind, _, names = candidate_id.partition(":")
    told = about(kind, names.split("+"), known, at)
    if told is None:
        return None
    told |= {"salon": known.salon, "this_year": known.hours.local(at).year}
    template = told.get("template", kind)
    return Candidate(candidate_id, _rendered(f"{template}_question", told), _rendered(template, told), score)


def subjects(known: SalonFacts, *, at: dt.datetime) -> Iterable[Subject]:
    """What can be found by likeness: the week's hours, which are rendered again when told, and every service."""
    asked = tuple(render_to_string("knowledge/hours_week_asked.txt").strip().splitlines())
    if known.hours.weekly:
        yield _subject("hours:week", known, at, about=" ".join(asked), also_asked=asked)
    for one in known.services:
        vectors = (one.question_vector, one.answer_vector) if one.model_id == MODEL_ID else ()
        about_it = f"{one.name} {one.also_called} {one.category} {one.description}"
        yield _subject(f"service:{one.pk}", known, at, about=about_it, vectors=vectors)


def _subject(subject_id: str, known: SalonFacts, at: dt.datetime, **rest) -> Subject:
    told = render(subject_id, known, at=at)
    return Subject(subject_id, told.question, told.answer, **rest)


def service_question(service: Service) -> str:
    return render_to_string("knowledge/service_question.txt", {"services": [service]}).strip()


def _rendered(template: str, told: dict) -> str:
    """On one line; where an included template ended in a new line, no space is left before a comma."""
    text = " ".join(render_to_string(f"knowledge/{template}.txt", told).split())
    return re.sub(r" (?=[.,;?])", "", text)

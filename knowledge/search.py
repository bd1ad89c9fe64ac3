"""The one door to what she knows: salon facts and learned answers; "I don't know" is a result."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from knowledge import facts, index, word_guard
from knowledge.alike import LIKE, SAME, Group, alike, likeness
from knowledge.embedding import ModelFilesWrong, embed
from knowledge.findings import Candidate, Findings, Verdict, reason
from knowledge.models import LearnedAnswer
from knowledge.vectors import write_missing_vectors
from knowledge.wording import QUESTION_LIMIT, clean, key_of, words

__all__ = [
    "LIKE", "SAME", "Candidate", "Findings", "Group", "Verdict", "alike", "find_answers", "get_answer", "likeness",
    "write_missing_vectors",
]  # fmt: skip

# Measured with this model: below, hardly anything is meant; from there on, asking back is worth a turn.
NEAR_ENOUGH_TO_CONSIDER = 0.35
NEAR_ENOUGH_TO_ASK = 0.50
NEAR_WITHOUT_A_WORD = 0.60
ABOUT_AS_NEAR = 0.15
CANDIDATES = 5


def find_answers(question: str, *, at: dt.datetime | None = None) -> Findings:
    """What she would say to the question at that moment; the first 4,000 characters are read.

    Raises Salon.DoesNotExist before a salon is loaded.
    """
    at = at or timezone.now()
    question = clean(question[:QUESTION_LIMIT])
    if not words(question):
        return Findings(Verdict.UNKNOWN, reason("no_words"))
    known = index.current()
    return _read_whole(known, question, at) or _nearest(known, question, at)


def find_sure_answers(question: str, *, at: dt.datetime | None = None) -> Findings | None:
    """What she is sure of, without the embedder's time; None where `find_answers` would not be sure."""
    question = clean(question[:QUESTION_LIMIT])
    findings = _read_whole(index.current(), question, at or timezone.now()) if words(question) else None
    return findings if findings and findings.verdict == Verdict.SURE else None


def get_answer(candidate_id: str, *, at: dt.datetime | None = None) -> Candidate | None:
    """The stored answer with that id as it stands now; None when there is none, or it is expired or retired."""
    at = at or timezone.now()
    kind, _, name = candidate_id.partition(":")
    if kind != "learned":
        return facts.render(candidate_id, facts.load(), at=at)
    try:
        found = LearnedAnswer.objects.valid(at).filter(pk=UUID(name)).first()
    except ValueError:
        return None
    return found and Candidate(candidate_id, found.question, found.answer, 1.0)


def _read_whole(known: index.Index, question: str, at: dt.datetime) -> Findings | None:
    """Sure where the question is a taught wording, or where salon facts answer all of it.

    Days come first (what was taught about "tomorrow" is wrong a day later), then what people taught, then services.
    """
    read = facts.read(question, at=at, known=known.known)
    if read and read[0].id.startswith(("hours:", "closure:")):
        return Findings(Verdict.SURE, reason("fact"), tuple(read))
    taught = _taught(known, question, at)
    if len(taught) == 1:
        return Findings(Verdict.SURE, reason("taught"), tuple(taught))
    if taught:
        return Findings(Verdict.UNSURE, reason("two_answers"), tuple(taught[:CANDIDATES]), taught[0])
    return Findings(Verdict.SURE, reason("fact"), tuple(read)) if read else None


def _taught(known: index.Index, question: str, at: dt.datetime) -> list[Candidate]:
    found = [known.entries[owner] for owner in sorted(known.exact.get(key_of(question), ()))]
    return [entry.candidate(1.0) for entry in found if entry.may_be_said(at)]


def _nearest(known: index.Index, question: str, at: dt.datetime) -> Findings:
    try:
        ranked = _ranked(known, question, at)
    except ModelFilesWrong:
        return Findings(Verdict.UNKNOWN, reason("model_missing"))
    if not ranked or ranked[0].score < NEAR_ENOUGH_TO_CONSIDER:
        return Findings(Verdict.UNKNOWN, reason("nothing_near"), ranked)
    if word_guard.names_a_date(question):
        if _is_hours(ranked[0].id):
            return Findings(Verdict.UNKNOWN, reason("date"), ranked)
        ranked = tuple(one for one in ranked if not _is_hours(one.id))
    strange = word_guard.unknown_words(question, known.stems)
    fitting = [one for one in ranked if _fits(question, strange, one)] if strange else ranked
    if not fitting:
        return Findings(Verdict.UNKNOWN, reason("unknown_words", words=strange), ranked)
    may_ask = _best_to_ask(question, strange, fitting)
    return Findings(Verdict.UNSURE, reason("may_ask" if may_ask else "near"), ranked, may_ask)


def _fits(question: str, strange: list[str], candidate: Candidate) -> bool:
    """With words that are new to her, a candidate must be near, and have a word like each of them."""
    return candidate.score >= NEAR_ENOUGH_TO_ASK and all(
        word_guard.resembles(word, _text(candidate), question=question) for word in strange
    )


def _best_to_ask(question: str, strange: list[str], fitting: Sequence[Candidate]) -> Candidate | None:
    """Of those about as near as the nearest, the one that has most of the caller's words."""
    least = max(NEAR_ENOUGH_TO_ASK, fitting[0].score - ABOUT_AS_NEAR)
    near = [one for one in fitting if one.score >= least and _is_worth_asking(question, strange, one)]
    return min(near, key=lambda one: (word_guard.missing(question, _text(one)), -one.score), default=None)


def _is_worth_asking(question: str, strange: list[str], candidate: Candidate) -> bool:
    """A question that the caller cannot have meant costs trust, and a turn."""
    if candidate.id.startswith("service:") and not word_guard.a_price_may_answer(question, strange, _text(candidate)):
        return False
    return candidate.score >= NEAR_WITHOUT_A_WORD or word_guard.shares_a_word(question, _text(candidate))


def _ranked(known: index.Index, question: str, at: dt.datetime) -> tuple[Candidate, ...]:
    """Each answer by its nearest wording; left out where that is one that a caller's no has struck."""
    seen: set[int] = set()
    found: list[Candidate] = []
    for score, owner, negative in known.matrix.nearest(embed(question), known.size):
        entry = known.entries[owner]
        if owner in seen or entry is None:
            continue
        seen.add(owner)
        if negative or not entry.may_be_said(at):
            continue
        # Which closures come next depends on the day, so hours are never told from what is kept.
        told = facts.render(entry.id, known.known, at=at, score=round(score, 4)) if _is_hours(entry.id) else None
        found.append(told or entry.candidate(round(score, 4)))
        if len(found) == CANDIDATES:
            break
    return tuple(found)


def _is_hours(candidate_id: str) -> bool:
    return candidate_id.startswith("hours:")


def _text(candidate: Candidate) -> str:
    """What a candidate is about; opening hours name every weekday, and are about none of them."""
    learned = candidate.id.startswith("learned:")
    return f"{candidate.question} {candidate.answer}" if learned else candidate.question

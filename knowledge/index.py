"""Everything she knows, in memory, as of one revision; read again only where it changed."""

import datetime as dt
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

import numpy as np
from django.db import connection

from knowledge import facts, vectors
from knowledge.embedding import DIMENSIONS, MODEL_ID, embed
from knowledge.findings import Candidate
from knowledge.matrix import Matrix
from knowledge.models import LearnedAnswer, Phrasing, Salon
from knowledge.wording import stems

# Vectors that a search may write before it goes on; the worker writes the rest.
WRITTEN_BY_A_SEARCH = 50
_refreshing = threading.Lock()
_kept: "Index | None" = None


@dataclass(frozen=True)
class Entry:
    """One thing she may say; `answer` is None for salon facts, which are rendered when they are needed."""

    id: str
    question: str
    answer: str | None
    stems: frozenset[str]
    keys: tuple[str, ...] = ()
    valid_until: dt.datetime | None = None

    def is_expired(self, at: dt.datetime) -> bool:
        return self.valid_until is not None and self.valid_until <= at


@dataclass
class Index:
    salon: UUID
    revision: int = -1
    known: facts.SalonFacts | None = None
    matrix: Matrix = field(default_factory=lambda: Matrix(DIMENSIONS))
    size: int = 0
    # By owner in the matrix; None where an answer was changed since, and stands further down with its new words.
    entries: list[Entry | None] = field(default_factory=list)
    owner_of: dict[str, int] = field(default_factory=dict)
    exact: dict[str, frozenset[int]] = field(default_factory=dict)
    stems: Counter = field(default_factory=Counter)
    complete: bool = True

    def candidate(self, entry: Entry, score: float, at: dt.datetime) -> Candidate | None:
        if entry.answer is None:
            return facts.render(entry.id, self.known, at=at, score=score)
        return Candidate(entry.id, entry.question, entry.answer, score)


def current() -> Index:
    """As of the salon's present revision; one query when nothing changed. Raises Salon.DoesNotExist."""
    global _kept
    uuid, revision = _identity()
    kept = _kept
    if kept and (kept.salon, kept.revision) == (uuid, revision) and kept.complete:
        return kept
    with _refreshing:
        if vectors.write_missing_vectors(WRITTEN_BY_A_SEARCH):
            uuid, revision = _identity()
        index = _refreshed(_kept, uuid, revision)
        # What an open transaction sees may be rolled back, and its revision given to another change.
        if not connection.in_atomic_block:
            _kept = index
    return index


def _identity() -> tuple[UUID, int]:
    found = Salon.objects.values_list("uuid", "revision").first()
    if found is None:
        Salon.objects.current()
    return found


def _refreshed(kept: Index | None, uuid: UUID, revision: int) -> Index:
    if kept is None or kept.salon != uuid or kept.revision > revision or connection.in_atomic_block:
        index = Index(salon=uuid)
    else:
        index = Index(
            uuid, kept.revision, None, kept.matrix, kept.size,
            kept.entries.copy(), kept.owner_of.copy(), kept.exact.copy(), kept.stems.copy(),
        )  # fmt: skip
    _read_learned(index, index.revision)
    _read_facts(index)
    index.revision = revision
    index.complete = not vectors.any_missing()
    index.size = index.matrix.size
    return index


def _read_learned(index: Index, since: int) -> None:
    changed = LearnedAnswer.objects.filter(revision__gt=since)
    if since < 0:
        changed = changed.active()
    phrasings = defaultdict(list)
    for phrasing in Phrasing.objects.filter(learned_answer__in=changed).order_by("id").iterator():
        phrasings[phrasing.learned_answer_id].append(phrasing)
    rows: list[tuple[np.ndarray, int, bool]] = []
    for answer in changed:
        _forget(index, f"learned:{answer.pk}")
        if answer.active:
            rows += _add_learned(index, answer, phrasings[answer.pk])
    _add_rows(index, rows)


def _add_learned(index: Index, answer: LearnedAnswer, phrasings: list[Phrasing]) -> list[tuple]:
    followed = [one for one in phrasings if one.state != Phrasing.State.NEGATIVE]
    approved = [one for one in phrasings if one.state == Phrasing.State.APPROVED]
    said = " ".join([answer.answer, *(one.text for one in followed)])
    keys = tuple(one.key for one in approved)
    owner = _add(
        index,
        Entry(f"learned:{answer.pk}", answer.question, answer.answer, stems(said), keys, answer.valid_until),
    )
    rows = []
    for one in phrasings:
        if one.model_id == MODEL_ID:
            negative = one.state == Phrasing.State.NEGATIVE
            rows.append((one.question_vector, owner, negative))
            if not negative:
                rows.append((one.answer_vector, owner, False))
    return rows


def _read_facts(index: Index) -> None:
    index.known = facts.load()
    for gone in [one for one in index.owner_of if not one.startswith("learned:")]:
        _forget(index, gone)
    rows = []
    for subject in facts.subjects(index.known):
        owner = _add(index, Entry(subject.id, subject.question, None, stems(subject.text)))
        rows += [(vector, owner, False) for vector in subject.vectors]
        rows += [(_embedded(text), owner, False) for text in subject.also_asked]
    _add_rows(index, rows)


def _add(index: Index, entry: Entry) -> int:
    owner = len(index.entries)
    index.entries.append(entry)
    index.owner_of[entry.id] = owner
    index.stems.update(entry.stems)
    for key in entry.keys:
        index.exact[key] = index.exact.get(key, frozenset()) | {owner}
    return owner


def _forget(index: Index, entry_id: str) -> None:
    owner = index.owner_of.pop(entry_id, None)
    if owner is None:
        return
    entry, index.entries[owner] = index.entries[owner], None
    index.stems.subtract(entry.stems)
    for key in entry.keys:
        index.exact[key] -= {owner}


def _add_rows(index: Index, rows: list[tuple]) -> None:
    if not rows:
        return
    read = b"".join(bytes(vector) for vector, _, _ in rows)
    index.matrix.add(
        np.frombuffer(read, dtype="<f4").reshape(len(rows), DIMENSIONS),
        owners=np.array([owner for _, owner, _ in rows], dtype=np.int32),
        negative=np.array([negative for _, _, negative in rows]),
    )


@lru_cache(maxsize=256)
def _embedded(text: str) -> bytes:
    return embed(text).tobytes()

"""Everything she knows, in memory, as of one revision; read again only where it changed."""

import datetime as dt
import logging
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.utils import timezone

from knowledge import facts, vectors
from knowledge.embedding import DIMENSIONS, MODEL_ID, ModelFilesWrong, embed
from knowledge.findings import Candidate
from knowledge.models import LearnedAnswer, Phrasing, Salon
from knowledge.wording import stems

if TYPE_CHECKING:
    from knowledge.matrix import Matrix

# Vectors that a search may write before it goes on; the worker writes the rest.
WRITTEN_BY_A_SEARCH = 50
SMALL = 4_096
_refreshing = threading.Lock()
logger = logging.getLogger(__name__)
_kept: "Index | None" = None


@dataclass(frozen=True)
class Entry:
    """One thing she may say."""

    id: str
    question: str
    answer: str
    stems: frozenset[str]
    keys: tuple[str, ...] = ()
    valid_from: dt.datetime | None = None
    valid_until: dt.datetime | None = None

    def may_be_said(self, at: dt.datetime) -> bool:
        """Neither only proposed as yet nor expired."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_until is None or self.valid_until > at)

    def candidate(self, score: float) -> Candidate:
        return Candidate(self.id, self.question, self.answer, score)


def _empty_matrix() -> "Matrix":
    from knowledge.matrix import Matrix  # and numpy, 6 MB that a process which never searches need not pay

    return Matrix(DIMENSIONS)


@dataclass
class Index:
    salon: str
    revision: int = -1
    known: facts.SalonFacts | None = None
    matrix: "Matrix" = field(default_factory=_empty_matrix)
    size: int = 0
    # By owner in the matrix; None where an answer was changed since, and stands further down with its new words.
    entries: list[Entry | None] = field(default_factory=list)
    owner_of: dict[str, int] = field(default_factory=dict)
    exact: dict[str, frozenset[int]] = field(default_factory=dict)
    stems: Counter = field(default_factory=Counter)
    subjects: dict[str, facts.Subject] = field(default_factory=dict)
    dead: int = 0
    complete: bool = True


def current() -> Index:
    """As of the salon's present revision; one query when nothing changed. Raises Salon.DoesNotExist."""
    global _kept
    uuid, revision = _identity()
    kept = _kept
    if kept and (kept.salon, kept.revision) == (uuid, revision) and kept.complete:
        return kept
    with _refreshing:
        written = _write_some_vectors()
        uuid, revision = _identity()
        index = _refreshed(_kept, uuid, revision)
        index.complete = not written or not vectors.any_missing()
        # What an open transaction sees may be rolled back, and its revision given to another change.
        if not connection.in_atomic_block:
            _kept = index
    return index


def _write_some_vectors() -> int:
    try:
        return vectors.write_missing_vectors(WRITTEN_BY_A_SEARCH)
    except (ModelFilesWrong, DatabaseError) as error:  # exact wordings and salon facts need no vectors
        logger.error("No vectors were written: %s", type(error).__name__)
        return 0


def _identity() -> tuple[str, int]:
    # By hand: every search begins with it, and the ORM takes 0.35 ms to build what SQLite answers in 0.02.
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuid, revision FROM knowledge_salon WHERE id = 1")
        found = cursor.fetchone()
    if found is None:
        Salon.objects.current()
    return str(found[0]), found[1]


def _refreshed(kept: Index | None, uuid: str, revision: int) -> Index:
    reusable = kept and kept.salon == uuid and kept.revision <= revision and not _is_mostly_dead(kept)
    index = _copied(kept) if reusable and not connection.in_atomic_block else Index(salon=uuid)
    _read_learned(index, index.revision)
    _read_facts(index)
    index.revision = revision
    index.size = index.matrix.size
    return index


def _copied(kept: Index) -> Index:
    """To be changed while others search in the old one; only the matrix is shared, and cut back to what was kept."""
    kept.matrix.size = kept.size
    copies = {name: getattr(kept, name).copy() for name in ("entries", "owner_of", "exact", "stems", "subjects")}
    return replace(kept, **copies)


def _is_mostly_dead(index: Index) -> bool:
    return index.size > SMALL and index.dead > index.size // 2


def _read_learned(index: Index, since: int) -> None:
    changed = LearnedAnswer.objects.filter(revision__gt=since)
    if since < 0:
        changed = changed.active()
    phrasings = defaultdict(list)
    for phrasing in Phrasing.objects.filter(learned_answer__in=changed).order_by("id").iterator():
        phrasings[phrasing.learned_answer_id].append(phrasing)
    rows: list[tuple] = []
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
        Entry(
            f"learned:{answer.pk}",
            answer.question,
            answer.answer,
            stems(said),
            keys,
            valid_from=answer.valid_from,
            valid_until=answer.valid_until,
        ),
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
    before, index.subjects = index.subjects, {one.id: one for one in facts.subjects(index.known, at=timezone.now())}
    for gone in [one for one, subject in before.items() if index.subjects.get(one) != subject]:
        _forget(index, gone)
    rows = []
    for subject in index.subjects.values():
        if before.get(subject.id) == subject:
            continue
        owner = _add(index, Entry(subject.id, subject.question, subject.answer, stems(subject.about)))
        rows += [(vector, owner, False) for vector in subject.vectors]
        rows += [(vector, owner, False) for vector in _embedded(subject.also_asked)]
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
    index.dead += int((index.matrix.owners[: index.matrix.size] == owner).sum())
    index.stems -= Counter(entry.stems)
    for key in entry.keys:
        index.exact[key] -= {owner}


def _add_rows(index: Index, rows: list[tuple]) -> None:
    if not rows:
        return
    import numpy as np

    read = b"".join(bytes(vector) for vector, _, _ in rows)
    index.matrix.add(
        np.frombuffer(read, dtype="<f4").reshape(len(rows), DIMENSIONS),
        owners=np.array([owner for _, owner, _ in rows], dtype=np.int32),
        negative=np.array([negative for _, _, negative in rows]),
    )


@lru_cache(maxsize=256)
def _embedded(texts: tuple[str, ...]) -> list[bytes]:
    try:
        return [embed(text).tobytes() for text in texts]
    except ModelFilesWrong:
        return []

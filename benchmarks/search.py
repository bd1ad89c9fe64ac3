"""Times find_answers, the model's own time included, at 1,000 and at 100,000 vectors, in a scratch database.

`python -m benchmarks.search` loads the Glow context, adds made-up answers with vectors near real questions, and asks
60 questions that are not sure, five times each, one after the other. Figures are medians in milliseconds.
"""

import json
import statistics
import sys
import time

import numpy as np
from django.core.management import call_command

from benchmarks import scratch  # noqa: F401
from knowledge.embedding import MODEL_ID, embed
from knowledge.models import LearnedAnswer, Phrasing, Salon
from knowledge.search import find_answers, write_missing_vectors
from knowledge.wording import key_of

SUBJECTS = (
    "nail art",
    "a perm",
    "keratin",
    "parking",
    "my dog",
    "highlights",
    "a refund",
    "the bus",
    "tips",
    "a facial",
)
FRAMES = (
    "is it alright if I ask about {} today", "tell me everything about {}", "would you recommend {} for me",
    "my friend told me about {}", "what about {} for two people", "can somebody explain {} to me",
)  # fmt: skip
ROUNDS = 5


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("loadcontext", "glow", verbosity=0)
    while write_missing_vectors(500):
        pass
    questions = [frame.format(subject) for frame in FRAMES for subject in SUBJECTS]
    _fill(1_000)
    bare, small = _medians_ms(embed, find_answers, questions)
    _fill(100_000)
    _, large = _medians_ms(embed, find_answers, questions)
    sys.stdout.write(f"model alone {bare:.2f} ms; search at 1,000 {small:.2f} ms, at 100,000 {large:.2f} ms\n")
    figures = {"ms_at_1000": small, "ms_at_100000": large, "ratio_to_bare_model_at_1000": small / bare}
    sys.stdout.write(json.dumps({name: round(value, 2) for name, value in figures.items()}) + "\n")


def _fill(vectors: int) -> None:
    """Add answers until there are that many vectors, two to a phrasing."""
    missing = (vectors - 2 * Phrasing.objects.count()) // 2
    rng = np.random.default_rng(7)
    real = np.array(
        [np.frombuffer(one, "<f4") for one in Phrasing.objects.values_list("question_vector", flat=True)[:90]]
    )
    near = real[rng.integers(len(real), size=missing)] + rng.normal(scale=0.05, size=(missing, 384))
    near = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype("<f4")
    revision = Salon.objects.raise_revision()
    texts = [f"Made-up question number {vectors}-{number}" for number in range(missing)]
    answers = [
        LearnedAnswer(question=text, question_key=key_of(text), answer="Made up.", revision=revision) for text in texts
    ]
    LearnedAnswer.objects.bulk_create(answers, batch_size=2_000)
    Phrasing.objects.bulk_create(
        (
            Phrasing(
                learned_answer=answer, text=answer.question, key=answer.question_key, model_id=MODEL_ID,
                question_vector=vector.tobytes(), answer_vector=vector.tobytes(),
            )
            for answer, vector in zip(answers, near, strict=True)
        ),
        batch_size=2_000,
    )  # fmt: skip


def _medians_ms(one, other, questions: list[str]) -> tuple[float, float]:
    """Both by turns, question for question, so that what else the machine does falls on both."""
    for question in questions:
        other(question)
    times = [(_ms(one, question), _ms(other, question)) for question in questions * ROUNDS]
    return tuple(statistics.median(column) for column in zip(*times, strict=True))


def _ms(ask, question: str) -> float:
    begin = time.perf_counter()
    ask(question)
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    main()

import shutil
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command

from knowledge.embedding import DIMENSIONS, MODEL_ID, ModelFilesWrong, embed
from knowledge.models import Phrasing, Service
from knowledge.search import Verdict, find_answers
from knowledge.wordpiece import WordPiece


@pytest.fixture
def copied_model(tmp_path, settings) -> Path:
    shutil.copytree(settings.EMBEDDING_MODEL_DIR, tmp_path / "model")
    settings.EMBEDDING_MODEL_DIR = tmp_path / "model"
    return tmp_path / "model"


@pytest.fixture(scope="module")
def pieces() -> WordPiece:
    return WordPiece(Path(settings.EMBEDDING_MODEL_DIR) / "vocab.txt")


def spelled(pieces, text, limit=64):
    names = {number: piece for piece, number in pieces.ids.items()}
    return [names[number] for number in pieces.encode(text, limit)][1:-1]


def test_vector_is_384_floats_of_length_1():
    vector = embed("where can I park?")

    assert vector.shape == (DIMENSIONS,)
    assert vector.dtype == np.dtype("<f4")
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("one", "other", "cosine"),
    [
        ("how much is a keratin treatment", "Do you offer keratin treatments?", 0.69),
        ("Do you offer hair extensions?", "Do you offer a women's haircut?", 0.68),
        ("Do you offer keratin treatments?", "Do you offer a scalp treatment?", 0.64),
        ("where can I park?", "is there somewhere to leave the car", 0.40),
        ("where can I park?", "how much is a balayage", 0.0),
    ],
)
def test_known_likenesses_hold(one, other, cosine):
    assert float(embed(one) @ embed(other)) == pytest.approx(cosine, abs=0.04)


def test_same_text_gives_the_same_vector_whatever_was_read_before():
    first = embed("do you have wifi")
    embed("something long " * 50)

    assert np.array_equal(embed("do you have wifi"), first)


@pytest.mark.parametrize("text", ["", "💅", "x" * 65_536, "word " * 20_000, "\x00\x1b", "\ud800", "مرحبا", "‮abc"])
def test_strange_text_gets_a_vector_too(text):
    assert np.isfinite(embed(text)).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Do you offer keratin?", ["do", "you", "offer", "ke", "##rat", "##in", "?"]),
        ("BALAYAGE", ["bala", "##ya", "##ge"]),
        ("Café Ünïque", ["cafe", "unique"]),
        ("don't", ["don", "'", "t"]),
        ("$1,200.50", ["$", "1", ",", "200", ".", "50"]),
        ("a\tb\nc\x00d", ["a", "b", "cd"]),
        ("中文", ["中", "文"]),
        ("x" * 101, ["[UNK]"]),
        ("💅", ["[UNK]"]),
        ("", []),
    ],
)
def test_text_is_cut_into_pieces_as_the_model_learned_them(pieces, text, expected):
    assert spelled(pieces, text) == expected


def test_pieces_are_limited_with_start_and_end(pieces):
    ids = pieces.encode("word " * 500, 256)

    assert len(ids) == 256
    assert (ids[0], ids[-1]) == (pieces.start, pieces.end)


def test_missing_weights_are_refused_and_reported(copied_model):
    (copied_model / "minilm-l6-int8.onnx").unlink()

    with pytest.raises(ModelFilesWrong, match="is missing"):
        embed("hello")
    assert [one.id for one in run_checks(tags=["files"])] == ["knowledge.E001"]


def test_altered_weights_of_the_same_size_are_refused_and_reported(copied_model):
    weights = copied_model / "minilm-l6-int8.onnx"
    altered = bytearray(weights.read_bytes())
    altered[1_000_000] ^= 1
    weights.chmod(0o644)
    weights.write_bytes(altered)

    with pytest.raises(ModelFilesWrong, match="was altered"):
        embed("hello")
    assert run_checks(tags=["files"]) == []
    assert [one.id for one in run_checks(tags=["files"], include_deployment_checks=True)] == ["knowledge.E001"]


def test_shortened_vocabulary_is_reported_at_once(copied_model):
    words = copied_model / "vocab.txt"
    words.chmod(0o644)
    words.write_text("[PAD]\n")

    assert "instead of 231,508" in run_checks(tags=["files"])[0].msg


def test_untouched_model_passes_every_check():
    assert run_checks(tags=["files"], include_deployment_checks=True) == []


def test_reindex_writes_every_vector_again(glow):
    Phrasing.objects.update(model_id="another-model")
    Service.objects.update(question_vector=b"", answer_vector=b"", model_id="another-model")

    call_command("reindex", stdout=StringIO())

    assert set(Phrasing.objects.values_list("model_id", flat=True)) == {MODEL_ID}
    assert find_answers("is there somewhere to leave the car").verdict == Verdict.UNSURE


def test_vectors_of_another_model_are_never_compared(glow):
    Phrasing.objects.update(model_id="another-model", question_vector=bytes(1536), answer_vector=bytes(1536))
    Service.objects.update(model_id="another-model")

    found = find_answers("is there somewhere to leave the car")

    assert found.candidates
    assert all(0 < one.score <= 1 for one in found.candidates)

"""Text to vector: all-MiniLM-L6-v2, int8, on one thread; the only importer of onnxruntime."""

import hashlib
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from knowledge.wordpiece import WordPiece

if TYPE_CHECKING:
    import numpy as np

MODEL_ID = "all-MiniLM-L6-v2-int8/d5d77e64"
DIMENSIONS = 384
TOKEN_LIMIT = 128
FILES = {
    "minilm-l6-int8.onnx": (22_855_682, "d5d77e64451959bcd131a2bd156100fdee9b2cfc9cc0fb2ee5036f2ce2bb8fe7"),
    "vocab.txt": (231_508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
}
_loading = threading.Lock()


class ModelFilesWrong(Exception):
    """The weights or the vocabulary are missing, or are not the files that the stored vectors came from."""


class Model(NamedTuple):
    run: object
    pieces: WordPiece


def embed(text: str) -> "np.ndarray":
    """A float32 vector of 384 and length 1; text beyond 128 pieces is not read. Raises ModelFilesWrong."""
    import numpy as np  # 6 MB that a process which never searches need not pay

    with _loading:
        model = _model(Path(settings.EMBEDDING_MODEL_DIR))
    # One text per run: the scale of dynamic int8 is taken over the whole batch, so neighbours would change a vector.
    ids = np.array([model.pieces.encode(text, TOKEN_LIMIT)], dtype=np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    mean = model.run(None, feed)[0][0].mean(axis=0)
    return (mean / np.linalg.norm(mean)).astype("<f4")


def wrong_files(folder: Path, *, hashes: bool) -> list[str]:
    """A sentence for each file that is missing or altered; without `hashes` only the sizes are compared."""
    return [words for name, known in FILES.items() if (words := _what_is_wrong(folder / name, *known, hashes=hashes))]


def _what_is_wrong(path: Path, size: int, sha256: str, *, hashes: bool) -> str:
    if not path.is_file():
        return f"{path} is missing."
    if path.stat().st_size != size:
        return f"{path} has {path.stat().st_size:,} bytes instead of {size:,}."
    if hashes and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        return f"{path} was altered: its sha256 is not {sha256[:8]}…"
    return ""


@cache
def _model(folder: Path) -> Model:
    if wrong := wrong_files(folder, hashes=True):
        raise ModelFilesWrong(" ".join(wrong))
    import onnxruntime  # 40 ms and 50 MB that a process which only reads facts need not pay

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    weights = folder / "minilm-l6-int8.onnx"
    session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    return Model(session.run, WordPiece(folder / "vocab.txt"))

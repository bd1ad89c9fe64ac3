"""All vectors of this process in one matrix that grows, and the nearest rows of it."""

import numpy as np

SCAN_WHOLE = 2_000
RESCORED = 400


class Matrix:
    """Rows are only ever added, so that a search under way keeps what it began with; each row has an owner."""

    def __init__(self, dimensions: int):
        self.size = 0
        self.vectors = np.empty((256, dimensions), dtype=np.float32)
        self.signs = np.empty((dimensions // 64, 256), dtype=np.uint64)
        self.owners = np.empty(256, dtype=np.int32)
        self.negative = np.zeros(256, dtype=bool)

    def add(self, vectors: np.ndarray, *, owners: np.ndarray, negative: np.ndarray) -> None:
        """Rows of length 1; several may have the same owner."""
        begin, end = self.size, self.size + len(vectors)
        self._make_room(end)
        self.vectors[begin:end] = vectors
        self.signs[:, begin:end] = _signs(self.vectors[begin:end])
        self.owners[begin:end], self.negative[begin:end] = owners, negative
        self.size = end

    def nearest(self, vector: np.ndarray, size: int) -> list[tuple[float, int, bool]]:
        """(cosine, owner, negative) of the first `size` rows, nearest first, at most 400."""
        rows = np.arange(size) if size <= SCAN_WHOLE else self._nearest_by_signs(vector, size)
        # Not `@`: its threads cost more than they bring at this size, and wait for each other on a busy machine.
        cosines = np.einsum("rd,d->r", self.vectors[rows], vector)
        order = np.argsort(-cosines)[:RESCORED]
        rows, cosines = rows[order], cosines[order]
        return list(zip(cosines.tolist(), self.owners[rows].tolist(), self.negative[rows].tolist(), strict=True))

    def _nearest_by_signs(self, vector: np.ndarray, size: int) -> np.ndarray:
        """The rows whose signs differ least: 48 bytes a row instead of 1,536; then 400 are compared exactly."""
        wanted = _signs(vector[None])[:, 0]
        different = np.zeros(size, dtype=np.uint16)
        for column, bits in zip(self.signs, wanted, strict=True):
            different += np.bitwise_count(column[:size] ^ bits)
        return np.argpartition(different, RESCORED)[:RESCORED]

    def _make_room(self, rows: int) -> None:
        room = len(self.owners)
        if rows <= room:
            return
        more = max(rows, room * 2) - room
        self.vectors = np.concatenate([self.vectors, np.empty((more, self.vectors.shape[1]), dtype=np.float32)])
        self.signs = np.concatenate([self.signs, np.empty((len(self.signs), more), dtype=np.uint64)], axis=1)
        self.owners = np.concatenate([self.owners, np.empty(more, dtype=np.int32)])
        self.negative = np.concatenate([self.negative, np.zeros(more, dtype=bool)])


def _signs(vectors: np.ndarray) -> np.ndarray:
    """One bit a dimension, 64 to a word, words first: (dimensions / 64, rows)."""
    return np.packbits(vectors > 0, axis=1).view(np.uint64).T

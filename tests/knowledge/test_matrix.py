import numpy as np
import pytest

from knowledge.matrix import SCAN_WHOLE, Matrix


def unit(rows, seed=1):
    made = np.random.default_rng(seed).normal(size=(rows, 384)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def filled(vectors):
    matrix = Matrix(384)
    for begin in range(0, len(vectors), 700):
        part = vectors[begin : begin + 700]
        owners = np.arange(begin, begin + len(part), dtype=np.int32)
        matrix.add(part, owners=owners, negative=owners % 2 == 1)
    return matrix


@pytest.mark.parametrize("rows", [1, 3, 300, SCAN_WHOLE, SCAN_WHOLE * 3])
def test_nearest_rows_come_first_with_owner_and_sign(rows):
    vectors = unit(rows)
    matrix = filled(vectors)
    wanted = rows // 2
    query = vectors[wanted] + 0.3 * unit(1, seed=2)[0]
    query /= np.linalg.norm(query)

    found = matrix.nearest(query, matrix.size)

    assert found[0][1:] == (wanted, wanted % 2 == 1)
    assert found[0][0] == pytest.approx(float(vectors[wanted] @ query), abs=1e-5)
    assert [row[0] for row in found] == sorted((row[0] for row in found), reverse=True)


def test_signs_find_what_a_whole_scan_finds():
    clusters = unit(40, seed=3)
    vectors = np.repeat(clusters, 300, axis=0) + 0.7 * unit(12_000, seed=4)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    matrix = filled(vectors)

    found = {row[1] for row in matrix.nearest(clusters[7], matrix.size)[:10]}

    assert found == set(np.argsort(-(vectors @ clusters[7]))[:10].tolist())


def test_search_under_way_sees_only_the_rows_it_began_with():
    vectors = unit(600)
    matrix = filled(vectors[:200])
    began_with = matrix.size

    matrix.add(vectors[200:], owners=np.arange(200, 600, dtype=np.int32), negative=np.zeros(400, dtype=bool))

    assert {row[1] for row in matrix.nearest(vectors[500], began_with)} == set(range(200))
    assert matrix.nearest(vectors[500], matrix.size)[0][1] == 500


def test_empty_matrix_finds_nothing():
    assert Matrix(384).nearest(unit(1)[0], 0) == []

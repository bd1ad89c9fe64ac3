"""A supervisor by text, another at the desk, and the clock: one answer counts, and who lost is told so."""

from tests.supervision.racing import run_race

ROUNDS = 40


def test_the_chair_the_desk_and_the_clock_on_sqlite(tmp_path):
    result = run_race("chair_race_worker", ROUNDS, tmp_path)

    assert (result["wrong"], result["first"]) == (0, [])
    assert sorted(result["came_first"]) == ["clock", "sue", "tom"]


def test_the_chair_the_desk_and_the_clock_on_postgresql(tmp_path, empty_postgres):
    result = run_race("chair_race_worker", ROUNDS, tmp_path, DATABASE_URL=empty_postgres)

    assert (result["wrong"], result["first"]) == (0, [])

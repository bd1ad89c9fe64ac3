"""Two supervisors and the clock on one help request: exactly one of them decides, on either database."""

from tests.supervision.racing import run_race

ROUNDS = 16


def test_one_of_two_supervisors_and_the_clock_decides_on_sqlite(tmp_path):
    result = run_race("race_worker", ROUNDS, tmp_path)

    assert result["wrong"] == 0
    assert result["naive_wrong"] > 0, "the naive code beside it must be seen to fail"


def test_one_of_two_supervisors_and_the_clock_decides_on_postgresql(tmp_path, empty_postgres):
    result = run_race("race_worker", ROUNDS, tmp_path, DATABASE_URL=empty_postgres)

    assert result["wrong"] == 0
    assert result["naive_wrong"] > 0, "the naive code beside it must be seen to fail"

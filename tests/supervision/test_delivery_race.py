"""Several processes that deliver on PostgreSQL, truly at the same time: each text leaves once, and no cap is broken."""

import pytest

from tests.doubles.chaotic_twilio import chaotic_twilio
from tests.supervision.racing import run_race


@pytest.fixture
def deliver(tmp_path, empty_postgres):
    """`deliver(texts, kind)`: what came of it, and what the provider has accepted."""

    def deliver(texts: int, kind: str, **settings: str) -> tuple[dict, list[dict]]:
        with chaotic_twilio(share=0) as double:
            double.delay = 0.05
            environment = {"DATABASE_URL": empty_postgres, "TEXTS": kind, **double.settings, **settings}
            result = run_race("delivery_worker", texts, tmp_path, **environment)
        return result, double.accepted

    return deliver


def test_several_processes_send_each_text_once(deliver):
    result, accepted = deliver(120, "answers")

    bodies = "\n".join(text["Body"] for text in accepted)
    assert [bodies.count(f"<{number}>") for number in range(120)] == [1] * 120
    assert sum(tried > 0 for tried in result["tried"]) >= 2


@pytest.mark.parametrize(
    ("kind", "cap"),
    [
        ("replies", "TEXTS_PER_HOUR"),
        ("replies to one prefix", "TEXTS_PER_PREFIX"),
        ("answers to one number", "TEXTS_PER_NUMBER"),
        ("answers", "TEXTS_PER_DAY"),
    ],
)
def test_no_cap_is_broken_by_several_processes(deliver, kind, cap):
    caps = {"TEXTS_PER_HOUR": "1000"} | {cap: "20"}

    result, accepted = deliver(60, kind, **caps)

    assert len(accepted) == 20
    assert result["stopped"] == (cap == "TEXTS_PER_HOUR")
    assert sum(tried > 0 for tried in result["tried"]) >= 2

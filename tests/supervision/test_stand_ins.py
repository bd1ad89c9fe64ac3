"""What the desk says while a vendor is replaced."""

from django.urls import reverse
from django.utils.html import escape

from supervision import health

OUT = {"using": "embedded", "since": "2026-06-03T15:12:00+00:00", "reason": "404, set GROQ_MODEL"}


def shown(desk):
    return desk.get(reverse("admin:index")).content.decode()


def test_the_desk_says_what_replaces_a_vendor_since_when_and_why(desk, salon, time_machine):
    time_machine.move_to("2026-06-03T17:00:00+00:00")
    health.beat("vendor:language model", OUT)

    assert "language model: embedded since 10:12 (404, set GROQ_MODEL)" in shown(desk)


def test_a_vendor_that_works_again_is_not_spoken_of(desk, salon):
    health.beat("vendor:language model", OUT)
    health.beat("vendor:language model", {})

    assert "language model" not in shown(desk)


def test_a_reason_is_text(desk, salon):
    health.beat("vendor:ears", OUT | {"reason": "<b>402</b>"})

    assert escape("<b>402</b>") in shown(desk)


def test_health_tells_what_is_replaced_and_counts_vendors_as_no_process(desk, salon):
    health.beat("vendor:voice", OUT)

    figures = desk.get("/api/health").json()

    assert [(each["part"], each["using"], each["reason"]) for each in figures["stand_ins"]] == [
        ("voice", "embedded", "404, set GROQ_MODEL")
    ]
    assert "vendor:voice" not in figures["heartbeats"]


def test_a_stranger_learns_nothing_of_it(client, salon):
    health.beat("vendor:voice", OUT)

    assert client.get("/api/health").json() in ("ok", "ill")

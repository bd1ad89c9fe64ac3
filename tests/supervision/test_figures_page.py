"""The page of numbers: its days, its charts and their words, and files that no spreadsheet runs."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from supervision import lifecycle
from supervision.figures import export, ranges, rollup
from supervision.models import Call, Caller, DayFigures, HelpRequest, Message

TODAY = date(2026, 6, 3)
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1", "\n=1"]


@pytest.fixture
def phoned(salon):
    def phoned(question="Is there parking?", *, days_ago=0):
        at = timezone.now() - timedelta(days=days_ago)
        call = Call.objects.create(channel="phone", state="ended", started_at=at, ended_at=at)
        asked = lifecycle.request_help(question, call=call, at=at)
        HelpRequest.objects.filter(pk=asked.pk).update(created_at=at)
        return asked

    return phoned


def shown(client, **query):
    page = client.get(reverse("admin:supervision_numbers"), query)
    assert page.status_code == 200
    return page.content.decode()


def file(client, name, **query):
    answer = client.get(reverse("admin:supervision_numbers_file", args=[name]), query)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, "2026-05-07", "2026-06-03"),
        ({"range": "today"}, "2026-06-03", "2026-06-03"),
        ({"range": "7"}, "2026-05-28", "2026-06-03"),
        ({"from": "2026-05-01", "to": "2026-05-02"}, "2026-05-01", "2026-05-02"),
        ({"from": "2026-05-02", "to": "2026-05-01"}, "2026-05-01", "2026-05-02"),
        ({"from": "2026-06-01", "to": "2099-01-01"}, "2026-06-01", "2026-06-03"),
        ({"from": "0001-01-01", "to": "2026-06-03"}, "2023-06-04", "2026-06-03"),
        ({"from": "2026-05-05", "to": ""}, "2026-05-05", "2026-05-05"),
    ],
)
def test_an_address_names_its_days(query, first, last):
    over, was_read = ranges.read(query, today=TODAY)

    assert (over.first.isoformat(), over.last.isoformat(), was_read) == (first, last, True)


@pytest.mark.parametrize("query", [{"range": "9000"}, {"from": "x", "to": "y"}, {"from": ""}, {"to": "2026-02-30"}])
def test_days_that_cannot_be_read_are_the_usual_ones_and_the_page_says_so(desk, salon, query):
    over, was_read = ranges.read(query, today=TODAY)

    assert (over.name, was_read) == ("28", False)
    assert "These dates cannot be read." in shown(desk, **query)


def test_an_empty_salon_has_a_sentence_in_place_of_every_chart(desk, salon):
    page = shown(desk)

    for words in ("No questions in these days.", "Nothing was answered", "No texts in these days."):
        assert words in page
    assert "once prices are set" in page
    assert "data-value" not in page


def test_a_page_without_a_salon_is_shown(desk):
    assert "No questions in these days." in shown(desk)


def test_todays_question_is_on_the_page_at_once(desk, phoned):
    phoned("Do you sell gift vouchers?")

    page = shown(desk, range="today")

    assert "You were asked most about: Gift cards" in page
    assert "She answered 0 % of 1 question herself" in page


def test_days_before_come_from_the_rows_that_are_kept(desk, phoned):
    phoned(days_ago=3)
    assert "3 days are still being counted" in shown(desk)

    rollup.fill_due()
    DayFigures.objects.filter(asked=1).update(herself=3)

    page = shown(desk)
    assert "She answered 75 % of 4 questions herself" in page
    assert "still being counted" not in page


def test_more_than_three_months_are_drawn_by_weeks(desk, phoned):
    phoned(days_ago=190)
    rollup.fill_due()

    page = shown(desk, **{"from": "2000-01-01", "to": timezone.now().date().isoformat()})

    assert "Each mark is a week" in page
    assert page.count("data-label") < 1000


def test_what_a_call_costs_is_shown_where_prices_are_set(desk, phoned, settings):
    settings.PRICE_INPUT_TOKENS, settings.TEXT_PRICE = Decimal("2"), Decimal("0.01")
    usage = {"llm": [{"input_tokens": 50_000, "output_tokens": 9}]}
    Call.objects.filter(pk=phoned().call_id).update(usage=usage)

    assert "A call costs $0.100" in shown(desk, range="today")
    assert ["0.1", "0.0", "0.0"] in [row[1:] for row in file(desk, "costs", range="today")]


def test_a_chart_as_a_file_has_the_numbers_of_its_table(desk, phoned):
    phoned()

    head, *rows = file(desk, "questions", range="7")

    assert head == ["day", "answered by herself", "asked, resolved", "unresolved", "still waiting"]
    assert rows[-1][1:] == ["0", "0", "0", "1"]


def test_the_help_requests_of_a_range_are_a_file_without_numbers_of_callers(desk, ask, sue, phoned):
    asked = phoned("=HYPERLINK(1)")
    HelpRequest.objects.filter(pk=asked.pk).update(customer_phone="+14155552671")
    phoned("Is there parking?", days_ago=40)
    ask("Practice is left out?")

    head, *rows = file(desk, "help-requests", range="7")

    assert [row[head.index("question")] for row in rows] == ["'=HYPERLINK(1)"]
    assert rows[0][head.index("caller")] == "'+1 ••• 71"


def test_a_single_day_is_drawn_by_its_hours(desk, phoned, salon):
    asked = phoned()
    hour = asked.created_at.astimezone(salon.zone).hour

    head, *rows = file(desk, "questions", range="today")

    assert head[0] == "hour"
    assert len(rows) in (23, 24, 25)
    assert [row[0][:2] for row in rows if row[4] == "1"] == [f"{hour:02}"]
    assert {tuple(row[1:]) for row in rows if row[0][:2] > f"{hour:02}"} <= {("", "", "", "")}  # still to come
    assert "Each mark is an hour." in shown(desk, range="today")


def test_a_day_that_is_over_is_drawn_by_its_hours_too(desk, phoned, salon):
    day = phoned(days_ago=2).created_at.astimezone(salon.zone).date().isoformat()

    counted = [row[4] for row in file(desk, "questions", **{"from": day, "to": day})[1:]]

    assert sorted(counted) == ["0"] * (len(counted) - 1) + ["1"]


def test_the_calls_of_a_range_are_a_file_without_numbers_of_callers(desk, ask, phoned):
    call = phoned().call
    Call.objects.filter(pk=call.pk).update(caller=Caller.objects.create(phone="+14155552671"), ended_because="caller")
    phoned(days_ago=40)
    ask("Practice is left out?")

    head, *rows = file(desk, "calls", range="7")

    [row] = [dict(zip(head, row, strict=True)) for row in rows]
    assert (row["call"], row["caller"], row["help_requests"]) == (str(call.pk), "'+1 ••• 71", "1")


def test_the_texts_of_a_range_are_a_file_without_those_to_supervisors(desk, phoned):
    asked = phoned()
    for key, purpose, text in (("1", "answer", "=1+1"), ("2", "alert", "K7QD"), ("3", "test", "-")):
        to = {"recipient": "+14155552671", "help_request": asked if purpose == "answer" else None}
        Message.objects.create(key=key, purpose=purpose, text=text, **to)

    head, *rows = file(desk, "texts", range="7")

    [row] = [dict(zip(head, row, strict=True)) for row in rows]
    assert (row["help_request"], row["to"], row["text"]) == (asked.reference, "'+1 ••• 71", "'=1+1")


@pytest.mark.parametrize("name", ["calls", "texts"])
def test_who_may_not_see_the_rows_gets_no_file_of_them(client, tom, salon, name):
    tom.user_permissions.add(Permission.objects.get(codename="view_helprequest"))
    client.force_login(tom, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("admin:supervision_numbers_file", args=[name])

    assert client.get(address).status_code == 403
    assert address not in shown(client)


@pytest.mark.parametrize("cell", HOSTILE)
def test_no_cell_is_a_formula(cell):
    [read] = csv.reader(io.StringIO(export.write([[cell, -5, None, "fine"]]).lstrip("\ufeff"), newline=""))

    assert read == [f"'{cell}", "-5", "", "fine"]


@pytest.mark.parametrize(
    "address", ["/admin/numbers/nothing.csv", "/admin/numbers/questions.csv?range=x", "/admin/numbers/costs.csv"]
)
def test_files_that_are_not_there_are_not_found(desk, salon, address):
    assert desk.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/admin/numbers/", "/admin/numbers/questions.csv"])
def test_who_may_not_see_help_requests_sees_no_numbers(client, tom, salon, address):
    client.force_login(tom, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(address).status_code == 403


def test_the_page_asks_the_database_as_often_for_ninety_days_as_for_seven(desk, phoned):
    for days_ago in range(0, 91, 9):
        phoned(days_ago=days_ago)
    rollup.fill_due()
    shown(desk)

    asked = []
    for name in ("7", "90"):
        with CaptureQueriesContext(connection) as queries:
            shown(desk, range=name)
        asked.append(len(queries))

    assert asked[0] == asked[1]

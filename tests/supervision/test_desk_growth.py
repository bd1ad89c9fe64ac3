"""The desk gets no slower as the salon gets older: no page reads a whole table, or asks more often for more rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks import seeding
from supervision.admin import paging
from supervision.figures import rollup
from supervision.models import Call, Citation, HelpRequest, Message, Promise, Utterance

PAGES = ("/admin/", "/admin/supervision/helprequest/", "/admin/supervision/call/", "/admin/numbers/")
GROWING = {model._meta.db_table for model in (Call, Citation, HelpRequest, Message, Promise, Utterance)}


def asked(client, address):
    """What a page asks the database once it is warm."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in queries]


def read_whole(sql):
    """The growing tables of which this question reads every row, though it may stop at none.

    An index of some rows only, such as of open calls, may be read whole.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%% WHERE %%'")
        of_some = {row[0] for row in cursor.fetchall()}
        cursor.execute(f"EXPLAIN QUERY PLAN {sql.replace('%', '%%')}")
        steps = [row[3].split() for row in cursor.fetchall()]
    whole = {step[1] for step in steps if step[0] == "SCAN" and not of_some & set(step[2:])}
    return whole & GROWING if "LIMIT" not in sql else set()


@pytest.fixture
def grown(supervisor):
    """`grown(10_000)` help requests over two years, and the figures of the last days."""

    def grown(count):
        seeding.fill(count, resolved_by=supervisor.pk)
        rollup.fill_due(patience=1)

    if connection.vendor != "sqlite":
        pytest.skip("is seeded by SQLite's own SQL")
    return grown


def test_ten_thousand_help_requests_take_no_more_questions_than_a_hundred(desk, grown):
    grown(100)
    few = [len(asked(desk, page)) for page in PAGES]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        for table in GROWING:
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("DELETE FROM supervision_caller")

    grown(10_000)

    assert [len(asked(desk, page)) for page in PAGES] == few


@pytest.mark.parametrize("page", PAGES)
def test_no_page_reads_a_growing_table_from_end_to_end(desk, grown, page):
    grown(3000)

    whole = {sql: read_whole(sql) for sql in asked(desk, page) if sql.startswith("SELECT")}

    assert {sql: tables for sql, tables in whole.items() if tables} == {}


def test_reading_a_table_from_end_to_end_would_be_noticed(grown):
    grown(100)

    assert read_whole("SELECT COUNT(*) FROM supervision_helprequest WHERE scope = 'caller'")
    assert not read_whole("SELECT 1 FROM supervision_helprequest WHERE id = 'x'")


def test_a_long_list_is_counted_to_a_thousand_and_says_so(desk, grown):
    grown(paging.MOST + 5)

    page = desk.get("/admin/supervision/helprequest/").content.decode()

    assert "the first 1000 help requests" in page
    assert desk.get("/admin/supervision/helprequest/?p=20").status_code == 200
    assert "1005 help requests" not in page


def test_a_list_has_the_months_of_a_year_to_choose_from(desk, ask):
    asked_now, long_ago = ask("Is there parking?"), ask("Do you sell shampoo?")
    HelpRequest.objects.filter(pk=long_ago.pk).update(created_at=timezone.now() - timedelta(days=200))

    page = desk.get(f"/admin/supervision/helprequest/?month={timezone.now():%Y-%m}").content.decode()

    assert asked_now.question in page
    assert long_ago.question not in page
    assert desk.get("/admin/supervision/helprequest/?month=0000-99").status_code == 200

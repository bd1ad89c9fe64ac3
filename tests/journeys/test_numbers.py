"""The page of numbers in a real browser: charts that draw themselves, other days, files."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.test_desk_in_browser import desk, sign_in  # noqa: F401

NINE_DAYS = """
from datetime import timedelta
from django.utils import timezone
from supervision.figures import rollup
def phoned(question, days_ago):
    at = timezone.now() - timedelta(days=days_ago)
    call = Call.objects.create(channel="phone", state="ended", started_at=at, ended_at=at)
    asked = lifecycle.request_help(question, call=call, at=at)
    HelpRequest.objects.filter(pk=asked.pk).update(created_at=at)
    return asked
for days_ago in range(9):
    phoned("Do you sell gift vouchers?" if days_ago % 3 else "=HYPERLINK(1)", days_ago)
rollup.fill_due()
"""
IS_PAINTED = """canvas => canvas.width > 0
    && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(part => part)"""


@pytest.fixture(scope="module")
def numbers(desk):  # noqa: F811
    desk.do(NINE_DAYS)
    return desk


def drawn(page: Page, name: str) -> Locator:
    canvas = page.locator(f"#{name} canvas")
    expect(canvas).to_be_visible()
    assert canvas.evaluate(IS_PAINTED)
    return canvas


def downloaded(page: Page, link: Locator) -> list[list[str]]:
    with page.expect_download() as download:
        link.click()
    return list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))


def test_charts_are_drawn_read_by_keys_and_redrawn_when_somebody_asks(numbers, sign_in):  # noqa: F811
    page = sign_in(path="/admin/numbers/")
    drawn(page, "questions")

    page.get_by_role("slider", name=re.compile("She answered")).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#questions .reading")).to_have_text(re.compile(r"^\w{3} \d+ \w{3} \d{4}$"))

    numbers.do("phoned('Is there parking?', 0)")
    expect(page.get_by_role("heading", name="She answered 0 % of 10 questions herself")).to_be_visible()
    drawn(page, "questions")


def test_a_single_day_has_its_hours_and_a_narrow_page_the_same_charts(numbers, sign_in):  # noqa: F811
    page = sign_in(path="/admin/numbers/", viewport={"width": 360, "height": 740}, color_scheme="dark")

    page.get_by_role("link", name="Today", exact=True).click()

    expect(page.get_by_text("Each mark is an hour.")).to_be_visible()
    drawn(page, "questions")
    expect(page.locator("#questions tbody tr")).to_have_count(24)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_rows_and_charts_are_files_that_no_spreadsheet_runs(numbers, sign_in):  # noqa: F811
    page = sign_in(path="/admin/numbers/?range=7", accept_downloads=True)

    page.get_by_text("Download", exact=True).click()
    head, *rows = downloaded(page, page.get_by_role("link", name="Help requests as CSV"))
    assert "'=HYPERLINK(1)" in [row[head.index("question")] for row in rows]

    head, *rows = downloaded(page, page.locator("#questions .file a"))
    assert (head[0], len(rows)) == ("day", 7)

"""A question that nobody answers in time: its caller is told honestly, and a late answer still counts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import House, Practice
from tests.scratch import wait_for

QUESTION = "Do you repair tandems from the thirties?"
STATUS = "print(json.dumps([[r.status, r.closed_because] for r in HelpRequest.objects.all()]))"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A bicycle workshop whose supervisors have four seconds."""
    folder: Path = tmp_path_factory.mktemp("bicycles") / "var"
    house = House(folder, SALON_CONTEXT="bicycle", SALON_COUNTRIES="DE", HELP_REQUEST_TIMEOUT="4s", ANSWER_PROMISE="2s")
    house.open()
    yield house
    house.close()


def test_an_unanswered_caller_is_told_honestly_and_a_late_answer_is_learned_and_sent(person, house: House):
    desk, caller = person(), Practice(person(), house.url, "+49 1512 3456789")
    promise = caller.ask(QUESTION)
    before = caller.hers.count()

    checking, honest = caller.hears(before), caller.hears(before + 1)

    assert "check with my supervisor" in promise
    assert "still checking" in checking
    assert "could not find an answer" in honest
    assert house.ask(STATUS) == [["unresolved", "timed_out"]]
    desk.reload()
    expect(desk).to_have_title(re.compile(r"^Desk"))

    desk.get_by_role("link", name=QUESTION).first.click()
    desk.get_by_label("Your answer").fill("Yes, Otto loves them.")
    desk.locator("#send").click()
    desk.wait_for_url(re.compile(r"/admin/(\?.*)?$"))

    assert "Yes, Otto loves them." in caller.hears(before + 2)
    assert house.ask(STATUS) == [["resolved", "answered"]]
    assert "Yes, Otto loves them." in Practice(person(), house.url).ask(QUESTION)


def test_who_has_left_gets_the_honest_words_as_a_text(house: House):
    number = "+491512345678" + "1"
    house.manage("runagent", "console", "--phone", number, stdin="Do you paint frames in gold?\n")

    both = wait_for(lambda: len(house.texts(number)) > 1 and house.texts(number), seconds=15, describe="both texts")

    checking, closing = both
    assert "still checking" in checking
    assert "could not find an answer" in closing
    assert "Do you paint frames in gold?" in closing

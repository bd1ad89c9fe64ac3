"""What a caller was promised is brought up again and again, by itself, until it is kept or honestly closed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import House
from tests.scratch import wait_for

CALLER, SUE, TOM = "+14155552671", "+14155550101", "+14155550102"
QUESTION = "Do you dye eyebrows?"
PEOPLE = f"""
from django.contrib.auth import get_user_model
from knowledge.models import OpeningHours
from supervision.models import Supervisor
OpeningHours.objects.all().delete()  # so that promises run by the clock, whatever the hour of this test
for place, (name, phone) in enumerate((("sue", "{SUE}"), ("tom", "{TOM}"))):
    user = get_user_model().objects.create_user(name, first_name=name.capitalize(), is_staff=True, is_superuser=True)
    Supervisor.objects.create(user=user, phone=phone, place=place, on_duty=name == "sue")
print(json.dumps(None))
"""
CALLS = f"""
from supervision import calls, lifecycle, promises
from django.utils import timezone
call = calls.open_call(channel="phone", phone="{CALLER}")
call.caller.consents.create(call=call, words="yes, text me")
now = timezone.now()
asked = lifecycle.request_help("{QUESTION}", call=call, at=now)
promises.hear(asked.promises.get(), at=now)
calls.close_call(call)
print(json.dumps(asked.reference))
"""
STATE = "print(json.dumps([[p.state, p.help_request.status] for p in Promise.objects.all()]))"


@pytest.fixture(scope="module")
def house(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A salon that promises an answer within sixteen seconds, by day and by night."""
    house = House(
        tmp_path_factory.mktemp("promises") / "var",
        like=prepared,
        ANSWER_PROMISE="16s",
        HELP_REQUEST_TIMEOUT="20s",
        QUIET_FROM="0",
        QUIET_UNTIL="0",
    )
    house.ask(PEOPLE)
    house.open()
    yield house
    house.close()


def text_to(house: House, number: str, words: str, seconds: float = 20) -> str:
    def found():
        return [text for text in house.texts(number) if words in text]

    [text] = wait_for(found, seconds=seconds, describe=f"“{words}” to a number ending in {number[-2:]}")
    return text


@pytest.mark.timeout(300)
def test_nobody_answers_and_nobody_is_left_in_the_dark(person, house: House):
    desk = person()
    reference = house.ask(CALLS)
    row = desk.locator(".queue .request", has_text=QUESTION)
    expect(row.locator(".so-far")).to_have_text("heard")
    height = row.evaluate("row => row.offsetHeight")

    # at half time: who is on duty
    assert reference in text_to(house, SUE, "still waits for an answer")
    assert not [text for text in house.texts(TOM) if reference in text]
    expect(row.locator(".so-far")).to_have_text("reminded")

    # near its end: who is next in line
    assert reference in text_to(house, TOM, "You are next in line")
    expect(row.locator(".so-far")).to_have_text("next in line asked")

    # past it: the caller, once, with a new time
    assert "You will hear from us by" in text_to(house, CALLER, "we are still checking")
    assert "was not answered in time" in text_to(house, SUE, "still checking")
    expect(row.locator(".so-far")).to_have_text("extended once")
    expect(row.locator(".left")).to_have_text(re.compile("left"))
    assert row.evaluate("row => row.offsetHeight") == height

    # past that too: broken, for all to see
    expect(row.locator(".so-far")).to_have_text("broken", timeout=40_000)

    # at the end: honest words
    closing = text_to(house, CALLER, "we could not find an answer in the time we promised", seconds=40)
    assert "sorry" in closing
    assert house.texts(CALLER) == [text_to(house, CALLER, "we are still checking"), closing]
    assert house.ask(STATE) == [["broken", "unresolved"]]

    # and the next morning it is still known
    desk.get_by_role("link", name="Today's digest").click()
    expect(desk.get_by_role("heading", name=re.compile("^Broken since"))).to_be_visible()
    expect(desk.get_by_role("heading", name="Asked most, without an answer")).to_be_visible()
    desk.get_by_role("link", name="Promises").click()
    desk.get_by_role("link", name="Broken", exact=True).click()
    expect(desk.locator("#result_list")).to_contain_text(QUESTION)

"""One question's whole journey: asked, answered by a person, learned, and never asked again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import House, Practice
from tests.scratch import wait_for

KERATIN = "Do you offer keratin treatments?"


def answer(desk: Page, question: str, words: str, *, caller_only: bool = False) -> None:
    """From the desk to the answer, with nothing but what a supervisor sees."""
    desk.get_by_role("link", name=question).first.click()
    desk.get_by_label("Your answer").fill(words)
    if caller_only:
        desk.get_by_label("This caller only").check()
    desk.locator("#send").click()
    desk.wait_for_url(re.compile(r"/admin/(\?.*)?$"))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What are your hours?", "Tuesday"),
        ("are you open next Sunday?", "closed"),
        ("how much is a balayage?", "$180"),
        ("where can I park?", "behind the salon"),
    ],
)
def test_what_is_written_down_is_answered_without_a_supervisor(person, house, question, words):
    call = Practice(person(), house.url)

    reply = call.ask(question)

    assert words in reply
    assert house.ask("print(json.dumps(HelpRequest.objects.count()))") == 0


def test_a_question_that_nobody_wrote_down_travels_to_the_desk_and_back_and_is_learned(person, house: House):
    desk, caller = person(), Practice(person(), house.url, "+1 415 555 2671")
    expect(desk).to_have_title(re.compile(r"^Desk"))

    promise = caller.ask(KERATIN)

    assert "check with my supervisor" in promise
    assert "by text by" in promise
    desk.get_by_role("link", name=KERATIN).wait_for()
    expect(desk).to_have_title(re.compile(r"^\(1\) Desk"))
    notice = wait_for(lambda: re.search(r"(\w\d+) waits, answer by (?:\w+ )?\d\d:\d\d: (http\S+)", house.printed()))
    assert "keratin" not in house.printed()
    assert house.ask("print(json.dumps([r.reference for r in HelpRequest.objects.all()]))") == [notice[1]]

    before = caller.hers.count()
    answer(desk, KERATIN, "Yes, from $150")

    assert "Yes, from $150" in caller.hears(before)
    expect(desk).to_have_title(re.compile(r"^Desk"))
    told = "print(json.dumps([m.state for m in Message.objects.all()]))"
    wait_for(lambda: house.ask(told) == ["told"], describe="the page has acknowledged the answer")
    assert house.texts("+14155552671") == []

    next_caller = Practice(person(), house.url)
    assert "Yes, from $150" in next_caller.ask(KERATIN)
    unsure = next_caller.ask("how much is a keratin treatment")
    assert "Do you mean" in unsure
    assert "Yes, from $150" in next_caller.ask("yes")
    proposed = "print(json.dumps(list(Phrasing.objects.proposed().values_list('text', flat=True))))"
    assert house.ask(proposed) == ["how much is a keratin treatment"]


def test_a_caller_who_has_left_gets_the_answer_as_a_text(person, house: House):
    desk, caller = person(), Practice(person(), house.url, "+1 415 555 2672")
    caller.ask("Do you offer hair extensions?")
    desk.get_by_role("link", name="Do you offer hair extensions?").wait_for()
    caller.leave()
    listening = "from django.utils import timezone; from datetime import timedelta\n"
    listening += "print(json.dumps(Call.objects.listening(timezone.now()).exists()))"
    wait_for(lambda: house.ask(listening) is False, describe="nobody listens any longer")

    answer(desk, "Do you offer hair extensions?", "No, but our friends next door do.", caller_only=True)

    [text] = wait_for(lambda: house.texts("+14155552672"), seconds=6, describe="the text")
    assert "No, but our friends next door do." in text
    assert house.ask("print(json.dumps(LearnedAnswer.objects.filter(question__contains='extensions').count()))") == 0
    another = Practice(person(), house.url)
    assert "What number may we text the answer to?" in another.ask("Do you offer hair extensions?")


def test_without_a_number_she_asks_for_one_and_takes_a_no(person, house: House):
    caller = Practice(person(), house.url)

    assert "What number may we text" in caller.ask("Do you have a hot tub?")
    assert "please call again, I shall know it then" in caller.ask("no thanks")


def test_a_reload_goes_on_where_it_was(person, house: House):
    caller = Practice(person(), house.url)
    hours = caller.ask("What are your hours?")

    caller.page.reload()

    expect(caller.hers.nth(1)).to_have_text(hours)
    assert "$180" in caller.ask("how much is a balayage?")
    assert caller.hers.count() == 3


def test_changing_a_price_changes_her_next_answer(person, house: House):
    owner, caller = person(), Practice(person(), house.url)
    assert "$180" in caller.ask("how much is a balayage?")
    owner.goto(f"{house.url}/admin/knowledge/service/?q=balayage")
    owner.get_by_role("link", name="Balayage", exact=True).click()

    owner.get_by_label("Price from").fill("199")
    owner.get_by_role("button", name="Save", exact=True).click()
    owner.get_by_text("was changed successfully").wait_for()

    assert "$199" in caller.ask("how much is a balayage?")

"""Three callers ask the same: one answer at the desk, one text for each, and nobody is asked again."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from supervision.segments import measure
from tests.journeys import test_desk_in_browser as browser
from tests.journeys.test_desk_in_browser import Desk, open_request, row
from tests.scratch import Scratch

sign_in = browser.sign_in
WORDINGS = {
    "+14155552671": "Do you offer keratin treatments?",
    "+14155552672": "Hi, is keratin treatment something you have?",
    "+14155552673": "do you do keratin",
}
DELIVER = """
from datetime import timedelta
from django.utils import timezone
from supervision import outbox
outbox.deliver_due(at=timezone.now() + timedelta(minutes=1))
"""


@pytest.fixture(scope="module")
def desk(prepared, tmp_path_factory) -> Iterator[Desk]:
    """Texts are written into a file; they leave when the test says so."""
    folder = tmp_path_factory.mktemp("together") / "var"
    backend = "supervision.delivery.file.FileBackend"
    scratch = Scratch(folder, like=prepared, ANSWER_PROMISE="2h", MESSAGE_BACKEND=backend)
    yield Desk(scratch)
    scratch.stop()


def ask_all(desk):
    for phone, words in WORDINGS.items():
        desk.do(f"ask({words!r}, phone={phone!r})")


def sent(desk) -> dict[str, str]:
    desk.do(DELIVER)
    lines = (desk.scratch.folder / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    return {text["to"]: text["text"] for text in map(json.loads, lines)}


def test_one_answer_for_all_who_wait(desk, sign_in):
    page = sign_in()
    ask_all(desk)
    first, *others = WORDINGS.values()

    expect(row(page, first).locator(".together")).to_contain_text("2 more ask the same")
    for words in others:
        expect(row(page, first).locator(".together")).to_contain_text(words)
    assert page.locator(".queue > .request").count() == 1

    open_request(page, first)
    ticks = page.locator("#beside input[name=also]")
    expect(ticks).to_have_count(2)
    assert [one.is_checked() for one in ticks.all()] == [True, False]
    ticks.nth(1).check()
    page.fill("#answer", "Yes, from $150.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/admin/?sent=*")

    expect(page.locator(".queue > .request")).to_have_count(0)
    texts = sent(desk)
    assert set(texts) == set(WORDINGS)
    for phone, words in WORDINGS.items():
        assert f'you asked us "{words}". Yes, from $150.' in texts[phone]
    asked_again = "from knowledge.search import find_answers; result = find_answers('do you do keratin').verdict"
    assert desk.do(asked_again) == "sure"


def test_what_arrives_while_he_types_is_not_answered_unread(desk, sign_in):
    page = sign_in()
    desk.do("ask('Do you sell wigs?', phone='+14155552674')")
    open_request(page, "Do you sell wigs?")
    expect(page.locator("#beside")).to_be_hidden()
    page.fill("#answer", "Yes, from $90.")

    desk.do("ask('can I get a wig there, do you sell wigs', phone='+14155552675')")

    tick = page.locator("#beside input[name=also]")
    expect(tick).to_be_visible()
    expect(tick).not_to_be_checked()
    tick.check()
    desk.do("ask('Is there parking?', phone='+14155552676')")
    expect(page.locator("[data-live=way]")).to_contain_text("next")
    expect(tick).to_be_checked()


def test_the_page_counts_and_shows_the_text_that_leaves(desk, sign_in):
    """The page writes it by itself; what it shows is what the server sends, letter by letter."""
    page = sign_in()
    question = "Do you offer “keratin” – for very long hair, and how long does it take on a child’s hair like mine?"
    desk.do(f"ask({question!r}, phone='+14155552677')")
    open_request(page, question[:40])
    preview, count = page.locator("#preview .words"), page.locator("#count")
    expect(preview).to_be_hidden()

    page.fill("#answer", "We’re glad to – façade 💅 " + "a" * 150)
    expect(count).to_contain_text(
        re.compile(r"At most 3 are sent: shorten it by \d+ characters\. These cost double: ç 💅")
    )
    page.fill("#answer", "Yes: 2–3 hours, [ask] for €150… " + "long " * 60)
    shown = preview.inner_text()
    expect(count).to_have_text(f"332 characters, {len(shown)} in all: 3 texts")
    assert '..."' in shown
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/admin/?sent=*")

    left = sent(desk)["+14155552677"]
    assert " ".join(left.split()) == " ".join(shown.split())
    assert (measure(left).segments, measure(left).alphabet) == (3, "GSM-7")

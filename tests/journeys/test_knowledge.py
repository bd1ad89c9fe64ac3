"""What she knows, kept by a person in a real browser: found, corrected, taken back, carried in a file, called wrong."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_desk_in_browser import desk, sign_in  # noqa: F401

LIST = "/admin/knowledge/learnedanswer/"
HEARD = """
from django.utils import timezone
from knowledge import learning
from knowledge.models import LearnedAnswer
call = calls.ring(room={room!r}, channel="phone", phone="+14155552671")
calls.answer(call); calls.greeted(call)
calls.record_utterance(call, speaker="caller", text={asked!r})
said = calls.record_utterance(call, speaker="receptionist", text=known.answer)
calls.record_confirmation(said, at=timezone.now())
Citation.objects.create(utterance=said, learned_answer=known, source=f"learned:{{known.pk}}", text=known.answer)
result = str(call.pk)
"""


@pytest.fixture
def nails(desk):  # noqa: F811
    """An answer with a wording that a caller's yes has proposed."""
    return desk.do(
        "from knowledge import learning\n"
        "LearnedAnswer = learning.LearnedAnswer\n"
        "known = learning.learn(question='Do you do nail art?', answer='Yes, from $10 a hand.')\n"
        "learning.propose_phrasing(known.pk, 'can you paint flowers', source='caller')\n"
        "result = str(known.pk)"
    )


def test_an_answer_is_found_while_one_types_corrected_and_taken_back(desk, sign_in, nails):  # noqa: F811
    page = sign_in(path=LIST)

    page.get_by_label("Search questions, wordings and answers").press_sequentially("flowers")
    expect(page.locator(".answers li")).to_have_count(1)
    expect(page.locator(".answers mark")).to_have_text("flowers")
    assert page.url.endswith("?q=flowers")
    page.locator(".answers a").click()
    page.get_by_role("button", name=re.compile("Approve")).click()
    expect(page.locator(".ends li", has_text="can you paint flowers")).to_contain_text("she follows it")

    page.get_by_text("Correct it").click()
    page.get_by_label("Answer:").fill("Yes, from $12 a hand.")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".said")).to_have_text("Yes, from $12 a hand.")

    page.locator(".history li", has_text="corrected it").get_by_role("button", name=re.compile("Undo")).click()
    expect(page.locator(".said")).to_have_text("Yes, from $10 a hand.")
    expect(page.locator(".history li").first).to_contain_text("took back a change")


def test_what_nothing_matches_is_written_at_once(desk, sign_in):  # noqa: F811
    page = sign_in(path=LIST)

    page.get_by_label("Search questions, wordings and answers").fill("Do you sell keratim?")
    page.get_by_role("link", name="write this answer now").click()

    expect(page.get_by_label("She learns it as:")).to_have_value("Do you sell keratim?")


def test_the_search_works_without_script(desk, sign_in, nails):  # noqa: F811
    page = sign_in(path=LIST, java_script_enabled=False)

    page.get_by_label("Search questions, wordings and answers").fill("flowers")
    page.keyboard.press("Enter")

    expect(page.locator(".answers li")).to_have_count(1)


def test_that_was_wrong_opens_the_answer_which_lists_who_heard_it(desk, sign_in, nails):  # noqa: F811
    call = desk.do(HEARD.format(room=f"room-{nails}", asked="do you do nails on dogs"))
    page = sign_in(path=f"/admin/supervision/call/{call}/change/")

    page.get_by_text("That was wrong").click()
    desk.do(f"calls.record_utterance(Call.objects.get(pk={call!r}), speaker='caller', text='and cats?')")
    expect(page.get_by_text("and cats?")).to_be_visible()
    page.get_by_role("button", name="Not what was asked").click()

    page.wait_for_url(f"**/learnedanswer/{nails}/change/")
    expect(page.locator(".negative")).to_contain_text("do you do nails on dogs")
    expect(page.locator("section", has_text="Who heard it").last).to_contain_text("telephone")


def test_a_file_is_looked_at_before_it_is_learned(desk, sign_in, nails, tmp_path):  # noqa: F811
    table = tmp_path / "answers.csv"
    lines = ["question,answer,phrasings", "Do you do nail art?,No longer,", 'Do you braid?,Yes,"plaits\nbraids"']
    table.write_text("\n".join(lines), encoding="utf-8")
    page = sign_in(path=f"{LIST}exchange/")

    page.locator("#file").set_input_files(table)
    page.get_by_role("button", name="See what would change").click()
    expect(page.locator(".import tbody tr")).to_have_count(2)
    page.get_by_label("Line 2: what becomes of it").select_option("leave")
    page.get_by_role("button", name="Apply").click()

    expect(page.get_by_text("1 answer added or changed.")).to_be_visible()
    known = desk.do("result = {one.question: one.answer for one in LearnedAnswer.objects.active()}")
    assert (known["Do you do nail art?"], known["Do you braid?"]) == ("Yes, from $10 a hand.", "Yes")


def test_what_another_answer_says_is_decided_before_saving(desk, sign_in, nails):  # noqa: F811
    page = sign_in(path=f"{LIST}add/")

    page.get_by_label("She learns it as:").fill("do you do nail art")
    page.get_by_label("Answer:").fill("Not on Mondays.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".compare")).to_contain_text("Yes, from $10 a hand.")
    page.get_by_role("button", name="Replace it").click()

    expect(page.get_by_role("heading", name="Learned answers")).to_be_visible()
    assert desk.do(f"result = LearnedAnswer.objects.get(pk={nails!r}).replaced_by.answer") == "Not on Mondays."

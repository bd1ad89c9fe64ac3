"""The desk as supervisors use it: a real browser at a real server, which is cut off and killed."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.scratch import ROOT, Scratch, wait_for

expect.set_options(timeout=10_000)
# Rows are written by a process of their own: the browser's library runs a loop in this one, and the ORM refuses that.
HAND = """
import json, sys
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from supervision import calls, lifecycle
from supervision.models import *
def session(name):
    user = get_user_model().objects.get(username=name)
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return [settings.SESSION_COOKIE_NAME, session.session_key]
def ask(question, phone="+14155552671", **kind):
    call = calls.open_call(channel="practice", phone=phone)
    said = calls.record_utterance(call, speaker="caller", text=question)
    return lifecycle.request_help(question, call=call, utterance=said)
for line in sys.stdin:
    result = None
    exec(json.loads(line))
    print(json.dumps(result), flush=True)
"""

NOTE = """
from unittest import mock
from voice_agent import fallbacks
with mock.patch.dict(fallbacks._states, {{"language model": {noted}}}):
    fallbacks._write("language model")
"""


class Desk:
    """A web process with nothing beside it, and a hand that does what callers and colleagues do."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        self.hand = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", HAND],
            cwd=ROOT, env=scratch.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        scratch.processes.append(self.hand)
        self.serve()

    def serve(self) -> None:
        with (self.scratch.folder / "console.txt").open("ab") as console:
            self.web = subprocess.Popen(
                [sys.executable, "-m", "daphne", "-p", str(self.scratch.port), "salon_receptionist.asgi:application"],
                cwd=ROOT, env=self.scratch.environment, stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip
        self.scratch.processes.append(self.web)

    def kill(self) -> None:
        self.web.send_signal(signal.SIGKILL)
        self.web.wait()

    def do(self, code: str) -> object:
        """Run it in the hand; returns what it assigned to `result`."""
        self.hand.stdin.write(json.dumps(code) + "\n")
        self.hand.stdin.flush()
        return json.loads(self.hand.stdout.readline())

    def colleague(self, name: str) -> str:
        """Who may be there already, from a first try."""
        people = "get_user_model().objects"
        is_there = f"{people}.filter(username={name!r}).exists()"
        self.do(f"{is_there} or {people}.create_superuser({name!r}, first_name={name!r})")
        return name


@pytest.fixture(scope="module")
def desk(prepared, tmp_path_factory) -> Iterator[Desk]:
    scratch = Scratch(tmp_path_factory.mktemp("desk") / "var", like=prepared, ANSWER_PROMISE="2h")
    yield Desk(scratch)
    scratch.stop()


@pytest.fixture
def sign_in(browser: Browser, desk: Desk) -> Iterator[Callable[..., Page]]:
    """`sign_in()` is a page of a supervisor at the desk; what the page complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def sign_in(name: str = "supervisor", path: str = "/admin/", **options) -> Page:
        context = browser.new_context(locale="en-US", base_url=desk.scratch.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        wait_for(lambda: answers(page), describe="the server")
        cookie, session = desk.do(f"result = session({name!r})")
        context.add_cookies([{"name": cookie, "value": session, "url": desk.scratch.url}])
        page.goto(path)
        if options.get("java_script_enabled", True):
            expect(page.locator("#connection.live")).to_be_visible()
        return page

    yield sign_in
    for context in contexts:
        context.close()
    desk.do("[lifecycle.leave_unresolved(one, because='withdrawn') for one in HelpRequest.objects.pending()]")
    assert complaints == []


def answers(page: Page) -> bool:
    try:
        return page.goto("/admin/login/").ok
    except Exception:
        return False


def row(page: Page, question: str):
    return page.locator(".queue .request", has_text=question)


def open_request(page: Page, question: str) -> None:
    row(page, question).locator(".question a").click()
    page.wait_for_url("**/answer/")
    expect(page.locator("#connection.live")).to_be_visible()


def test_a_help_request_appears_by_itself_and_the_title_counts_it(desk, sign_in):
    page = sign_in()
    expect(page).to_have_title(re.compile("^Desk"))

    desk.do("ask('Do you offer keratin treatments?')")

    expect(row(page, "Do you offer keratin treatments?")).to_be_visible(timeout=1000)
    expect(page).to_have_title(re.compile(r"^\(1\) Desk"))
    expect(page.locator("h1")).to_contain_text("1 caller waits")
    assert page.locator("#nav-sidebar .count.now").inner_text().startswith("1")


def test_a_vendor_that_is_replaced_appears_and_leaves_by_itself(desk, sign_in):
    page = sign_in()
    line = page.get_by_text("language model: embedded since")

    desk.do(NOTE.format(noted={"using": "embedded", "since": "2026-06-03T17:00:00Z", "reason": "404, set GROQ_MODEL"}))
    expect(line).to_be_visible(timeout=2000)
    expect(line).to_contain_text("(404, set GROQ_MODEL)")

    desk.do(NOTE.format(noted={}))
    expect(line).to_be_hidden(timeout=2000)


def test_a_supervisor_answers_with_the_keyboard_alone(desk, sign_in):
    page = sign_in()
    desk.do("ask('Is there parking?'); ask('Do you sell shampoo?')")
    expect(row(page, "Do you sell shampoo?")).to_be_visible()

    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/answer/")
    expect(page.locator("h1")).to_have_text("Do you sell shampoo?")
    page.keyboard.press("c")
    expect(page.get_by_text("You are answering this.")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("Yes, two kinds, $24 and $31.")
    expect(page.locator("#count")).to_have_text(re.compile(r"^28 characters, \d+ in all: 1 text$"))
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/admin/?sent=*")

    expect(page.locator("#toast")).to_contain_text("Learned for everyone.")
    answer = "HelpRequest.objects.filter(question='Do you sell shampoo?').latest('created_at').supervisor_response"
    assert desk.do(f"result = {answer}") == "Yes, two kinds, $24 and $31."


def test_keys_claim_put_off_and_go_without_leaving_the_list(desk, sign_in):
    mine, hers = sign_in(), sign_in(desk.colleague("Nora"))
    desk.do("ask('Do you do henna?')")
    expect(row(mine, "Do you do henna?")).to_be_visible()
    mine.keyboard.press("j")

    mine.keyboard.press("c")
    expect(row(mine, "Do you do henna?")).to_contain_text("You have it")
    expect(row(hers, "Do you do henna?")).to_contain_text("has it")
    mine.keyboard.press("c")
    expect(row(hers, "Do you do henna?")).not_to_contain_text("has it")
    mine.keyboard.press("l")
    expect(row(hers, "Do you do henna?")).to_contain_text("nobody is reminded until")
    expect(row(mine, "Do you do henna?")).to_have_class(re.compile("marked-row"))

    mine.keyboard.press("g")
    mine.keyboard.press("c")
    mine.wait_for_url("**/supervision/call/")
    mine.keyboard.press("g")
    mine.keyboard.press("d")
    mine.wait_for_url("**/admin/")


def test_what_nobody_could_answer_gathers_at_the_side_and_leaves_when_it_is_taught(desk, sign_in):
    page = sign_in()
    gap = page.locator("[data-live=gaps] li", has_text="Do you do permanent make-up?")
    asked = "ask('Do you do permanent make-up?', phone='+1415555267%d')"
    desk.do("; ".join(asked % number for number in (3, 4)))
    desk.do("HelpRequest.objects.filter(question='Do you do permanent make-up?').update(practice=False)")
    desk.do("ask('Is there parking?')")

    expect(gap).to_contain_text("asked 2 times")
    gap.get_by_role("link").click()
    page.wait_for_url("**/answer/")
    page.fill("#answer", "Yes, from $300.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/admin/?sent=*")

    expect(gap).to_have_count(0)


def test_duty_is_switched_on_one_desk_and_by_text_and_seen_on_another(desk, sign_in):
    mine, hers = sign_in(), sign_in(desk.colleague("Ida"))
    desk.do("me = get_user_model().objects.get(username='supervisor')")
    desk.do("Supervisor.objects.create(user=me, phone='+14155550177')")
    seen = hers.locator("[data-live=duty]")
    expect(seen).to_contain_text("Nobody gets texts about new questions.")

    mine.get_by_role("button", name="Go on duty").click()
    expect(seen).to_contain_text("supervisor")
    expect(mine.get_by_role("button", name="Go off duty")).to_be_visible()

    for number, (text, words) in enumerate({"OFF": "Nobody gets texts", "ON": "supervisor"}.items()):
        desk.do("from supervision import inbound")
        desk.do(f"inbound.take('SM{number}', '+14155550177', '+14155550100', {text!r}); inbound.read_new()")
        expect(seen).to_contain_text(words)
    desk.do("Supervisor.objects.filter(user=me).update(on_duty=False, phone=None)")


def test_who_was_told_what_has_changed_is_texted_with_one_click(desk, sign_in):
    page, other = sign_in(), sign_in(desk.colleague("Uma"))
    desk.do("from knowledge import learning; from supervision import corrections")
    desk.do("asked = ask('Do you do lash lifts?', phone='+14155552690')")
    desk.do("HelpRequest.objects.filter(pk=asked.pk).update(practice=False); asked.refresh_from_db()")
    desk.do("me = get_user_model().objects.get(username='supervisor')")
    desk.do("asked = lifecycle.resolve(asked, answer='Yes, from $60.', by=me)")
    desk.do("asked.messages.update(state='sent')")
    desk.do("learning.correct(asked.learned_answer, answer='Yes, from $75.', by=me); corrections.find()")

    changed = page.locator(".correction", has_text="Do you do lash lifts?")
    expect(changed).to_contain_text("Now: Yes, from $75.")
    expect(changed).to_contain_text("ending in 90")
    changed.get_by_role("button", name="Text them the new one").click()

    expect(page.get_by_text("1 correction will be texted.")).to_be_visible()
    expect(other.locator(".correction", has_text="Do you do lash lifts?")).to_have_count(0)
    texts = "Message.objects.filter(recipient='+14155552690', purpose='correction')"
    assert "$75" in desk.do(f"result = {texts}.get().text")


def test_undo_takes_the_answer_back_with_its_text(desk, sign_in):
    page = sign_in()
    desk.do("ask('Do you braid beards?')")
    open_request(page, "Do you braid beards?")
    page.fill("#answer", "No, sorry.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/admin/?sent=*")

    page.keyboard.press("z")

    page.wait_for_url("**/answer/")
    expect(page.locator("#answer")).to_have_value("No, sorry.")
    state = "HelpRequest.objects.filter(question='Do you braid beards?').latest('created_at').status"
    assert desk.do(f"result = {state}") == "pending"


def test_a_colleagues_claim_and_answer_show_without_touching_the_box(desk, sign_in):
    mine, hers = sign_in(), sign_in(desk.colleague("Rosa"))
    desk.do("ask('Do you do nail art?')")
    open_request(mine, "Do you do nail art?")
    open_request(hers, "Do you do nail art?")
    mine.fill("#answer", "Yes, from $12.")
    expect(hers.get_by_text("is answering this.")).to_be_visible()

    hers.fill("#answer", "Yes, from $10.")
    hers.keyboard.press("Control+Enter")

    expect(mine.get_by_text("Rosa answered at")).to_be_visible()
    expect(mine.locator("#answer")).to_have_value("Yes, from $12.")
    expect(mine.locator("#send")).to_be_disabled()


def test_the_second_supervisor_loses_and_keeps_the_text(desk, sign_in):
    mine, hers = sign_in(), sign_in(desk.colleague("Ines"))
    desk.do("ask('Do you cut wigs?')")
    open_request(mine, "Do you cut wigs?")
    open_request(hers, "Do you cut wigs?")
    mine.fill("#answer", "Yes, from $60.")
    hers.fill("#answer", "Yes, from $50.")
    mine.route("**/admin/**", lambda route: route.continue_() if route.request.method == "POST" else route.abort())
    hers.keyboard.press("Control+Enter")
    hers.wait_for_url("**/admin/?sent=*")

    mine.keyboard.press("Control+Enter")

    expect(mine.get_by_role("alert")).to_contain_text("Ines answered")
    expect(mine.locator("#answer")).to_have_value("Yes, from $60.")
    expect(mine.locator(".compare")).to_contain_text("Yes, from $50.")
    given = "[one.supervisor_response for one in HelpRequest.objects.filter(question='Do you cut wigs?')]"
    assert desk.do(f"result = {given}") == ["Yes, from $50."]


def test_rows_are_held_back_under_the_pointer(desk, sign_in):
    page = sign_in()
    desk.do("ask('Is there parking?')")
    expect(row(page, "Is there parking?")).to_be_visible()
    page.mouse.move(0, 0)
    row(page, "Is there parking?").hover()

    desk.do("ask('Do you sell shampoo?')")
    expect(page.locator("#arrived")).to_contain_text("1 new help request held back while you are here")
    expect(row(page, "Do you sell shampoo?")).to_have_count(0)
    page.click("#arrived button")

    expect(row(page, "Do you sell shampoo?")).to_be_visible()
    expect(page.locator("#arrived")).to_be_hidden()


@pytest.mark.parametrize(("question", "scrolled"), [("Question 0", 0), ("Question 3", 200)])
def test_a_row_stays_under_the_hand_when_a_caller_begins_to_hold(desk, sign_in, question, scrolled):
    page = sign_in(viewport={"width": 1280, "height": 420})
    for number in range(6):
        desk.do(f"ask('Question {number} of many?', phone='+1415555270{number}')")
    mine = row(page, question)
    expect(row(page, "Question 5 of many?")).to_be_visible()
    page.evaluate(f"scrollTo(0, {scrolled})")
    mine.hover()
    before = mine.bounding_box()["y"]

    desk.do("held = calls.ring(room='held', channel='phone', phone='+14155552666')")
    desk.do("calls.answer(held); lifecycle.request_help('Is anybody there?', call=held); calls.hold(held)")
    expect(page.locator(".holding", has_text="Is anybody there?")).to_be_attached()

    assert abs(mine.bounding_box()["y"] - before) <= 1
    desk.do("calls.close_call(held); Call.objects.filter(pk=held.pk).update(room=None)")


def test_a_draft_survives_a_reload(desk, sign_in):
    page = sign_in()
    desk.do("ask('Do you offer massages?')")
    open_request(page, "Do you offer massages?")
    page.fill("#answer", "Let me think about")
    expect(page.locator("#draft-saved")).to_have_text("draft saved")

    page.reload()

    expect(page.locator("#answer")).to_have_value("Let me think about")


def test_who_was_signed_out_signs_in_again_and_has_the_text(desk, sign_in):
    page = sign_in()
    desk.do("me = get_user_model().objects.get(username='supervisor'); me.set_password('a wand 4 hair'); me.save()")
    desk.do("ask('Do you offer saunas?')")
    page = sign_in()
    open_request(page, "Do you offer saunas?")
    page.fill("#answer", "No, but")

    desk.do("Session.objects.all().delete(); ask('Is there parking?')")

    expect(page.get_by_text("You were signed out.")).to_be_visible()
    expect(page.locator("#answer")).to_have_value("No, but")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Username").fill("supervisor")
    page.get_by_label("Password").fill("a wand 4 hair")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/answer/")
    expect(page.locator("h1")).to_have_text("Do you offer saunas?")
    expect(page.locator("#answer")).to_have_value("No, but")


def test_a_draft_is_nobody_elses_on_the_same_device(desk, sign_in):
    page = sign_in()
    desk.do("ask('Do you sell wigs?')")
    open_request(page, "Do you sell wigs?")
    page.fill("#answer", "Between us")
    expect(page.locator("#draft-saved")).to_have_text("draft saved")

    cookie, session = desk.do(f"result = session({desk.colleague('Vera')!r})")
    page.context.add_cookies([{"name": cookie, "value": session, "url": desk.scratch.url}])
    page.reload()

    expect(page.locator("#connection.live")).to_be_visible()
    expect(page.locator("#answer")).to_have_value("")


def test_two_tabs_of_one_person_share_one_draft(desk, sign_in):
    first = sign_in()
    desk.do("ask('Do you rent chairs?')")
    open_request(first, "Do you rent chairs?")
    second = first.context.new_page()
    second.goto(first.url)

    first.fill("#answer", "Yes, by the day.")
    first.check("#scope-caller")

    expect(second.locator("#answer")).to_have_value("Yes, by the day.")
    expect(second.locator("#scope-caller")).to_be_checked()
    expect(second.get_by_text("is typing.")).to_be_hidden()
    second.click("#send")
    second.wait_for_url("**/admin/?sent=*")
    expect(first.get_by_text("You answered at")).to_be_visible()


def test_a_help_request_is_handed_to_a_colleague_who_takes_it_or_leaves_it(desk, sign_in):
    mine, hers = sign_in(), sign_in(desk.colleague("Olga"))
    desk.do("ask('Do you do balayage?')")
    open_request(mine, "Do you do balayage?")

    mine.keyboard.press("h")
    mine.get_by_role("button", name="Olga has the desk open").click()
    expect(hers.get_by_text("hands you")).to_be_visible()
    expect(row(mine, "Do you do balayage?")).to_contain_text("handed to Olga")
    hers.get_by_role("button", name="Not now").click()
    expect(row(mine, "Do you do balayage?")).to_contain_text("You have it")

    open_request(mine, "Do you do balayage?")
    mine.keyboard.press("h")
    mine.get_by_role("button", name="Olga has the desk open").click()
    hers.goto("/admin/")
    open_request(hers, "Do you do balayage?")
    hers.locator("#answer").press_sequentially("Yes")
    expect(hers.get_by_text("You are answering this.")).to_be_visible()
    expect(row(mine, "Do you do balayage?")).to_contain_text("Olga has it")


def test_a_colleagues_typing_is_seen_and_not_her_words(desk, sign_in):
    mine, hers = sign_in(), sign_in(desk.colleague("Pia"))
    desk.do("ask('Do you do updos?')")
    open_request(mine, "Do you do updos?")
    open_request(hers, "Do you do updos?")

    hers.locator("#answer").press_sequentially("Secret")

    expect(mine.get_by_text("Pia is typing.")).to_be_visible()
    expect(hers.get_by_text("is typing.")).to_be_hidden()
    assert "Secret" not in mine.content()


def test_a_known_answer_as_a_draft_is_marked_and_can_be_undone(desk, sign_in):
    page = sign_in()
    desk.do("ask('How much is a gel manicure with nail art?')")
    open_request(page, "How much is a gel manicure with nail art?")
    page.fill("#answer", "My own words")

    page.keyboard.press("Escape")
    page.keyboard.press("1")

    expect(page.locator("#draft-saved")).to_contain_text("read it before you send it")
    expect(page.locator("#answer")).to_have_class(re.compile("drafted"))
    page.keyboard.press("Control+z")
    expect(page.locator("#answer")).to_have_value("My own words")
    expect(page.locator("#answer")).not_to_have_class(re.compile("drafted"))


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_wrong_clock_in_the_browser_changes_no_countdown(desk, sign_in, hours):
    desk.do("ask('Is there a wait?')")
    right, wrong = sign_in(), sign_in()
    wrong.add_init_script(f"const now = Date.now; Date.now = () => now() + {hours * 3600_000};")
    wrong.reload()
    expect(wrong.locator("#connection.live")).to_be_visible()
    wrong.wait_for_timeout(1100)  # a tick of the clock

    left = [row(page, "Is there a wait?").locator("[data-until]").inner_text() for page in (right, wrong)]
    assert left[1] in (left[0], "1 h 59 min left")


def test_a_page_that_slept_for_an_hour_catches_up(desk, sign_in):
    page = sign_in()
    desk.do("asked = ask('Do you open early?')")
    expect(row(page, "Do you open early?")).to_be_visible()
    page.evaluate(
        "const now = Date.now; let slept = 0; Date.now = () => now() + slept;"
        "addEventListener('sleep', () => { slept = 3600000; });"
    )
    page.context.set_offline(True)

    desk.do("lifecycle.leave_unresolved(asked, because='withdrawn')")
    page.evaluate("dispatchEvent(new Event('sleep'))")
    page.context.set_offline(False)

    expect(row(page, "Do you open early?")).to_have_count(0, timeout=5000)
    expect(page.locator("#connection.live")).to_be_visible()


def test_what_was_changed_in_an_undone_answer_survives_the_login(desk, sign_in):
    page = sign_in()
    desk.do("ask('Do you shave heads?')")
    open_request(page, "Do you shave heads?")
    page.fill("#answer", "Yes, $10.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/admin/?sent=*")
    page.keyboard.press("z")
    page.wait_for_url("**/answer/")
    page.fill("#answer", "Yes, from $20.")
    expect(page.locator("#draft-saved")).to_have_text("draft saved")

    page.reload()

    expect(page.locator("#answer")).to_have_value("Yes, from $20.")


def test_a_draft_for_one_caller_is_never_taught_to_all_by_a_reload(desk, sign_in):
    page = sign_in()
    desk.do("ask('Is my ring there?')")
    open_request(page, "Is my ring there?")
    page.fill("#answer", "Yes, it is here.")
    page.check("#scope-caller")
    expect(page.locator("#draft-saved")).to_have_text("draft saved")

    page.reload()

    expect(page.locator("#answer")).to_have_value("Yes, it is here.")
    expect(page.locator("#scope-caller")).to_be_checked()


def test_what_is_sent_while_offline_waits_on_the_device_and_goes_by_itself(desk, sign_in):
    page = sign_in()
    desk.do("ask('Do you sharpen scissors?')")
    open_request(page, "Do you sharpen scissors?")
    page.fill("#answer", "Yes, gladly.")
    page.context.set_offline(True)

    page.click("#send")

    expect(page.get_by_text("Not sent: you are offline.")).to_be_visible()
    expect(page.locator("#answer")).to_have_value("Yes, gladly.")
    desk.kill()  # a socket that is open does not notice that its browser is offline
    page.context.set_offline(False)
    desk.serve()
    page.wait_for_url("**/admin/?sent=*", timeout=20_000)
    given = "HelpRequest.objects.get(question='Do you sharpen scissors?').supervisor_response"
    assert desk.do(f"result = {given}") == "Yes, gladly."


def test_an_answer_that_waited_on_the_device_loses_to_a_faster_one_and_is_kept(desk, sign_in):
    page = sign_in()
    desk.do("ask('Do you do perms?')")
    open_request(page, "Do you do perms?")
    page.fill("#answer", "Yes, from $80.")
    page.context.set_offline(True)
    page.click("#send")
    expect(page.get_by_text("Not sent: you are offline.")).to_be_visible()
    page.goto("about:blank")  # the tab is closed, and opened again at the desk
    desk.do("lifecycle.resolve(HelpRequest.objects.get(question='Do you do perms?'), answer='No.', by=None)")
    page.context.set_offline(False)

    page.goto("/admin/")

    lost = page.get_by_role("alert").filter(has_text="was not sent.")
    expect(lost).to_be_visible()
    lost.get_by_role("link").click()
    expect(page.locator("#kept")).to_contain_text("Yes, from $80.")
    assert desk.do("result = HelpRequest.objects.get(question='Do you do perms?').supervisor_response") == "No."


def test_an_old_draft_is_not_put_over_what_was_sent_since(desk, sign_in):
    page = sign_in()
    desk.do("ask('Do you pierce ears?')")
    open_request(page, "Do you pierce ears?")
    page.fill("#answer", "No.")
    expect(page.locator("#draft-saved")).to_have_text("draft saved")
    desk.do(
        "r = HelpRequest.objects.get(question='Do you pierce ears?');"
        "lifecycle.resolve(r, answer='Yes, $30.', by=get_user_model().objects.get(username='supervisor'))"
    )

    page.goto(page.url + "?correct")

    expect(page.locator("#answer")).to_have_value("Yes, $30.")


def test_hostile_words_run_nothing(desk, sign_in):
    page = sign_in()
    words = "<script>alert(1)</script><img src=x onerror=alert(2)> هل عندكم 💇🏽‍♀️"

    desk.do(f"ask({words!r})")
    expect(row(page, "<script>alert(1)</script>")).to_be_visible()
    open_request(page, "<script>alert(1)</script>")

    expect(page.locator("h1")).to_have_text(words)
    assert page.locator("main img").count() == 0


def test_no_page_scrolls_sideways(desk, sign_in):
    page = sign_in()
    desk.do(f"ask('a{'b' * 3000}'); ask('Is there parking?')")
    expect(row(page, "Is there parking?")).to_be_visible()
    answer = row(page, "Is there parking?").locator("a").get_attribute("href")

    for path in ("/admin/", answer, "/admin/practice/?new", "/admin/supervision/call/"):
        page.goto(path)
        for width in (320, 820, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)


def test_pages_equal_the_database_after_cuts_and_a_killed_server(desk, sign_in):
    home, listing = sign_in(), sign_in(path="/admin/supervision/helprequest/?status__exact=pending")
    home.mouse.move(0, 0)
    for number in range(6):
        desk.do(f"ask('Question number {number}?', phone='+1415555{2700 + number}')")
        if number in (1, 3):
            desk.kill()
            desk.do(f"ask('Asked in the dark {number}?', phone='+1415555{2800 + number}')")
            desk.do(
                "lifecycle.leave_unresolved(HelpRequest.objects.pending().earliest('created_at'), because='withdrawn')"
            )
            desk.serve()
    waiting = desk.do("result = [one.reference for one in HelpRequest.objects.pending().by_promise()]")

    for page, references in ((home, ".queue[data-hold] .ref"), (listing, "#result_list .ref")):
        wait_for(lambda page=page: "Live" in page.locator("#connection").inner_text(), seconds=20, describe="a line")
        expect(page.locator(references)).to_have_count(len(waiting))
        assert sorted(page.locator(references).all_inner_texts()) == sorted(waiting)
    assert home.locator(".queue[data-hold] .ref").all_inner_texts() == waiting
    expect(home).to_have_title(re.compile(rf"^\({len(waiting)}\) Desk"))


def test_an_offline_page_says_since_when_and_comes_back_by_itself(desk, sign_in):
    page = sign_in()

    desk.kill()
    expect(page.get_by_text("You are offline since")).to_be_visible()
    desk.serve()

    expect(page.locator("#connection.live")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("You are offline since")).to_be_hidden()


def start_practice(page: Page, phone: str = "") -> str:
    page.goto("/admin/practice/?new")
    page.fill("#phone", phone)
    page.get_by_role("button", name="Start the call").click()
    page.wait_for_url(re.compile("/practice/[0-9a-f-]{36}/"))
    expect(page.locator("#connection.live")).to_be_visible()
    return page.url.rstrip("/").rpartition("/")[2]


def test_a_practice_call_streams_and_goes_on_after_a_reload(desk, sign_in):
    page = sign_in()
    call = start_practice(page, "+1 415 555 2690")

    page.fill("#say", "are you open on thanksgiving")
    page.keyboard.press("Enter")
    expect(page.locator("#script")).to_contain_text("are you open on thanksgiving")
    desk.do(
        f"call = Call.objects.get(pk='{call}'); epoch = calls.take(call, holder='test')\n"
        "reply = calls.begin_reply(call.utterances.get()); calls.extend(reply, 'No, on Thurs')"
    )
    expect(page.locator(".she .words")).to_have_text("No, on Thurs")
    expect(page.locator(".caret")).to_have_count(1)
    desk.do("calls.finish_reply(reply, text='No, on Thursday we are closed.', epoch=epoch, latency_ms=310)")
    expect(page.locator(".she .words")).to_have_text("No, on Thursday we are closed.")
    expect(page.locator(".latency")).to_have_text("0.3 s")
    wait_for(lambda: desk.do("reply.refresh_from_db(); result = reply.heard_at is not None"), describe="heard")
    page.reload()

    expect(page.locator("#script .words")).to_have_text(
        ["are you open on thanksgiving", "No, on Thursday we are closed."]
    )


def test_the_callers_phone_shows_the_text_as_it_comes(desk, sign_in):
    page = sign_in()
    call = start_practice(page, "+1 415 555 2691")
    expect(page.locator(".handset")).to_contain_text("No text yet.")

    desk.do(
        f"call = Call.objects.get(pk='{call}'); request = lifecycle.request_help('Do you tan?', call=call)\n"
        "lifecycle.resolve(request, answer='No, we do not.', by=None)"
    )

    expect(page.locator(".handset")).to_contain_text("No, we do not.")
    expect(page.locator(".handset")).to_contain_text("Queued")


def test_what_is_typed_while_the_server_is_dead_is_said_once(desk, sign_in):
    page = sign_in()
    call = start_practice(page)
    desk.kill()

    page.fill("#say", "is anybody there")
    page.keyboard.press("Enter")
    desk.serve()

    expect(page.locator("#script")).to_contain_text("is anybody there", timeout=20_000)
    said = f"list(Utterance.objects.filter(call='{call}', speaker='caller').values_list('text', flat=True))"
    assert desk.do(f"result = {said}") == ["is anybody there"]


def test_a_practice_caller_is_told_what_is_wrong_where_it_is_typed(desk, sign_in):
    page = sign_in()
    page.goto("/admin/practice/?new")
    page.fill("#phone", "12")
    page.get_by_role("button", name="Start the call").click()
    expect(page.locator("#phone-note")).to_contain_text("not a telephone number")

    start_practice(page)
    page.evaluate("document.getElementById('say').value = 'a'.repeat(4001)")
    page.click("#say-form [type=submit]")

    expect(page.locator("#say-error")).to_contain_text("4,000")
    assert len(page.input_value("#say")) == 4001


def test_a_call_grows_under_the_eyes_of_a_supervisor(desk, sign_in):
    call = desk.do("call = calls.open_call(channel='practice'); result = str(call.pk)")
    page = sign_in(path=f"/admin/supervision/call/{call}/change/")

    desk.do("said = calls.record_utterance(call, speaker='caller', text='Do you cut fringes?')")
    expect(page.locator("#script")).to_contain_text("Do you cut fringes?")
    desk.do(
        "epoch = calls.take(call, holder='test'); reply = calls.begin_reply(said)\n"
        "request = lifecycle.request_help('Do you cut fringes?', call=call, utterance=said)\n"
        "calls.finish_reply(reply, text='I will ask.', epoch=epoch, promise=request.promises.get())"
    )

    expect(page.locator("#script .she .words")).to_have_text("I will ask.")
    expect(page.locator("#script .she .source")).to_contain_text("asked: ")
    expect(page.get_by_text("Help requests of this call").locator("xpath=../..")).to_contain_text("Do you cut fringes?")


def test_an_answer_can_be_sent_without_javascript(desk, sign_in):
    page = sign_in(java_script_enabled=False)
    desk.do("ask('Do you iron hair?')")
    page.reload()
    row(page, "Do you iron hair?").locator("a").click()
    page.fill("#answer", "Yes, for $20.")
    page.click("#send")

    expect(page.locator("#toast")).to_contain_text("Learned for everyone.")


def test_staff_whose_rights_are_taken_are_told_within_five_seconds(desk, sign_in):
    name = desk.colleague("Theo")
    page = sign_in(name)

    desk.do(f"get_user_model().objects.filter(username={name!r}).update(is_superuser=False)")

    expect(page.get_by_text("You may no longer see this page.")).to_be_visible(timeout=5000)

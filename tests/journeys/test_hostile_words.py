"""Whatever callers say, nothing of it runs, leaves its place or forges a line, wherever it is read."""

import csv
import io
import json
import subprocess
import sys
import urllib.request

import pytest
from playwright.sync_api import Page

from tests.payloads import HOSTILE, LOG_LINE, MARK
from tests.scratch import PASSWORD, ROOT, Scratch, wait_for

# Every inlet by which a caller's words come in, in one process; prints the addresses at which they are read.
POST = """
import logging
from django.core.exceptions import ValidationError
from knowledge import learning
from supervision import calls, inbound, lifecycle
from supervision.models import *
from tests.payloads import HOSTILE
user = User.objects.get()
own = learning.learn(question="Is there parking?", answer="Behind the house.", taught_by=user)
pages, refused = [], 0
def tried(do, *args, **how):
    global refused
    try:
        return do(*args, **how)
    except ValidationError as refusal:
        refused += 1
        logging.getLogger("supervision").warning("refused: %s", refusal.code)
for number, words in enumerate(HOSTILE.values()):
    phone = f"+1415555{2000 + number}"
    calls.ring(room=f"room-{number}", channel="phone", phone=words)
    spoken = calls.ring(room=f"answered-{number}", channel="phone", phone=phone)
    calls.answer(spoken)
    for call in (calls.open_call(channel="console", phone=phone), spoken):
        said = tried(calls.record_utterance, call, speaker="caller", text=words)
        calls.record_utterance(call, speaker="receptionist", text=words[:4000])
    Caller.objects.filter(phone=phone).update(name=words.replace(chr(0), "")[:80])
    pages.append(f"/admin/supervision/call/{call.pk}/change/")
    inbound.take(f"SM{number}", f"+1773555{2000 + number}", "+13125550100", words)
    tried(learning.propose_phrasing, own.pk, words[:900], source=words)
    if said is None:
        continue
    asked = tried(lifecycle.request_help, words, call=call, utterance=said, note=words)
    if asked is None:
        continue
    pages.append(f"/admin/supervision/helprequest/{asked.pk}/answer/")
    if number % 3 == 0:
        lifecycle.leave_unresolved(asked, because="left", by=user)
    if number % 3 == 1:
        tried(lifecycle.resolve, asked, answer="Yes.", by=user, learned_question=words[:200])
        pages.append(f"/admin/supervision/helprequest/{asked.pk}/change/")
inbound.read_new()
pages.append(f"/admin/knowledge/learnedanswer/{own.pk}/change/")
print(json.dumps([pages, refused]))
"""
LISTS = (
    "/admin/", "/admin/supervision/helprequest/", "/admin/supervision/call/", "/admin/supervision/caller/",
    "/admin/supervision/message/", "/admin/supervision/promise/", "/admin/knowledge/learnedanswer/", "/admin/numbers/",
    "/admin/digest/", "/admin/my-texts/", "/admin/practice/",
)  # fmt: skip
# Said by the page itself, before anything of it has run.
WATCH = f"""
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));
window.looks = () => ({{
    ran: window.{MARK} === 1,
    violations: window.violations,
    overflows: document.documentElement.scrollWidth > document.documentElement.clientWidth
        ? [...document.querySelectorAll('#content *')]
            .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .map((one) => one.tagName + "." + one.className).slice(-3)
        : [],
    links: [...document.querySelectorAll('a[href], form[action]')]
        .map((one) => new URL(one.getAttribute('href') ?? one.getAttribute('action'), location))
        .filter((one) => one.origin !== location.origin).length,
    planted: document.querySelectorAll(
        'iframe, base, img[src=x], [onerror], [onload], [onfocus], [onmouseover]').length,
}});
"""
CLEAN = {"ran": False, "violations": [], "overflows": [], "links": 0, "planted": 0}


@pytest.fixture
def attacked(scratch):
    """A web process, and the addresses at which what hostile callers have said is read."""
    *logged, printed = scratch.manage("shell", "--verbosity", "0", "-c", f"import json\n{POST}").splitlines()
    pages, refused = json.loads(printed)
    assert refused  # 64 KB are too much for a turn
    assert LOG_LINE not in [line.strip() for line in logged]
    server = [sys.executable, "-m", "daphne", "-p", str(scratch.port), "salon_receptionist.asgi:application"]
    with (scratch.folder / "console.txt").open("ab") as console:
        scratch.processes.append(
            subprocess.Popen(server, cwd=ROOT, env=scratch.environment, stdout=console, stderr=console)
        )
    wait_for(lambda: _is_up(scratch), seconds=30)
    return scratch, pages


def _is_up(scratch: Scratch) -> bool:
    try:
        return urllib.request.urlopen(f"{scratch.url}/admin/login/", timeout=5).status == 200
    except OSError:
        return False


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/login/?next=/admin/")
    page.fill("#id_username", "supervisor")
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url(f"{url}/admin/")


def test_what_hostile_callers_say_is_only_words_wherever_it_is_read(browser, attacked):
    scratch, pages = attacked
    dialogs = []
    page = browser.new_page(viewport={"width": 360, "height": 780})
    page.add_init_script(WATCH)
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    sign_in(page, scratch.url)

    found = {address: looked_at(page, scratch.url + address) for address in (*LISTS, *pages)}

    assert {address: looks for address, looks in found.items() if looks != CLEAN} == {}
    assert dialogs == []
    practise(page, scratch.url)
    for name in ("help-requests", "calls", "texts"):
        assert_no_cell_is_a_formula(page, f"{scratch.url}/admin/numbers/{name}.csv")
    assert f"\n{LOG_LINE}" not in scratch.printed()
    page.context.close()


def looked_at(page: Page, address: str) -> dict:
    answer = page.goto(address)
    assert answer.status == 200, address
    return page.evaluate("window.looks()")


def practise(page: Page, url: str) -> None:
    """Typed into the page itself, and into its field for a number."""
    page.goto(f"{url}/admin/practice/")
    page.get_by_label("Caller's telephone").fill(HOSTILE["event handler"][:40])
    page.get_by_role("button", name="Start the call").click()
    assert page.evaluate("window.looks()") == CLEAN
    page.get_by_label("Caller's telephone").fill("")
    page.get_by_role("button", name="Start the call").click()
    for name in ("script", "event handler", "javascript link", "template"):
        page.get_by_label("Say as a caller").fill(HOSTILE[name])
        page.get_by_role("button", name="Say", exact=True).click()
    page.get_by_text("press</a>").first.wait_for()
    assert page.evaluate("window.looks()") == CLEAN


def assert_no_cell_is_a_formula(page: Page, address: str) -> None:
    answer = page.request.get(address)
    assert answer.status == 200
    cells = [cell for row in csv.reader(io.StringIO(answer.text())) for cell in row]
    assert cells
    assert [cell for cell in cells if cell[:1] in ("=", "@", "\t", "\r")] == []

"""Every page of the desk with a salon's day on it: what axe-core finds in both themes, and pictures to look at."""

import hashlib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.scratch import PASSWORD, ROOT, Scratch, wait_for

AXE = ROOT / "tests" / "vendor" / "axe-core"
SCREENS = ROOT / "var" / "screens"
FILL = """
from supervision import demo
from supervision.models import *
from knowledge.models import LearnedAnswer
demo.fill(days_back=1)
waiting = HelpRequest.objects.pending().filter(claimed_by=None).by_promise().first()
talked = Call.objects.filter(state="ended", utterances__citations__isnull=False).first()
learned = LearnedAnswer.objects.active().filter(phrasings__isnull=False).first()
print(json.dumps({
    "answer": f"/admin/supervision/helprequest/{waiting.pk}/answer/",
    "request": f"/admin/supervision/helprequest/{waiting.pk}/change/",
    "call": f"/admin/supervision/call/{talked.pk}/change/",
    "learned answer": f"/admin/knowledge/learnedanswer/{learned.pk}/change/",
}))
"""
PAGES = {
    "desk": "/admin/",
    "help requests": "/admin/supervision/helprequest/",
    "calls": "/admin/supervision/call/",
    "callers": "/admin/supervision/caller/",
    "knowledge": "/admin/knowledge/learnedanswer/",
    "numbers": "/admin/numbers/",
    "promises": "/admin/supervision/promise/",
    "messages": "/admin/supervision/message/",
    "digest": "/admin/digest/",
    "my texts": "/admin/my-texts/",
    "practice": "/admin/practice/",
}
RUN_AXE = "() => axe.run({resultTypes: ['violations']}).then(({violations}) => violations.map((one) => [one.id, one.nodes.map((node) => node.target.join(' ')).slice(0, 3)]))"  # noqa: E501
VIEWS = {"wide": (1440, "light"), "dark": (1440, "dark"), "narrow": (360, "light")}

pytestmark = pytest.mark.timeout(300)  # each looks at fifteen pages


@pytest.fixture(scope="module")
def shown(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scratch, dict[str, str]]]:
    """A web process with a day of the demo, and the addresses of its pages by name."""
    scratch = Scratch(tmp_path_factory.mktemp("shown") / "var", like=prepared, DEMO="yes")
    pages = scratch.ask(FILL)
    server = [sys.executable, "-m", "daphne", "-p", str(scratch.port), "salon_receptionist.asgi:application"]
    with (scratch.folder / "console.txt").open("ab") as console:
        web = subprocess.Popen(server, cwd=ROOT, env=scratch.environment, stdout=console, stderr=console)
    scratch.processes.append(web)
    wait_for(lambda: _is_up(scratch), seconds=30)
    yield scratch, PAGES | pages
    scratch.stop()


def _is_up(scratch: Scratch) -> bool:
    try:
        return urllib.request.urlopen(f"{scratch.url}/admin/login/", timeout=5).status == 200
    except OSError:
        return False


def at_the_desk(browser: Browser, url: str, view: str, **how) -> Page:
    width, theme = VIEWS[view]
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-US", **how
    )
    page = context.new_page()
    page.goto(f"{url}/admin/login/?next=/admin/")
    page.fill("#id_username", "rosa")
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url(f"{url}/admin/")
    return page


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_on_any_page_and_each_fits_its_width(browser, shown, view):
    scratch, pages = shown
    SCREENS.mkdir(parents=True, exist_ok=True)
    page = at_the_desk(browser, scratch.url, view, bypass_csp=True)  # only so that axe can be put in

    found = {name: looked_at(page, scratch.url + address, f"{name}-{view}") for name, address in pages.items()}

    page.context.close()
    assert {name: each for name, each in found.items() if each} == {}


def looked_at(page: Page, address: str, name: str) -> list:
    """What is wrong with it; a picture of it is left for people. On a telephone, axe counts what the bar covers."""
    assert page.goto(address).status == 200, address
    page.screenshot(path=SCREENS / f"{name.replace(' ', '-')}.png", full_page=True)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        return ["is wider than the window"]
    if page.viewport_size["width"] < 1024:
        return []
    page.add_script_tag(path=AXE / "axe.min.js")
    return page.evaluate(RUN_AXE)


def test_axe_would_find_something(browser, shown):
    scratch, _ = shown
    page = at_the_desk(browser, scratch.url, "wide", bypass_csp=True)
    page.evaluate("document.querySelector('#content').insertAdjacentHTML('beforeend', '<img src=\"/x.png\">')")
    page.add_script_tag(path=AXE / "axe.min.js")

    assert "image-alt" in [name for name, _ in page.evaluate(RUN_AXE)]
    page.context.close()


def test_axe_is_what_its_makers_published():
    digest = hashlib.sha256((AXE / "axe.min.js").read_bytes()).hexdigest()

    assert digest in (AXE / "PROVENANCE").read_text(encoding="utf-8")
    assert (AXE / "LICENSE").stat().st_size

"""The whole product, started as people start it, and people at its pages: real processes and a real browser."""

import json
import os
import re
import shutil
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests.scratch import PASSWORD, Scratch, wait_for

LOGIN = "supervisor"


class House(Scratch):
    """`manage.py runall` in a folder of its own, with the texts that left it."""

    def __init__(self, folder: Path, *, like: Path | None = None, **settings: str) -> None:
        super().__init__(folder, like=like, **settings)
        self.environment.setdefault("MESSAGE_BACKEND", "supervision.delivery.file.FileBackend")
        folder.mkdir(exist_ok=True)

    def open(self) -> None:
        self.runall = self.start("runall")
        wait_for(lambda: "Ctrl-C" in self.printed(), seconds=60, describe="the banner of runall")

    def close(self) -> None:
        self.runall.send_signal(signal.SIGINT)
        self.runall.wait(timeout=15)

    def is_up(self) -> bool:
        """The web process answers."""
        try:
            return urllib.request.urlopen(f"{self.url}/admin/login/", timeout=5).status == 200
        except OSError:
            return False

    def is_healthy(self) -> bool:
        """All processes say that they are alive."""
        try:
            return urllib.request.urlopen(f"{self.url}/api/health", timeout=5).status == 200
        except OSError:
            return False

    def texts(self, number: str) -> list[str]:
        """What has been sent to a telephone number, oldest first."""
        file = self.folder / "messages.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [sent["text"] for sent in map(json.loads, lines) if sent["to"] == number]


class Practice:
    """A practice call on a page."""

    def __init__(self, page: Page, url: str, number: str = "") -> None:
        self.page = page
        page.goto(f"{url}/admin/practice/")
        page.get_by_label("Caller's telephone").fill(number)
        with page.expect_navigation():  # the page shows the supervisor's open call, if there is one
            page.get_by_role("button", name=re.compile("^(Start the call|New call)$")).click()
        self.hers.nth(0).wait_for()

    @property
    def hers(self) -> Locator:
        """What she has said so far, whole."""
        return self.page.locator(".turn.she .words:not(:has(.caret))")

    def ask(self, words: str) -> str:
        """Type it, and read what she replies."""
        before = self.hers.count()
        self.page.get_by_label("Say as a caller").fill(words)
        self.page.get_by_role("button", name="Say", exact=True).click()
        return self.hears(before)

    def hears(self, before: int) -> str:
        self.hers.nth(before).wait_for()
        return self.hers.nth(before).inner_text()

    def leave(self) -> None:
        """Close the page and wait until the call has ended, as it does after ten seconds."""
        self.page.close()


@pytest.fixture(scope="module")  # Playwright holds the thread's event loop: what is asynchronous elsewhere needs it too
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if not path:
        pytest.skip("needs a headless browser: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def house(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house") / "var", like=prepared)
    house.open()
    yield house
    house.close()


@pytest.fixture
def person(browser: Browser, house: House) -> Iterator[Callable[..., Page]]:
    """`person()` is the page of a supervisor who has just signed in; what a page complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def sign_in(login: str = LOGIN, password: str = PASSWORD) -> Page:
        context = browser.new_context(locale="en-US")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.goto(f"{house.url}/admin/login/?next=/admin/")
        page.get_by_label("Username").fill(login)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{house.url}/admin/")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(autouse=True)
def _orm_beside_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser's driver runs a loop in this thread, which Django takes for asynchronous code; none is here."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")

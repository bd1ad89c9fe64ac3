"""Notices from the click that allows them to the page they lead to, in a real browser, with the real job between."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Worker, expect

from tests.doubles.push_service import PushServiceDouble, push_service
from tests.journeys.conftest import House
from tests.scratch import wait_for

NOTICES = "/admin/notices/"
# A headless browser refuses every permission to show notices, and nobody's push service knows it: here the first answer
# is the person's, and the double is the second. Everything else is the browser's own.
PERSON = """
    Object.defineProperty(Notification, 'permission', {get: () => localStorage.getItem('person') ?? 'default'});
    Notification.requestPermission = async () => {
        localStorage.setItem('asked', 'yes');
        localStorage.setItem('person', '%s');
        return '%s';
    };
"""
OF_THE_DOUBLE = """
    const told = %s;
    const forget = async () => { localStorage.removeItem('told'); return true; };
    const subscription = () => ({endpoint: told.endpoint, toJSON: () => told, unsubscribe: forget});
    PushManager.prototype.subscribe = async () => { localStorage.setItem('told', 'yes'); return subscription(); };
    PushManager.prototype.getSubscription = async () => localStorage.getItem('told') ? subscription() : null;
"""
SCREEN = """() => {
    self.shown = [];
    self.registration.showNotification = async (title, {body, data}) => { self.shown.push({title, body, ...data}); };
}"""
PRESS = """async (data) => {
    const opened = [], done = [], event = new ExtendableEvent('notificationclick');
    self.clients.openWindow = async (url) => { opened.push(url); };
    event.notification = {data, close: () => {}};
    event.waitUntil = (promise) => done.push(promise);
    self.dispatchEvent(event);
    await Promise.all(done);
    return opened;
}"""


@pytest.fixture(scope="module")
def service() -> Iterator[PushServiceDouble]:
    with push_service() as service:
        yield service
        assert service.refused == []


@pytest.fixture(scope="module")
def house(prepared: Path, service: PushServiceDouble, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house") / "var", like=prepared, PUSH_SERVICES=service.url)
    house.open()
    yield house
    house.close()


@pytest.fixture
def telephone(person, service):
    """A supervisor's page of notices, and what the push service has for this browser."""
    page = person()
    browser = service.subscribe()
    page.add_init_script(PERSON.replace("%s", "granted") + OF_THE_DOUBLE % json.dumps(browser.as_told()))
    page.goto(f"{page.url.partition('/admin/')[0]}{NOTICES}")
    return page, browser


def switch_on(page: Page) -> Worker:
    with page.context.expect_event("serviceworker") as started:
        page.get_by_role("button", name="Switch notices on").click()
    expect(page.get_by_text("Notices are on.", exact=True)).to_be_visible()
    started.value.evaluate(SCREEN)
    return started.value


def deliver(context: BrowserContext, page: Page, notice: dict) -> None:
    """As the browser hands over what its push service brought."""
    line = context.new_cdp_session(page)
    found: list[dict] = []
    line.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    line.send("ServiceWorker.enable")
    wait_for(lambda: page.wait_for_timeout(10) or found, describe="the worker's registration")
    origin = page.url.partition("/admin/")[0]
    told = {"origin": origin, "registrationId": found[0]["registrationId"], "data": json.dumps(notice)}
    line.send("ServiceWorker.deliverPushMessage", told)


def ring_me(page: Page) -> Locator:
    """The button of each device that rings for this supervisor, the newest last."""
    return page.get_by_role("button", name=re.compile("^Send me a notice now"))


def shown(worker: Worker) -> list[dict]:
    """What a screen would show by now, when there is something."""
    wait_for(lambda: worker.evaluate("self.shown.length"), describe="the notice on the screen")
    return worker.evaluate("self.shown")


def test_nothing_is_asked_before_the_click(person, house):
    page = person()
    page.add_init_script(PERSON.replace("%s", "denied"))
    page.goto(house.url + NOTICES)
    expect(page.get_by_text("Notices are off on this device.")).to_be_visible()
    assert page.evaluate("localStorage.getItem('asked')") is None

    page.get_by_role("button", name="Switch notices on").click()

    expect(page.get_by_text("Notices from the desk are blocked in this browser.")).to_be_visible()
    assert page.evaluate("localStorage.getItem('asked')") == "yes"


def test_from_the_click_to_the_locked_screen_and_back_to_the_page(telephone, house):
    page, browser = telephone
    before = ring_me(page).count()
    worker = switch_on(page)
    expect(ring_me(page)).to_have_count(before + 1)
    ring_me(page).last.click()
    wait_for(lambda: browser.notices, describe="the notice")

    deliver(page.context, page, browser.notices[0])

    [notice] = shown(worker)
    assert (notice["title"], notice["body"]) == ("Notices reach this device", "This is the one you asked for.")
    assert worker.evaluate(PRESS, notice) == [f"{house.url}/admin/"]


def test_a_new_question_stays_silent_in_front_of_who_looks_at_the_desk_and_a_holding_caller_does_not(telephone):
    page, _ = telephone
    worker = switch_on(page)
    page.bring_to_front()

    told = {"body": "", "url": "/admin/", "tag": "x"}
    deliver(page.context, page, told | {"kind": "asked", "title": "A new question"})
    deliver(page.context, page, told | {"kind": "holding", "title": "A caller is holding"})

    assert [notice["title"] for notice in shown(worker)] == ["A caller is holding"]


def test_a_notice_leads_to_no_other_place(telephone):
    page, _ = telephone
    worker = switch_on(page)

    assert worker.evaluate(PRESS, {"url": "https://evil.example/"}) == []


def test_off_is_off_here_and_at_the_desk(telephone):
    page, _ = telephone
    before = ring_me(page).count()
    switch_on(page)
    expect(ring_me(page)).to_have_count(before + 1)

    page.get_by_role("button", name="Switch off on this device").click()

    expect(page.get_by_text("Notices are off on this device.")).to_be_visible()
    expect(ring_me(page)).to_have_count(before)


def test_the_icon_counts_who_waits(person, house):
    page = person()
    icon = page.locator("link[rel=icon]")
    expect(icon).to_have_attribute("href", re.compile(r"icon.*\.svg$"))

    house.manage("shell", "--verbosity", "0", "-c", ASK)

    expect(icon).to_have_attribute("href", re.compile("^data:image/svg.*%3E1%3C%2Ftext%3E"))
    expect(page).to_have_title(re.compile(r"^\(1\) Desk"))


ASK = """
from supervision import calls, lifecycle
call = calls.open_call(channel="practice", phone="+14155552671")
lifecycle.request_help("Do you offer keratin treatments?", call=call)
"""

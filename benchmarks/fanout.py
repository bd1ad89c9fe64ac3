"""200 open desks of four supervisors, and a burst of 200 events: does each desk end as the database has it, and when?

`python -m benchmarks.fanout` starts the web process alone and opens 200 WebSockets to it with the sessions of four
people. Each desk does what static/supervision/live.js does: a nudge makes it fetch its page, at once and then at most
every 150 ms, and never twice at a time. Another process commits 200 events (asked, claimed, released, snoozed,
resolved) one after the other, as fast as it can. Equal: the requests that a desk's last page shows, in their order and
with whether somebody is answering, are those of the database at the end; `p95_s` is counted from the last commit.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import aiohttp

from tests.scratch import ROOT, Scratch, prepare, wait_for

DESKS, PEOPLE, EVENTS = 200, 4, 200
PACE = 0.15  # seconds between two fetches of one desk, as in live.js
PATIENCE = 120.0  # seconds after the last event
AT_ONCE = 8  # fetches at a time: a browser waits its turn as well, in the server's queue
SETUP = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.conf import settings
keys = []
for number in range({people}):
    user = get_user_model().objects.create_superuser(f"person{{number}}", password="-")
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    keys.append(session.session_key)
print(json.dumps([settings.SESSION_COOKIE_NAME, keys]))
"""
BURST = """
import json, random, time
from datetime import timedelta
from django.contrib.auth import get_user_model
from supervision import calls, lifecycle
from supervision.models import HelpRequest
random = random.Random(1)
people = list(get_user_model().objects.filter(username__startswith="person"))
open_ones, done = [], 0
for number in range({events}):
    kind = "ask" if len(open_ones) < 10 else random.choice(["ask", "claim", "release", "snooze", "resolve", "resolve"])
    by = random.choice(people)
    if kind == "ask":
        call = calls.open_call(channel="console", phone=f"+1415555{{2000 + number}}")
        open_ones.append(lifecycle.request_help(f"Do you offer treatment number {{number}}?", call=call))
        continue
    one = random.choice(open_ones)
    if kind == "claim":
        lifecycle.claim(one, by=by)
    elif kind == "release":
        lifecycle.release(one, by=by)
    elif kind == "snooze":
        lifecycle.snooze(one, by=by, length=timedelta(minutes=5))
    else:
        lifecycle.resolve(one, answer="No.", by=by, teach=False)
        open_ones.remove(one)
print(json.dumps(time.time()))
"""
EXPECTED = """
from django.utils import timezone
from supervision import live
from supervision.models import HelpRequest
waiting = HelpRequest.objects.pending().by_promise()
print(json.dumps([live.newest(), [[one.reference, one.is_claimed(timezone.now())] for one in waiting]]))
"""
CLAIM = 'class="claim'


class Desk:
    """One open page, and the requests that it shows."""

    def __init__(self, url: str, cookie: str, client: aiohttp.ClientSession, room: asyncio.Semaphore) -> None:
        self.url, self.cookie, self.client, self.room = url, cookie, client, room
        self.wanted = self.has = 0
        self.is_open = False
        self.news = asyncio.Event()
        self.shown: list[list] | None = None
        self.changed_at = 0.0

    async def live(self, opened: asyncio.Semaphore) -> None:
        headers = {"Cookie": self.cookie, "Origin": self.url}
        async with opened:
            socket = await self.client.ws_connect(f"{self.url}/ws/live?topics=desk", headers=headers)
        fetching = asyncio.create_task(self._keep_up())
        try:
            async for message in socket:
                self.is_open = True
                told = json.loads(message.data)
                if told.get("id", 0) > self.wanted:
                    self.wanted = told["id"]
                    self.news.set()
        finally:
            fetching.cancel()

    async def _keep_up(self) -> None:
        while True:
            await self.news.wait()
            self.news.clear()
            await self._fetch()
            await asyncio.sleep(PACE)

    async def _fetch(self) -> None:
        headers = {"Cookie": self.cookie, "X-Requested-With": "live"}
        async with self.room, self.client.get(f"{self.url}/admin/", headers=headers) as answer:
            page = await answer.text()
        self.has = int(re.search(r'data-after="(\d+)"', page).group(1))
        shown = requests_on(page)
        if shown != self.shown:
            self.shown, self.changed_at = shown, time.time()


def requests_on(page: str) -> list[list]:
    """The requests of the queue, in its order, and whether somebody is answering."""
    queue = page.partition('data-live="queue"')[2].partition("</ol>")[0]
    rows = queue.split('data-key="')[1:]
    return [[row.partition('"')[0], CLAIM in row] for row in rows]


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="salon-bench-"))
    house = Scratch(prepare(folder), HELP_REQUESTS_PER_CALL="1000000")
    try:
        cookie, keys = house.ask(SETUP.format(people=PEOPLE))
        web = _serve(house)
        wait_for(lambda: _answers(house), seconds=60, describe="the web process")
        sys.stdout.write(json.dumps(asyncio.run(_measure(house, [f"{cookie}={key}" for key in keys]))) + "\n")
        web.terminate()
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _serve(house: Scratch) -> subprocess.Popen:
    command = [sys.executable, "-m", "daphne", "-v", "0", "-p", str(house.port), "salon_receptionist.asgi:application"]
    web = subprocess.Popen(command, cwd=ROOT, env=house.environment, stdout=subprocess.DEVNULL)
    house.processes.append(web)
    return web


def _answers(house: Scratch) -> bool:
    try:
        return urllib.request.urlopen(f"{house.url}/admin/login/", timeout=5).status == 200
    except OSError:
        return False


async def _measure(house: Scratch, cookies: list[str]) -> dict:
    room, opened = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(20)
    patient = {"connector": aiohttp.TCPConnector(limit=0), "timeout": aiohttp.ClientTimeout(total=None)}
    async with aiohttp.ClientSession(**patient, cookie_jar=aiohttp.DummyCookieJar()) as client:
        desks = [Desk(house.url, cookies[n % len(cookies)], client, room) for n in range(DESKS)]
        living = [asyncio.create_task(desk.live(opened)) for desk in desks]
        await _until(lambda: all(desk.is_open for desk in desks) or any(one.done() for one in living), PATIENCE)
        last = await asyncio.to_thread(house.ask, BURST.format(events=EVENTS))
        newest, expected = await asyncio.to_thread(house.ask, EXPECTED)
        await _until(lambda: all(desk.has >= newest for desk in desks), PATIENCE)
        for one in living:
            one.cancel()
        await asyncio.gather(*living, return_exceptions=True)
    late = sorted(max(0.0, desk.changed_at - last) for desk in desks)
    return {
        "desks": sum(desk.has >= newest for desk in desks),
        "differences": sum(desk.shown != expected for desk in desks),
        "p95_s": round(late[int(len(late) * 0.95) - 1], 2),
    }


async def _until(is_so, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    main()

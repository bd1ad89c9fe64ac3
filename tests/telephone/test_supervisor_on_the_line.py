"""A supervisor at the page of a call: hears it unseen, speaks in it, gives it back, vanishes, and is put out of it."""

import asyncio
import datetime
import shutil
import time
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from livekit import api, rtc
from playwright.async_api import Browser, Page, async_playwright, expect

from supervision.admin import control
from tests.scratch import PASSWORD, free_port
from tests.telephone import server
from tests.telephone.phone import HERS, Heard, Phone
from tests.telephone.salon import OUR_GREETING, Salon, open_salon
from tests.telephone.server import LiveKit
from tests.telephone.speech import RATE, VOICE_RATE, resampled, spoken

QUESTION, ANSWER = "Do you have wifi?", "Yes, free wifi for guests. The password stands on every mirror."
HELLO = "Hello, this is Rosa from the salon. What can I do for you?"
LISTENING, SPEAKING = "You are listening.", "You are speaking with the caller."
MICROPHONE_RATE = 48_000
BEFORE, AFTER = 4, 40  # seconds of silence around what the supervisor says: until he is let in, and to the end
RECORD = """(rate) => {
    const ear = new AudioContext({sampleRate: rate}), pieces = [], tape = ear.createScriptProcessor(4096, 1, 1);
    for (const node of document.querySelectorAll('#line-audio audio')) {
        ear.createMediaStreamSource(node.srcObject).connect(tape);
    }
    tape.onaudioprocess = ({inputBuffer}) => pieces.push(...inputBuffer.getChannelData(0));
    tape.connect(ear.destination);
    window.heardSoFar = () => pieces.map((sample) => Math.round(sample * 32767));
}"""
ASK_TO_LISTEN = """async () => {
    const form = document.getElementById('control');
    const answer = await fetch(form.action.replace('hang_up', 'listen'), {method: 'POST', body: new FormData(form)});
    return [answer.status, (await answer.json()).error];
}"""
GREETED = """
from datetime import timedelta
from django.utils import timezone
from supervision import calls
call = calls.ring(room={room!r}, channel="phone", phone="+14155552671")
calls.answer(call), calls.greeted(call), calls.take(call, holder="a test", at=timezone.now() + timedelta(hours=1))
print(json.dumps(str(call.pk)))
"""
ROSA = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
rosa = get_user_model().objects.create_user("rosa", password={password!r}, is_staff=True)
rosa.user_permissions.set(Permission.objects.filter(codename__in=("view_call", "listen", "take_over")))
print(rosa.pk)
"""


@pytest.fixture(scope="module")
def microphone(tmp_path_factory) -> Path:
    hello = resampled(spoken(HELLO), VOICE_RATE, MICROPHONE_RATE).astype("<i2")
    before, after = (np.zeros(seconds * MICROPHONE_RATE, "<i2") for seconds in (BEFORE, AFTER))
    path = tmp_path_factory.mktemp("microphone") / "hello.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, MICROPHONE_RATE, 0, "NONE", ""))
        file.writeframes(np.concatenate([before, hello, after]).tobytes())
    return path


@asynccontextmanager
async def chromium(microphone: Path) -> AsyncIterator[Browser]:
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if not path:
        pytest.skip("needs a headless browser: apt-get install chromium-headless-shell")
    flags = ["--no-sandbox", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream"]
    flags += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        await browser.close()


async def signed_in(browser: Browser, url: str, login: str = "supervisor") -> Page:
    context = await browser.new_context(locale="en-US", base_url=url)
    page = await context.new_page()
    await page.goto("/admin/login/?next=/admin/supervision/call/")
    await page.get_by_label("Username").fill(login)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url("**/admin/supervision/call/")
    return page


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def says(page: Page, words: str) -> None:
    await expect(page.locator("#line-state")).to_have_text(words, timeout=10_000)


async def page_of(salon: Salon, caller: Phone) -> str:
    query = "select id from supervision_call where room = ? and state = 'answered'"
    [(call,)] = await asyncio.to_thread(salon.wait_for_rows, query, caller.room_name)
    return f"/admin/supervision/call/{UUID(call)}/change/"


async def heard_by(page: Page) -> Heard:
    samples = np.array(await page.evaluate("heardSoFar()"), np.int16)
    return Heard(0.0, len(samples) / RATE, samples)


async def voice_of_another(caller: Phone) -> str:
    """The track of whoever speaks beside her, as soon as it is heard."""
    while True:
        for frame in reversed(caller.frames):
            if frame.track.startswith("desk-"):
                return frame.track
        await asyncio.sleep(0.05)


def events(salon: Salon, *names: str) -> list[tuple[str, str, str]]:
    query = (
        "select kind, json_extract(payload, '$.by'), reason from supervision_event where kind like 'call_%' order by id"
    )
    return [row for row in salon.rows(query) if row[0] in names]


def another_web(salon: Salon, **settings: str) -> str:
    """The address of a second web process of the same salon, with other settings."""
    known = salon.environment, salon.port, salon.url
    salon.port = free_port()
    salon.url = f"http://127.0.0.1:{salon.port}"
    salon.environment = {**salon.environment, **settings, "PORT": str(salon.port)}
    salon.web()
    url, (salon.environment, salon.port, salon.url) = salon.url, known
    return url


async def supervisors(there: api.LiveKitAPI, room: str) -> list[str]:
    """Who of them is in the room, hidden ones too."""
    found = await there.room.list_participants(api.ListParticipantsRequest(room=room))
    return [one.identity for one in found.participants if one.identity.startswith("desk-")]


async def nobody_is_there(there: api.LiveKitAPI, room: str) -> None:
    async with asyncio.timeout(4):
        while await supervisors(there, room):
            await asyncio.sleep(0.05)


@pytest.mark.timeout(240)  # a call of a minute, after the start of all processes
async def test_a_supervisor_listens_takes_over_gives_back_and_vanishes(own_salon, vendors, microphone):
    salon = own_salon
    salon.environment |= {"ALLOW_LISTENING": "yes", "AGENT_PROCESSES": "1"}
    salon.words("greeting_spoken.txt", OUR_GREETING)  # long enough for a page to be opened before its end
    vendors.learn(QUESTION)

    async with chromium(microphone) as browser:
        agent = asyncio.create_task(asyncio.to_thread(salon.agent))
        await asyncio.to_thread(salon.web)
        page = await signed_in(browser, salon.url)
        await agent
        async with salon.phone() as caller:
            address = await page_of(salon, caller)
            await page.goto(address)
            await expect(page.locator("#line-note")).to_contain_text("Nobody may listen yet")
            assert await page.evaluate(ASK_TO_LISTEN) == [409, control.NOT_GREETED]
            greeting = await caller.hears()
            alone = list(caller.room.remote_participants)

            await press(page, "Listen in")
            await says(page, LISTENING)
            await page.evaluate(RECORD, RATE)
            answer = await caller.ask(QUESTION)
            heard = await heard_by(page)
            assert list(caller.room.remote_participants) == alone

            await press(page, "Take over")
            assert "colleagues is with you" in await caller.hears()
            await says(page, SPEAKING)
            his = await voice_of_another(caller)
            hello = await caller.hears(track=his)
            asked = await caller.say(QUESTION)
            await asyncio.sleep(3)
            assert caller.last_sound(HERS) < asked
            await press(page, "Hand back")
            assert "with you again" in await caller.hears(track=HERS)
            again = await caller.ask(QUESTION, track=HERS)

            await press(page, "Take over")
            assert "colleagues is with you" in await caller.hears(track=HERS)
            await says(page, SPEAKING)
            await browser.close()
            closed = time.time()
            back = await caller.hears(within=20, track=HERS)

    assert "one of the team may listen" in greeting
    assert all(one.says(ANSWER) for one in (answer, heard, again))
    assert heard.says(QUESTION)
    assert hello.says(HELLO)
    assert "with you again" in back
    assert 8 < back.start - closed < 16
    assert salon.transcript(caller).count(("caller", QUESTION)) == 3
    assert events(salon, "call_listened", "call_taken_over", "call_handed_back") == [
        ("call_listened", "1", ""),
        ("call_taken_over", "1", ""),
        ("call_handed_back", "1", ""),
        ("call_taken_over", "1", ""),
        ("call_handed_back", "", "the supervisor's line was lost"),
    ]


@pytest.fixture
def telling(prepared, tmp_path, _vendors) -> Iterator[Salon]:
    """A salon that LiveKit tells what happens in its rooms, without an agent."""
    port = free_port()
    with (
        server.running(tmp_path, webhook=f"http://127.0.0.1:{port}/webhooks/livekit") as livekit,
        open_salon(tmp_path, livekit, _vendors, prepared, ALLOW_LISTENING="yes", PORT=str(port)) as salon,
    ):
        salon.port, salon.url = port, f"http://127.0.0.1:{port}"
        yield salon


async def test_who_may_no_longer_be_in_a_call_is_out_of_its_room_at_once(telling, microphone):
    """Also with a token that is still good, and not at all with an old one or where listening in is switched off."""
    salon, livekit = telling, telling.livekit
    salon.worker()
    salon.web()
    elsewhere = another_web(salon, ALLOW_LISTENING="")
    rosa_id = await asyncio.to_thread(salon.ask, ROSA.format(password=PASSWORD))
    async with (
        chromium(microphone) as browser,
        api.LiveKitAPI(livekit.url, livekit.key, livekit.secret) as there,
        Phone(livekit) as caller,
    ):
        room = caller.room_name
        call = await asyncio.to_thread(salon.ask, GREETED.format(room=room))
        rosa, owner = await signed_in(browser, salon.url, "rosa"), await signed_in(browser, elsewhere)
        for page in (rosa, owner):
            await page.goto(f"/admin/supervision/call/{call}/change/")
        await expect(owner.locator("#line-note")).to_contain_text("Listening in is switched off")
        assert await owner.evaluate(ASK_TO_LISTEN) == [403, control.NOT_ALLOWED]
        await owner.goto(f"/admin/auth/user/{rosa_id}/change/")

        await press(rosa, "Listen in")
        await says(rosa, LISTENING)
        [ear] = await supervisors(there, room)
        await there.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=ear))
        await expect(rosa.locator("#line-error")).to_contain_text("You are no longer in this call")

        async with rosa.expect_response("**/listen/") as answer:
            await press(rosa, "Listen in")
        token = (await (await answer.value).json())["token"]
        await says(rosa, LISTENING)
        await press(rosa, "Take over")
        await says(rosa, SPEAKING)
        voice = await voice_of_another(caller)
        await owner.get_by_label("Staff status").uncheck()
        await owner.get_by_role("button", name="Save", exact=True).click()

        await nobody_is_there(there, room)
        await expect(rosa.locator("#line-audio audio")).to_have_count(0)
        assert voice not in caller.room.remote_participants
        hers = "select 1 from supervision_call where room = ? and state = 'answered'"
        await asyncio.to_thread(salon.wait_for_rows, hers, room, seconds=3)

        idle = "select 1 where not exists (select 1 from django_q_ormq)"  # nobody looks for another reason
        await asyncio.to_thread(salon.wait_for_rows, idle)
        again, why = rtc.Room(), asyncio.Queue()
        again.on("disconnected", why.put_nowait)
        await again.connect(livekit.url, token)
        assert await asyncio.wait_for(why.get(), 4) == rtc.DisconnectReason.PARTICIPANT_REMOVED
        with pytest.raises(rtc.ConnectError):
            await rtc.Room().connect(livekit.url, old(livekit, room, rosa_id))

    assert events(salon, "call_listened", "call_taken_over", "call_handed_back") == [
        ("call_listened", str(rosa_id), ""),
        ("call_listened", str(rosa_id), ""),
        ("call_taken_over", str(rosa_id), ""),
        ("call_handed_back", "", "the supervisor may not speak in this call any longer"),
    ]


def old(livekit: LiveKit, room: str, user: int) -> str:
    """What a listener was given four minutes ago."""
    token = api.AccessToken(livekit.key, livekit.secret).with_identity(f"desk-{user}-0123")
    grants = api.VideoGrants(room_join=True, room=room, can_publish=False, hidden=True)
    return token.with_grants(grants).with_ttl(datetime.timedelta(minutes=-3)).to_jwt()

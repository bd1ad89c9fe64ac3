"""Calls from a browser: a real Chromium with a recorded microphone, the real LiveKit server, and the strict policy."""

import array
import asyncio
import math
import re
import shutil
import socket
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from livekit import api, rtc
from playwright.sync_api import Page, expect, sync_playwright

from tests.journeys.test_desk_in_browser import Desk
from tests.scratch import Scratch, free_port, wait_for
from tests.telephone import server

HERS, CALLERS, THEIRS, RATE = 1000, 440, 700, 48_000  # Hz: her, the microphone, a caller by telephone
MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
LOUD = """async (hertz) => {
    const streams = [...document.querySelectorAll('#line-audio audio')].map((node) => node.srcObject);
    window.ear ??= Object.assign(new AudioContext().createAnalyser(), {fftSize: 4096});
    window.heard ??= new Set();
    for (const stream of streams.filter((one) => one && !window.heard.has(one))) {
        window.ear.context.createMediaStreamSource(stream).connect(window.ear);
        window.heard.add(stream);
    }
    const bins = new Uint8Array(window.ear.frequencyBinCount);
    window.ear.getByteFrequencyData(bins);
    return bins[Math.round(hertz / window.ear.context.sampleRate * window.ear.fftSize)];
}"""


ONLY_RELAYED = """{
    const real = window.RTCPeerConnection, relayed = (settings) => ({...settings, iceTransportPolicy: 'relay'});
    window.RTCPeerConnection = class extends real {
        constructor(settings) { super(relayed(settings)); }
        setConfiguration(settings) { super.setConfiguration(relayed(settings)); }
    };
}"""


def tone(hertz: int, seconds: float) -> bytes:
    frames = (int(9000 * math.sin(2 * math.pi * hertz * at / RATE)) for at in range(int(RATE * seconds)))
    return array.array("h", frames).tobytes()


class Her:
    """In her place: a participant of kind agent who hums, and notes which tones she hears of whom."""

    identity, kind, hertz = "agent-1", "agent", HERS

    def __init__(self, livekit: server.LiveKit, loop: asyncio.AbstractEventLoop, room: str) -> None:
        self.livekit, self.loop, self.name = livekit, loop, room
        self.heard: dict[str, set[int]] = {}
        self.heard_at = 0.0
        self.nudges = 0
        self.tasks: list[asyncio.Task] = []
        self.is_there, self.is_over = threading.Event(), threading.Event()
        asyncio.run_coroutine_threadsafe(self.talk(), loop)
        assert self.is_there.wait(10)

    async def talk(self) -> None:
        self.leaving = asyncio.Event()
        self.room = rtc.Room()
        self.room.on("track_subscribed", lambda track, _, whose: self.begin(self.hear(track, whose)))
        self.room.on("data_received", self.nudged)
        self.room.on("disconnected", lambda why: self.leaving.set())
        grants = api.VideoGrants(room_join=True, room=self.name, can_update_own_metadata=True)
        token = api.AccessToken(self.livekit.key, self.livekit.secret).with_identity(self.identity).with_kind(self.kind)
        await self.room.connect(self.livekit.url, token.with_grants(grants).to_jwt())
        source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        await self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        )
        await self.room.local_participant.set_attributes({"lk.agent.state": "listening"})
        self.is_there.set()
        self.begin(self.hum(source))
        await self.leaving.wait()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.room.disconnect()
        self.is_over.set()

    def begin(self, job) -> None:
        self.tasks.append(self.loop.create_task(job))

    async def hum(self, source: rtc.AudioSource) -> None:
        pcm = tone(self.hertz, 1)
        frames = [rtc.AudioFrame(pcm[at : at + 960], RATE, 1, 480) for at in range(0, len(pcm), 960)]
        while True:
            for frame in frames:
                await source.capture_frame(frame)

    async def hear(self, track: rtc.Track, whose: rtc.RemoteParticipant) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
        try:
            async for event in stream:
                self.note(array.array("h", bytes(event.frame.data)), whose)
        finally:
            await stream.aclose()

    def note(self, samples: array.array, whose: rtc.RemoteParticipant) -> None:
        for hertz in (HERS, CALLERS, THEIRS):
            if strength(samples, hertz) > 300:
                self.heard_at = time.monotonic()
                self.heard.setdefault(whose.identity.partition("-")[0], set()).add(hertz)

    def nudged(self, packet: rtc.DataPacket) -> None:
        self.nudges += packet.topic == "desk" and packet.participant is None

    def do(self, what: Callable) -> object:
        return asyncio.run_coroutine_threadsafe(what(self.room), self.loop).result(10)

    def leave(self) -> None:
        self.loop.call_soon_threadsafe(self.leaving.set)
        assert self.is_over.wait(10)


class Caller(Her):
    """Somebody on the telephone."""

    identity, kind, hertz = "sip_1", "sip", THEIRS


def strength(samples: array.array, hertz: int) -> float:
    """How much of a tone there is (Goertzel)."""
    coefficient, before, last = 2 * math.cos(2 * math.pi * hertz / RATE), 0.0, 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    power = before * before + last * last - coefficient * before * last
    return 2 * math.sqrt(max(0.0, power)) / max(1, len(samples))


@pytest.fixture(scope="module")
def web_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def livekit(tmp_path_factory, web_port) -> Iterator[server.LiveKit]:
    """The server, which tells the web process what happens in its rooms."""
    webhook = f"http://127.0.0.1:{web_port}/webhooks/livekit"
    with server.running(tmp_path_factory.mktemp("livekit"), webhook=webhook) as livekit:
        yield livekit


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop of its own, in a thread: the browser's library runs one in this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="module")
def desk(prepared: Path, tmp_path_factory, livekit, web_port) -> Iterator[Desk]:
    settings = {"ALLOW_LISTENING": "yes", "PUBLIC_CALLS": "yes", "PORT": str(web_port)}
    scratch = Scratch(tmp_path_factory.mktemp("calls") / "var", like=prepared, **livekit.environment, **settings)
    scratch.port, scratch.url = web_port, f"http://127.0.0.1:{web_port}"
    yield Desk(scratch)
    scratch.stop()


@pytest.fixture(scope="module")
def microphone(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("microphone") / "caller.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(tone(CALLERS, 5))
    return path


@pytest.fixture(scope="module")
def launch(microphone) -> Iterator[Callable]:
    """`launch(*flags)` is a Chromium; without flags one with the recorded microphone."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if not path:
        pytest.skip("needs a headless browser: apt-get install chromium-headless-shell")
    running = {}
    with sync_playwright() as playwright:

        def launch(*flags: str):
            flags = flags or (*MICROPHONE, f"--use-file-for-fake-audio-capture={microphone}")
            if flags not in running:
                common = ["--no-sandbox", "--disable-dev-shm-usage"]
                running[flags] = playwright.chromium.launch(executable_path=path, args=[*common, *flags])
            return running[flags]

        yield launch
        for browser in running.values():
            browser.close()


@pytest.fixture
def open_page(launch, desk, livekit) -> Iterator[Callable[..., Page]]:
    """`open_page(path)` as a supervisor, `open_page(path, who="")` as anybody; complaints and tokens fail the test."""
    contexts, complaints = [], []

    def open_page(path: str, *, who: str = "supervisor", flags: tuple = (), **options) -> Page:
        context = launch(*flags).new_context(locale="en-US", base_url=desk.scratch.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if is_complaint(line.text) else None)
        wait_for(lambda: answers(page), describe="the server")
        if who:
            cookie, session = desk.do(f"result = session({who!r})")
            context.add_cookies([{"name": cookie, "value": session, "url": desk.scratch.url}])
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    desk.do("[calls.close_call(one) for one in Call.objects.open()]")
    assert complaints == []


def is_complaint(text: str) -> bool:
    """What the policy forbids, and a token that our scripts would print; the browser itself prints failed addresses."""
    if text.startswith(("WebSocket connection to", "Failed to load resource")):
        return False
    return "Content Security" in text or "eyJ" in text or "Permissions policy" in text


def answers(page: Page) -> bool:
    try:
        return page.goto("/admin/login/").ok
    except Exception:
        return False


def call_her(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Call")).click()
    expect(page.get_by_role("button", name="Hang up")).to_be_visible()


@pytest.fixture
def her(livekit, loop, desk) -> Iterator[Callable[[], Her]]:
    """`her()` has answered the newest call that rings."""
    answered = []

    def answer() -> Her:
        room = desk.do(
            "call = Call.objects.filter(state='ringing').latest('started_at'); calls.answer(call)\n"
            "epoch = calls.take(call, holder='test'); result = call.room"
        )
        answered.append(Her(livekit, loop, room))
        return answered[-1]

    yield answer
    for one in answered:
        if not one.is_over.is_set():
            one.leave()


@pytest.fixture
def on_the_telephone(livekit, loop, desk) -> Iterator[Callable[[], tuple[Caller, Her]]]:
    """`on_the_telephone()` is a caller whom she has greeted, and she; the hand knows the call as `call`."""
    there = []

    def ring() -> tuple[Caller, Her]:
        room = desk.do(
            "from supervision import call_control\n"
            "call = calls.ring(room=call_control.new_room(), channel='phone', phone='+14155552671')\n"
            "calls.answer(call); calls.greeted(call); calls.take(call, holder='test'); result = call.room"
        )
        there.extend([Caller(livekit, loop, room), Her(livekit, loop, room)])
        return there[-2], there[-1]

    yield ring
    for one in there:
        if not one.is_over.is_set():
            one.leave()


def hears(page: Page, hertz: int) -> None:
    wait_for(lambda: page.evaluate(LOUD, hertz) > 90, describe=f"{hertz} Hz on the page")


def newest(desk: Desk, field: str) -> object:
    return desk.do(f"result = Call.objects.latest('started_at').{field}")


def test_a_practice_call_is_spoken_both_ways_and_ends_with_its_record(desk, open_page, her):
    page = open_page("/admin/practice/")
    page.get_by_label("Caller's telephone").fill("+1 415 555 2690")
    call_her(page)
    expect(page.locator("#line-state")).to_have_text("It rings.")
    expect(page).to_have_url(re.compile("/practice/voice/[0-9a-f-]{36}/"))

    she = her()
    hears(page, HERS)
    wait_for(lambda: CALLERS in she.heard.get("caller", ()), describe="the microphone's tone")
    expect(page.locator("#line-state")).to_have_text("She listens.")
    she.do(lambda room: room.local_participant.set_attributes({"lk.agent.state": "speaking"}))
    expect(page.locator("#line-state")).to_have_text("She speaks.")
    desk.do("calls.record_utterance(call, speaker='caller', text='Do you cut fringes?')")
    expect(page.locator("#script")).to_contain_text("Do you cut fringes?")
    expect(page.locator(".handset")).to_contain_text("No text yet.")
    page.get_by_role("button", name="Hang up").click()

    expect(page.locator("#line-state")).to_have_text("The call is over.")
    expect(page.locator("#line-clock")).to_have_text(re.compile(r"It took \d:\d\d\."))
    page.get_by_role("link", name="The record of this call").click()
    expect(page.locator("#script")).to_contain_text("Do you cut fringes?")


def test_a_muted_microphone_is_not_heard(open_page, her):
    page = open_page("/admin/practice/?new")
    call_her(page)
    she = her()
    wait_for(lambda: she.heard.get("caller"), describe="the microphone's tone")

    page.get_by_role("button", name="Mute").click()
    expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#line-state")).to_have_text("You are muted: nobody hears you.")

    wait_for(lambda: time.monotonic() - she.heard_at > 1.5, describe="silence")
    page.get_by_role("button", name="Mute").click()
    wait_for(lambda: time.monotonic() - she.heard_at < 0.5, describe="the microphone's tone again")


def test_the_page_says_what_the_call_is_doing(desk, open_page, her):
    page = open_page("/admin/practice/?new")
    call_her(page)
    her()
    expect(page.locator("#line-state")).to_have_text("She listens.")

    desk.do("calls.hold(call)")
    expect(page.locator("#line-state")).to_have_text("You are holding: a supervisor is being asked.")
    desk.do("calls.resume(call)")

    expect(page.locator("#line-state")).to_have_text("She listens.")


def test_her_words_are_shown_before_they_are_a_row(open_page, her):
    page = open_page("/admin/practice/?new")
    call_her(page)
    she = her()

    async def write(room):
        attributes = {"lk.segment_id": "s1", "lk.transcription_final": "false"}
        await room.local_participant.send_text("On Thursday we", topic="lk.transcription", attributes=attributes)

    she.do(write)

    expect(page.locator("#line-growing")).to_have_text("Receptionist: On Thursday we")


def test_a_microphone_that_another_program_uses_has_a_sentence(open_page):
    page = open_page("/admin/practice/?new")
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('x', 'NotReadableError'); }"
    )
    page.reload()

    page.get_by_role("button", name="Call her").click()

    expect(page.get_by_role("alert")).to_contain_text("Another program is using the microphone.")


def test_a_page_that_is_left_while_it_connects_leaves_no_open_call(desk, open_page):
    page = open_page("/admin/practice/?new", bypass_csp=True)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        page.route("**/practice/voice/", lambda route: with_other(route, url=url))
        page.get_by_role("button", name="Call her").click()
        expect(page).to_have_url(re.compile("/practice/voice/[0-9a-f-]{36}/"))
        assert newest(desk, "state") == "ringing"

        page.goto("/admin/")

        wait_for(lambda: newest(desk, "state") == "missed", describe="the call to be over")


def test_a_number_that_cannot_be_texted_is_refused_before_it_rings(desk, open_page):
    page = open_page("/admin/practice/?new")
    before = desk.do("result = Call.objects.count()")
    page.get_by_label("Caller's telephone").fill("12")
    page.get_by_role("button", name="Call her").click()

    expect(page.get_by_role("alert")).to_contain_text("not a telephone number")
    assert desk.do("result = Call.objects.count()") == before


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--use-fake-ui-for-media-stream=deny", "--use-fake-device-for-media-stream"), "did not give this page"),
        (("--use-fake-ui-for-media-stream",), "No microphone was found."),
    ],
    ids=["refused", "no microphone"],
)
def test_without_a_microphone_nobody_is_called_and_the_page_says_why(desk, open_page, flags, words):
    page = open_page("/admin/practice/?new", flags=flags)
    before = desk.do("result = Call.objects.count()")

    page.get_by_role("button", name="Call her").click()

    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_role("button", name="Call her")).to_be_enabled()
    assert desk.do("result = Call.objects.count()") == before


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ({"token": "eyJhbGciOiJIUzI1NiJ9.e30.x"}, "ran out before it began"),
        ({"url": f"ws://127.0.0.1:{free_port()}"}, "cannot be reached"),
    ],
    ids=["expired", "unreachable"],
)
def test_a_line_that_cannot_be_opened_has_a_sentence_and_leaves_no_open_call(desk, open_page, spoil, words):
    page = open_page("/admin/practice/?new", bypass_csp="url" in spoil)

    page.route("**/practice/voice/", lambda route: with_other(route, **spoil))
    page.get_by_role("button", name="Call her").click()

    expect(page.get_by_role("alert")).to_contain_text(words)
    assert "eyJ" not in page.content()
    wait_for(lambda: newest(desk, "state") == "missed", describe="the call to be over")


def test_a_room_that_is_full_has_a_sentence(desk, open_page, livekit, loop):
    async def make(most: int) -> None:
        async with api.LiveKitAPI(livekit.url, livekit.key, livekit.secret) as there:
            await there.room.create_room(api.CreateRoomRequest(name="call-full", max_participants=most))

    asyncio.run_coroutine_threadsafe(make(1), loop).result(10)
    first = Caller(livekit, loop, "call-full")
    token = api.AccessToken(livekit.key, livekit.secret).with_identity("second")
    token = token.with_grants(api.VideoGrants(room_join=True, room="call-full")).to_jwt()
    page = open_page("/admin/practice/?new")
    page.route("**/practice/voice/", lambda route: with_other(route, token=token))

    page.get_by_role("button", name="Call her").click()

    expect(page.get_by_role("alert")).to_contain_text("takes nobody else into this call")
    first.leave()


def test_a_network_that_blocks_sound_has_a_sentence(desk, open_page):
    page = open_page("/admin/practice/?new")
    page.add_init_script(ONLY_RELAYED)
    page.reload()

    page.get_by_role("button", name="Call her").click()

    expect(page.get_by_role("alert")).to_contain_text("Sound does not get through", timeout=40_000)
    wait_for(lambda: newest(desk, "state") == "missed", describe="the call to be over")


def with_other(route, **content) -> None:
    """Our server's answer, with something else in it."""
    answer = route.fetch()
    route.fulfill(response=answer, json={**answer.json(), **content})


def test_a_call_that_the_desk_ends_is_over_for_the_caller(desk, open_page, her):
    page = open_page("/admin/practice/?new")
    call_her(page)
    her()

    desk.do("from supervision import call_control; call_control.hang_up(call.room)")

    expect(page.locator("#line-state")).to_have_text("The call was ended at the other end.")


def test_a_line_that_is_lost_says_so(desk, open_page, livekit, her):
    page = open_page("/admin/practice/?new")
    call_her(page)
    hers = her()
    hears(page, HERS)

    livekit.kill()
    expect(page.locator("#line-state")).to_have_text("The line is interrupted. Reconnecting.")
    livekit.start()

    expect(page.locator("#line-state")).not_to_have_text("The line is interrupted. Reconnecting.", timeout=40_000)
    assert hers


def call_page(desk: Desk) -> str:
    return desk.do("result = f'/admin/supervision/call/{call.pk}/change/'")


def test_a_supervisor_listens_unseen(desk, open_page, on_the_telephone):
    caller, she = on_the_telephone()
    page = open_page(call_page(desk))
    page.get_by_role("button", name="Listen in").click()

    expect(page.locator("#line-state")).to_have_text("You are listening.")
    hears(page, HERS)
    hears(page, THEIRS)
    assert [list(one.room.remote_participants) for one in (caller, she)] == [["agent-1"], ["sip_1"]]
    page.get_by_role("button", name="Stop listening").click()
    expect(page.get_by_role("button", name="Listen in")).to_be_enabled()


@pytest.mark.parametrize("listens", [True, False], ids=["after listening", "at once"])
def test_a_supervisor_takes_over_speaks_and_hands_back(desk, open_page, on_the_telephone, listens):
    caller, she = on_the_telephone()
    page = open_page(call_page(desk))
    if listens:
        page.get_by_role("button", name="Listen in").click()
        expect(page.locator("#line-state")).to_have_text("You are listening.")

    page.get_by_role("button", name="Take over").click()
    expect(page.locator("#line-state")).to_have_text("You are speaking with the caller.")
    wait_for(lambda: CALLERS in caller.heard.get("desk", ()), describe="the supervisor's voice")
    hears(page, THEIRS)
    wait_for(lambda: she.nudges, describe="a word to her")
    assert desk.do("call.refresh_from_db(); result = call.state") == "taken_over"
    expect(page.get_by_role("button", name="Hand back")).to_be_focused()
    page.get_by_role("button", name="Hand back").click()

    expect(page.get_by_role("button", name="Take over")).to_be_focused()
    wait_for(lambda: desk.do("call.refresh_from_db(); result = call.state") == "answered", describe="hers again")
    wait_for(lambda: not [who for who in caller.room.remote_participants if who.startswith("desk")], describe="left")


def test_without_a_microphone_a_call_is_not_taken_over(desk, open_page, on_the_telephone):
    on_the_telephone()
    page = open_page(call_page(desk), flags=("--use-fake-ui-for-media-stream",))

    page.get_by_role("button", name="Take over").click()

    expect(page.get_by_role("alert")).to_contain_text("Plug one in, then take over again.")
    assert desk.do("call.refresh_from_db(); result = call.state") == "answered"
    desk.do("calls.close_call(call)")
    expect(page.get_by_role("heading", name="Outcome")).to_be_visible()
    expect(page.locator("#line-error")).to_be_hidden()


def test_a_call_that_was_taken_over_fits_on_a_small_desk(desk, open_page, on_the_telephone):
    on_the_telephone()
    desk.do("calls.take_over(call, by=get_user_model().objects.first())")
    page = open_page("/admin/", viewport={"width": 360, "height": 800})

    expect(page.locator(".call")).to_contain_text("taken over")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_supervisor_who_closes_the_page_hands_back(desk, open_page, on_the_telephone):
    caller, _ = on_the_telephone()
    page = open_page(call_page(desk))
    page.get_by_role("button", name="Take over").click()
    wait_for(lambda: caller.heard.get("desk"), describe="the supervisor's voice")

    page.close()

    wait_for(
        lambda: desk.do("call.refresh_from_db(); result = call.state") == "answered", seconds=20, describe="hers again"
    )


def test_hanging_up_from_the_desk_ends_the_call_for_everybody(desk, open_page, on_the_telephone):
    caller, _ = on_the_telephone()
    page = open_page(call_page(desk))

    page.get_by_role("button", name="Hang up").click()

    expect(page.get_by_text("Ended by a supervisor")).to_be_visible()
    expect(page.get_by_role("button", name="Take over")).to_have_count(0)
    assert caller.is_over.wait(10)


def test_nobody_listens_before_the_greeting_was_heard(desk, open_page, on_the_telephone):
    on_the_telephone()
    desk.do("Call.objects.filter(pk=call.pk).update(greeted_at=None)")
    page = open_page(call_page(desk))

    expect(page.get_by_role("button", name="Listen in")).to_be_disabled()
    expect(page.locator("#line-note")).to_contain_text("Nobody may listen yet")


def test_anybody_calls_from_the_public_page_and_reads_along(open_page, her):
    page = open_page("/call", who="")
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_role("button", name="Hang up")).to_be_visible()
    she = her()
    hears(page, HERS)
    wait_for(lambda: CALLERS in she.heard.get("caller", ()), describe="the microphone's tone")

    async def write(room):
        attributes = {"lk.segment_id": "s1", "lk.transcription_final": "true"}
        await room.local_participant.send_text("Hello, this is Glow.", topic="lk.transcription", attributes=attributes)

    she.do(write)
    expect(page.locator("#line-script .she .words")).to_have_text("Hello, this is Glow.")
    page.get_by_role("button", name="Hang up").click()

    expect(page.locator("#line-state")).to_have_text("The call is over.")
    expect(page.get_by_role("link", name="Call again")).to_be_focused()


def test_a_page_that_is_not_secure_says_why_it_cannot_call(open_page):
    page = open_page("/call", who="")
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.reload()
    page.get_by_role("button", name="Call").click()

    expect(page.get_by_role("alert")).to_contain_text("begins with https")


def test_livekit_itself_tells_of_a_caller_whom_no_agent_answers(desk, livekit, loop):
    caller = Caller(livekit, loop, "call-unanswered")

    state = "next(iter(Call.objects.filter(room='call-unanswered').values_list('state', flat=True)), '')"
    wait_for(lambda: desk.do(f"result = {state}") == "ringing", describe="a call that rings")
    caller.leave()

    wait_for(lambda: desk.do(f"result = {state}") == "missed", seconds=30, describe="a missed call")

"""A person at the practice page calls her, by voice, under the strict policy: a real Chromium and the whole product."""

import re
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.scratch import PASSWORD
from tests.telephone.speech import VOICE_RATE, resampled, spoken

RATE = 48_000
QUESTION, ANSWER = "Where can I park?", re.compile("six free spaces behind the salon")
BEFORE, AFTER = 14, 30  # seconds of silence around the question: the greeting, and until the recording begins again
LOUDEST = """() => {
    const stream = document.querySelector('#line-audio audio')?.srcObject;
    if (!stream) { return 0; }
    window.ear ??= (() => {
        const ear = Object.assign(new AudioContext().createAnalyser(), {fftSize: 2048});
        ear.context.createMediaStreamSource(stream).connect(ear);
        return ear;
    })();
    const samples = new Float32Array(window.ear.fftSize);
    window.ear.getFloatTimeDomainData(samples);
    return Math.max(...samples);
}"""


@pytest.fixture(scope="module")
def microphone(tmp_path_factory) -> Path:
    question = resampled(spoken(QUESTION), VOICE_RATE, RATE).astype("<i2")
    silence = [np.zeros(seconds * RATE, "<i2") for seconds in (BEFORE, AFTER)]
    path = tmp_path_factory.mktemp("microphone") / "question.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.concatenate([silence[0], question, silence[1]]).tobytes())
    return path


@pytest.fixture
def page(salon, microphone) -> Iterator[Page]:
    """A supervisor who is signed in; what the policy refuses fails the test."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if not path:
        pytest.skip("needs a headless browser: apt-get install chromium-headless-shell")
    flags = ["--no-sandbox", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream"]
    flags += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"]
    complaints: list[str] = []
    salon.web()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        page = browser.new_context(locale="en-US", base_url=salon.url).new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.goto("/admin/login/?next=/admin/practice/")
        page.get_by_label("Username").fill("supervisor")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        yield page
        browser.close()
    assert complaints == []


def test_a_supervisor_calls_her_from_the_practice_page_and_hears_the_answer(salon, vendors, page):
    vendors.learn(QUESTION)
    vendors.use_real_ears()

    page.get_by_role("button", name="Call her").click()
    expect(page.locator("#line-state")).to_have_text("She speaks.", timeout=20_000)
    assert max(page.evaluate(LOUDEST) for _ in range(100)) > 0.01
    expect(page.locator("#script .she .words").first).to_contain_text("How can I help you?", timeout=30_000)

    asked = page.locator("#script .turn:not(.she) .words")
    expect(asked).to_have_text(re.compile("where can i park", re.I), timeout=40_000)
    expect(page.locator("#script .she .words").last).to_have_text(ANSWER, timeout=30_000)
    page.get_by_role("button", name="Hang up").click()

    expect(page.locator("#line-state")).to_have_text("The call is over.")
    salon.wait_for_rows("select 1 from supervision_call where channel = 'browser' and ended_because = 'caller'")
    assert salon.rows("select 1 from supervision_call where practised_by_id is not null and greeted_at is not null")

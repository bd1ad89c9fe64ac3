"""Times from a caller's question to her first word: sure answers, answers through the embedded model, and on the page.

`python -m benchmarks.turn` asks the Glow salon: in a text session of this process, from the words handed to the session
to the first word out of it, the search and the writing of a help request included; and typed into the practice page of
the whole product, from the key to the first word seen there (needs Chromium). Figures are 95th percentiles.
"""

import asyncio
import json
import shutil
import sys
import time

from django.core.management import call_command
from playwright.sync_api import Page, sync_playwright

from benchmarks import house, scratch, typed  # noqa: F401
from knowledge.search import write_missing_vectors
from tests.scratch import PASSWORD, Scratch
from voice_agent.conversation import Conversation
from voice_agent.worker import warm_up

SURE = (
    "What are your hours?", "are you open tomorrow?", "where can I park?", "how much is a balayage?",
    "are you open next Sunday?", "What are your hours and where can I park?",
)  # fmt: skip
THROUGH_THE_MODEL = (
    "Hello!", "Do you offer keratin treatments, number {}?", "Thanks, bye", "what would a trim for my fringe cost, {}?",
    "can you paint flowers on my nails, {}?", "Are you a robot?", "Do you sell gift cards and shampoo, {}?",
)  # fmt: skip
ROUNDS = 20
PAGE_CALLS = 5  # of twelve turns each: a page that types faster than people do is refused after twenty
FIRST_WORD = """() => {
window.firstWord = new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('no word within 10 s')), 10000);
  const before = document.querySelectorAll('#script .she').length;
  const look = () => {
    const rows = document.querySelectorAll('#script .she');
    const words = rows.length > before && rows[rows.length - 1].querySelector('.words').textContent.trim();
    if (words) { observer.disconnect(); resolve(performance.now()); }
  };
  const observer = new MutationObserver(look);
  observer.observe(document.getElementById('script'), {childList: true, subtree: true, characterData: true});
});
const form = document.getElementById('say-form');
form.addEventListener('submit', () => { window.saidAt = performance.now(); }, {once: true, capture: true});
}"""


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("loadcontext", "glow", verbosity=0)
    while write_missing_vectors(500):
        pass
    warm_up()  # as the agent does
    sure, through_the_model = asyncio.run(_in_a_session())
    on_the_page = _on_the_page()
    for name, times in (("sure", sure), ("through the model", through_the_model), ("on the page", on_the_page)):
        sys.stdout.write(f"{name}: {len(times)} turns, median {_share(times, 0.5)} ms, 95th {_share(times, 0.95)} ms\n")
    figures = {"sure_p95_ms": sure, "model_p95_ms": through_the_model, "page_p95_ms": on_the_page}
    sys.stdout.write(json.dumps({name: _share(times, 0.95) for name, times in figures.items()}) + "\n")


async def _in_a_session() -> tuple[list[float], list[float]]:
    """A new call for each round, as callers ask a few questions each; the first round is not counted."""
    rounds = [await _one_call(number) for number in range(ROUNDS + 1)][1:]
    return [time for sure, _ in rounds for time in sure], [time for _, through in rounds for time in through]


async def _one_call(number: int) -> tuple[list[float], list[float]]:
    async with typed.conversation() as talk:
        sure = [await _first_word(talk, question) for question in SURE]
        through = [await _first_word(talk, question.format(number)) for question in THROUGH_THE_MODEL]
    return sure, through


async def _first_word(talk: Conversation, question: str) -> float:
    said, row = await typed.asked(talk, question)
    times: list[float] = []
    begin = time.perf_counter()
    await talk.reply(said, row, lambda piece: times.append(time.perf_counter()))
    return (times[0] - begin) * 1000


def _on_the_page() -> list[float]:
    with house.running() as running, sync_playwright() as playwright:
        path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        _sign_in(page, running)
        times = [time for _ in range(PAGE_CALLS + 1) for time in _practice(page, running)]
        browser.close()
    return times[len(SURE) * 2 :]


def _sign_in(page: Page, running: Scratch) -> None:
    page.goto(f"{running.url}/admin/login/?next=/admin/practice/")
    page.fill("#id_username", "supervisor")
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")


def _practice(page: Page, running: Scratch) -> list[float]:
    """The times of one call, in which every sure question is asked twice."""
    page.goto(f"{running.url}/admin/practice/?new")
    page.click("text=Start the call")
    page.wait_for_selector("#script .she")
    return [_type(page, question) for question in SURE * 2]


def _type(page: Page, question: str) -> float:
    """Milliseconds from the key to the first word seen."""
    page.fill("#say", question)
    page.evaluate(FIRST_WORD)
    page.press("#say", "Enter")
    times = page.evaluate("window.firstWord.then((seen) => [window.saidAt, seen])")
    page.wait_for_selector("#script .caret", state="detached")
    return times[1] - times[0]


def _share(times: list[float], share: float) -> float:
    return round(sorted(times)[min(len(times) - 1, round(len(times) * share))], 1)


if __name__ == "__main__":
    main()

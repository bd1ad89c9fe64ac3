"""Times from a committed help request to its row in a supervisor's open desk, in a real browser.

`python -m benchmarks.live` starts everything, opens the desk in headless Chromium, and commits 100 requests from
another process, one after the other; an observer in the page notes when each row appears. Needs Chromium.
"""

import json
import shutil
import statistics
import subprocess
import sys

from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from benchmarks import house
from tests.scratch import PASSWORD, ROOT, Scratch

REQUESTS = 100
PATIENCE_MS = 5000
PAUSE_MS = 250  # so that each is news by itself, as on a quiet morning
OBSERVER = """
window.seen = {};
new MutationObserver(() => {
  for (const link of document.querySelectorAll('[data-live="queue"] a[href*="/answer/"]')) {
    const id = link.href.match(/[0-9a-f-]{36}/)[0];
    window.seen[id] ??= performance.timeOrigin + performance.now();
  }
}).observe(document.body, { childList: true, subtree: true });
"""
ASK = """
import json, sys, time
from supervision import calls, lifecycle
call = calls.open_call(channel="console", phone="+14155552671")
user = User.objects.get()
for number in sys.stdin:
    asked = lifecycle.request_help(f"Do you offer treatment number {number.strip()}?", call=call)
    print(json.dumps([str(asked.pk), time.time() * 1000]), flush=True)
    sys.stdin.readline()
    lifecycle.resolve(asked, answer="No.", by=user, teach=False)
"""


def main() -> None:
    with house.running() as running, sync_playwright() as playwright:
        path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = _desk(browser.new_page(), running)
        times = _measure(page, running)
        browser.close()
    found = sorted(one for one in times if one is not None)
    figures = {
        "p50_ms": round(statistics.median(found), 1),
        "p99_ms": round(found[min(len(found) - 1, round(len(found) * 0.99))], 1),
        "delivered": len(found) / len(times),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def _desk(page: Page, running: Scratch) -> Page:
    page.goto(f"{running.url}/admin/login/?next=/admin/")
    page.fill("#id_username", "supervisor")
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url(f"{running.url}/admin/")
    page.evaluate(OBSERVER)
    return page


def _measure(page: Page, running: Scratch) -> list[float | None]:
    """Milliseconds for each request; None for one that did not appear in time."""
    asker = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", ASK],
        cwd=ROOT, env=running.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    )  # fmt: skip
    times = []
    for number in range(REQUESTS):
        asker.stdin.write(f"{number}\n")
        request_id, committed_at = json.loads(asker.stdout.readline())
        times.append(_appears(page, request_id, committed_at))
        asker.stdin.write("\n")
        page.wait_for_timeout(PAUSE_MS)
    asker.stdin.close()
    asker.wait()
    return times


def _appears(page: Page, request_id: str, committed_at: float) -> float | None:
    try:
        seen = page.wait_for_function("id => window.seen[id]", arg=request_id, timeout=PATIENCE_MS, polling=20)
    except PlaywrightTimeout:
        return None
    return seen.json_value() - committed_at


if __name__ == "__main__":
    main()

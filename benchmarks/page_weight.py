"""How much the desk weighs when nothing of it is in the browser's cache: everything that is transferred, compressed.

`python -m benchmarks.page_weight` starts the web process alone (daphne and WhiteNoise, as `make run` does), signs in,
opens the desk of a salon on its first day in a fresh headless Chromium and adds up what the browser says that it has
received, heads included, until nothing more comes. A request to another host fails it. Needs Chromium.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.scratch import PASSWORD, ROOT, Scratch, prepare, wait_for

KB = 1000
SERVER = (sys.executable, "-m", "daphne", "-v", "0", "salon_receptionist.asgi:application", "-p")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="salon-bench-"))
    house = Scratch(prepare(folder))
    try:
        web = subprocess.Popen([*SERVER, str(house.port)], cwd=ROOT, env=house.environment, stdout=subprocess.DEVNULL)
        house.processes.append(web)
        wait_for(lambda: _answers(house.url), seconds=60, describe="the web process")
        received = _open_desk(house)
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for address, size in sorted(received.items(), key=lambda one: -one[1]):
        sys.stdout.write(f"{size:>8}  {address}\n")
    strangers = {urlsplit(address).netloc for address in received} - {urlsplit(house.url).netloc}
    if strangers:
        sys.exit(f"asked of other hosts: {', '.join(sorted(strangers))}")
    sys.stdout.write(json.dumps({"kb": round(sum(received.values()) / KB, 1), "requests": len(received)}) + "\n")


def _answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(f"{url}/admin/login/", timeout=5).status == 200
    except OSError:
        return False


def _open_desk(house: Scratch) -> dict[str, int]:
    """Bytes by address."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        page.goto(f"{house.url}/admin/login/?next=/admin/")
        page.fill("#id_username", "supervisor")
        page.fill("#id_password", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_url(f"{house.url}/admin/")
        received = _reload_cold(page)
        browser.close()
    return received


def _reload_cold(page: Page) -> dict[str, int]:
    wire = page.context.new_cdp_session(page)
    for name in ("Network.enable", "Network.clearBrowserCache"):
        wire.send(name)
    address_of, received = {}, {}
    wire.on("Network.requestWillBeSent", lambda told: address_of.update({told["requestId"]: told["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda told: _add(received, address_of, told))
    page.reload(wait_until="networkidle")
    page.wait_for_timeout(1000)  # what a script fetches later belongs to it, too
    return received


def _add(received: dict[str, int], address_of: dict[str, str], told: dict) -> None:
    address = address_of.get(told["requestId"], "?")
    if not address.startswith("data:"):
        received[address] = received.get(address, 0) + int(told["encodedDataLength"])


if __name__ == "__main__":
    main()

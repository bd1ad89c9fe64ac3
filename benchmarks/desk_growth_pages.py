"""One salon of benchmarks.desk_growth: `python -m benchmarks.desk_growth_pages COUNT` seeds it and says so in a line.

Then, for each name of a page that it reads, it asks for the page and writes `[milliseconds, queries]`.
"""

import json
import shutil
import sys
import time

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from benchmarks import scratch, seeding  # noqa: F401
from supervision import live
from supervision.figures import rollup

PLAIN_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"  # nothing is collected here
JUST_CHANGED = ", just changed"
PAGES = {
    "desk": "/admin/",
    "help requests": "/admin/supervision/helprequest/",
    "calls": "/admin/supervision/call/",
    "numbers": "/admin/numbers/",
}


def main(count: int) -> None:
    call_command("migrate", verbosity=0)
    supervisor = get_user_model().objects.create_superuser("sue", first_name="Sue")
    begun = time.monotonic()
    seeding.fill(count, resolved_by=supervisor.pk)
    seeded = time.monotonic()
    rollup.fill_due(patience=3600)
    _say(f"{count} seeded in {seeded - begun:.0f} s, counted in {time.monotonic() - seeded:.0f} s")
    client = Client()
    client.force_login(supervisor, backend="django.contrib.auth.backends.ModelBackend")
    counted = {}
    for line in sys.stdin:
        page = line.strip()
        address = PAGES[page.removesuffix(JUST_CHANGED)]
        if page.endswith(JUST_CHANGED):
            live.emit(live.DESK, "asked")
        ms = _took(client, address)
        if page not in counted:
            counted[page] = _queries(client, address, happens=page.endswith(JUST_CHANGED))
        _say(json.dumps([ms, counted[page]]))


def _took(client: Client, address: str) -> float:
    begun = time.perf_counter()
    assert client.get(address).status_code == 200
    return 1000 * (time.perf_counter() - begun)


def _queries(client: Client, address: str, *, happens: bool) -> int:
    if happens:
        live.emit(live.DESK, "asked")
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        storages = settings.STORAGES | {"staticfiles": {"BACKEND": PLAIN_FILES}}
        with override_settings(STORAGES=storages, ALLOWED_HOSTS=["testserver"]):
            main(int(sys.argv[1]))
    finally:
        shutil.rmtree(settings.VAR_DIR, ignore_errors=True)

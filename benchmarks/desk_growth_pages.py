"""Asks for the pages of benchmarks.desk_growth: `python -m benchmarks.desk_growth_pages COUNT` ends with their JSON."""

import json
import shutil
import statistics
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

ROUNDS, COLD = 60, 10
PLAIN_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"  # nothing is collected here
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
    sys.stdout.write(f"{count} seeded in {seeded - begun:.0f} s, counted in {time.monotonic() - seeded:.0f} s\n")
    client = Client()
    client.force_login(supervisor, backend="django.contrib.auth.backends.ModelBackend")
    pages = {name: (_median_ms(client, address), _queries(client, address)) for name, address in PAGES.items()}
    pages["numbers, just changed"] = (_median_ms(client, PAGES["numbers"], happens=True), 0)
    sys.stdout.write(json.dumps(pages) + "\n")


def _median_ms(client: Client, address: str, *, happens: bool = False) -> float:
    """Of warm requests; `happens`: each after an event, so that nothing about today can be remembered."""
    took = []
    for _ in range(COLD + ROUNDS):
        if happens:
            live.emit(live.DESK, "asked")
        begun = time.perf_counter()
        assert client.get(address).status_code == 200
        took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took[COLD:])


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


if __name__ == "__main__":
    try:
        storages = settings.STORAGES | {"staticfiles": {"BACKEND": PLAIN_FILES}}
        with override_settings(STORAGES=storages, ALLOWED_HOSTS=["testserver"]):
            main(int(sys.argv[1]))
    finally:
        shutil.rmtree(settings.VAR_DIR, ignore_errors=True)

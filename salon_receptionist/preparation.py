"""Makes a folder ready to run in: tables, static files, the salon's context, a first supervisor."""

import hashlib
import logging

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

log = logging.getLogger(__name__)


def prepare() -> None:
    """Does what is missing, and says nothing where nothing is."""
    migrate()
    collect_static_files()
    call_command("loadcontext", settings.SALON_CONTEXT, if_empty=True)
    call_command("firstsupervisor")


def migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        log.info("bringing the database up to date")
        call_command("migrate", verbosity=0, interactive=False)


def collect_static_files() -> None:
    """Collect and compress them when one was added, changed or removed since the last time."""
    mark = settings.STATIC_ROOT / ".collected"
    fingerprint = _fingerprint()
    if mark.exists() and mark.read_text() == fingerprint:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=False)
    mark.write_text(fingerprint)


def _fingerprint() -> str:
    """Of the names, sizes and times of all static files."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            about = (storage.path(path), storage.size(path), storage.get_modified_time(path))
            digest.update(repr(about).encode())
    return digest.hexdigest()

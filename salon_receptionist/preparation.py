"""Makes a folder ready to run in: tables, static files, the salon's context, a first supervisor."""

import hashlib
import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

log = logging.getLogger(__name__)


def prepare() -> None:
    """Does what is missing, and says nothing where nothing is."""
    close_to_others()
    with meanwhile(collect_static_files):
        migrate()
        call_command("loadcontext", settings.SALON_CONTEXT, if_empty=True)
        call_command("firstsupervisor")


def close_to_others() -> None:
    """Callers' numbers and words are in the folder: of this machine's other people its group at most reads them."""
    mode = stat.S_IMODE(settings.VAR_DIR.stat().st_mode)
    with suppress(PermissionError):  # somebody else's folder is his to close
        settings.VAR_DIR.chmod(mode & ~0o007)


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Do the work in a process of its own: the static files take two seconds, which the database needs too."""
    connections.close_all()
    worker = os.fork()
    if worker == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            log.exception("the preparation failed")
            os._exit(1)
    yield
    if os.waitpid(worker, 0)[1]:
        raise CommandError("The static files could not be collected.")


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

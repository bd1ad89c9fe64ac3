"""Runs the jobs until it is stopped, and gives up, to be started again, when their chain has died."""

import ctypes
import gc
import logging
import os
import signal
import threading
from datetime import timedelta

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connection, connections
from django.utils import timezone
from django_q.cluster import Cluster
from django_q.models import OrmQ

from supervision import jobs
from supervision.delivery import get_backend
from supervision.live import Doorbell
from supervision.models import Heartbeat

log = logging.getLogger(__name__)
PATIENCE = timedelta(seconds=15)  # without a sign of the canary
REST = 0.1  # seconds from one look at what is due to the next, however often the doorbell rings meanwhile
LAST_SECONDS = 4  # for a job that runs when the command is told to stop; its rows carry the meaning
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Command(BaseCommand):
    help = "Run the jobs: expire help requests, deliver messages, sweep calls. Stops on SIGTERM and Ctrl-C."

    def handle(self, **options) -> None:
        die_together()
        with jobs.alone("runjobs") as mine:
            if mine and connection.vendor == "sqlite":
                OrmQ.objects.update(lock=timezone.now())  # what a killed predecessor had taken; nobody else has
            jobs.schedule_the_net()
            self.run()

    def run(self) -> None:
        """The cluster in processes of its own, the ticker in a thread of this one."""
        self.stopping = threading.Event()
        self.failure = ""
        jobs.load()
        get_backend()  # its library takes a while to load: here, once for all workers, not when a text is due
        connections.close_all()  # no connection may pass the forks
        gc.collect()
        gc.freeze()  # what is loaded now stays shared: the collector would write into every page of it
        LIBC.malloc_trim(0)  # else each worker tidies its copy of the heap, and has it for itself then: 3 MB
        cluster = Cluster()
        cluster.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        ticker = threading.Thread(target=self.tick, name="ticker", daemon=True)
        ticker.start()
        while not self.stopping.wait(0.5):
            if not cluster.sentinel.is_alive() or not ticker.is_alive():
                self.fail("the guard of the jobs has died")
        ticker.join(timeout=1)
        self.stop(cluster)

    def stop(self, cluster: Cluster) -> None:
        """Never returns; everything that was forked here dies with this process."""
        if self.failure:
            log.error("%s: giving up, to be started again", self.failure)
            os._exit(1)
        threading.Timer(LAST_SECONDS, os._exit, (0,)).start()
        cluster.stop()
        os._exit(0)

    def fail(self, why: str) -> None:
        self.failure = why
        self.stopping.set()

    def tick(self) -> None:
        """Until the end: queue what is due, sleep until the next moment or the doorbell, watch the canary."""
        ticker, doorbell = jobs.Ticker(), Doorbell("ticker")
        self.alive_at = timezone.now()
        while not self.stopping.is_set():
            try:
                close_old_connections()
                pause = ticker.tick()
                self.watch()
            except Error:
                log.exception("the ticker lost the database; it tries again")
                connections.close_all()
                self.alive_at, pause = timezone.now(), 1.0
                self.stopping.wait(pause)
            if doorbell.wait(pause):
                self.stopping.wait(min(pause, REST))
        doorbell.close()

    def watch(self) -> None:
        """A worker that is killed while it is idle leaves django-q2 deaf, and nobody but the canary can tell."""
        song = Heartbeat.objects.filter(name="jobs").values_list("beat_at", flat=True).first()
        self.alive_at = max(self.alive_at, song or self.alive_at)
        if timezone.now() - self.alive_at > PATIENCE:
            self.fail("no job has run for 15 s")


def die_together() -> None:
    """Let every process that is forked from here on be killed when the one that forked it is gone."""
    parent = 0

    def remember() -> None:
        nonlocal parent
        parent = os.getpid()

    def follow() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    os.register_at_fork(before=remember, after_in_child=follow)

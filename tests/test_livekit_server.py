"""LiveKit's server on this machine: which one, and how nothing of it is seen from elsewhere."""

import json
import stat
from pathlib import Path

import pytest

from salon_receptionist import livekit_server
from salon_receptionist.livekit_server import NoServer, configure, find, find_or_build


@pytest.fixture
def bare(settings, tmp_path, monkeypatch) -> Path:
    """A machine without a server and without Go."""
    settings.BASE_DIR, settings.LIVEKIT_SERVER = tmp_path, ""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(livekit_server.sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setattr(livekit_server, "GO_ITSELF", str(tmp_path / "go"))
    (tmp_path / "bin").mkdir()
    return tmp_path


def executable(path: Path, script: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_server_that_is_named_goes_before_the_one_on_the_path(bare, settings):
    settings.LIVEKIT_SERVER = str(executable(bare / "mine"))
    executable(bare / "bin" / "livekit-server")

    assert find() == bare / "mine"


def test_the_one_on_the_path_goes_before_the_one_that_was_built(bare):
    on_the_path = executable(bare / "bin" / "livekit-server")
    executable(livekit_server.kept_in())

    assert find() == on_the_path


def test_one_that_was_built_is_not_built_again(bare):
    built = executable(livekit_server.kept_in())

    assert find_or_build(pytest.fail) == built


def test_a_wrong_name_is_said(bare, settings):
    settings.LIVEKIT_SERVER = "/nowhere/livekit"

    with pytest.raises(NoServer, match="LIVEKIT_SERVER: there is no program /nowhere/livekit"):
        find()


def test_without_go_it_is_said_what_to_do(bare):
    with pytest.raises(NoServer, match=r"Go 1\.21 or newer to build it once"):
        find_or_build(pytest.fail)


def test_it_is_built_pinned_once_with_words(bare):
    executable(bare / "bin" / "env", 'exec /usr/bin/env "PATH=$PATH:/bin" "$@"')
    executable(bare / "bin" / "go", f'echo "$@" >> {bare}/asked; touch "$GOBIN/server"')
    said = []

    built = find_or_build(said.append)

    assert built == livekit_server.kept_in() == find()
    assert (bare / "asked").read_text() == "install github.com/livekit/livekit-server/cmd/server@v1.11.0\n"
    assert said == [
        "Building LiveKit's server 1.11.0 with Go: about three minutes, once.", "LiveKit's server is built."
    ]  # fmt: skip


def test_a_long_build_is_not_silent(bare, monkeypatch):
    monkeypatch.setattr(livekit_server, "A_WHILE", 0.05)
    executable(bare / "bin" / "env", 'exec /usr/bin/env "PATH=$PATH:/bin" "$@"')
    executable(bare / "bin" / "go", 'sleep 0.2; touch "$GOBIN/server"')
    said = []

    find_or_build(said.append)

    assert any(words.startswith("Still building LiveKit's server: ") for words in said)


def test_a_build_that_fails_says_what_go_said(bare):
    executable(bare / "bin" / "env", 'exec /usr/bin/env "PATH=$PATH:/bin" "$@"')
    executable(bare / "bin" / "go", "echo no space left on device; exit 1")

    with pytest.raises(NoServer, match=r"could not be built\. Go says: no space left on device"):
        find_or_build(lambda words: None)

    assert find() is None


def test_the_secret_is_long_stays_the_same_and_is_nobody_elses_to_read(tmp_path):
    first, second = (configure(tmp_path, program=Path("server"), webhook="http://127.0.0.1:1/") for _ in range(2))

    assert first.secret == second.secret
    assert len(first.secret) >= 32
    assert stat.S_IMODE((tmp_path / "livekit.yaml").stat().st_mode) == 0o600


def test_everything_that_can_be_is_on_loopback(tmp_path):
    place = configure(tmp_path, program=Path("server"), webhook="http://127.0.0.1:1/x", ports=(1, 2, 3))

    written = json.loads((tmp_path / "livekit.yaml").read_text())
    assert place.url == "ws://127.0.0.1:1"
    assert written["bind_addresses"] == [written["rtc"]["node_ip"]] == ["127.0.0.1"]
    assert (written["rtc"]["tcp_port"], written["rtc"]["udp_port"]) == (2, 3)
    assert written["rtc"]["stun_servers"] == ["127.0.0.1:9"]
    assert written["webhook"] == {"api_key": place.key, "urls": ["http://127.0.0.1:1/x"]}


def test_another_server_on_the_usual_ports_is_no_obstacle(monkeypatch):
    monkeypatch.setattr(livekit_server, "_is_free", lambda port: port != livekit_server.PORTS[1])

    assert not set(livekit_server.PORTS) & set(livekit_server.usable_ports())

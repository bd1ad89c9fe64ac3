"""Who takes a call, and what the others hear."""

import os
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from supervision.models import Call
from voice_agent import capacity, phrases
from voice_agent.capacity import BUSY, Board, Door


class Server:
    def __init__(self) -> None:
        self.active_jobs: list = []

    def on(self, event: str, callback) -> None:
        callback()


class Request:
    def __init__(self, name: str, server: Server, metadata: str = "") -> None:
        self.id = name
        self.job = SimpleNamespace(id=name, metadata=metadata)
        self.server = server
        self.answer = ""

    async def accept(self, *, attributes: dict | None = None, **_) -> None:
        self.answer = "busy" if attributes and BUSY in attributes else "accepted"
        self.server.active_jobs.append(SimpleNamespace(job=self.job))

    async def reject(self, *, terminate: bool) -> None:
        assert not terminate  # another process may have room
        self.answer = "rejected"


@pytest.fixture
def door(settings) -> Door:
    settings.AGENT_MAX_CALLS = 2
    return Door(Server(), Board(2), 0)


async def ring(door: Door, name: str, metadata: str = "") -> str:
    request = Request(name, door.server, metadata)
    await door.answer(request)
    return request.answer


async def test_while_there_is_room_calls_are_taken(door):
    assert [await ring(door, name) for name in "ab"] == ["accepted", "accepted"]


async def test_the_next_one_hears_that_all_lines_are_busy_and_takes_no_ones_place(door):
    await ring(door, "a")
    await ring(door, "b")

    assert await ring(door, "c") == "busy"
    assert door.held == 2
    door.server.active_jobs.pop(0)
    assert await ring(door, "d") == "accepted"


async def test_where_a_sibling_has_room_the_call_is_left_to_it(door):
    door.board.write(1, 1)
    await ring(door, "a")
    await ring(door, "b")

    assert await ring(door, "c") == "rejected"
    door.board.write(1, 2)
    assert await ring(door, "d") == "busy"


async def test_a_sibling_that_has_died_has_no_room(door):
    door.board.write(1, 0)
    door.board.forget(1)
    await ring(door, "a")
    await ring(door, "b")

    assert await ring(door, "c") == "busy"


async def test_a_caller_who_was_talking_already_is_never_told_that_all_lines_are_busy(door):
    await ring(door, "a")
    await ring(door, "b")

    assert await ring(door, "c", metadata="again") == "accepted"


async def test_behind_a_closed_door_nothing_is_taken(door):
    door.is_closed = True

    assert [await ring(door, "a"), await ring(door, "b", metadata="again")] == ["rejected", "rejected"]


async def test_what_has_been_accepted_and_has_not_started_counts(door):
    class Slow(Request):
        async def accept(self, **more) -> None:
            self.held = door.held
            await super().accept(**more)

    request = Slow("a", door.server)
    await door.answer(request)

    assert request.held == 1


async def test_a_full_process_is_still_asked_by_livekit_and_after_all_others(door):
    assert door.load() == 0
    await ring(door, "a")
    await ring(door, "b")

    assert 0.6 < door.load() < 0.7  # from 0.7 on the server offers nothing


def test_the_processes_know_how_many_calls_they_hold_together():
    board = Board(3)
    board.write(0, 2)
    board.write(2, 5)

    assert board.held() == [2, 5]


@pytest.fixture
def played(monkeypatch) -> list[str]:
    """The recordings that a caller heard."""
    heard = []

    async def play(room, name):
        heard.append(name)

    async def joined(_):
        return SimpleNamespace(is_telephone=True, phone="+14155552671", identity="sip_1")

    monkeypatch.setattr(capacity, "announce", play)
    monkeypatch.setattr(capacity, "wait_for_caller", joined)
    return heard


async def test_a_caller_who_found_all_lines_busy_is_on_the_desk_as_missed(salon, played):
    context = Context()

    await capacity.say_busy(context)

    call = await Call.objects.select_related("caller").aget()
    assert (call.state, call.ended_because) == (Call.State.MISSED, Call.EndedBecause.BUSY)
    assert call.caller.phone == "+14155552671"
    assert played == ["busy"]
    assert context.deleted == ["call-1"]


async def test_a_caller_in_another_country_never_hears_this_ones_emergency_number(salon, played):
    salon.region = "DE"
    await salon.asave()

    await capacity.say_busy(Context())

    assert played == ["busy_anywhere"]
    assert "call the emergency number." in phrases.text_of("busy_anywhere")


async def test_nor_does_one_whose_salon_names_another_number(salon, played, settings):
    settings.EMERGENCY_NUMBER = "112"

    await capacity.say_busy(Context())

    assert played == ["busy_anywhere"]


async def test_a_caller_hears_that_all_lines_are_busy_also_while_the_database_is_gone(salon, played, monkeypatch):
    def gone() -> None:
        raise OperationalError

    monkeypatch.setattr(capacity, "emergency_number", lambda _: gone())
    monkeypatch.setattr(capacity, "_miss", lambda *_: gone())
    context = Context()

    await capacity.say_busy(context)

    assert played == ["busy_anywhere"]
    assert context.deleted == ["call-1"]


class Context:
    """A job without a room."""

    def __init__(self) -> None:
        self.job = SimpleNamespace(room=SimpleNamespace(name="call-1"))
        self.room = None
        self.deleted: list[str] = []

    async def connect(self) -> None: ...

    async def delete_room(self, room: str) -> None:
        self.deleted.append(room)

    def shutdown(self, reason: str) -> None: ...


def test_a_process_stands_still_when_its_loop_has_not_run_for_long(monkeypatch):
    board = Board(2)
    board.write(1, 0)

    assert not board.stands_still(os.getpid())
    monkeypatch.setattr(capacity, "STILL", -1.0)
    assert board.stands_still(os.getpid())
    assert not board.stands_still(os.getpid() + 1)  # none of these processes
    board.forget(1)
    assert not board.stands_still(os.getpid())  # it has ended

"""Spoken calls that no job holds get another one, or an end."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from supervision import call_control, calls, health, rescue
from supervision.call_control import Participant
from supervision.models import Call, Event

State = Call.State
CALLER = Participant("sip_+14155552671", is_agent=False, is_hidden=False, may_speak=True)
AGENT = Participant("agent-AJ_1", is_agent=True, is_hidden=False, may_speak=True)
SUPERVISOR = Participant("desk-1-ab", is_agent=False, is_hidden=False, may_speak=True)


class Rooms:
    """LiveKit, as far as a rescue asks it."""

    def __init__(self) -> None:
        self.people: list[Participant] = [CALLER, AGENT]
        self.done: list[str] = []
        self.is_away = False

    def participants(self, room: str) -> list[Participant]:
        if self.is_away:
            raise call_control.Unreachable("LiveKit's server does not answer.")
        return self.people

    def dispatch(self, room: str, metadata: str = "") -> None:
        self.done.append(f"dispatch {metadata}".strip())

    def remove_agents(self, room: str) -> int:
        self.done.append("remove agents")
        return 1

    def hang_up(self, room: str) -> bool:
        self.done.append("hang up")
        return True


@pytest.fixture
def rooms(monkeypatch) -> Rooms:
    rooms = Rooms()
    for name in ("participants", "dispatch", "remove_agents", "hang_up"):
        monkeypatch.setattr(call_control, name, getattr(rooms, name))
    monkeypatch.setattr(call_control, "is_configured", lambda: True)
    return rooms


@pytest.fixture
def call(salon) -> Call:
    """Answered, held, and without a beat for two seconds."""
    call = calls.ring(room="call-1", channel=Call.Channel.PHONE, phone="+14155552671")
    calls.take(call, holder="agent-here-1-a")
    calls.answer(call)
    return silent_for(call, 2)


def silent_for(call: Call, seconds: float) -> Call:
    moment = timezone.now() - timedelta(seconds=seconds)
    Call.objects.filter(pk=call.pk).exclude(beat_at=None).update(beat_at=moment)
    Call.objects.filter(pk=call.pk).update(started_at=moment)
    return Call.objects.get(pk=call.pk)


def kinds() -> list[str]:
    return list(Event.objects.filter(topic="desk").order_by("id").values_list("kind", flat=True))


@pytest.fixture
def sweep(monkeypatch) -> rescue.Sweep:
    monkeypatch.setattr(rescue, "CONFIRMED", 0.05)
    return rescue.Sweep()


def test_one_look_at_a_missing_beat_is_not_enough(call, rooms, sweep):
    sweep.look()

    assert rooms.done == []


def test_two_looks_that_miss_the_same_beat_send_another_job(call, rooms, sweep):
    sweep.look()
    time.sleep(0.06)
    sweep.look()

    assert rooms.done == ["remove agents", "dispatch again"]
    assert calls.take(call, holder="agent-here-2-b") == 3
    assert "sent_again" in kinds()


def test_who_stands_still_is_put_out_before_another_job_is_sent(call, rooms, sweep):
    sweep.put_out = lambda one: rooms.done.append(f"put out {one.holder}")

    sweep.look()
    assert rooms.done == []
    time.sleep(0.06)
    sweep.look()

    assert rooms.done[:2] == ["put out agent-here-1-a", "remove agents"]


def test_a_beat_between_two_looks_leaves_the_call_where_it_is(call, rooms, sweep):
    sweep.look()
    time.sleep(0.06)
    silent_for(call, 1.5)
    sweep.look()

    assert rooms.done == []


def test_what_was_seen_before_trouble_with_the_database_does_not_count(call, rooms, sweep):
    sweep.look()
    time.sleep(0.06)
    sweep.forget()
    sweep.look()

    assert rooms.done == []


def test_a_job_that_is_known_to_be_dead_needs_no_second_look(call, rooms):
    rescue.Sweep(is_dead=lambda one: one.holder == "agent-here-1-a").look()

    assert rooms.done == ["remove agents", "dispatch again"]


def test_of_two_who_see_it_one_acts(call, rooms):
    seen_by_the_other = Call.objects.get(pk=call.pk)
    rescue.rescue(call)
    rescue.rescue(seen_by_the_other)

    assert rooms.done == ["remove agents", "dispatch again"]


def test_the_old_job_finds_that_it_was_replaced(call, rooms):
    rescue.rescue(call)

    assert calls.beat({call.pk: 1}, holder="agent-here-1-a") == {call.pk}


def test_the_job_that_was_sent_has_six_seconds_then_another_is_sent_and_the_desk_rings(call, rooms, sweep):
    rescue.rescue(call)
    silent_for(call, 5)
    sweep.look()
    assert rooms.done == ["remove agents", "dispatch again"]

    silent_for(call, 6.5)
    sweep.look()

    assert rooms.done == ["remove agents", "dispatch again"] * 2
    assert kinds()[-1] == "unanswered"


def test_when_no_agent_comes_at_all_the_line_is_left_to_the_carrier(call, rooms, sweep):
    for _ in range(rescue.TRIES + 1):
        silent_for(call, 7)
        rescue.rescue(Call.objects.get(pk=call.pk))
        silent_for(call, 7)

    call.refresh_from_db()
    assert rooms.done[-1] == "hang up"
    assert (call.state, call.ended_because) == (State.LOST, Call.EndedBecause.LINE)


def test_a_call_whose_caller_has_gone_ends_as_lost(call, rooms):
    rooms.people = [AGENT]

    rescue.rescue(call)

    call.refresh_from_db()
    assert (call.state, call.ended_because) == (State.LOST, Call.EndedBecause.LINE)
    assert rooms.done == ["hang up"]


@pytest.fixture
def ringing(salon) -> Call:
    return calls.ring(room="call-2", channel=Call.Channel.PHONE)


def test_a_call_that_rings_for_three_seconds_gets_an_agent(ringing, rooms, sweep):
    rooms.people = [CALLER]
    silent_for(ringing, 2)
    sweep.look()
    assert rooms.done == []

    silent_for(ringing, 3.1)
    sweep.look()

    assert rooms.done == ["remove agents", "dispatch"]


def test_an_agent_that_is_only_slow_stays_when_another_is_sent(ringing, rooms):
    rescue.rescue(silent_for(ringing, 4))

    assert rooms.done == ["dispatch"]


def test_who_has_not_come_in_yet_has_half_a_minute_to(ringing, rooms, sweep):
    rooms.people = []
    silent_for(ringing, 20)
    sweep.look()
    ringing.refresh_from_db()
    assert ringing.state == State.RINGING

    rescue.rescue(silent_for(ringing, 31))

    ringing.refresh_from_db()
    assert (ringing.state, ringing.ended_because) == (State.MISSED, Call.EndedBecause.UNANSWERED)


def test_no_second_voice_comes_between_a_supervisor_and_the_caller(call, rooms, django_user_model):
    calls.take_over(call, by=django_user_model.objects.create_user("sue"))
    rooms.people = [CALLER, SUPERVISOR]

    rescue.rescue(Call.objects.get(pk=call.pk))

    assert rooms.done == []
    assert kinds()[-1] == "agent_lost"
    call.refresh_from_db()
    assert call.state == State.TAKEN_OVER


def test_she_comes_back_to_a_caller_whom_the_supervisor_has_left_too(call, rooms, django_user_model):
    calls.take_over(call, by=django_user_model.objects.create_user("sue"))

    rescue.rescue(Call.objects.get(pk=call.pk))

    call.refresh_from_db()
    assert call.state == State.ANSWERED
    assert rooms.done == ["remove agents", "dispatch again"]


def test_while_livekit_is_away_nothing_is_closed_for_five_minutes(call, rooms):
    rooms.is_away = True
    rescue.rescue(call)
    call.refresh_from_db()
    assert call.is_open

    silent_for(call, 301)
    rescue.rescue(Call.objects.get(pk=call.pk))

    call.refresh_from_db()
    assert call.state == State.LOST


def test_the_jobs_leave_calls_to_her_processes_while_one_lives(call, rooms):
    silent_for(call, 10)
    health.beat("agent")
    rescue.net()

    assert rooms.done == []


def test_the_jobs_look_after_calls_when_no_process_of_hers_lives(call, rooms):
    silent_for(call, 10)

    rescue.net()
    rescue.net()

    assert rooms.done == ["remove agents", "dispatch again"]


def test_calls_left_by_plan_are_another_processs_at_once(call, rooms, sweep):
    assert calls.let_go(holder="agent-here-1-a") == 1

    sweep.look()

    assert rooms.done == ["remove agents", "dispatch again"]


def test_of_two_jobs_of_one_process_in_one_call_the_second_leaves(ringing):
    assert calls.take(ringing, holder="agent-here-1-a") == 1
    assert calls.take(ringing, holder="agent-here-1-a") is None

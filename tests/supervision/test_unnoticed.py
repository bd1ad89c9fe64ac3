"""A caller of whom neither webhook nor job has told gets his row, and with it an agent."""

import pytest

from supervision import call_control, calls
from supervision.call_control import Participant
from supervision.models import Call
from supervision.unnoticed import ring_for_unnoticed

OURS, OTHERS = "+15559990000", "+15559990001"


def caller(dialled: str) -> Participant:
    return Participant("sip_1", is_agent=False, is_hidden=False, may_speak=True, phone="+14155552671", dialled=dialled)


@pytest.fixture
def rooms(monkeypatch, salon, settings) -> dict[str, list[Participant]]:
    """LiveKit's rooms and who is in them."""
    settings.PHONE_NUMBER = "+1 555 999 0000"
    rooms: dict[str, list[Participant]] = {}
    monkeypatch.setattr(call_control, "is_configured", lambda: True)
    monkeypatch.setattr(call_control, "rooms", lambda: list(rooms))
    monkeypatch.setattr(call_control, "participants", rooms.__getitem__)
    return rooms


def test_who_dialled_our_number_and_has_no_row_rings(rooms):
    rooms["call-1"] = [caller(OURS)]

    assert ring_for_unnoticed() == 1
    call = Call.objects.get(room="call-1")
    assert (call.state, call.caller.phone) == (Call.State.RINGING, "+14155552671")
    assert ring_for_unnoticed() == 0


def test_callers_of_other_salons_and_of_other_programs_are_none_of_our_business(rooms):
    rooms["call-2"] = [caller(OTHERS)]
    rooms["call-3"] = [caller("")]
    rooms["meeting"] = [caller(OURS)]

    assert ring_for_unnoticed() == 0
    assert not Call.objects.exists()


def test_a_call_that_has_ended_is_not_begun_again(rooms):
    rooms["call-4"] = [caller(OURS)]
    ring_for_unnoticed()
    calls.close_call(Call.objects.get())

    assert ring_for_unnoticed() == 0
    assert Call.objects.get().state == Call.State.ENDED


def test_without_a_number_of_our_own_nobody_is_asked(rooms, settings):
    settings.PHONE_NUMBER = ""
    rooms["call-5"] = [caller(OURS)]

    assert ring_for_unnoticed() == 0

"""What supervisors may do to a call that is spoken, and what stays written of it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from livekit import api

from supervision import call_control, calls, handing_back
from supervision.admin import control
from supervision.call_control import Participant, Unreachable
from supervision.models import Call, Event

KEY, SECRET = "devkey", "secret-secret-secret-secret-secret-32"


class Room:
    """LiveKit's side of a call, as `call_control` asks for it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.participants: list[Participant] = []
        self.is_away = False

    def note(self, name):
        def asked(*args):
            self.asked.append(name)
            if self.is_away:
                raise Unreachable("She could not be told: LiveKit's server does not answer.")
            return self.participants

        return asked


@pytest.fixture(autouse=True)
def room(settings, monkeypatch):
    settings.LIVEKIT_URL = settings.LIVEKIT_PUBLIC_URL = "ws://127.0.0.1:9"
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
    settings.ALLOW_LISTENING = True
    room = Room()
    for name in ("allow_speaking", "nudge", "hang_up", "participants"):
        monkeypatch.setattr(call_control, name, room.note(name))
    return room


@pytest.fixture
def boss(supervisor, desk):
    """Sue's browser, with the rights to listen and to take over."""
    supervisor.user_permissions.add(*Permission.objects.filter(codename__in=("listen", "take_over")))
    return desk


def press(browser, verb, call, **fields):
    return browser.post(reverse(f"admin:supervision_call_{verb}", args=[call.pk]), fields)


def grants(response):
    return api.TokenVerifier(KEY, SECRET).verify(response.json()["token"]).video


def test_listening_is_unseen_and_written_down_with_who(boss, spoken, sue):
    video = grants(press(boss, "listen", spoken))

    assert (video.room, video.hidden, video.can_publish) == ("call-1", True, False)
    assert Event.objects.get(kind="call_listened").payload["by"] == str(sue.pk)
    assert LogEntry.objects.get().get_change_message() == "Listened in."


@pytest.mark.parametrize(
    ("prepare", "status", "words"),
    [
        (lambda call, settings: setattr(settings, "ALLOW_LISTENING", False), 403, control.NOT_ALLOWED),
        (lambda call, settings: Call.objects.update(greeted_at=None), 409, control.NOT_GREETED),
        (lambda call, settings: calls.go_off_the_record(call), 409, control.OFF_THE_RECORD),
        (lambda call, settings: calls.close_call(call), 409, control.OVER),
    ],
    ids=["switched off", "not greeted", "off the record", "over"],
)
def test_nobody_listens_where_nobody_may(boss, spoken, settings, prepare, status, words):
    prepare(spoken, settings)

    response = press(boss, "listen", spoken)

    assert response.status_code == status
    assert response.json() == {"error": words}
    assert not Event.objects.filter(kind="call_listened").exists()


@pytest.mark.parametrize("verb", ["listen", "take_over", "hand_back", "hang_up"])
def test_each_needs_its_permission_and_a_post(desk, spoken, sue, verb):
    refused = press(desk, verb, spoken)
    assert (refused.status_code, refused.json()) == (403, {"error": control.NOT_YOURS})
    assert desk.get(reverse(f"admin:supervision_call_{verb}", args=[spoken.pk])).status_code in (403, 405)
    spoken.refresh_from_db()
    assert spoken.state == Call.State.ANSWERED


def test_who_takes_over_is_let_in_with_a_voice_and_she_is_told(boss, spoken, sue, room):
    video = grants(press(boss, "take_over", spoken))

    spoken.refresh_from_db()
    assert (spoken.state, spoken.taken_over_by) == (Call.State.TAKEN_OVER, sue)
    assert (video.room, video.hidden, video.can_publish_sources) == ("call-1", None, ["microphone"])
    assert room.asked == ["nudge"]


def test_a_listener_speaks_without_joining_again(boss, spoken, room):
    assert press(boss, "take_over", spoken, listening="yes").json() == {}
    assert room.asked == ["allow_speaking", "nudge"]


def test_what_cannot_be_taken_over_is_hers_again(boss, spoken, room):
    room.is_away = True

    response = press(boss, "take_over", spoken, listening="yes")

    spoken.refresh_from_db()
    assert response.status_code == 503
    assert response.json()["error"].endswith("does not answer.")
    assert spoken.state == Call.State.ANSWERED


def test_a_nudge_that_is_lost_changes_nothing(boss, spoken, room):
    room.is_away = True

    assert press(boss, "take_over", spoken).status_code == 200
    spoken.refresh_from_db()
    assert spoken.state == Call.State.TAKEN_OVER


def test_the_second_supervisor_is_told_that_somebody_has_the_call(boss, spoken, tom):
    calls.take_over(spoken, by=tom)

    response = press(boss, "take_over", spoken)

    assert response.status_code == 409
    assert response.json() == {"error": control.TAKEN}


def test_who_has_the_call_comes_back_after_a_reload(boss, spoken):
    press(boss, "take_over", spoken)

    assert grants(press(boss, "take_over", spoken)).can_publish_sources == ["microphone"]
    assert LogEntry.objects.count() == 1


def test_handing_back_is_for_who_has_the_call(boss, spoken, sue, tom, room):
    calls.take_over(spoken, by=tom)
    press(boss, "hand_back", spoken)
    spoken.refresh_from_db()
    assert spoken.taken_over_by == tom

    calls.hand_back(spoken)
    press(boss, "take_over", spoken)
    press(boss, "hand_back", spoken)

    spoken.refresh_from_db()
    assert (spoken.state, spoken.taken_over_by) == (Call.State.ANSWERED, None)
    assert room.asked == ["nudge", "nudge"]
    assert Event.objects.filter(kind="call_handed_back").last().payload["by"] == str(sue.pk)
    assert LogEntry.objects.first().get_change_message() == "Handed the call back."


@pytest.mark.parametrize("is_away", [False, True])
def test_hanging_up_ends_the_call_also_where_livekit_is_away(boss, spoken, room, is_away):
    room.is_away = is_away

    response = press(boss, "hang_up", spoken)

    spoken.refresh_from_db()
    assert response.status_code == 302
    assert (spoken.state, spoken.ended_because) == ("ended", "desk")
    assert room.asked == ["hang_up"]


def test_a_typed_call_has_no_line(boss, call):
    assert press(boss, "take_over", call).status_code == 404


def test_a_supervisor_who_vanished_hands_back(spoken, sue, room):
    calls.take_over(spoken, by=sue)
    room.participants = [Participant("sip_1", is_agent=False, is_hidden=False, may_speak=True)]

    assert handing_back.hand_back_if_gone(spoken.pk, sue.pk)

    spoken.refresh_from_db()
    assert spoken.state == Call.State.ANSWERED
    assert Event.objects.get(kind="call_handed_back").reason == "the supervisor has left the call"


def test_a_supervisor_whose_page_was_loaded_again_keeps_the_call(spoken, sue, room):
    calls.take_over(spoken, by=sue)
    room.participants = [Participant(f"desk-{sue.pk}-ab", is_agent=False, is_hidden=False, may_speak=True)]

    assert not handing_back.hand_back_if_gone(spoken.pk, sue.pk)

    spoken.refresh_from_db()
    assert spoken.state == Call.State.TAKEN_OVER


def test_nothing_is_handed_back_blindly(spoken, sue, tom, room):
    calls.take_over(spoken, by=tom)
    assert not handing_back.hand_back_if_gone(spoken.pk, sue.pk)

    room.is_away = True
    assert not handing_back.hand_back_if_gone(spoken.pk, tom.pk)


def test_the_page_says_that_listening_is_switched_off(boss, spoken, settings):
    settings.ALLOW_LISTENING = False

    page = boss.get(reverse("admin:supervision_call_change", args=[spoken.pk])).content.decode()

    assert ">Listen in<" not in page
    assert "data-switched-off" in page
    assert control.NOT_ALLOWED in page


def test_the_page_offers_what_this_supervisor_may(boss, desk, spoken, supervisor):
    address = reverse("admin:supervision_call_change", args=[spoken.pk])
    assert ">Listen in<" in boss.get(address).content.decode()

    supervisor.user_permissions.remove(*Permission.objects.filter(codename__in=("listen", "take_over")))
    page = desk.get(address).content.decode()

    assert "Listen in" not in page
    assert "data-switched-off" not in page
    assert "Take over" not in page
    assert "livekit-client" not in page

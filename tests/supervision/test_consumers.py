"""The sockets: nudges, words, rights that are looked at again, and a practice caller's own words."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client

from salon_receptionist.asgi import routes
from supervision import calls, consumers, health, live, practising, presence
from supervision.models import Call, Event, Utterance

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 5  # seconds


@pytest.fixture
async def hub():
    """The hub, in this test's loop."""
    live.hub.start()
    yield live.hub
    await live.hub.stop()
    live.hub.subscribers.clear()


@pytest.fixture
async def connect(hub, supervisor, client):
    """`connect(address)` opens a socket as the supervisor, or as nobody; all are closed at the end."""
    sockets = []
    await sync_to_async(client.force_login)(supervisor, "django.contrib.auth.backends.ModelBackend")

    async def connect(address, *, browser: Client | None = client):
        key = browser.cookies[settings.SESSION_COOKIE_NAME].value if browser else ""
        headers = [
            (b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode()),
            (b"origin", b"http://127.0.0.1"),
            (b"host", b"127.0.0.1"),
        ]
        socket = WebsocketCommunicator(routes, address, headers=headers)
        accepted, _ = await socket.connect(timeout=PATIENCE)
        assert accepted
        sockets.append(socket)
        return socket

    yield connect
    for socket in sockets:
        await socket.disconnect()


@pytest.fixture
async def own_call(supervisor, salon):
    return await sync_to_async(calls.open_call)(channel=Call.Channel.PRACTICE, practised_by=supervisor)


async def hear(socket, type_, **values):
    """The next message of that type which holds these values."""
    while True:
        message = await socket.receive_json_from(timeout=PATIENCE)
        if message["type"] == type_ and values.items() <= message.items():
            return message


async def closed(socket):
    while True:
        message = await socket.receive_output(timeout=PATIENCE)
        if message["type"] == "websocket.close":
            return message["code"]


async def test_a_page_is_greeted_with_the_newest_event_and_nudged_by_each_new_one(connect):
    event = await sync_to_async(live.emit)("desk", "asked")
    socket = await connect("/ws/live?topics=desk")

    hello = await hear(socket, "hello")
    newer = await sync_to_async(live.emit)("desk", "claimed")
    nudge = await hear(socket, "nudge")

    assert hello["id"] == event.pk
    assert (nudge["id"], nudge["kind"]) == (newer.pk, "claimed")
    assert "now" in nudge


async def test_a_nudge_tells_nothing_but_that_there_is_something(connect):
    socket = await connect("/ws/live?topics=desk")
    await hear(socket, "hello")

    await sync_to_async(live.emit)("desk", "asked", reason="secret", reference="K7")

    assert set(await hear(socket, "nudge")) == {"type", "id", "kind", "now"}


async def test_the_words_of_a_call_reach_its_page_and_no_other(connect, own_call):
    page = await connect(f"/ws/live?topics=desk,call:{own_call.pk}")
    desk = await connect("/ws/live?topics=desk,calls")
    await hear(page, "hello")
    await hear(desk, "hello")

    await sync_to_async(calls.record_utterance)(own_call, speaker="caller", text="are you open")

    words = await hear(page, "words")
    nudge = await hear(desk, "nudge", kind="words")
    assert (words["text"], words["speaker"], words["finished"]) == ("are you open", "caller", True)
    assert "text" not in nudge


async def test_the_desk_is_not_nudged_by_every_word(connect, own_call):
    desk = await connect("/ws/live?topics=desk,calls")
    await hear(desk, "hello")

    await sync_to_async(live.emit)(f"call:{own_call.pk}", "words", utterance=1, text="I", finished=False)
    asked = await sync_to_async(live.emit)("desk", "asked")

    kinds = []
    while (nudge := await hear(desk, "nudge"))["id"] != asked.pk:
        kinds.append(nudge["kind"])
    assert "words" not in kinds


async def test_nobody_is_told_that_he_is_signed_out(connect):
    socket = await connect("/ws/live?topics=desk", browser=None)

    assert await closed(socket) == consumers.SIGNED_OUT


@pytest.mark.parametrize("address", ["/ws/live?topics=desk", f"/ws/practice/{uuid.uuid4()}"], ids=["desk", "practice"])
async def test_staff_without_permission_are_told_that_they_may_not(connect, supervisor, address):
    await supervisor.user_permissions.aclear()

    socket = await connect(address)

    assert await closed(socket) == consumers.NO_ACCESS


async def test_no_topic_is_given_to_who_may_not_see_it(connect, supervisor):
    await supervisor.user_permissions.aremove(await Permission.objects.aget(codename="view_call"))

    socket = await connect("/ws/live?topics=desk,calls")

    assert await closed(socket) == consumers.NO_ACCESS


async def test_a_right_that_was_taken_closes_the_socket(connect, supervisor, monkeypatch):
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.05)
    socket = await connect("/ws/live?topics=desk")
    await hear(socket, "hello")

    put_out = []
    monkeypatch.setattr(consumers.bystanders, "put_out", lambda also: put_out.append(also))
    await supervisor.user_permissions.aclear()

    assert await closed(socket) == consumers.NO_ACCESS
    await asyncio.gather(*consumers._leaving)
    assert put_out == [supervisor.pk]  # of the rooms of calls too


@pytest.mark.parametrize("how", ["logout", "password"])
async def test_a_session_that_ended_closes_the_socket(connect, client, supervisor, monkeypatch, how):
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.05)
    socket = await connect("/ws/live?topics=desk")
    await hear(socket, "hello")

    if how == "logout":
        await sync_to_async(client.logout)()
    else:
        supervisor.set_password("another")
        await supervisor.asave()

    assert await closed(socket) == consumers.SIGNED_OUT


async def test_an_account_that_was_switched_off_closes_its_sockets_within_five_seconds(connect, supervisor):
    socket = await connect("/ws/live?topics=desk")
    await hear(socket, "hello")

    supervisor.is_active = False
    await supervisor.asave()

    async with asyncio.timeout(5):
        assert await closed(socket) == consumers.SWITCHED_OFF


async def test_an_owner_without_a_code_has_no_live_page_where_owners_need_one(connect, supervisor, settings):
    settings.REQUIRE_TWO_FACTOR, supervisor.is_superuser = True, True
    await supervisor.asave()

    assert await closed(await connect("/ws/live?topics=desk")) == consumers.SIGNED_OUT


async def test_an_open_socket_hears_the_servers_clock(connect, monkeypatch):
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.05)
    socket = await connect("/ws/live?topics=desk")

    assert (await hear(socket, "clock"))["id"] == await sync_to_async(live.newest)()


async def test_what_is_sent_twice_is_said_once(connect, own_call):
    socket = await connect(f"/ws/practice/{own_call.pk}")
    turn = {"say": "are you open on thanksgiving", "id": str(uuid.uuid4())}

    await socket.send_json_to(turn)
    first = await hear(socket, "said")
    again = await connect(f"/ws/practice/{own_call.pk}")
    await again.send_json_to(turn)
    second = await hear(again, "said")

    assert first == second
    assert await Utterance.objects.acount() == 1


async def test_a_practice_caller_sees_his_words_and_hers(connect, own_call):
    socket = await connect(f"/ws/practice/{own_call.pk}")

    await socket.send_json_to({"say": "are you open", "id": str(uuid.uuid4())})
    mine = await hear(socket, "words")
    said = await Utterance.objects.aget()
    reply = await sync_to_async(calls.begin_reply)(said)
    await sync_to_async(calls.extend)(reply, "Yes, un")
    hers = await hear(socket, "words", speaker="receptionist")

    assert mine["text"] == "are you open"
    assert (hers["utterance"], hers["text"], hers["finished"]) == (reply.pk, "Yes, un", False)


@pytest.mark.parametrize("text", ["", "   ", "a" * 65536, "\x00\x01"])
async def test_what_cannot_be_said_is_refused_with_words(connect, own_call, text):
    socket = await connect(f"/ws/practice/{own_call.pk}")
    turn = str(uuid.uuid4())

    await socket.send_json_to({"say": text, "id": turn})
    refused = await hear(socket, "refused")

    assert refused["id"] == turn
    assert refused["error"]
    assert not await Utterance.objects.aexists()


@pytest.mark.parametrize(
    "nonsense", ["[]", '"say"', "{}", "not json", '{"say": "hi"}', '{"say": 7, "id": []}', '{"shown": "x"}']
)
async def test_nonsense_harms_nobody(connect, own_call, nonsense):
    socket = await connect(f"/ws/practice/{own_call.pk}")
    await hear(socket, "hello")

    await socket.send_to(text_data=nonsense)
    await socket.send_json_to({"say": "are you open", "id": str(uuid.uuid4())})

    assert (await hear(socket, "words"))["text"] == "are you open"


async def test_hostile_words_arrive_as_they_were_typed(connect, own_call):
    socket = await connect(f"/ws/practice/{own_call.pk}")
    text = "<script>alert(1)</script> 💇🏽‍♀️ هل عندكم"

    await socket.send_json_to({"say": text, "id": str(uuid.uuid4())})

    assert (await hear(socket, "words"))["text"] == text


async def show(connect, call, utterance):
    """The page of this call confirms it; what it says next is taken after that."""
    socket = await connect(f"/ws/practice/{call.pk}")
    await hear(socket, "hello")
    await socket.send_json_to({"shown": utterance.pk})
    await socket.send_json_to({"say": "thanks", "id": str(uuid.uuid4())})
    await hear(socket, "said")
    await utterance.arefresh_from_db()


async def test_she_has_told_only_what_the_page_has_shown(connect, own_call):
    utterance = await sync_to_async(calls.record_utterance)(own_call, speaker="receptionist", text="Yes.")

    await show(connect, own_call, utterance)

    assert utterance.heard_at is not None


async def test_nobody_confirms_what_was_said_in_anothers_call(connect, own_call):
    other = await sync_to_async(calls.open_call)(channel=Call.Channel.PRACTICE)
    utterance = await sync_to_async(calls.record_utterance)(other, speaker="receptionist", text="Yes.")

    await show(connect, own_call, utterance)

    assert utterance.heard_at is None


async def test_anothers_practice_call_is_closed_to_a_colleague(connect, salon, tom):
    call = await sync_to_async(calls.open_call)(channel=Call.Channel.PRACTICE, practised_by=tom)

    socket = await connect(f"/ws/practice/{call.pk}")

    assert await closed(socket) == consumers.NO_ACCESS


async def test_an_open_page_resumes_its_call_and_keeps_it_open(connect, own_call, monkeypatch):
    monkeypatch.setattr(consumers, "SEE_SECONDS", 0.02)
    await sync_to_async(calls.close_call)(own_call)

    socket = await connect(f"/ws/practice/{own_call.pk}")
    await hear(socket, "agent")
    seen = await Call.objects.aget(pk=own_call.pk)
    while (now := await Call.objects.aget(pk=own_call.pk)).seen_at == seen.seen_at:
        pass

    assert now.is_open
    assert now.seen_at > seen.seen_at


async def test_the_page_is_told_when_the_agent_dies_and_comes_back(connect, own_call, monkeypatch):
    monkeypatch.setattr(consumers, "SEE_SECONDS", 0.02)
    socket = await connect(f"/ws/practice/{own_call.pk}")

    await hear(socket, "agent", alive=False)
    await sync_to_async(health.beat)("agent")

    await hear(socket, "agent", alive=True)


async def test_a_page_that_is_far_behind_is_told_once_to_read_again(connect, monkeypatch):
    monkeypatch.setattr(consumers, "QUEUE", 3)
    socket = await connect("/ws/live?topics=desk")
    await hear(socket, "hello")

    def many():
        for _ in range(50):
            live.emit("desk", "asked")
        return live.newest()

    newest = await sync_to_async(many)()

    while (await hear(socket, "nudge"))["id"] != newest:
        pass


@pytest.mark.parametrize("frame", ["[" * 100_000, "{", '{"say": {"a": 1}, "id": 1}', '{"shown": true}', "\x00"])
async def test_a_frame_that_makes_no_sense_ends_nothing(connect, own_call, frame):
    socket = await connect(f"/ws/practice/{own_call.pk}")
    await hear(socket, "hello")

    await socket.send_to(text_data=frame)
    await socket.send_json_to({"say": "hello there", "id": str(uuid.uuid4())})

    assert await hear(socket, "said")
    assert await Utterance.objects.acount() == 1


async def test_what_is_no_text_is_refused(connect, own_call):
    socket = await connect(f"/ws/practice/{own_call.pk}")

    await socket.send_json_to({"say": {"a": 1}, "id": str(uuid.uuid4())})

    assert "out of date" in (await hear(socket, "refused"))["error"]


async def test_a_flood_of_turns_is_slowed_down_in_words(connect, own_call):
    socket = await connect(f"/ws/practice/{own_call.pk}")

    for _ in range(practising.AT_ONCE + 10):
        await socket.send_json_to({"say": "again", "id": str(uuid.uuid4())})
    refused = await hear(socket, "refused")

    assert refused["error"] == "That was too fast: wait a moment, say it again."
    assert await Utterance.objects.acount() < practising.AT_ONCE + 10


async def test_an_address_that_leads_nowhere_is_closed_without_a_fault(hub):
    headers = [(b"origin", b"http://127.0.0.1"), (b"host", b"127.0.0.1")]
    socket = WebsocketCommunicator(routes, "/ws/nowhere", headers=headers)

    accepted, _ = await socket.connect(timeout=PATIENCE)

    assert not accepted


@pytest.fixture
async def spoken_call(supervisor, salon):
    room = {"room": "call-1", "channel": Call.Channel.BROWSER}
    return await sync_to_async(calls.ring)(**room, practised_by=supervisor)


async def test_the_page_of_ones_own_practice_by_voice_hears_words_and_states(connect, spoken_call):
    socket = await connect(f"/ws/call/{spoken_call.pk}")
    await hear(socket, "hello")

    await sync_to_async(calls.answer)(spoken_call)
    assert (await hear(socket, "nudge", kind="state"))["state"] == Call.State.ANSWERED
    await sync_to_async(calls.record_utterance)(spoken_call, speaker="caller", text="Are you open?")

    assert (await hear(socket, "words"))["text"] == "Are you open?"


async def test_a_colleagues_practice_by_voice_is_private(connect, salon, tom):
    call = await sync_to_async(calls.ring)(room="call-2", channel=Call.Channel.BROWSER, practised_by=tom)

    socket = await connect(f"/ws/call/{call.pk}")

    assert await closed(socket) == consumers.NO_ACCESS


async def test_who_has_the_desk_open_is_at_hand(connect, own_call):
    await hear(await connect(f"/ws/practice/{own_call.pk}"), "hello")
    assert not await sync_to_async(presence.somebody_at_hand)()

    await hear(await connect("/ws/live?topics=desk"), "hello")

    assert await sync_to_async(presence.somebody_at_hand)()


async def test_a_colleagues_page_sees_who_types_and_never_what(connect, tom):
    his_browser, may_see = Client(), Permission.objects.filter(codename="view_helprequest")
    await tom.user_permissions.aadd(await may_see.aget())
    await sync_to_async(his_browser.force_login)(tom, "django.contrib.auth.backends.ModelBackend")
    address = f"/ws/live?topics=desk,typing:{uuid.uuid4()}"
    mine, my_other_tab = await connect(address), await connect(address)
    his, elsewhere = await connect(address, browser=his_browser), await connect("/ws/live?topics=desk")
    for one in (mine, my_other_tab, his, elsewhere):
        await hear(one, "hello")

    await mine.send_json_to({"typing": True, "words": "a secret"})
    await mine.send_json_to({"typing": True})

    told = await hear(his, "typing")
    assert {name: told[name] for name in told if name != "now"} == {"type": "typing", "who": "Sue"}
    for quiet in (his, mine, my_other_tab, elsewhere):  # once in two seconds, and not to the typist's own tabs
        assert await quiet.receive_nothing(0.1)


@pytest.mark.parametrize("topics", ["desk", "desk,typing:", f"desk,typing:{'9' * 80}"])
async def test_a_page_of_no_help_request_tells_of_no_typing(connect, topics):
    socket = await connect(f"/ws/live?topics={topics}")
    await hear(socket, "hello")

    await socket.send_json_to({"typing": True})
    await asyncio.sleep(0.1)

    assert not await Event.objects.filter(kind="typing").aexists()


async def test_who_may_only_look_on_does_not_type(connect, supervisor):
    await supervisor.user_permissions.aremove(await Permission.objects.aget(codename="change_helprequest"))
    socket = await connect(f"/ws/live?topics=desk,typing:{uuid.uuid4()}")
    await hear(socket, "hello")

    await socket.send_json_to({"typing": True})
    await asyncio.sleep(0.1)

    assert not await Event.objects.filter(kind="typing").aexists()


async def test_a_right_that_was_taken_is_noticed_within_five_seconds():
    assert consumers.CHECK_SECONDS < 5


async def test_a_nudge_says_whether_it_is_only_practice(connect, spoken_call):
    socket = await connect("/ws/live?topics=desk")
    await hear(socket, "hello")

    await sync_to_async(calls.answer)(spoken_call)

    assert (await hear(socket, "nudge", kind="call_opened"))["practice"] is True


async def test_what_was_taken_over_is_hers_again_when_the_page_stays_away(
    connect, spoken_call, supervisor, monkeypatch
):
    monkeypatch.setattr(consumers.handing_back, "AWAY_SECONDS", 0.01)
    monkeypatch.setattr(consumers.handing_back.call_control, "participants", lambda room: [])
    monkeypatch.setattr(consumers.handing_back.call_control, "nudge", lambda call: None)
    await sync_to_async(calls.answer)(spoken_call)
    await sync_to_async(calls.take_over)(spoken_call, by=supervisor)
    watching, leaving = await connect("/ws/live?topics=desk"), await connect(f"/ws/live?topics=call:{spoken_call.pk}")
    await hear(watching, "hello")
    await hear(leaving, "hello")

    await leaving.disconnect()

    await hear(watching, "nudge", kind="call_handed_back")

"""The plan for the telephone, with LiveKit's real server: what is there, what is made, what is never touched."""

import json
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from livekit import api

from supervision.phone_setup import sip
from tests import redis
from tests.doubles.twilio_trunking import ACCOUNT, TOKEN, twilio
from tests.telephone.server import LiveKit, program

NUMBER, OTHER = "+13125550142", "+13125550177"
DRIFT = 2


@pytest.fixture(scope="module")
def with_redis(tmp_path_factory):
    folder = tmp_path_factory.mktemp("livekit")
    with redis.server(folder) as address:
        server = LiveKit(folder, program())
        path = folder / "livekit.yaml"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"redis": {"address": address}}))
        server.start()
        yield server
        server.stop()


def use(server, settings):
    settings.LIVEKIT_URL, settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = server.url, server.key, server.secret
    settings.PHONE_NUMBER = NUMBER
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = settings.LIVEKIT_SIP_URI = ""


@pytest.fixture
def livekit(with_redis, settings, salon):
    """A project without trunks and rules."""
    use(with_redis, settings)
    yield with_redis
    use(with_redis, settings)
    trunks, rules = sip.found()
    for rule in rules:
        sip.drop_rule(rule.sip_dispatch_rule_id)
    for trunk in trunks:
        sip.drop_trunk(trunk.sip_trunk_id)


@pytest.fixture
def provider(settings):
    with twilio() as double:
        double.buy(NUMBER)
        yield double


def twilio_is_set_up(provider, settings):
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
    settings.TWILIO_BASE_URL, settings.LIVEKIT_SIP_URI = provider.url, "sip:glow.sip.livekit.cloud"


def setup(*options: str, code: int = 0) -> str:
    """What the command prints; fails when it ends with another code."""
    printed = StringIO()
    try:
        call_command("setup_phone", *options, stdout=printed)
        ended = 0
    except SystemExit as end:
        ended = end.code
    assert ended == code, printed.getvalue()
    return printed.getvalue()


def signs(printed: str) -> str:
    return "".join(line[2] for line in printed.splitlines() if line.startswith("  "))


def test_a_plan_changes_nothing_and_ends_as_drift(livekit):
    printed = setup(code=DRIFT)

    assert signs(printed) == "++"
    assert sip.found() == ([], [])


def test_what_was_applied_is_as_it_should_be(livekit):
    setup("--apply")

    printed = setup()

    assert signs(printed) == "=="
    assert "0 changes to make." in printed


def test_calls_get_a_room_of_their_own_without_the_callers_number_and_our_receptionist(livekit, salon):
    setup("--apply")

    [trunk], [rule] = sip.found()
    assert list(trunk.numbers) == [NUMBER]
    assert trunk.max_call_duration.seconds == 31 * 60
    assert list(rule.trunk_ids) == [trunk.sip_trunk_id]
    assert rule.rule.dispatch_rule_callee.randomize
    assert [agent.agent_name for agent in rule.room_config.agents] == [f"receptionist-{salon.uuid}"]


def test_a_changed_setting_is_changed_in_place(livekit, settings):
    setup("--apply")
    before = [each[0] for each in sip.found()]
    settings.PHONE_NUMBER, settings.CALL_MAX_MINUTES = OTHER, 10

    planned = setup(code=DRIFT)
    setup("--apply")

    assert signs(planned) == "~="
    assert f'numbers: ["{NUMBER}"] -> ["{OTHER}"]' in planned
    [trunk], [rule] = sip.found()
    assert trunk.sip_trunk_id == before[0].sip_trunk_id
    assert rule.sip_dispatch_rule_id == before[1].sip_dispatch_rule_id
    assert list(trunk.numbers) == [OTHER]
    assert signs(setup()) == "=="


def test_a_rule_that_somebody_changed_is_put_right(livekit, salon):
    setup("--apply")
    _, [rule] = sip.found()
    rule.room_config.agents[0].agent_name = "another"
    sip.change_rule(rule.sip_dispatch_rule_id, rule)

    planned = setup(code=DRIFT)
    setup("--apply")

    assert signs(planned) == "=~"
    assert sip.found()[1][0].room_config.agents[0].agent_name == f"receptionist-{salon.uuid}"


def test_a_rule_whose_trunk_is_gone_gets_the_new_one(livekit):
    setup("--apply")
    sip.drop_trunk(sip.found()[0][0].sip_trunk_id)

    setup("--apply")

    [trunk], [rule] = sip.found()
    assert list(rule.trunk_ids) == [trunk.sip_trunk_id]
    assert signs(setup()) == "=="


def test_removing_takes_what_is_ours_and_leaves_the_rest(livekit):
    others = api.SIPInboundTrunkInfo(name="the garage next door", metadata="theirs", numbers=[OTHER])
    sip.make_trunk(others)
    setup("--apply")

    planned = setup("--remove", code=DRIFT)
    setup("--remove", "--apply")

    assert signs(planned) == "--"
    [left], rules = sip.found()
    assert left.name == "the garage next door"
    assert not rules
    assert "0 changes to make." in setup("--remove")


def test_another_trunk_with_our_number_stops_it_with_words(livekit):
    sip.make_trunk(api.SIPInboundTrunkInfo(name="the old one", numbers=[NUMBER]))

    with pytest.raises(CommandError, match=r"the old one\) answers .* take the number off it"):
        setup("--apply")

    trunks, rules = sip.found()
    assert len(trunks) == 1
    assert not rules


def test_a_wrong_secret_is_one_sentence(livekit, settings):
    settings.LIVEKIT_API_SECRET = "wrong" * 8

    with pytest.raises(CommandError, match="LiveKit refuses LIVEKIT_API_KEY"):
        setup()


def test_a_server_that_is_down_is_one_sentence(settings, salon, free_port):
    settings.LIVEKIT_URL = f"ws://127.0.0.1:{free_port()}"
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET, settings.PHONE_NUMBER = "key", "secret" * 6, NUMBER

    with pytest.raises(CommandError, match="No LiveKit server answers at LIVEKIT_URL"):
        setup()


def test_a_server_without_redis_is_one_sentence(tmp_path, settings, salon):
    server = LiveKit(tmp_path, program())
    server.start()
    try:
        use(server, settings)

        with pytest.raises(CommandError, match="it needs Redis"):
            setup()
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("PHONE_NUMBER", "", "PHONE_NUMBER"), ("PHONE_NUMBER", "312 555", "no telephone number"),
     ("LIVEKIT_URL", "", "LIVEKIT_URL, LIVEKIT_API_KEY")],
)  # fmt: skip
def test_what_is_not_set_is_named(livekit, settings, name, value, words):
    setattr(settings, name, value)

    with pytest.raises(CommandError, match=words):
        setup()


def test_without_twilio_a_plan_says_what_to_do_by_hand(livekit):
    assert "LiveKit's page of phone numbers" in setup(code=DRIFT)


def test_twilio_brings_the_number_to_livekit(livekit, provider, settings, salon):
    twilio_is_set_up(provider, settings)

    setup("--apply")

    [trunk] = provider.trunks.values()
    [way] = provider.urls[trunk["sid"]].values()
    assert str(salon.uuid) in trunk["friendly_name"]
    assert trunk["transfer_mode"] == "enable-all"
    assert way["sip_url"] == "sip:glow.sip.livekit.cloud;transport=tcp"
    assert provider.numbers[NUMBER]["trunk_sid"] == trunk["sid"]
    assert signs(setup()) == "====="


def test_a_plan_writes_nothing_at_twilio(livekit, provider, settings):
    twilio_is_set_up(provider, settings)

    setup(code=DRIFT)

    assert provider.written == []


def test_what_somebody_changed_at_twilio_is_put_right_in_place(livekit, provider, settings):
    twilio_is_set_up(provider, settings)
    setup("--apply")
    [trunk] = provider.trunks.values()
    trunk["transfer_mode"] = "disable-all"
    provider.numbers[NUMBER]["trunk_sid"] = None
    settings.LIVEKIT_SIP_URI = "sip:new.sip.livekit.cloud;transport=tls"

    planned = setup(code=DRIFT)
    setup("--apply")

    assert signs(planned) == "==~~+"
    assert signs(setup()) == "====="
    assert len(provider.trunks) == 1


def test_a_way_to_elsewhere_that_a_person_made_stays(livekit, provider, settings):
    twilio_is_set_up(provider, settings)
    setup("--apply")
    [(trunk, ways)] = provider.urls.items()
    theirs = {"sid": "OUx", "friendly_name": "our old exchange", "sip_url": "sip:pbx.example.com", "enabled": True}
    provider.urls[trunk] = {"OUx": theirs, **ways}
    settings.LIVEKIT_SIP_URI = "sip:new.sip.livekit.cloud"

    setup("--apply")

    assert provider.urls[trunk].pop("OUx") == theirs
    assert [way["sip_url"] for way in provider.urls[trunk].values()] == ["sip:new.sip.livekit.cloud;transport=tcp"]


def test_a_number_on_another_trunk_of_twilios_stops_everything(livekit, provider, settings):
    twilio_is_set_up(provider, settings)
    provider.buy(NUMBER, trunk_sid="TK" + "9" * 32)

    with pytest.raises(CommandError, match="on another Twilio trunk"):
        setup("--apply")

    assert provider.written == []
    assert sip.found() == ([], [])


def test_a_number_that_is_not_in_the_account_is_one_sentence(livekit, provider, settings):
    twilio_is_set_up(provider, settings)
    settings.PHONE_NUMBER = OTHER

    with pytest.raises(CommandError, match="no number of this Twilio account"):
        setup()


def test_a_wrong_token_of_twilios_is_one_sentence(livekit, provider, settings):
    twilio_is_set_up(provider, settings)
    provider.refuses = 401

    with pytest.raises(CommandError, match="Twilio refuses TWILIO_ACCOUNT_SID"):
        setup()


def test_removing_gives_the_number_back(livekit, provider, settings):
    twilio_is_set_up(provider, settings)
    setup("--apply")

    planned = setup("--remove", code=DRIFT)
    setup("--remove", "--apply")

    assert signs(planned) == "----"
    assert provider.trunks == {}
    assert provider.numbers[NUMBER]["trunk_sid"] is None


def test_a_server_that_forgets_what_it_was_asked_is_reported(livekit, monkeypatch):
    monkeypatch.setattr(sip, "make_rule", lambda wanted: None)

    with pytest.raises(CommandError, match="was not kept"):
        setup("--apply")


@async_to_sync
async def _rooms(server):
    async with api.LiveKitAPI(server.url, server.key, server.secret) as livekit:
        return (await livekit.room.list_rooms(api.ListRoomsRequest())).rooms


def test_no_room_is_made_by_it(livekit):
    setup("--apply")

    assert list(_rooms(livekit)) == []

"""LiveKit's half: the trunk that takes calls to our number, and the rule that gives each a room and a receptionist."""

import json
from collections.abc import Callable

from django.conf import settings
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from livekit import api

from knowledge.models import Salon
from supervision import call_control
from supervision.phone_setup import sip
from supervision.phone_setup.steps import Step, Trouble, number, salon

SLACK_SECONDS = 60  # she ends a long call herself, with words; this is the net under it
RINGING_SECONDS = 30
NEW = "(the new trunk)"
GIVEN = ("sip_trunk_id", "sip_dispatch_rule_id", "created_at", "updated_at")  # by LiveKit, not by us
SECRET = ("auth_password",)  # lists show it in clear


def plan() -> list[Step]:
    """Trunk, then rule: each as it should be, or how it becomes so. Raises Trouble."""
    ours = salon()
    trunks, rules = sip.found()
    _refuse_others(trunks, ours)
    mine = _owned(trunks, ours)
    rule = _wanted_rule(ours, trunk_id=mine[0].sip_trunk_id if mine else NEW)

    def on_trunk(act: Callable[..., None]) -> Callable[..., None]:
        """The trunk may have been made only by the step before."""
        return lambda *given: (_name_trunk(rule, ours), act(*given))

    return [
        *_steps("trunk", mine, _wanted_trunk(ours), (sip.make_trunk, sip.change_trunk, sip.drop_trunk)),
        *_steps("rule", _owned(rules, ours), rule, (on_trunk(sip.make_rule), on_trunk(sip.change_rule), sip.drop_rule)),
    ]


def removal() -> list[Step]:
    """What of ours is there, in the order in which it can go. Raises Trouble."""
    ours = salon()
    trunks, rules = sip.found()
    return [
        *(_removing("rule", rule, sip.drop_rule) for rule in _owned(rules, ours)),
        *(_removing("trunk", trunk, sip.drop_trunk) for trunk in _owned(trunks, ours)),
    ]


def _wanted_trunk(salon: Salon) -> api.SIPInboundTrunkInfo:
    return api.SIPInboundTrunkInfo(
        name=f"{salon.name}: telephone",
        metadata=_mark(salon),
        numbers=[number()],
        ringing_timeout=Duration(seconds=RINGING_SECONDS),
        max_call_duration=Duration(seconds=settings.CALL_MAX_MINUTES * 60 + SLACK_SECONDS),
        krisp_enabled=False,
    )


def _wanted_rule(salon: Salon, *, trunk_id: str) -> api.SIPDispatchRuleInfo:
    """A room for each call, named after the number that was dialled: the usual rule puts the caller's into it."""
    callee = api.SIPDispatchRuleCallee(room_prefix="call", randomize=True)
    agent = api.RoomAgentDispatch(agent_name=call_control.agent_name())
    return api.SIPDispatchRuleInfo(
        name=f"{salon.name}: receptionist",
        metadata=_mark(salon),
        trunk_ids=[trunk_id],  # without it the rule takes the calls of every trunk
        rule=api.SIPDispatchRule(dispatch_rule_callee=callee),
        room_config=api.RoomConfiguration(
            empty_timeout=call_control.EMPTY_SECONDS,
            departure_timeout=call_control.DEPARTURE_SECONDS,
            agents=[agent],
        ),
    )


def _name_trunk(rule: api.SIPDispatchRuleInfo, salon: Salon) -> None:
    trunks, _ = sip.found()
    rule.trunk_ids[:] = [_owned(trunks, salon)[0].sip_trunk_id]


def _mark(salon: Salon) -> str:
    return json.dumps({"owner": str(salon.uuid)})


def _owned(found: list, salon: Salon) -> list:
    """Those that carry the salon's mark; names are for people."""
    return [each for each in found if each.metadata == _mark(salon)]


def _refuse_others(trunks: list[api.SIPInboundTrunkInfo], salon: Salon) -> None:
    for trunk in trunks:
        if number() in trunk.numbers and trunk.metadata != _mark(salon):
            name = trunk.name or "without a name"
            raise Trouble(
                f"The trunk {trunk.sip_trunk_id} ({name}) answers {number()} already and is not this salon's: "
                "take the number off it, or delete it at LiveKit."
            )


def _steps(what: str, mine: list, wanted: Message, acts: tuple[Callable, Callable, Callable]) -> list[Step]:
    make, change, drop = acts
    if not mine:
        return [Step("+", f"{what} {wanted.name!r}", lambda: make(wanted))]
    kept, *doubled = mine
    return [*(_removing(what, each, drop) for each in doubled), _settled(what, kept, wanted, change)]


def _settled(what: str, kept: Message, wanted: Message, change: Callable) -> Step:
    name = f"{what} {_id(kept)} {kept.name!r}"
    if changes := _differences(kept, wanted):
        return Step("~", f"{name}: {'; '.join(changes)}", lambda: change(_id(kept), wanted))
    return Step("=", name)


def _removing(what: str, each: Message, drop: Callable) -> Step:
    return Step("-", f"{what} {_id(each)} {each.name!r}", lambda: drop(_id(each)))


def _id(each: Message) -> str:
    return getattr(each, "sip_trunk_id", "") or each.sip_dispatch_rule_id


def _differences(kept: Message, wanted: Message) -> list[str]:
    """`field: what it is -> what it should be`, of all that is ours to decide."""
    have, want = (MessageToDict(each, preserving_proto_field_name=True) for each in (kept, wanted))
    return [
        f"{field}: {_shown(field, have)} -> {_shown(field, want)}"
        for field in sorted(have.keys() | want.keys())
        if field not in GIVEN and have.get(field) != want.get(field)
    ]


def _shown(field: str, values: dict) -> str:
    return "(secret)" if field in SECRET else json.dumps(values.get(field, "nothing"))

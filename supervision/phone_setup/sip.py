"""What is asked of LiveKit's SIP service, and what goes wrong there in plain words."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from asgiref.sync import async_to_sync
from django.conf import settings
from google.protobuf.message import Message
from livekit import api

from supervision.phone_setup.steps import Trouble

REFUSED = (401, 403)


def found() -> tuple[list[Message], list[Message]]:
    """All inbound trunks and all dispatch rules of the project. Raises Trouble."""
    return _ask(_list)


def make_trunk(wanted: Message) -> None:
    _ask(lambda sip: sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=wanted)))


def change_trunk(trunk_id: str, wanted: Message) -> None:
    """As a whole: the calls that change single fields know neither time-outs nor rooms."""
    _ask(lambda sip: sip.update_inbound_trunk(trunk_id, wanted))


def drop_trunk(trunk_id: str) -> None:
    _ask(lambda sip: sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk_id)))


def make_rule(wanted: Message) -> None:
    _ask(lambda sip: sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=wanted)))


def change_rule(rule_id: str, wanted: Message) -> None:
    _ask(lambda sip: sip.update_dispatch_rule(rule_id, wanted))


def drop_rule(rule_id: str) -> None:
    _ask(lambda sip: sip.delete_dispatch_rule(api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule_id)))


async def _list(sip: Any) -> tuple[list[Message], list[Message]]:
    trunks = await sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())
    rules = await sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())
    return list(trunks.items), list(rules.items)


@async_to_sync
async def _ask(question: Callable[[Any], Awaitable]) -> Any:
    keys = settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET
    try:
        async with api.LiveKitAPI(settings.LIVEKIT_URL, *keys) as server:
            return await question(server.sip)
    except api.ServerError as error:
        raise _trouble(error) from None
    except (aiohttp.ClientError, TimeoutError):
        raise Trouble("No LiveKit server answers at LIVEKIT_URL: is the address right, and does it run?") from None


def _trouble(error: api.ServerError) -> Trouble:
    if error.status in REFUSED:
        return Trouble("LiveKit refuses LIVEKIT_API_KEY with LIVEKIT_API_SECRET: copy both from the project again.")
    if "redis" in error.message:
        return Trouble("This LiveKit server takes no telephone calls: it needs Redis, and LiveKit's SIP service.")
    return Trouble(f"LiveKit says: {error.message}")

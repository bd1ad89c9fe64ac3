"""Speaks what a supervisor has answered while the caller is still there."""

import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from supervision import calls
from voice_agent.bridge import db_call
from voice_agent.conversation import Conversation

if TYPE_CHECKING:
    from supervision.models import Utterance

log = logging.getLogger(__name__)


async def tell_news(conversation: Conversation) -> AsyncIterator["Utterance"]:
    """Say each message that is held for this call, oldest first; yields the rows of what was said."""
    for message in await db_call(calls.news, conversation.on_call.call):
        if row := await conversation.tell(message):
            yield row

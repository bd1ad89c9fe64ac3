"""Reads a turn without writing anything: is it a reply to what she asked, and what is known about the rest?"""

import re

from knowledge.search import find_answers, find_sure_answers
from supervision import screening
from supervision.models import Call, HelpRequest
from voice_agent import followups, hearing, questions, replies, spoken_replies
from voice_agent.asked import ABOUT_TEXTS, YES_OR_NO
from voice_agent.call import OnCall
from voice_agent.prompts import render
from voice_agent.replies import Asked, Meaning, Reply
from voice_agent.small_talk import SmallTalk, asks_if_she_is_there, recognise
from voice_agent.turn import Part, Said, Turn

KEEPS_ASKING = (SmallTalk.REPEAT, SmallTalk.WAIT, SmallTalk.HERE)


def read(words: str, on_call: OnCall) -> Turn:
    """What these words are in this call; card and identity numbers are masked first."""
    words = screening.mask_numbers(screening.clean(words))
    asks = on_call.asks
    if emergency := screening.emergency_in(words):
        return Turn(words, kept=asks, emergency=emergency)
    if on_call.call.is_spoken:
        return _heard(words, on_call)
    beside = screening.without_opting_out(words, by_text=on_call.call.channel == Call.Channel.TEXT)
    opts_out = beside is not None
    if opts_out:
        asks = {} if asks.get("kind") == Asked.NUMBER else {**asks, "then": {}}
    said = beside if beside is not None else words
    reply = replies.read(said, asks=asks) if said else None
    turn = Turn(words, reply, waiting=_still_waiting(asks, reply), opts_out=opts_out)
    if rest := reply.rest if reply else said:
        turn.parts = _parts(rest, on_call)
    return turn


def _heard(words: str, on_call: OnCall) -> Turn:
    """As `read`, of spoken words: whose marks are missing, and who may object, be a child, or hold the line."""
    said = hearing.as_written(words)
    if "transcribed" in on_call.last_said and hearing.refuses(said):
        return Turn(words, objects=True)
    if (rest := hearing.without_objection(said)) is not None and not on_call.call.off_the_record:
        turn = Turn(words, objects=True, kept=on_call.asks)
    elif (rest := hearing.without_child(said)) is not None and not on_call.is_child:
        turn = Turn(words, is_child=True)
    else:
        return _replied(said, Turn(words), on_call)
    turn.parts = _parts(rest, on_call) if rest else []
    return turn


def _replied(said: str, turn: Turn, on_call: OnCall) -> Turn:
    asks = on_call.asks
    is_reply = spoken_replies.is_about_texts(said, asks=asks)
    if not is_reply and (beside := screening.without_opting_out(said)) is not None:
        turn.opts_out, said = True, beside
        asks = {} if asks.get("kind") in ABOUT_TEXTS else {**asks, "then": {}}
    turn.reply = spoken_replies.read(said, asks=asks) if said else None
    if turn.reply is None and said and spoken_replies.wants_another_number(said):
        turn.reply, asks = Reply(Meaning.OTHER_NUMBER, words=said), {}
    turn.waiting = _still_waiting(asks, turn.reply)
    if rest := turn.reply.rest if turn.reply else said:
        turn.parts = _parts(rest, on_call)
    _settle_waiting(turn, asks, on_call)
    return turn


def _settle_waiting(turn: Turn, asks: dict, on_call: OnCall) -> None:
    """Repeating keeps what she asked; a yes-or-no that was passed over twice is given up, with words."""
    if turn.reply is None and turn.parts and all(part.small_talk in KEEPS_ASKING for part in turn.parts):
        turn.kept, turn.waiting = asks, {}
    elif turn.waiting.get("reminded") and turn.waiting["kind"] in YES_OR_NO:
        pk = turn.waiting.get("help_request")
        help_request = HelpRequest.objects.filter(pk=pk).first() if pk else None
        promise = help_request and help_request.current_promise
        turn.waiting = {}
        turn.given_up = Said(render("rest_again.txt"), promise=promise) if help_request else None


def read_without_rows(words: str, on_call: OnCall) -> Turn:
    """What can be known of a turn while the database is locked or gone: danger, and small talk."""
    words = screening.mask_numbers(screening.clean(words))
    emergency = screening.emergency_in(words)
    parts = [Part(words, small_talk=recognise(words))]
    waiting = _still_waiting(on_call.asks, None)
    return Turn(words, kept=on_call.asks, waiting=waiting, emergency=emergency, parts=parts, is_blind=True)


def _still_waiting(asks: dict, reply: Reply | None) -> dict:
    """What she goes on waiting for when the caller says something else first."""
    if reply is not None:
        return asks.get("then", {})
    return asks if asks.get("kind") in ABOUT_TEXTS else asks.get("then", {})


def _parts(words: str, on_call: OnCall) -> list[Part]:
    """One part when all of it is known, or it is one thing; else each by itself, a short one by what was before it."""
    if screening.MASK in words:
        return _without_private_numbers(words, on_call)
    if on_call.call.is_spoken and on_call.last_said and asks_if_she_is_there(words):
        return [Part(words, small_talk=SmallTalk.HERE)]
    several = questions.parts(words)
    if len(several) == 1:
        return [_completed(_part(words), on_call.last_question, on_call.last_service, on_call)]
    if sure := find_sure_answers(words):
        return [Part(words, sure)]
    found: list[Part] = []
    for piece in several:
        last = next((part for part in reversed(found) if part.is_sure), None)
        before = (last.question, last.service) if last else (on_call.last_question, on_call.last_service)
        found.append(_completed(_part(piece), *before, on_call))
    return found


def _without_private_numbers(words: str, on_call: OnCall) -> list[Part]:
    """She asks not to be told them; what else is asked is answered."""
    sentences = re.split(r"(?<=[?!.])\s+|\n+", words)
    asked = [one.replace(screening.MASK, "") for one in sentences if screening.MASK not in one or one.endswith("?")]
    others = [part for piece in asked for part in _parts(piece, on_call)]
    return [Part(words, small_talk=SmallTalk.PRIVATE_NUMBER), *others]


def _part(words: str) -> Part:
    kind = recognise(words)
    return Part(words, small_talk=kind) if kind else Part(words, find_answers(words))


def _completed(part: Part, last: str, service: str, on_call: OnCall) -> Part:
    """ "And on Saturday?" as a whole question, if she knows that; else she asks, once, what is meant."""
    if part.is_sure or part.small_talk:
        return part
    for question in followups.combined(part.question, last=last, service=service):
        if sure := find_sure_answers(question):
            return Part(question, sure)
    may_ask = part.findings is not None and part.findings.may_ask is not None
    if followups.is_elliptical(part.question) and not may_ask and on_call.asks.get("kind") != Asked.SAY_MORE:
        return Part(part.question, small_talk=SmallTalk.MORE)
    return part

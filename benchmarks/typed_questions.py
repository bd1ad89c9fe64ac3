"""Typed conversations in the salon of VAR_DIR: `python -m benchmarks.typed_questions` answers what stands on stdin.

Stdin holds a JSON list of calls, each a list of questions; stdout her replies to them, with each reply's stored
question where she asks whether that is meant, and the answers that stored questions have.
"""

import asyncio
import json
import sys

from benchmarks import in_salon, typed  # noqa: F401
from knowledge.search import find_answers
from supervision import calls
from voice_agent.bridge import db_call
from voice_agent.conversation import Conversation
from voice_agent.worker import warm_up


async def main(asked: list[list[str]]) -> None:
    replies = [await one_call(questions) for questions in asked]
    stored = {}
    for question in {question for questions in asked for question in questions}:
        findings = await db_call(find_answers, question)
        stored |= {candidate.question: candidate.answer for candidate in findings.candidates}
    json.dump({"replies": replies, "stored": stored}, sys.stdout)


async def one_call(questions: list[str]) -> list[str]:
    async with typed.conversation() as talk:
        replies = [await reply(talk, question) for question in questions]
    call = talk.on_call.call
    await db_call(calls.close_call, call, state=calls.Call.State.ENDED, because=calls.Call.EndedBecause.CALLER)
    return replies


async def reply(talk: Conversation, question: str) -> str:
    said, row = await typed.asked(talk, question)
    pieces: list[str] = []
    await talk.reply(said, row, pieces.append)
    return "".join(pieces)


if __name__ == "__main__":
    warm_up()
    asyncio.run(main(json.load(sys.stdin)))

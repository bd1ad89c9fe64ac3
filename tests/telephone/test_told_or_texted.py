"""An answer whose teller is killed at any moment: never lost, and at most once repeated."""

import asyncio
import os
import signal
import sqlite3
import time
from contextlib import closing, contextmanager

import pytest

from tests.telephone.phone import HERS, Heard
from tests.telephone.salon import open_salon
from tests.telephone.test_faults_agents import job_of, until
from tests.telephone.test_hold import CUT_OFF, SAID, answers, asks_and_holds

ANSWER = "Yes, we have been doing that for many years now."


@pytest.fixture(scope="module")
def killed_salon(prepared, tmp_path_factory, livekit, _vendors):
    with open_salon(tmp_path_factory.mktemp("salon"), livekit, _vendors, prepared) as salon:
        salon.worker()
        salon.agent()
        yield salon


@contextmanager
def locked(salon):
    with closing(sqlite3.connect(salon.folder / "db.sqlite3", timeout=20, isolation_level=None)) as database:
        database.execute("begin immediate")
        yield
        database.execute("rollback")


async def before_the_first_word(salon, caller, question: str, holder: int) -> None:
    os.kill(holder, signal.SIGSTOP)
    await answers(salon, question, ANSWER)
    os.kill(holder, signal.SIGKILL)


async def in_the_middle(salon, caller, question: str, holder: int) -> None:
    answered_at = await answers(salon, question, ANSWER)
    begun = await caller.first_sound(after=answered_at, track=HERS)
    await caller.first_sound(after=begun + 1.0, track=HERS)
    os.kill(holder, signal.SIGKILL)


async def after_the_last_word(salon, caller, question: str, holder: int) -> None:
    answered_at = await answers(salon, question, ANSWER)
    await caller.first_sound(after=answered_at, track=HERS)
    with locked(salon):  # that it was told cannot be written
        await caller.is_silent(seconds=0.5, track=HERS)
        os.kill(holder, signal.SIGKILL)


@pytest.mark.parametrize(
    ("number", "kill"),
    [
        pytest.param(1, before_the_first_word, marks=pytest.mark.soak),
        (2, in_the_middle),
        pytest.param(3, after_the_last_word, marks=pytest.mark.soak),
    ],
)
async def test_an_answer_whose_teller_is_killed_is_neither_lost_nor_doubled(killed_salon, vendors, number, kill):
    salon, phone = killed_salon, f"+1415555276{number}"
    question = f"Do you offer {['', 'threading', 'perms', 'toupees'][number]}?"
    settled = (
        "select m.state from supervision_message m join supervision_helprequest h on h.id = m.help_request_id "
        "where h.question = ? and m.state in ('told', 'sent')"
    )
    async with salon.phone(number=phone) as caller:
        await asks_and_holds(salon, vendors, caller, question)
        holder = await asyncio.to_thread(job_of, salon, caller)
        await kill(salon, caller, question, holder)
        killed_at = time.time()
        await until(lambda: salon.rows(settled, question), seconds=30, describe="told or texted")
        await caller.is_silent(seconds=1, track=HERS)
        silence = caller.dead_air(killed_at, killed_at + 6)
        heard = Heard(killed_at, time.time(), caller.samples(killed_at, time.time(), HERS))

    texts, whole = salon.texts(phone), salon.rows(SAID.format(f"%{ANSWER}"), caller.room_name)
    assert len(texts) + len(whole) == 1
    assert all(text.startswith(CUT_OFF) for text in texts) or number == 1
    assert texts or heard.says(ANSWER)
    assert silence < 4.5

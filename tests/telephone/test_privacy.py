"""What a caller says, and his number, stand in the database and in the texts to him, and nowhere else."""

import asyncio
import hashlib

import pytest

from knowledge.models import Salon
from voice_agent.sounding import sentences

NUMBER, ENDS = "+14155559137", "5559137"
QUESTION = "Can you dye my eyebrows purple for my wedding?"
PHRASES = ("eyebrows purple", "eyebrows", ENDS, "555-9137")
YES, ANSWER = "Yes, that is fine.", "Purple eyebrows are no problem for you."
KEPT = ("db.sqlite3", "messages.jsonl")  # the database with its log, and the double of the text messages


@pytest.mark.soak  # a minute and more, and it needs the machine for itself
async def test_numbers_and_words_stand_nowhere_but_in_the_database(own_salon, vendors):
    """With every line that can be logged, every process, a recording, and a call that loses its vendors."""
    salon = own_salon
    salon.environment |= {"LOG_LEVEL": "DEBUG", "RECORD_CALLS": "yes", "HOLD_WINDOW": "60s", "DEBUG": ""}
    vendors.learn(QUESTION, YES, "Do you have wifi?")
    salon.agent()
    salon.worker()
    salon.web()
    await asyncio.to_thread(salon.open_desk)
    async with salon.phone(number=NUMBER, identity=f"sip_{NUMBER}") as caller:
        await caller.hears()
        await caller.ask(QUESTION)
        await caller.ask(YES)
        await asyncio.to_thread(salon.answer_as_supervisor, ANSWER)
        await caller.hears()
        await caller.ask("Do you have wifi?")
        vendors.groq(fault=500)
        vendors.eleven(voice="empty", ears="mute")
        await caller.ask(QUESTION, within=20)
    salon.wait_for_rows("select 1 from supervision_call where room = ? and recording != ''", caller.room_name)
    salon.stop()

    recording = salon.call(caller, "recording")
    assert recording.replace("-", "") == f"{salon.call(caller, 'id')}.ogg"
    files = [path for path in salon.folder.rglob("*") if path.is_file() and not path.name.startswith(KEPT)]
    leaks = [(path.name, word) for path in files for word in PHRASES if word.encode() in path.read_bytes()]
    assert leaks == []
    assert [path.name for path in files if any(word in path.name for word in (ENDS, "sip_"))] == []
    kept = {path.stem for path in files if path.suffix == ".pcm"}
    personal = [text for _, text in salon.transcript(caller) if "eyebrows" in text.lower()]
    assert personal
    assert kept
    said = [sentence for text in personal for sentence, _ in sentences(text, stored=(), salon=Salon(region="US"))]
    assert not kept & {hashlib.sha256(sentence.encode()).hexdigest() for sentence in said}

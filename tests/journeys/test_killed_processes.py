"""`kill -9` of web, worker or agent in the middle of a journey: nothing is lost, nothing twice, pages catch up."""

import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import House, Practice
from tests.scratch import wait_for

COMMANDS = {"web": "daphne", "worker": "runjobs", "agent": "runagent"}
NUMBER = "+14155552675"


def kill(house: House, name: str) -> None:
    """SIGKILL to the process that `runall` started under this name, and to nothing else."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = re.search(r"PPid:\t(\d+)", (process / "status").read_text())[1]
            if int(parent) == house.runall.pid and COMMANDS[name] in (process / "cmdline").read_text():
                os.kill(int(process.name), signal.SIGKILL)
                return
        except OSError:
            continue
    pytest.fail(f"no {name} to kill")


@pytest.mark.parametrize(
    ("victim", "question"),
    [
        ("agent", "Do you sell concert tickets?"),
        ("web", "Is there a piano in the waiting room?"),
        ("worker", "Who painted the mural outside?"),
    ],
)
def test_the_journey_survives(person, house: House, victim, question):
    desk, caller = person(), Practice(person(), house.url, NUMBER)
    before = caller.hers.count()
    kill(house, victim)

    expect(caller.page.locator("body")).to_have_attribute("class", re.compile("desk-page"))
    caller.page.get_by_label("Say as a caller").fill(question)
    caller.page.get_by_role("button", name="Say", exact=True).click()

    assert "check with my supervisor" in caller.hears(before)
    link = desk.get_by_role("link", name=question)
    link.wait_for()
    caller.leave()
    kill(house, victim)
    wait_for(house.is_up, seconds=30, describe="the web process answers again")
    link.click()
    desk.get_by_label("Your answer").fill("Not yet.")
    desk.locator("#send").click()
    [text] = wait_for(lambda: _about(house, question), seconds=40, describe="the text")
    assert "Not yet." in text
    asked = f"print(json.dumps(HelpRequest.objects.filter(question={question!r}).count()))"
    assert house.ask(asked) == 1
    wait_for(house.is_healthy, seconds=40, describe="every process works again")
    assert len(_about(house, question)) == 1


def _about(house: House, question: str) -> list[str]:
    return [text for text in house.texts(NUMBER) if question in text]

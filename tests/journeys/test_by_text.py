"""A caller who only texts, from his side: real processes, and Twilio's own client against a double of its API."""

from collections.abc import Iterator

import pytest

from tests.doubles.twilio import TwilioDouble, twilio
from tests.journeys.conftest import House
from tests.scratch import wait_for

OURS, MARIA = "+13125550142", "+14155552671"
KERATIN = "Do you offer keratin treatments?"
RESOLVE = """
from django.contrib.auth.models import User
from supervision import lifecycle
asked = HelpRequest.objects.pending().latest("created_at")
lifecycle.resolve(asked, answer={answer!r}, by=User.objects.get(), teach=False)
print(json.dumps(asked.question))
"""
ASK_ONCE_MORE = """
from supervision import lifecycle
asked = lifecycle.request_help("One more thing?", call=Call.objects.latest("started_at"))
print(json.dumps(asked.customer_phone))
"""


class Telephone:
    """Maria's: what she texts, and what comes."""

    def __init__(self, provider: TwilioDouble) -> None:
        self.provider = provider

    @property
    def texts(self) -> list[str]:
        return [text["Body"] for text in self.provider.accepted if text["To"] == MARIA]

    def send(self, words: str) -> None:
        self.provider.text(MARIA, words, to=OURS)

    def ask(self, words: str) -> str:
        """Text it, and read what comes next."""
        before = len(self.texts)
        self.send(words)
        return self.hears(before)

    def hears(self, before: int) -> str:
        wait_for(lambda: len(self.texts) > before, seconds=30, describe="a text has come")
        return self.texts[before]


@pytest.fixture
def provider() -> Iterator[TwilioDouble]:
    with twilio() as double:
        yield double


@pytest.fixture
def house(prepared, tmp_path, provider) -> Iterator[House]:
    account = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": provider.token, "TWILIO_SENDER": OURS}
    account |= {"TWILIO_BASE_URL": provider.url, "TWILIO_POLL": "1s", "UNDO_WINDOW": "1s", "QUIET_UNTIL": "21"}
    account["MESSAGE_BACKEND"] = "supervision.delivery.twilio_sms.TwilioBackend"
    house = House(tmp_path / "var", like=prepared, **account)
    house.open()
    yield house
    house.close()


@pytest.mark.timeout(300)
def test_a_caller_asks_gets_an_answer_says_that_it_is_wrong_and_ends_it_all_by_text(house: House, provider):
    maria = Telephone(provider)

    known = maria.ask("Where can I park?")

    assert "the AI receptionist of Glow" in known
    assert "behind the salon" in known

    promise = maria.ask(KERATIN)

    assert "check with my supervisor" in promise
    assert "by text by" in promise
    assert "AI receptionist" not in promise

    assert house.ask(RESOLVE.format(answer="Yes, on Sundays.")) == KERATIN
    assert "Yes, on Sundays." in maria.hears(2)

    again = maria.ask("That's not what I asked, I meant for men")

    assert "I have asked my supervisor again" in again
    beside = "print(json.dumps([one.text for one in HelpRequest.objects.get().replies.all()]))"
    assert house.ask(beside) == ["That's not what I asked, I meant for men"]

    house.ask(RESOLVE.format(answer="Yes, for everybody, from $150."))
    assert "from $150" in maria.hears(4)

    maria.send("Great, thank you!")
    goodbye = maria.ask("please stop texting me")

    assert "no more texts from us" in goodbye
    meanings = house.ask("print(json.dumps(sorted(one.meaning for one in InboundText.objects.all())))")
    assert meanings == ["not_that", "question", "question", "stop", "thanks"]
    assert house.ask(ASK_ONCE_MORE) == ""
    assert len(maria.texts) == 6

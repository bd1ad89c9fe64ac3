"""What Twilio tells is believed when it has signed it for our address, once, and whatever else comes does nothing."""

import random
import re
from collections import Counter
from urllib.parse import urlencode

import pytest

from supervision import live, reports
from supervision.models import InboundText, Message
from tests.doubles.twilio import FORM, TwilioDouble, Webhook
from tests.supervision.conftest import PHONE

OURS, TOKEN, OLD = "+13125550142", "token", "the token before"
PUBLIC = "https://desk.example.com"
TEXTS = f"{PUBLIC}/webhooks/twilio/texts"
SEED = 20261122
REQUESTS = 5_000
State = Message.State
FINAL = (State.DELIVERED, State.UNDELIVERED)


@pytest.fixture(autouse=True)
def account(settings, salon):
    settings.PUBLIC_URL, settings.HTTPS = PUBLIC, True
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_OLD, settings.TWILIO_SENDER = TOKEN, "", OURS


@pytest.fixture
def provider():
    """Never asked anything here: it only signs."""
    double = TwilioDouble(TOKEN)
    yield double
    double.server_close()


def sent(number=1, **values):
    message = Message.objects.create(
        key=f"text {number}", recipient=PHONE, purpose="reply", text="…", **{"state": State.SENT, **values}
    )
    message.attempts.create(backend="TwilioBackend")
    return message


def status(provider, message, status, code="", *, sid="SM1", **how):
    fields = {"MessageSid": sid, "MessageStatus": status, "ErrorCode": code, "To": PHONE}
    return provider.sign(f"{PUBLIC}/webhooks/twilio/status/{message.pk}", fields, **how)


def test_a_text_that_came_in_is_kept(client, provider):
    told = provider.text(PHONE, "Thank you! 💇", to=OURS, url=TEXTS)

    assert told.through(client) == 200

    kept = InboundText.objects.get()
    assert (kept.sender, kept.recipient, kept.text) == (PHONE, OURS, "Thank you! 💇")


def test_twilio_is_told_to_answer_nothing_itself(client, provider):
    told = provider.text(PHONE, "Thanks", to=OURS, url=TEXTS)
    body, headers = urlencode(told.fields), {"X-Twilio-Signature": told.signature}

    answer = client.post(told.path, body, content_type=FORM, headers=headers, secure=True)

    assert answer.headers["Content-Type"] == "text/xml"
    assert re.fullmatch(rb"<\?xml .*\?><Response/>", answer.content)


def test_a_text_that_is_told_again_is_the_same_text(client, provider):
    told = provider.text(PHONE, "Thanks", to=OURS, url=TEXTS)

    assert [told.through(client) for _ in range(3)] == [200, 200, 200]
    assert InboundText.objects.count() == 1


@pytest.mark.parametrize("body", ["", "👍", "a" * 1600, "👍" * 800, "\x00\x07", "<b>&amp;</b>"])
def test_pictures_emoji_and_ten_segments_are_kept(client, provider, body):
    assert provider.text(PHONE, body, to=OURS, url=TEXTS, media=10).through(client) == 200
    assert InboundText.objects.count() == 1


def test_a_delivered_text_is_delivered(client, provider):
    message = sent(provider_id="SM1")

    assert status(provider, message, "delivered").through(client) == 204

    message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_an_undelivered_text_says_why(client, provider):
    message = sent(provider_id="SM1")

    status(provider, message, "undelivered", "30006").through(client)

    message.refresh_from_db()
    assert (message.state, message.error_code) == (State.UNDELIVERED, "30006")
    assert "landline" in message.error


def test_a_service_that_tells_of_states_names_the_text_only_by_its_id(client, provider):
    message = sent(provider_id="SM1")
    sent(2, provider_id="SM2")

    told = provider.sign(f"{PUBLIC}/webhooks/twilio/status", {"MessageSid": "SM1", "MessageStatus": "delivered"})

    assert told.through(client) == 204
    assert list(Message.objects.filter(state=State.DELIVERED)) == [message]
    assert Webhook(told.url, told.fields, "forged").through(client) == 403


FORGERIES = {
    "changed": lambda told: ({"Body": "STOP"}, told.signature, told.path),
    "sender": lambda told: ({"From": "+14155550199"}, told.signature, told.path),
    "more": lambda told: ({"Extra": "1"}, told.signature, told.path),
    "unsigned": lambda told: ({}, "", told.path),
    "cut": lambda told: ({}, told.signature[:-1], told.path),
    "not-ascii": lambda told: ({}, "ü" * 28, told.path),
    "elsewhere": lambda told: ({}, told.signature, "/webhooks/twilio/status/1"),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_twilio_has_not_signed_is_refused(client, provider, forge):
    told = provider.text(PHONE, "Thanks", to=OURS, url=TEXTS)
    changed, signature, path = forge(told)

    assert Webhook(path, told.fields | changed, signature).through(client) == 403
    assert not InboundText.objects.exists()


@pytest.mark.parametrize("host", ["testserver", "evil.example.com", "127.0.0.1"])
def test_a_signature_for_another_address_is_refused_whatever_the_request_says_of_its_host(client, provider, host):
    told = provider.text(PHONE, "Thanks", to=OURS, url=f"https://{host}/webhooks/twilio/texts")
    headers = {"X-Twilio-Signature": told.signature, "X-Forwarded-Host": host, "Host": "testserver"}

    answer = client.post(told.path, urlencode(told.fields), content_type=FORM, headers=headers, secure=True)

    assert answer.status_code == 403
    assert not InboundText.objects.exists()


def test_another_accounts_signature_is_refused(client, provider):
    told = provider.sign(TEXTS, {"MessageSid": "SM1", "From": PHONE, "Body": "hello"}, token="another")

    assert told.through(client) == 403


def test_while_the_token_is_changed_both_count(client, provider, settings):
    settings.TWILIO_AUTH_TOKEN_OLD = OLD
    told = provider.sign(TEXTS, {"MessageSid": "SM1", "From": PHONE, "Body": "hello"}, token=OLD)
    assert told.through(client) == 200

    settings.TWILIO_AUTH_TOKEN_OLD = ""
    assert told.through(client) == 403


def test_without_a_token_nothing_is_believed(client, provider, settings):
    settings.TWILIO_AUTH_TOKEN = ""
    told = Webhook(TEXTS, {"MessageSid": "SM1", "From": PHONE}, TwilioDouble.sign(provider, TEXTS, {}).signature)

    assert told.through(client) == 403


def test_only_posts_are_heard(client):
    assert client.get("/webhooks/twilio/texts", secure=True).status_code == 405
    assert client.get("/webhooks/twilio/status/1", secure=True).status_code == 405


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"x=" + b"y" * 70_000, FORM), (b"x=" + b"y" * 3_000_000, FORM), (b'{"Body": "STOP"}', "application/json"),
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--", "multipart/form-data; boundary=x"),
        (b"&".join(b"a%d=1" % number for number in range(2_000)), FORM), (b"", FORM), (b"\xff\xfe=%ff%fe", FORM),
        (b"a=b", FORM + "; charset=utf-16"), (b"a=b", FORM + "; charset=base64"), (b"=&=&==%", FORM),
    ],
)  # fmt: skip
def test_whatever_a_stranger_posts_is_refused(client, body, kind):
    headers = {"X-Twilio-Signature": "x" * 28}

    answer = client.generic("POST", "/webhooks/twilio/texts", body, kind, headers=headers, secure=True)

    assert answer.status_code == 403


def test_what_twilio_signed_and_nobody_understands_does_no_harm(client, provider):
    message = sent(provider_id="SM1")
    for fields in (
        {},
        {"MessageSid": "\x00"},
        {"MessageSid": "x" * 500},
        {"MessageSid": "SM1", "MessageStatus": "new"},
    ):
        fields = fields | {"any": "thing"}
        assert provider.sign(f"{PUBLIC}/webhooks/twilio/status/{message.pk}", fields).through(client) == 204
        assert provider.sign(TEXTS, fields).through(client) == 200

    message.refresh_from_db()
    assert message.state == State.SENT
    assert not InboundText.objects.exists()


def test_neither_numbers_nor_words_are_logged(client, provider, caplog):
    with caplog.at_level("DEBUG"):
        told = provider.text(PHONE, "my secret", to=OURS, url=TEXTS)
        told.through(client)
        told.through(client, Body="forged secret")

    assert PHONE not in caplog.text
    assert "secret" not in caplog.text


# --- five thousand of them -----------------------------------------------------------------------------------------


class Storm:
    """Texts and their statuses as Twilio would tell them, and what a forger, a replay or a late packet makes of them.

    It remembers what had a right to have an effect, and compares that with the tables at the end.
    """

    def __init__(self, client, provider) -> None:
        self.client, self.provider, self.chance = client, provider, random.Random(SEED)
        self.messages = [sent(number, provider_id=f"SM{number:04}") for number in range(120)]
        self.unknown = [sent(f"unknown {number}", state=State.UNKNOWN) for number in range(30)]
        self.told: list[Webhook] = []
        self.answers: Counter = Counter()
        self.texts: set[str] = set()  # ids of texts that were truly told
        self.true: dict[int, set[str]] = {}  # of each message, what was truly told of it

    def rage(self, requests: int) -> None:
        acts = (self.tell_status, self.tell_text, self.replay, self.forge, self.fuzz)
        for act in self.chance.choices(acts, weights=(30, 10, 20, 25, 15), k=requests):
            self.answers[act()] += 1

    def tell_status(self) -> int:
        """In any order, as carriers do."""
        message = self.chance.choice(self.messages + self.unknown)
        word = self.chance.choice(list(reports.BECOMES))
        code = self.chance.choice(("", "30003", "30006", "30034")) if reports.BECOMES[word] == State.UNDELIVERED else ""
        sid = message.provider_id or f"SMunknown{message.pk}"
        self.true.setdefault(message.pk, set()).add(reports.BECOMES[word])
        return self.send(status(self.provider, message, word, code, sid=sid), expected=204)

    def tell_text(self) -> int:
        body = "".join(self.chance.choices("abc é👍\x00\n<&%=+\u202e", k=self.chance.randrange(60)))
        told = self.provider.text(PHONE, body, to=OURS, url=TEXTS, media=self.chance.randrange(3))
        self.texts.add(told.fields["MessageSid"])
        return self.send(told, expected=200)

    def replay(self) -> int:
        return self.send(self.chance.choice(self.told), again=True) if self.told else self.tell_text()

    def forge(self) -> int:
        """Ours in all but one thing."""
        target = self.chance.choice(self.messages)
        told = status(self.provider, target, self.chance.choice(("delivered", "failed")), sid=target.provider_id)
        if self.chance.random() < 0.5:
            told = self.provider.sign(
                TEXTS, {"MessageSid": f"SMforged{self.chance.random()}", "From": PHONE, "Body": "STOP"}
            )
        kind = self.chance.randrange(4)
        if kind == 0:
            told = Webhook(told.url, told.fields | {self.chance.choice(list(told.fields)): "changed"}, told.signature)
        elif kind == 1:
            told = Webhook(told.url, told.fields, self.provider.sign(told.url, told.fields, token="x").signature)
        elif kind == 2:
            told = Webhook(told.url, told.fields, self.mangled(told.signature))
        else:
            told = Webhook(told.url.replace("https:", "http:"), told.fields,
                           self.provider.sign(told.url.replace("https:", "http:"), told.fields).signature)  # fmt: skip
        answer = told.through(self.client)
        assert answer == 403, told
        return answer

    def fuzz(self) -> int:
        """Bytes that are nobody's."""
        path = self.chance.choice(
            ("/webhooks/twilio/texts", "/webhooks/twilio/status/1", f"/webhooks/twilio/status/{10**30}")
        )
        body = self.chance.randbytes(self.chance.randrange(300))
        kind = self.chance.choice(
            (FORM, FORM, "application/json", "multipart/form-data; boundary=x", "", "a/b; charset=x")
        )
        headers = {"X-Twilio-Signature": self.chance.choice(("", "=", "ü", "A" * 28, "A" * 5_000))}
        answer = self.client.generic("POST", path, body, kind, headers=headers, secure=True).status_code
        assert answer == 403
        return answer

    def send(self, told: Webhook, *, expected: int | None = None, again: bool = False) -> int:
        before = self.effects() if again else None
        answer = told.through(self.client)
        assert answer in (200, 204)
        assert expected in (None, answer)
        if again:
            assert self.effects() == before, "a replay had an effect"
        else:
            self.told.append(told)
        return answer

    def effects(self) -> tuple:
        return live.newest(), InboundText.objects.order_by("-id").values_list("id", flat=True).first()

    def mangled(self, signature: str) -> str:
        place = self.chance.randrange(len(signature) - 2)
        return signature[:place] + ("A" if signature[place] != "A" else "B") + signature[place + 1 :]


@pytest.mark.timeout(300)  # some twenty seconds of work for one processor
def test_five_thousand_webhooks_do_only_what_was_truly_told(client, provider, caplog):
    caplog.set_level("ERROR", logger="django.request")  # else every 403 is kept
    storm = Storm(client, provider)

    storm.rage(REQUESTS)

    assert sum(storm.answers.values()) == REQUESTS
    assert set(InboundText.objects.values_list("provider_id", flat=True)) == storm.texts
    for message in Message.objects.all():
        true = storm.true.get(message.pk, set())
        ended = true & set(FINAL)
        if ended:
            assert message.state in ended  # the first word that is final
        else:
            assert message.state in true | {State.SENT, State.UNKNOWN} - ({State.UNKNOWN} if true else set())
        assert (message.delivered_at is not None) == (message.state == State.DELIVERED)
    assert set(storm.answers) == {200, 204, 403}

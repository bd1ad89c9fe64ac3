"""Each morning supervisors read what is open, what was broken, what nobody answers, and what did not arrive."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import timezone

from supervision import calls, digest, ledger, lifecycle, promises
from supervision.models import Call, Digest, Event, HelpRequest, Message, Promise

from .conftest import NOON, PHONE

MORNING = datetime(2026, 6, 4, 13, 0, tzinfo=UTC)  # 8:00 in Chicago


class Post(EmailBackend):
    """Django's in memory, failing as a mail server may."""

    fails: dict[str, Exception] = {}

    def open(self):
        if error := self.fails.get("open"):
            raise error

    def send_messages(self, letters):
        for letter in letters:
            if error := self.fails.get(letter.to[0]):
                raise error
        return super().send_messages(letters)


@pytest.fixture(autouse=True)
def post(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Post"
    Post.fails = {}
    return Post.fails


@pytest.fixture
def readers(sue, tom):
    may_see = Permission.objects.get(codename="view_helprequest")
    for user in (sue, tom):
        user.email = f"{user.username}@glow.example"
        user.save()
        user.user_permissions.add(may_see)


@pytest.fixture
def promised(salon):
    """`promised("…")` is a promise of a caller by telephone, heard at noon."""

    def promised(question, *, phone=PHONE, at=NOON):
        call = calls.open_call(channel=Call.Channel.PHONE, phone=phone, at=at)
        call.caller.consents.create(call=call, words="yes", given_at=at)
        promise = lifecycle.request_help(question, call=call, at=at).promises.get()
        promises.hear(promise, at=at)
        return promise

    return promised


def send(at=MORNING):
    digest.make(at=at)
    return digest.mail_due(at=at)


def letter():
    return mail.outbox[-1].body


def test_it_is_made_once_a_day_when_it_is_time(salon, readers):
    assert digest.make(at=MORNING - timedelta(seconds=1)) is None

    assert [send(MORNING), send(MORNING + timedelta(minutes=5))] == [2, 0]

    assert Digest.objects.get().mailed_at == MORNING
    assert sorted(one.to[0] for one in mail.outbox) == ["sue@glow.example", "tom@glow.example"]


def test_the_morning_is_the_salons(salon, readers, settings):
    salon.time_zone = "Europe/Berlin"
    salon.save()

    assert digest.make(at=datetime(2026, 6, 4, 6, 0, tzinfo=UTC)).day.isoformat() == "2026-06-04"


@pytest.mark.parametrize("day", [datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)])
def test_a_day_of_23_or_25_hours_has_one_too(salon, readers, day):
    made = {digest.make(at=day + timedelta(hours=hour)) for hour in range(6, 30)} - {None}

    assert len(made) == 1


def test_missed_mornings_make_one(salon, readers, promised):
    send()
    promise = promised("Do you do nail art?", at=MORNING + timedelta(hours=4))
    ledger.look(at=promise.due_at)
    ledger.look(at=MORNING + timedelta(hours=10))

    send(MORNING + timedelta(days=4, hours=9))

    assert Digest.objects.count() == 2
    assert len(mail.outbox) == 4
    assert "Broken since" in letter()


def test_nothing_open_is_said_honestly(salon, readers):
    send()

    assert "nothing is open" in mail.outbox[-1].subject
    assert "Nothing is open" in letter()


def test_it_tells_of_open_and_broken_promises(readers, promised, after):
    promised("Can I bring my dog?", at=after(hours=19))
    broken = promised("Do you do nail art?", phone="+14155550100")
    ledger.look(at=after(hours=2))
    ledger.look(at=after(hours=4))

    send()

    assert mail.outbox[-1].subject == "Glow Beauty Salon: 1 open, 1 broken"
    opened, lost = letter().split("Broken since")
    assert "Can I bring my dog?" in opened
    assert f"{broken.help_request.reference}, promised by" in lost.split("Asked most")[0]


def test_what_was_broken_is_told_once(readers, promised, after):
    promised("Do you do nail art?")
    ledger.look(at=after(hours=2))
    ledger.look(at=after(hours=4))
    send()

    send(MORNING + timedelta(days=1))

    assert "Broken since" not in letter()


def test_what_is_asked_most_comes_first_and_what_she_knows_by_now_not_at_all(readers, promised, sue, after):
    for n, question in enumerate(["Is there parking?", "Nail art?", "nail art", "Dogs?", "Dogs?", "dogs"]):
        promised(question, phone=f"+1415555010{n}")
    dog = HelpRequest.objects.filter(question="Dogs?").first()
    nails = HelpRequest.objects.filter(question="Nail art?").get()
    lifecycle.resolve(nails, answer="Yes.", by=sue, at=after(hours=1))

    gaps = digest.summary(at=MORNING).gaps

    assert [(gap.question.lower().strip("?"), gap.times) for gap in gaps] == [("dogs", 3), ("is there parking", 1)]
    assert gaps[0].help_request.question_key == dog.question_key


def test_nonsense_and_practice_are_no_gaps(readers, promised, sue, after):
    nonsense = promised("Bla bla?").help_request
    lifecycle.leave_unresolved(nonsense, because="nonsense", by=sue, at=after(hours=1))
    promised("Do you do nail art?", phone="+14155550100")
    HelpRequest.objects.filter(question__contains="nail").update(practice=True)

    assert digest.summary(at=MORNING).gaps == []


def test_texts_that_did_not_arrive_are_told(readers, promised, sue, after):
    request = promised("Do you do nail art?").help_request
    lifecycle.resolve(request, answer="Yes.", by=sue, at=after(hours=1))
    Message.objects.update(state=Message.State.UNDELIVERED, error="a landline", settled_at=after(hours=1))

    send()

    assert f"{request.reference}, answer: a landline" in letter()


def test_no_number_is_in_it(readers, promised):
    promised("Do you do nail art?")

    send()

    assert PHONE[-7:] not in letter() + str(mail.outbox[-1].alternatives)


def test_callers_words_are_escaped_where_they_must_be(readers, promised, after):
    promised('<script>alert("R&B")</script>', at=after(hours=19))

    send()

    assert '<script>alert("R&B")</script>' in letter()
    [page] = mail.outbox[-1].alternatives
    assert "<script>" not in page.content


def test_who_may_not_see_help_requests_or_has_no_address_gets_none(salon, sue, tom, readers):
    tom.user_permissions.clear()
    sue.email = ""
    sue.save()

    assert send() == 0
    assert Digest.objects.get().mailed_at == MORNING


def test_a_mail_server_that_is_away_is_tried_again_and_shown(salon, readers, post, desk):
    post["open"] = ConnectionRefusedError()

    assert send() == 0
    failed = Digest.objects.get()
    assert (failed.mailed_at, failed.tries) == (None, 1)
    assert "cannot be reached" in failed.error
    assert Event.objects.filter(kind="digest_failed").exists()

    post.clear()
    assert send(failed.try_at - timedelta(seconds=1)) == 0
    assert send(failed.try_at) == 2
    assert Digest.objects.get().error == ""


def test_one_bad_address_costs_nobody_else_his_letter_and_nobody_gets_two(salon, readers, post, sue):
    post["sue@glow.example"] = smtplib.SMTPRecipientsRefused({"sue@glow.example": (550, b"no such user sue")})

    assert send() == 1
    failed = Digest.objects.get()
    assert "sue" not in failed.error
    post.clear()
    assert send(failed.try_at) == 1

    assert sorted(one.to[0] for one in mail.outbox) == ["sue@glow.example", "tom@glow.example"]


def test_the_next_mornings_takes_the_place_of_one_that_never_left(salon, readers, post):
    post["open"] = ConnectionRefusedError()
    send()
    post.clear()

    send(MORNING + timedelta(days=1))

    assert len(mail.outbox) == 2
    assert [one.mailed_at is None for one in Digest.objects.order_by("day")] == [True, False]


def test_two_processes_do_not_mail_at_a_time(salon, readers):
    made = digest.make(at=MORNING)
    stale = Digest.objects.get(pk=made.pk)
    digest.mail_due(at=MORNING)

    assert not digest._claim(stale, MORNING)


def test_waits_between_tries_grow_to_an_hour(salon, readers, post):
    post["open"] = ConnectionRefusedError()
    at, waits = MORNING, []
    for _ in range(8):
        send(at)
        waits.append(Digest.objects.get().try_at - at)
        at = Digest.objects.get().try_at

    assert waits[:3] == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert waits[-1] == timedelta(hours=1)


def test_the_desk_has_it_as_a_page(desk, ask):
    request = ask("Can I bring my dog?")
    HelpRequest.objects.update(practice=False)
    Promise.objects.update(state="heard", heard_at=timezone.now())

    page = desk.get(reverse("admin:supervision_digest")).content.decode()

    assert "Can I bring my dog?" in page
    assert reverse("admin:supervision_helprequest_answer", args=[request.pk]) in page


def test_an_empty_page_says_that_nothing_is_open(desk, salon):
    assert "Nothing is open." in desk.get(reverse("admin:supervision_digest")).content.decode()


def test_the_page_and_the_desk_say_that_it_could_not_be_mailed(desk, salon):
    today = timezone.localdate(timezone=salon.zone)
    Digest.objects.create(day=today, try_at=timezone.now(), tries=1, error="the mail server cannot be reached")

    for address in ("admin:supervision_digest", "admin:index"):
        assert "the mail server cannot be reached" in desk.get(reverse(address)).content.decode()


def test_the_page_is_for_those_who_may_see_help_requests(client, tom, salon):
    client.force_login(tom, "django.contrib.auth.backends.ModelBackend")

    assert client.get(reverse("admin:supervision_digest")).status_code == 403

"""Texts to the supervisors on duty about what is asked."""

import pytest

from supervision import asking, calls, lifecycle, messages, outbox
from supervision.delivery import NotDelivered
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call, HelpRequest, Message, Supervisor
from tests.supervision.conftest import NOON

SUES, TOMS = "+13125550101", "+13125550102"
ALERT = Message.Purpose.ALERT


@pytest.fixture
def on_duty(sue, tom):
    return [
        Supervisor.objects.create(user=sue, phone=SUES, on_duty=True, code="PD"),
        Supervisor.objects.create(user=tom, phone=TOMS, on_duty=True, code="XY"),
    ]


@pytest.fixture
def phone_call(salon):
    """`phone_call()` is another call by telephone; practice wakes nobody."""

    def ring(number=0):
        return calls.ring(room=f"call-{number}", channel=Call.Channel.PHONE, phone=f"+1415555{2000 + number}", at=NOON)

    return ring


def alerts(**which):
    return Message.objects.filter(purpose=ALERT, **which).order_by("id")


def test_each_on_duty_gets_a_text_in_his_own_name_for_it(on_duty, phone_call):
    asked = lifecycle.request_help("Do you offer keratin treatments?", call=phone_call(), at=NOON)

    sues, toms = alerts()
    assert (sues.recipient, toms.recipient) == (SUES, TOMS)
    assert sues.text.startswith(f'{asked.reference}PD: "Do you offer keratin treatments?"')
    assert toms.text.startswith(f"{asked.reference}XY: ")
    assert sues.about == asked
    assert not asked.messages.exists()


def test_who_is_off_duty_has_no_telephone_or_has_left_gets_none(on_duty, phone_call, sue):
    Supervisor.objects.filter(pk=on_duty[1].pk).update(on_duty=False)
    sue.is_active = False
    sue.save()

    lifecycle.request_help("Do you offer keratin treatments?", call=phone_call(), at=NOON)

    assert not alerts().exists()


def test_practice_wakes_nobody(on_duty, asked):
    assert not alerts().exists()


def test_a_callers_words_are_short_on_one_line_and_without_links_and_cards(on_duty, phone_call):
    words = 'See https://evil.example/x\nand "pay" 4111 1111 1111 1111 ' + "please " * 60

    lifecycle.request_help(words, call=phone_call(), at=NOON)

    text = alerts().first().text
    assert "\n" not in text
    assert "evil" not in text
    assert "4111" not in text
    assert text.count('"') == 2
    assert len(text.split('"')[1]) <= 160


def test_who_is_on_the_line_is_said(on_duty, phone_call, listen):
    call = phone_call()
    calls.answer(call, at=NOON)
    listen(call)

    lifecycle.request_help("Do you offer keratin treatments?", call=call, at=NOON)

    assert "on the line now" in alerts().first().text


def test_what_is_asked_again_is_told_once(on_duty, phone_call):
    call = phone_call()

    lifecycle.request_help("Do you offer keratin?", call=call, at=NOON)
    lifecycle.request_help("do you offer keratin", call=call, at=NOON)

    assert alerts().count() == 2


def test_worded_anew_what_has_not_left_says_what_is_asked_now(on_duty, phone_call, after):
    asked = lifecycle.request_help("Do you do keratin?", call=phone_call(), at=NOON)

    lifecycle.change_wording(asked, "Do you do keratin for short hair?", at=after(seconds=2))

    outbox.deliver_due(at=after(seconds=2))
    assert [text.text.count('PD: "Do you do keratin for short hair?"') for text in MemoryBackend.sent] == [1, 0]
    assert ['"Do you do keratin for short hair?"' in text.text for text in MemoryBackend.sent] == [True, True]


def test_worded_anew_what_has_left_stays(on_duty, phone_call, after):
    asked = lifecycle.request_help("Do you do keratin?", call=phone_call(), at=NOON)
    outbox.deliver_due(at=NOON)
    said = [alert.text for alert in alerts()]

    lifecycle.change_wording(asked, "Do you do keratin for short hair?", at=after(seconds=2))
    outbox.deliver_due(at=after(minutes=1))

    assert [alert.text for alert in alerts()] == said
    assert len(MemoryBackend.sent) == 2


@pytest.mark.parametrize("closed", [False, True])
def test_what_was_under_way_in_vain_meanwhile_says_what_is_asked_now_or_nothing(
    on_duty, phone_call, sue, after, monkeypatch, closed
):
    asked = lifecycle.request_help("Do you do keratin?", call=phone_call(), at=NOON)

    def refuse(self, message):
        if closed:
            lifecycle.resolve(asked, answer="Yes.", by=sue, at=after(seconds=1))
        elif HelpRequest.objects.get(pk=asked.pk).question == asked.question:
            lifecycle.change_wording(asked, "Do you do keratin for short hair?", at=after(seconds=1))
        raise NotDelivered("connection refused", NotDelivered.NOT_SENT)

    with monkeypatch.context() as broken:
        broken.setattr(MemoryBackend, "send", refuse)
        Message.objects.filter(recipient=TOMS).delete()
        outbox.deliver_due(at=NOON)
    outbox.deliver_due(at=after(minutes=20))

    [alert] = alerts()
    assert alert.state == (Message.State.CANCELLED if closed else Message.State.SENT)
    assert closed or '"Do you do keratin for short hair?"' in MemoryBackend.sent[0].text


def test_what_is_closed_before_the_text_has_left_is_not_told(on_duty, phone_call, sue):
    asked = lifecycle.request_help("Do you offer keratin?", call=phone_call(), at=NOON)

    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    assert {alert.state for alert in alerts()} == {Message.State.CANCELLED}


def test_an_emergency_leaves_first_and_says_so(on_duty, phone_call):
    lifecycle.request_help("Do you offer keratin?", call=phone_call(1), at=NOON)
    asking.raise_alarm("my scalp is burning", call=phone_call(2), at=NOON)

    outbox.deliver_due(at=NOON)

    sent = [one.text for one in MemoryBackend.sent]
    assert [text.startswith("EMERGENCY") for text in sent] == [True, True, False, False]


def test_a_question_that_becomes_an_emergency_is_told_once_more(on_duty, phone_call):
    call = phone_call()
    asked = lifecycle.request_help("my scalp is burning", call=call, at=NOON)

    for _ in range(3):
        asking.raise_alarm("my scalp is burning", call=call, at=NOON)

    assert alerts(about=asked, supervisor=on_duty[0]).count() == 2


def test_a_burst_is_told_in_one_text_beyond_the_cap(on_duty, phone_call, settings, after):
    settings.ALERTS_PER_HOUR = 3

    for number in range(15):
        lifecycle.request_help(f"Question {number}?", call=phone_call(number), at=NOON)
    outbox.deliver_due(at=after(minutes=3))

    texts = [one.text for one in MemoryBackend.sent if one.recipient == SUES]
    assert len(texts) == 4
    assert texts[3].startswith("12 more questions wait")


def test_the_cap_leaves_room_for_emergencies_and_not_without_end(on_duty, phone_call, settings):
    settings.ALERTS_PER_HOUR = 4
    for number in range(6):
        lifecycle.request_help(f"Question {number}?", call=phone_call(number), at=NOON)

    for number in range(6, 12):
        asking.raise_alarm("my scalp is burning", call=phone_call(number), at=NOON)

    assert alerts(supervisor=on_duty[0], text__startswith="EMERGENCY").count() == 1


def test_the_next_hour_has_texts_again(on_duty, phone_call, settings, after):
    settings.ALERTS_PER_HOUR = 1
    for number in range(3):
        lifecycle.request_help(f"Question {number}?", call=phone_call(number), at=NOON)

    asked = lifecycle.request_help("And now?", call=phone_call(9), at=after(minutes=61))

    assert alerts(about=asked).count() == 2


def test_a_supervisor_who_has_texted_stop_is_not_texted(on_duty, phone_call):
    Supervisor.objects.filter(pk=on_duty[0].pk).update(stopped_at=NOON)

    lifecycle.request_help("Do you offer keratin?", call=phone_call(), at=NOON)

    assert [alert.recipient for alert in alerts()] == [TOMS]


def test_an_alert_is_no_text_of_its_callers(on_duty, phone_call, sue):
    asked = lifecycle.request_help("Do you offer keratin?", call=phone_call(), at=NOON)
    outbox.deliver_due(at=NOON)

    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)
    opened = lifecycle.undo(asked, by=sue, at=NOON)

    assert opened.is_answerable
    assert messages.cancel_alerts(opened, at=NOON) == []


def test_what_the_caller_says_was_not_his_question_is_told_again(on_duty, phone_call, sue, after):
    asked = lifecycle.request_help("Do you offer keratin?", call=phone_call(), at=NOON)
    outbox.deliver_due(at=NOON)
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    opened = lifecycle.reopen(asked, by=None, at=after(minutes=5))

    again = alerts(round=2, supervisor=on_duty[0]).get()
    assert again.text.startswith(f"{opened.reference}PD (open again)")

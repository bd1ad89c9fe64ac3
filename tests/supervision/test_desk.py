"""The desk: what a supervisor sees at a glance."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from knowledge import learning
from knowledge.models import Salon, Service
from supervision import calls, lifecycle, live
from supervision.models import Attempt, Call, HelpRequest, Promise
from supervision.templatetags import desk as words

HOSTILE = [
    "<script>alert('free haircut')</script><img src=x onerror=alert(1)>",
    "هل عندكم غرفة منفصلة للمحجبات؟ \u202e<b>",
    "💇🏽‍♀️ balayage? 💅",
    "a" * 3990,
    "{{ 7|add:7 }} {% now 'Y' %} \"quotes\" & co",
]


def shown(client, address="admin:index", *args):
    page = client.get(reverse(address, args=args))
    assert page.status_code == 200
    return page.content.decode()


def test_desk_shows_the_callers_words_and_no_more_of_the_number_than_two_digits(desk, ask):
    ask("Do you braid children's hair?")

    page = shown(desk)

    assert escape("Do you braid children's hair?") in page
    assert "+1 ••• 71" in page
    assert "14155552671" not in page


def test_title_and_sentence_count_who_waits(desk, ask):
    ask("Is there parking?")
    ask("Do you sell shampoo?")

    page = shown(desk)

    assert "<title>(2) Desk" in page
    assert "2 callers wait for an answer." in page


def test_an_empty_desk_says_that_nobody_waits(desk, salon):
    page = shown(desk)

    assert "<title>Desk" in page
    assert "Nobody is waiting." in page
    assert "No help requests." in page
    assert "No call at the moment." in page


def test_a_desk_without_a_salon_names_the_command(desk):
    Salon.objects.all().delete()

    assert "manage.py loadcontext glow" in shown(desk)


def test_times_are_the_salons(desk, ask):
    request = ask()
    local = timezone.now().astimezone(Salon.objects.current().zone)
    promised = local.replace(hour=23, minute=59, second=30)
    HelpRequest.objects.filter(pk=request.pk).update(promised_by=promised)

    assert "by 23:59" in shown(desk)


def test_queue_is_ordered_by_promise(desk, ask):
    later, sooner = ask("Is there parking?"), ask("Do you sell shampoo?")
    HelpRequest.objects.filter(pk=sooner.pk).update(promised_by=later.promised_by - timedelta(minutes=30))

    page = shown(desk)

    assert page.index("Do you sell shampoo?") < page.index("Is there parking?")


def test_a_missed_promise_says_so_in_words(desk, ask):
    request = ask()
    HelpRequest.objects.filter(pk=request.pk).update(promised_by=timezone.now() - timedelta(minutes=6, seconds=5))

    page = shown(desk)

    assert "6 min late" in page
    assert "It is late." in page


def test_the_row_says_who_has_claimed_it_until_the_claim_ends(desk, ask, tom, settings):
    lifecycle.claim(ask(), by=tom)

    assert "tom has it" in shown(desk)

    HelpRequest.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert "tom has it" not in shown(desk)


def test_a_caller_who_cannot_be_texted_is_marked(desk, ask):
    ask(phone="")

    assert "cannot be texted" in shown(desk)


def test_practice_is_marked_and_not_in_the_figures(desk, ask):
    ask()

    page = desk.get(reverse("admin:index"))

    assert ">practice</span>" in page.content.decode()
    assert {name for name, count in page.context["today"].items() if count} == set()


def test_figures_count_today_in_the_salons_zone(desk, ask, sue):
    today, yesterday = ask("Is there parking?"), ask("Do you sell shampoo?")
    HelpRequest.objects.update(practice=False)
    HelpRequest.objects.filter(pk=yesterday.pk).update(created_at=timezone.now() - timedelta(days=1))
    lifecycle.resolve(today, answer="Yes, behind the house.", by=sue)

    page = desk.get(reverse("admin:index"))

    assert {name: page.context["today"][name] for name in ("herself", "asked", "resolved")} == {
        "herself": 0, "asked": 1, "resolved": 1,
    }  # fmt: skip


def test_what_nobody_answered_in_time_can_still_be_answered(desk, ask):
    request = ask()
    lifecycle.expire_overdue(at=request.expires_at)

    page = shown(desk)

    assert "Left unanswered" in page
    assert reverse("admin:supervision_helprequest_answer", args=[request.pk]) in page


def test_calls_show_their_last_words(desk, ask):
    ask(said="Hello, do you offer keratin treatments?")

    page = shown(desk)

    assert "“Hello, do you offer keratin treatments?”" in page
    assert "she thinks" in page


def test_page_knows_the_newest_event_from_before_its_rows(desk, ask, monkeypatch):
    ask()
    before = live.newest()

    def waiting_while_somebody_asks():
        live.emit("desk", "asked")
        return []

    monkeypatch.setattr("supervision.admin.desk.waiting", waiting_while_somebody_asks)

    assert f'data-after="{before}"' in shown(desk)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["admin:index", "admin:supervision_helprequest_changelist", "answer", "call"])
def test_hostile_text_is_shown_as_text(desk, ask, place, text):
    request = ask(text)
    addresses = {
        "answer": ("admin:supervision_helprequest_answer", request.pk),
        "call": ("admin:supervision_call_change", request.call_id),
    }

    page = shown(desk, *addresses.get(place, (place,)))

    assert escape(text[:40]) in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def count_queries(client):
    client.get(reverse("admin:index"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("admin:index"))
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_queue(desk, ask, tom):
    for number in range(10):
        lifecycle.claim(ask(f"Question number {number}?", phone=f"+1415555{2000 + number}"), by=tom)
    few = count_queries(desk)
    for number in range(10, 60):
        ask(f"Question number {number}?", phone=f"+1415555{2000 + number}")

    assert count_queries(desk) == few
    assert few <= 26


@pytest.mark.parametrize("model", ["call", "caller", "helprequest", "message"])
def test_lists_do_not_ask_once_for_each_row(desk, ask, sue, model):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            shown(desk, f"admin:supervision_{model}_changelist")
        return len(captured)

    for number in range(3):
        lifecycle.resolve(ask(f"Question number {number}?", phone=f"+1415555{2000 + number}"), answer="Yes.", by=sue)
    few = queries()
    for number in range(3, 9):
        lifecycle.resolve(ask(f"Question number {number}?", phone=f"+1415555{2000 + number}"), answer="Yes.", by=sue)

    assert queries() == few


def test_lists_mask_numbers_and_offer_nothing_to_change(desk, ask, sue):
    lifecycle.resolve(ask(), answer="Yes, from $150.", by=sue)

    for model in ("call", "caller", "message", "helprequest"):
        page = shown(desk, f"admin:supervision_{model}_changelist")
        assert "4155552671" not in page
        assert "+1 ••• 71" in page
        assert "Add " not in page.split("<main")[1]


def test_a_caller_and_a_message_are_read_only(desk, ask, sue):
    request = lifecycle.resolve(ask(), answer="Yes, from $150.", by=sue)
    message = request.messages.get()

    for address in (
        reverse("admin:supervision_message_change", args=[message.pk]),
        reverse("admin:supervision_caller_change", args=[request.caller_id]),
    ):
        page = desk.get(address).content.decode()
        assert "4155552671" not in page
        assert 'name="_save"' not in page
        assert desk.post(address, {"state": "told"}).status_code == 403


def test_a_call_shows_its_script_with_the_row_that_was_spoken(desk, glow, supervisor):
    from knowledge.search import find_answers

    call = calls.open_call(channel=Call.Channel.PRACTICE, practised_by=supervisor)
    epoch = calls.take(call, holder="agent")
    found = find_answers("Where can I park?").candidates[0]
    reply = calls.begin_reply(calls.record_utterance(call, speaker="caller", text="Where can I park?"))
    calls.finish_reply(reply, text=found.answer, epoch=epoch, citations=[found], latency_ms=310)

    page = shown(desk, "admin:supervision_call_change", call.pk)

    assert escape(found.answer) in page
    assert escape(f"learned answer: {found.question}"[:60]) in page
    assert "0.3 s" in page


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (42, "0:42"), (119, "1:59"), (120, "2 min"), (3599, "59 min"), (5760, "1 h 36 min"),
     (3600, "1 h"), (40000, "11 h"), (200000, "2 days"), (-5, "0:00")],
)  # fmt: skip
def test_spans_are_short_words(seconds, text):
    assert words.span(seconds) == text


def test_moments_are_as_short_as_they_stay_clear():
    now = timezone.localtime().replace(hour=15, minute=40)

    assert words.when(now) == "15:40"
    assert words.when(now + timedelta(days=1)) == "tomorrow 15:40"
    assert words.when(now - timedelta(days=1)) == "yesterday 15:40"
    assert words.when(datetime(2019, 11, 3, 12, tzinfo=UTC)) == "3 Nov 2019"
    assert words.when(None) == ""


def test_a_script_links_what_she_asked_and_who_answered_it(desk, ask, sue):
    request = lifecycle.resolve(ask(), answer="Yes, from $150.", by=sue)
    said = {"speaker": "receptionist"}
    calls.record_utterance(
        request.call, **said, text="I will check with my supervisor.", promise=request.promises.get()
    )
    calls.record_utterance(request.call, **said, text="My supervisor says yes.", message=request.messages.get())

    page = shown(desk, "admin:supervision_call_change", request.call_id)

    assert f">asked: {request.reference}</a>" in page
    assert f">answered by Sue: {request.reference}</a>" in page


def test_a_desk_with_more_than_it_shows_counts_them_all(desk, ask, monkeypatch):
    monkeypatch.setattr("supervision.admin.desk.ROWS", 3)
    for number in range(5):
        ask(f"Question number {number}?", phone=f"+1415555{2000 + number}")

    page = shown(desk)

    assert page.count('class="request"') == 3
    assert "(5) Desk" in page
    assert "All 5 that wait" in page
    assert "5 calls" in page


def test_a_page_that_fetches_itself_uses_up_no_notice(desk, ask):
    request = ask()
    desk.post(reverse("admin:supervision_helprequest_leave", args=[request.pk]), {"because": "nonsense"})

    refetched = desk.get(reverse("admin:index"), headers={"X-Requested-With": "live"}).content.decode()

    assert "is left unresolved" not in refetched
    assert f"{request.reference} is left unresolved" in shown(desk)


def test_the_tries_of_a_message_are_a_list_with_names(desk, ask, sue):
    request = lifecycle.resolve(ask(), answer="Yes.", by=sue)
    message = request.messages.get()
    Attempt.objects.create(message=message, backend="x.FileBackend", detail="the line was busy")

    page = desk.get(reverse("admin:supervision_message_change", args=[message.pk])).content.decode()

    assert "<dt>Outcome</dt>" in page
    assert "the line was busy" in page
    assert "FileBackend" in page
    assert "<th></th>" not in page


def test_a_long_question_that_scrolls_can_be_reached_by_keyboard(desk, ask):
    short, long = ask("Is there tea?"), ask("Is there tea? " * 20)

    def heading(request):
        page = desk.get(reverse("admin:supervision_helprequest_answer", args=[request.pk])).content.decode()
        return page.split("<h1", 1)[1].split(">", 1)[0]

    assert 'tabindex="0"' in heading(long)
    assert "tabindex" not in heading(short)


def test_both_parts_of_a_moment_have_a_name(desk, salon):
    page = desk.get(reverse("admin:knowledge_learnedanswer_add")).content.decode()

    assert 'aria-label="Valid until, date"' in page
    assert 'aria-label="Valid until, time"' in page


def test_today_tells_how_long_callers_waited_and_which_promises_were_broken(desk, ask, sue):
    now = timezone.now()
    for number, minutes in enumerate((2, 5, 60)):
        request = ask(f"Question {number}?")
        lifecycle.resolve(request, answer="Yes.", by=sue)
        HelpRequest.objects.filter(pk=request.pk).update(
            practice=False, created_at=now - timedelta(minutes=minutes), responded_at=now
        )
    Promise.objects.update(state="kept", settled_at=now)
    Promise.objects.filter(help_request=request).update(state="broken")

    today = desk.get(reverse("admin:index")).context["today"]

    assert (today["resolved"], today["median"]) == (3, 300)
    assert (today["kept"], today["broken"], today["settled"]) == (2, 1, 3)


def gaps(desk):
    return [(gap.question, gap.times) for gap in desk.get(reverse("admin:index")).context["gaps"]]


def test_what_to_teach_next_is_what_is_asked_most_and_nobody_has_answered(desk, ask, sue):
    for number in range(3):
        ask("Is there parking?", phone=f"+1415555261{number}")
    left, once = ask("Do you take dogs?"), ask("Do you sell shampoo?")
    lifecycle.leave_unresolved(left, because="left", by=sue)
    HelpRequest.objects.update(practice=False)

    assert gaps(desk) == [("Is there parking?", 3), ("Do you take dogs?", 1)]  # once and waiting is no gap yet
    assert reverse("admin:supervision_helprequest_answer", args=[left.pk]) in shown(desk)

    lifecycle.resolve(left, answer="Small ones, yes.", by=sue)
    assert gaps(desk) == [("Is there parking?", 3)]
    learning.learn(question="is there parking", answer="Yes, behind the house.", taught_by=sue)
    assert gaps(desk) == []
    assert HelpRequest.objects.pending().filter(pk=once.pk).exists()


def test_an_answer_for_one_caller_leaves_the_gap(desk, ask, sue):
    for number in range(2):
        ask("Is Sue back?", phone=f"+1415555261{number}")
    HelpRequest.objects.update(practice=False)
    lifecycle.resolve(HelpRequest.objects.first(), answer="On Monday.", by=sue, teach=False)
    lifecycle.leave_unresolved(HelpRequest.objects.pending().get(), because="left", by=sue)

    assert gaps(desk) == [("Is Sue back?", 1)]


def test_who_holds_stands_on_top_alone_with_how_many_ask_the_same(desk, ask, tom):
    held, _, other = ask("Is there parking?"), ask("is there parking", phone="+14155552699"), ask("Do you take dogs?")
    lifecycle.claim(held, by=tom)
    Call.objects.filter(pk=held.call_id).update(state=Call.State.HOLDING)

    page = desk.get(reverse("admin:index"))

    assert [row.question for row in page.context["waiting"]] == ["is there parking", other.question]
    assert "2 callers ask this" in page.content.decode()
    assert "tom has it" in page.content.decode()
    assert "2 more wait for an answer" in page.content.decode()


def test_the_first_day_names_the_steps_that_are_left_until_they_are_done(admin_client, glow):
    Service.objects.update(active=False)
    page = admin_client.get(reverse("admin:index"))

    assert {step.name: step.done for step in page.context["steps"] if step.needed} == {
        "hours": True, "services": False, "practice": False,
    }  # fmt: skip
    assert "2 steps are left before she can take a call." in page.content.decode()
    assert f'<a class="button default" href="{reverse("admin:knowledge_service_changelist")}">' in page.content.decode()

    Service.objects.update(active=True)
    calls.open_call(channel=Call.Channel.PRACTICE)
    assert admin_client.get(reverse("admin:index")).context["steps"] == []


def test_a_supervisor_who_may_not_change_facts_is_only_led_to_what_he_may_do(desk, salon):
    page = desk.get(reverse("admin:index"))

    assert [step.name for step in page.context["steps"]] == ["practice", "telephone"]
    assert "Add services" not in page.content.decode()


def test_later_keeps_the_place_and_says_until_when_nobody_is_reminded(desk, ask, sue):
    request = ask("Is there parking?")
    lifecycle.claim(request, by=sue)
    later = reverse("admin:supervision_helprequest_later", args=[request.pk])

    assert f'data-l="{later}"' in shown(desk)
    desk.post(later, headers={"X-Requested-With": "keys"})

    request.refresh_from_db()
    assert request.snoozed_until > timezone.now()
    assert request.claimed_by is None
    page = shown(desk)
    assert f"nobody is reminded until {request.snoozed_until.astimezone(Salon.objects.get().zone):%H:%M}" in page
    assert "messagelist" not in page
    HelpRequest.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert "nobody is reminded until" not in shown(desk)


def test_later_is_a_button_too_and_not_offered_for_what_is_closed(desk, ask, sue):
    request = ask("Is there parking?")
    address = ("admin:supervision_helprequest_answer", request.pk)
    later = reverse("admin:supervision_helprequest_later", args=[request.pk])

    assert f'formaction="{later}"' in shown(desk, *address)
    lifecycle.leave_unresolved(request, because="left", by=sue)
    assert later not in shown(desk, *address)
    assert later not in shown(desk)
    assert desk.post(later).status_code == 302


def test_who_may_only_read_cannot_put_it_off(client, ask, django_user_model):
    reader = django_user_model.objects.create_user("rita", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_helprequest"))
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
    later = reverse("admin:supervision_helprequest_later", args=[ask().pk])

    assert later not in shown(client)
    assert client.post(later).status_code == 403

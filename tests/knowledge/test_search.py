import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from knowledge import embedding, index, learning
from knowledge.models import Closure, OpeningHours, Phrasing, Salon, Service
from knowledge.search import Verdict, find_answers, get_answer, write_missing_vectors
from tests.knowledge.conftest import WEDNESDAY_AT_3

SURE, UNSURE, UNKNOWN = Verdict.SURE, Verdict.UNSURE, Verdict.UNKNOWN

# question: (verdict, kind of the best answer or of the one she may ask about, words in it)
GLOW = {
    "What are your hours?": (SURE, "hours", "from 9 am"),
    "hi, what time do you open": (SURE, "hours", "9 am"),
    "are you open next Sunday?": (SURE, "hours", "closed on Sunday"),
    "are you open tomorrow": (SURE, "hours", "Thursday, November 19"),
    "are you open on Thanksgiving": (SURE, "closure", "for Thanksgiving"),
    "are you open on Easter": (UNKNOWN, None, ""),
    "how much is a balayage?": (SURE, "service", "from $180"),
    "how much is a haircut": (SURE, "service", "Men's haircut"),
    "how long does a gel manicure take": (SURE, "service", "50 minutes"),
    "how much is a wax": (SURE, "category", "Bikini wax"),
    "what are your prices?": (SURE, "prices", "$55 for Color"),
    "how much is balayage and how long does it take?": (SURE, "service", "2 and a half hours"),
    "how much is a manicure and a pedicure": (SURE, "service", "Spa pedicure"),
    "how much does it cost to get a balayage?": (SURE, "service", "from $180"),
    "women's haircut": (SURE, "service", "$65 to $95"),
    "do you do waxing?": (SURE, "category", "start at $15"),
    "r u open 2day": (SURE, "hours", "Today, Wednesday"),
    "are you open the day after Thanksgiving": (SURE, "hours", "Friday, November 27"),
    "are you open next week": (SURE, "hours", "for Thanksgiving"),
    "do you open before 9?": (SURE, "hours", "No. We are open"),
    "are you open at 8pm today?": (SURE, "hours", "No. Today"),
    "do you open 9.30?": (SURE, "hours", "We are open Tuesday"),
    "is it open on Sunday?": (UNSURE, "hours", "closed on Monday and Sunday"),
    "is it open": (UNSURE, "hours", "closed on Monday and Sunday"),
    "do they work on Saturday?": (UNKNOWN, None, ""),
    "do you work in the sun?": (UNKNOWN, None, ""),
    "are you open November 25 2027?": (UNKNOWN, None, ""),
    "are you open on November 10?": (UNKNOWN, None, ""),
    "do you have makeup?": (UNSURE, "service", "Event makeup"),
    "do you have toner?": (UNSURE, None, ""),
    "does bikini waxing hurt?": (UNSURE, None, ""),
    "who does the balayage?": (UNSURE, None, ""),
    "what is balayage?": (UNSURE, None, ""),
    "is there a discount on balayage?": (UNSURE, None, ""),
    "when may I come": (UNSURE, None, ""),
    "do you do balayage on kids?": (UNSURE, None, ""),
    "is the men's haircut cheaper than the women's?": (UNSURE, None, ""),
    "can I come on Saturday at 10?": (UNSURE, None, ""),
    "do you have a bathroom?": (UNSURE, None, ""),
    "do you babysit?": (UNSURE, None, ""),
    "do you do braids?": (UNSURE, None, ""),
    "how much is a brazilian?": (UNSURE, None, ""),
    "can you come to my house?": (UNSURE, None, ""),
    "what's your email?": (UNSURE, None, ""),
    "how much is a scalp massage": (UNSURE, "service", "Scalp treatment"),
    "how much is a balayage for short hair": (UNSURE, "service", "Balayage"),
    "where can I park?": (SURE, "learned", "behind the salon"),
    "Hello, can you tell me where can I park please": (SURE, "learned", "behind the salon"),
    "is there parking nearby": (UNSURE, "learned", "behind the salon"),
    "is there somewhere to leave the car": (UNSURE, "learned", "behind the salon"),
    "what's your address": (SURE, "learned", "Maple Street"),
    "where are you guys located": (UNSURE, "learned", "Maple Street"),
    "do you take credit cards?": (SURE, "learned", "any major card"),
    "do you take cash": (UNSURE, "learned", "by cash"),
    "I want to make an appointment": (UNSURE, "learned", "book online"),
    "can I book an appointment for tomorrow": (UNSURE, "learned", "book online"),
    "how do i cancel my booking": (UNSURE, "learned", "cancel or move"),
    "i am running late": (SURE, "learned", "ten minutes"),
    "can I bring my kids": (SURE, "learned", "play corner"),
    "are dogs ok": (UNSURE, "learned", "Assistance dogs"),
    "do you have wifi": (SURE, "learned", "free wifi"),
    "can I buy a gift card": (UNSURE, "learned", "gift cards"),
    "is there a discount for students": (SURE, "learned", "15 percent"),
    "do I need a patch test before coloring": (UNSURE, "learned", "48 hours"),
    "do you take walk ins": (SURE, "learned", "when a chair is free"),
    "are you wheelchair accessible": (SURE, "learned", "entrance is level"),
    "are you hiring": (SURE, "learned", "stylists"),
    "Do you offer keratin treatments?": (UNKNOWN, None, ""),
    "Do you offer hair extensions?": (UNKNOWN, None, ""),
    "do you do lash extensions": (UNKNOWN, None, ""),
    "do you do nail art": (UNKNOWN, None, ""),
    "do you do eyebrow threading": (UNKNOWN, None, ""),
    "is Maria working today": (UNKNOWN, None, ""),
    "what is the capital of France": (UNKNOWN, None, ""),
    "Necesito una cita para mañana": (UNKNOWN, None, ""),
    "what are your hours and how much is a balayage?": (UNSURE, "service", "Balayage"),
    "how much is a balayage and where can I park": (UNSURE, "service", "Balayage"),
    "where can I park and do you take walk-ins": (UNSURE, "learned", ""),
}
BICYCLE = {
    "What are your hours?": (SURE, "hours", "14:00 to 18:30"),
    "are you open next Sunday?": (SURE, "hours", "closed on Sunday"),
    "are you open on Wednesday afternoon": (SURE, "hours", "10:00 to 13:00"),
    "is Spoke & Chain open tomorrow": (SURE, "hours", "Thursday 19 November"),
    "are you open on Good Friday": (SURE, "closure", "for Easter"),
    "are you open on 24.12.": (SURE, "hours", "for Christmas"),
    "how much is a puncture repair?": (SURE, "service", "€18 to €25"),
    "how much is a flat tyre": (SURE, "service", "€18 to €25"),
    "how long does a full service take": (SURE, "service", "5 hours"),
    "do you do wheel truing": (SURE, "service", "€20 to €35"),
    "how much are brakes": (UNSURE, "service", "Brake"),
    "do you have wheels": (UNSURE, None, ""),
    "do you do cars": (UNKNOWN, None, ""),
    "do you do repairs": (SURE, "category", "€18"),
    "are you open 9.30": (SURE, "hours", "closed on Sunday"),
    "how much is bike rental": (SURE, "service", "Cargo bike"),
    "my chain is broken": (UNSURE, "service", "Chain replacement"),
    "where are you": (SURE, "learned", "Lindenstraße 8"),
    "do you repair e-bikes": (SURE, "learned", "Bosch"),
    "can you fix my e-bike": (UNSURE, "learned", "Bosch"),
    "do you have a pump": (UNSURE, "learned", "free pump"),
    "do you buy old bikes": (UNSURE, "learned", "proof"),
    "can I pay by card": (SURE, "learned", "By card"),
    "do I need an appointment for a puncture": (UNSURE, "learned", "punctures"),
    "can I bring my own parts": (SURE, "learned", "without a warranty"),
    "how much is a balayage?": (UNKNOWN, None, ""),
    "Do you offer keratin treatments?": (UNKNOWN, None, ""),
    "do you paint frames": (UNKNOWN, None, ""),
    "my brakes squeak": (UNKNOWN, None, ""),
}


def heard(question, at=WEDNESDAY_AT_3):
    """The verdict, the kind of answer that she gives or asks about, and its words."""
    found = find_answers(question, at=at)
    one = found.best if found.verdict == SURE else found.may_ask
    return (found.verdict, one.id.split(":")[0], one.answer) if one else (found.verdict, None, "")


def differences(table, at):
    wrong = {}
    for question, (verdict, kind, words) in table.items():
        got = heard(question, at)
        if got[:2] != (verdict, kind) or words not in got[2]:
            wrong[question] = got
    return wrong


def test_everyday_questions_to_the_salon(glow):
    assert differences(GLOW, WEDNESDAY_AT_3) == {}


def test_everyday_questions_to_the_workshop(bicycle):
    at = dt.datetime(2026, 11, 18, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))

    assert differences(BICYCLE, at) == {}


def test_what_she_does_not_know_is_said_in_words(glow):
    assert find_answers("Do you offer keratin treatments?").reason == 'Nothing she knows mentions "keratin".'


def test_date_that_she_cannot_vouch_for_is_said_in_words(glow):
    found = find_answers("are you open November 25 2027?", at=WEDNESDAY_AT_3)

    assert found.reason == "It names a date that her opening hours cannot vouch for."


def test_hours_are_offered_with_the_closures_of_that_day(glow):
    before = find_answers("is it open", at=WEDNESDAY_AT_3).may_ask
    after = find_answers("is it open", at=WEDNESDAY_AT_3 + dt.timedelta(days=4)).may_ask

    assert "Thanksgiving" not in before.answer
    assert "for Thanksgiving" in after.answer


def test_learned_answer_is_offered_to_the_next_caller(glow):
    learned = learning.learn(question="Do you offer keratin treatments?", answer="Yes, from $150")

    found = find_answers("how much is a keratin treatment")

    assert (found.verdict, found.may_ask.id, found.may_ask.answer) == (
        UNSURE,
        f"learned:{learned.pk}",
        "Yes, from $150",
    )
    assert find_answers("Do you offer hair extensions?").verdict == UNKNOWN


def test_learned_answer_comes_before_a_service_with_that_wording(glow):
    learning.learn(question="How much is a balayage?", answer="From $160 this month.")

    assert find_answers("how much is a balayage").best.answer == "From $160 this month."


def test_taught_tomorrow_does_not_outlive_the_day(glow):
    learning.learn(question="Are you open tomorrow?", answer="Yes, until five.")

    assert find_answers("are you open tomorrow", at=WEDNESDAY_AT_3).best.id == "hours:2026-11-19"


def test_two_answers_with_the_same_wording_are_not_sure(glow):
    for question in ("Can you braid?", "Can you plait?"):
        learned = learning.learn(question=question, answer=f"{question} Yes.")
        learning.add_phrasing(learned.pk, "can you do braids", source="desk")

    found = find_answers("can you do braids")

    assert found.verdict == UNSURE
    assert len(found.candidates) == 2


def test_candidates_come_best_first_and_at_most_five(glow):
    scores = [one.score for one in find_answers("I want to make an appointment").candidates]

    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 5


def test_changed_price_is_told_at_once(glow):
    find_answers("how much is a balayage")

    Service.objects.filter(name="Balayage").update(price_from=200)
    Salon.objects.raise_revision()

    assert "from $200" in find_answers("how much is a balayage").best.answer


def test_change_by_another_process_is_seen_by_its_revision_alone(committed_glow):
    find_answers("what are your hours")
    OpeningHours.objects.filter(weekday=5).delete()

    before = find_answers("what are your hours").best.answer
    Salon.objects.raise_revision()
    after = find_answers("what are your hours").best.answer

    assert "on Saturday from 9 am" in before
    assert "closed on Monday, Saturday and Sunday" in after


@pytest.mark.parametrize(
    ("candidate_id", "words"),
    [
        ("hours:2026-11-26", "for Thanksgiving"),
        ("hours:week", "closed on Monday and Sunday"),
        ("hours:now", "open now"),
        ("hours:saturday+sunday", "On Sundays we are closed"),
        ("hours:2026-11-20+2026-11-27", "November 27"),
        ("hours:2026-11-20@open-at-17:00", "Yes. On Friday"),
        ("hours:next_week", "for Thanksgiving"),
        ("prices:all", "$15 for Nails"),
    ],
)
def test_answer_is_read_again_by_its_id(glow, candidate_id, words):
    assert words in get_answer(candidate_id, at=WEDNESDAY_AT_3).answer


def test_every_candidate_can_be_read_again(glow):
    for question in GLOW:
        for one in find_answers(question, at=WEDNESDAY_AT_3).candidates:
            assert get_answer(one.id, at=WEDNESDAY_AT_3).answer == one.answer


def test_service_is_read_again_with_its_present_price_or_not_at_all(glow):
    service = Service.objects.get(name="Balayage")
    Service.objects.filter(pk=service.pk).update(price_from=200)

    assert "$200" in get_answer(f"service:{service.pk}").answer
    Service.objects.filter(pk=service.pk).update(active=False)
    assert get_answer(f"service:{service.pk}") is None


@pytest.mark.parametrize(
    "candidate_id",
    ["", "learned:", "learned:7", "learned:00000000-0000-0000-0000-000000000000", "service:", "service:999999",
     "service:1+999999", "hours:", "hours:2026-99-99", "hours:someday", "closure:x", "closure:", "other:1", "💅",
     "hours:2026-11-26+monday", "hours:week@open", "hours:week@open-on-17:00", "hours:now@open-at-17:00",
     "category:0", "category:Nails", "prices:", "prices:none", "service:1' OR 1=1"],
)  # fmt: skip
def test_invented_id_is_nobodys(glow, candidate_id):
    assert get_answer(candidate_id) is None


@pytest.mark.parametrize(
    "question",
    [
        "", "   ", "?!", "💅💅💅", "\x00\x01\x02", "\ud800", "<script>alert(1)</script>",
        "مرحبا هل تعملون غدا؟", "‮txet‬",
        "a" * 65_536, "keratin " * 9_000, "'; DROP TABLE knowledge_salon; --", "\n\n\t", "{{ salon.name }}",
        "%s %d", "0" * 500,
        "今日は開いていますか", "é" * 5_000, "/" * 4_000, "1/1/1/1/1", "hi " * 2_000,
    ],
)  # fmt: skip
def test_strange_input_is_unknown_and_never_an_error(glow, question):
    assert find_answers(question).verdict == UNKNOWN


def test_only_the_first_4000_characters_are_read(glow):
    assert find_answers("where can I park?" + " " * 4_000 + "and more").verdict == SURE


def test_search_that_has_nothing_new_asks_the_database_once(committed_glow):
    find_answers("where can I park?")

    with CaptureQueriesContext(connection) as queries:
        find_answers("is there somewhere to leave the car")

    assert len(queries) == 1


def test_four_threads_see_every_change(committed_glow):
    asked = [
        "where can I park?",
        "is there somewhere to leave the car",
        "how much is a balayage",
        "do you do perms",
    ] * 10

    def ask(question):
        try:
            return find_answers(question).verdict
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        before = list(pool.map(ask, asked))
        learned = learning.learn(question="Do you do perms?", answer="No.")
        after = list(pool.map(ask, asked))
        learning.retire(learned)
        retired = list(pool.map(ask, asked))

    assert before[:4] == [SURE, UNSURE, SURE, UNKNOWN]
    assert before == before[:4] * 10
    assert after == [SURE, UNSURE, SURE, SURE] * 10
    assert retired == before


def test_kept_index_equals_one_that_is_read_afresh(committed_glow):
    for number in range(30):
        learned = learning.learn(question=f"Do you know trick {number}?", answer="Yes.", phrasings=[f"trick {number}"])
        find_answers("do you know a trick")
        if number % 3 == 0:
            learning.retire(learned)
        if number % 3 == 1:
            learning.correct(learned, answer="No.")
    Closure.objects.all().delete()
    Salon.objects.raise_revision()

    kept = {
        question: find_answers(question, at=WEDNESDAY_AT_3) for question in (*GLOW, "trick 4", "do you know a trick")
    }
    index._kept = None
    fresh = {question: find_answers(question, at=WEDNESDAY_AT_3) for question in kept}

    assert kept == fresh


def test_search_writes_at_most_50_vectors_itself(unread_glow):
    missing = Phrasing.objects.filter(model_id="").count()

    find_answers("where can I park?")

    assert missing - Phrasing.objects.filter(model_id="").count() == 25  # two vectors each


def test_what_was_just_taught_is_read_first(unread_glow):
    learned = learning.learn(question="Do you offer keratin treatments?", answer="Yes, from $150")

    assert find_answers("how much is a keratin treatment").may_ask.id == f"learned:{learned.pk}"


def test_worker_writes_the_rest(unread_glow):

    while write_missing_vectors(100):
        pass

    assert not Phrasing.objects.filter(model_id="").exists()
    assert not Service.objects.filter(model_id="").exists()


def test_without_the_model_she_knows_exact_wordings_and_facts(unread_glow, tmp_path):
    index._embedded.cache_clear()

    with override_settings(EMBEDDING_MODEL_DIR=tmp_path):
        assert find_answers("where can I park?").verdict == SURE
        assert find_answers("how much is a balayage").verdict == SURE
        assert find_answers("is there somewhere to leave the car").verdict == UNKNOWN

    index._embedded.cache_clear()
    assert embedding.embed("hello").shape == (384,)


def test_what_was_rolled_back_is_not_kept_for_the_next_change(committed_glow):
    find_answers("can you braid")
    try:
        with transaction.atomic():
            learning.learn(question="Can you braid?", answer="Yes.")
            find_answers("can you braid")
            raise RuntimeError
    except RuntimeError:
        pass

    learning.learn(question="Can you plait?", answer="No.")  # gets the revision that was rolled back

    assert find_answers("can you braid").verdict != SURE
    assert find_answers("can you plait").verdict == SURE


def test_refresh_that_failed_half_way_leaves_no_rows_behind(committed_glow, monkeypatch):
    find_answers("can you braid")
    learned = learning.learn(question="Can you braid?", answer="Yes.")
    write_missing_vectors(10)
    with monkeypatch.context() as patch:
        patch.setattr(index, "_read_facts", Mock(side_effect=RuntimeError))
        with pytest.raises(RuntimeError):
            find_answers("can you braid")
    learning.retire(learned)
    learning.learn(question="Is there a play corner?", answer="Yes.")

    found = find_answers("are you able to braid")

    assert "Is there a play corner?" not in [one.question for one in found.candidates[:1]]
    index._kept = None
    assert find_answers("are you able to braid") == found

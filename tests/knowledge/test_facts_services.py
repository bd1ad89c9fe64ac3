from dataclasses import replace
from decimal import Decimal

import pytest

from knowledge import facts
from knowledge.models import Service
from knowledge.spoken import spoken_minutes
from tests.knowledge.conftest import WEDNESDAY_AT_3


def names(known, question):
    found = facts.read(question, at=WEDNESDAY_AT_3, known=known)
    ids = found[0].id.removeprefix("service:").split("+") if found else []
    return [one.name for wanted in ids for one in known.services if str(one.pk) == wanted]


@pytest.mark.parametrize(
    "question",
    [
        "how much is a balayage?",
        "How much does balayage cost?",
        "how much do you charge for a balayage",
        "what does a balayage cost",
        "what's the price of your balayage?",
        "balayage prices",
        "hey, could you tell me how much is a balayage please",
        "how long does a balayage take?",
        "how long is a balayage",
        "do you do balayage?",
        "do you guys offer balayage",
        "can you do a balayage",
        "how expensive is a balayage",
        "how much is balayage and how long does it take?",
        "how long does a balayage take and how much is it",
        "how much does it cost to get a balayage?",
        "how much would it cost for a balayage",
        "balayage?",
    ],
)
def test_named_service_is_read(glow_facts, question):
    assert names(glow_facts, question) == ["Balayage"]


@pytest.mark.parametrize(
    ("question", "service"),
    [
        ("how much is a haircut for a woman", "Women's haircut"),
        ("how much is a kid's haircut", "Children's haircut"),
        ("how much is a wash and blow dry", "Blowout"),
        ("do you do lash lifts", "Lash lift and tint"),
        ("what do gel manicures cost", "Gel manicure"),
    ],
)
def test_other_names_count(glow_facts, question, service):
    assert names(glow_facts, question) == [service]


def test_word_that_names_several_services_lists_them(glow_facts):
    assert set(names(glow_facts, "how much are highlights")) == {"Partial highlights", "Full highlights"}
    assert set(names(glow_facts, "how much is a haircut")) == {
        "Women's haircut", "Men's haircut", "Children's haircut"
    }  # fmt: skip


@pytest.mark.parametrize(
    "question",
    [
        "how much is a lamination",  # part of one name only
        "do you have toner?",  # to buy?
        "do you have makeup",
        "do you do hair?",
        "how much is hair",
        "how much is a gel",
        "do you offer a full",
        "do you offer deluxe",
        "how much is a cleansing",
        "how long are gel nails?",
        "how much is a balayage and what is it",
        "how much is a balayage and how long does it last",
        "how long does color take",
        "haircut",
        "mani pedi",
        "how much is a manicure and a haircut",  # five together
        "how much is a balayage and a perm",
        "how much is a balayage and where can I park",
        "how much is a balayage for long hair",
        "how long does a gel manicure last",
        "how much to take off gel polish",
        "is a balayage bad for my hair",
        "do you do nail art",
        "how much is it",
        "how much",
        "do you do",
    ],
)
def test_question_about_anything_more_is_not_read(glow_facts, question):
    assert names(glow_facts, question) == []


@pytest.mark.parametrize(
    ("question", "services"),
    [
        ("how much is a cut?", {"Women's haircut", "Men's haircut", "Children's haircut"}),
        (
            "how much is a haircut and how long does it take?",
            {"Women's haircut", "Men's haircut", "Children's haircut"},
        ),
        ("do you do facials", {"Express facial", "Signature facial", "Back facial"}),
        ("how much is a balayage and a men's haircut?", {"Balayage", "Men's haircut"}),
        (
            "how much is a manicure and pedicure?",
            {"Classic manicure", "Gel manicure", "Classic pedicure", "Spa pedicure"},
        ),
    ],
)
def test_kind_of_service_is_listed_whole(glow_facts, question, services):
    assert set(names(glow_facts, question)) == services


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how much is waxing?", "For Waxing, prices start at $15: Eyebrow wax, Upper lip wax"),
        ("how much is a wax", "For Waxing, prices start at $15: Eyebrow wax, Upper lip wax"),
        ("do you do nails?", "For Nails, prices start at $15: Classic manicure"),
        ("how much for color?", "For Color, prices start at $55: Balayage, Partial highlights"),
        ("what are your prices?", "Our prices start at $15 for Haircuts and styling, $55 for Color"),
        ("price list", "Our prices start at $15"),
    ],
)
def test_category_is_told_in_one_sentence(glow_facts, question, answer):
    found = facts.read(question, at=WEDNESDAY_AT_3, known=glow_facts)

    assert found[0].answer.startswith(answer)
    assert facts.render(found[0].id, glow_facts, at=WEDNESDAY_AT_3).answer == found[0].answer


def test_length_that_nobody_entered_is_not_answered_with_a_price(glow_facts):
    known = replace(glow_facts, services=(Service(pk=7, name="Balayage", price_from=Decimal(180)),))

    assert names(known, "how much is a balayage") == ["Balayage"]
    assert names(known, "how long does a balayage take") == []
    assert names(known, "how much is a balayage and how long does it take") == []


def test_word_within_names_is_no_service(bicycle_facts):
    assert names(bicycle_facts, "do you have brakes?") == []
    assert names(bicycle_facts, "how much are brakes") == []


@pytest.mark.parametrize(
    ("price_from", "price_to", "minutes", "answer"),
    [
        ("180", None, 150, "For Balayage, the price is from $180, and it takes about 2 and a half hours."),
        ("45", "60", 45, "For Balayage, the price is $45 to $60, and it takes about 45 minutes."),
        ("45.50", "45.50", None, "For Balayage, the price is $45.50."),
        ("1200", "1200", 60, "For Balayage, the price is $1,200, and it takes about 1 hour."),
        (None, None, 75, "For Balayage, the price depends on what you need, and it takes about 1 hour and 15 minutes."),
    ],
)
def test_prices_and_lengths_are_told_as_people_say_them(glow_facts, price_from, price_to, minutes, answer):
    low, high = (price and Decimal(price) for price in (price_from, price_to))
    service = Service(pk=7, name="Balayage", price_from=low, price_to=high, minutes=minutes)
    known = replace(glow_facts, services=(service,))

    assert facts.read("how much is a balayage", at=WEDNESDAY_AT_3, known=known)[0].answer == answer


def test_free_of_charge_is_a_price(glow_facts):
    service = Service(pk=7, name="Consultation", price_from=Decimal(0), price_to=Decimal(0))

    answer = facts.render("service:7", replace(glow_facts, services=(service,)), at=WEDNESDAY_AT_3).answer

    assert answer == "For Consultation, the price is $0."


def test_nothing_in_a_service_is_escaped(glow_facts):
    service = Service(pk=7, name="R&B <special>", price_from=Decimal(5))

    answer = facts.render("service:7", replace(glow_facts, services=(service,)), at=WEDNESDAY_AT_3).answer

    assert answer == "For R&B <special>, the price is from $5."


@pytest.mark.parametrize("minutes", [1, 59, 61, 119, 120, 480])
def test_every_length_is_told_without_a_zero(minutes):
    assert " 0 " not in f" {spoken_minutes(minutes)} "


def test_one_minute_is_singular():
    assert spoken_minutes(1) == "1 minute"
    assert spoken_minutes(61) == "1 hour and 1 minute"

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from knowledge import learning
from knowledge.models import Closure, LearnedAnswer, OpeningHours, Phrasing, Salon, Service

SALON = '[salon]\nname = "Test"\ntime_zone = "Europe/Berlin"\nregion = "DE"\n'
HOURS = '[hours]\nmonday = ["09:00 to 12:00", "22:00 to 02:00"]\nsunday = []\n'
MODELS = (Salon, OpeningHours, Closure, Service, LearnedAnswer, Phrasing)


def load(path, text, **options):
    file = path / "shop.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    out = StringIO()
    call_command("loadcontext", str(file), stdout=out, **options)
    return out.getvalue()


def counted():
    return [model.objects.count() for model in MODELS]


@pytest.mark.parametrize("name", ["glow", "bicycle"])
def test_built_in_contexts_are_lively(db, name):
    call_command("loadcontext", name, verbosity=0)

    assert LearnedAnswer.objects.count() >= 12
    assert Service.objects.count() >= 12
    assert all(2 <= answer.phrasings.count() <= 7 for answer in LearnedAnswer.objects.all())


def test_glow_has_what_was_asked_for(glow):
    categories = set(Service.objects.values_list("category", flat=True))
    texts = [*LearnedAnswer.objects.values_list("answer", flat=True), *Phrasing.objects.values_list("text", flat=True)]
    texts += [f"{one.name} {one.also_called} {one.description}" for one in Service.objects.all()]

    assert Service.objects.count() >= 25
    assert len(categories) >= 6
    assert LearnedAnswer.objects.count() >= 15
    assert Salon.objects.current().region == "US"
    assert not [text for text in texts if "keratin" in text.lower() or "extension" in text.lower()]


def test_second_load_changes_nothing_that_people_edited(glow):
    Service.objects.filter(name="Balayage").update(price_from=200, active=False)
    Salon.objects.update(name="Glow and More")
    Closure.objects.all()[0].delete()
    OpeningHours.objects.filter(weekday=5).delete()
    learning.retire(LearnedAnswer.objects.get(question="Can I bring my dog?"))
    learning.learn(question="Where can I park?", answer="On the roof.")
    before, revision = counted(), Salon.objects.current().revision

    call_command("loadcontext", "glow", verbosity=0)

    assert counted() == before
    assert Salon.objects.current().revision == revision
    assert Service.objects.get(name="Balayage").price_from == 200


def test_second_load_adds_what_the_file_has_gained(db, tmp_path):
    load(tmp_path, SALON)

    said = load(tmp_path, SALON + '[[service]]\ncategory = "A"\nname = "New"\nprice = 5\n')

    assert said == "Test: added 1 entries.\n"
    assert Service.objects.get().price_to == 5


def test_if_empty_leaves_a_loaded_salon_alone(glow, tmp_path):
    assert load(tmp_path, "broken", if_empty=True) == ""


def test_another_business_is_refused(glow):
    before = counted()

    with pytest.raises(CommandError, match="Glow Beauty Salon is loaded already"):
        call_command("loadcontext", "bicycle", verbosity=0)
    assert counted() == before


def test_hours_may_have_several_spans_and_pass_midnight(db, tmp_path):
    load(tmp_path, SALON + HOURS)

    assert [str(one) for one in OpeningHours.objects.all()] == [
        "Monday 09:00 to 12:00",
        "Monday 22:00 to 02:00",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[salon]\nname = ", "line 2: not valid TOML"),
        ('[salon]\nname = "x\n', "line 2: not valid TOML"),
        ("", r"line 1, \[salon\]: the table \[salon\] is missing"),
        ('[shop]\nname = "x"\n', r"line 1, \[\[shop\]\]: there is no table \[shop\]"),
        ('[salon]\nname = "Test"\nregion = "DE"\n', r"line 1, \[salon\] time_zone: is missing"),
        (SALON.replace("Europe/Berlin", "Europe/Bärlin"), r"line 3, \[salon\] time_zone: 'Europe/Bärlin' is"),
        (SALON.replace('"DE"', '"Germany"'), r"line 4, \[salon\] region: "),
        (SALON + 'colour = "red"\n', r"line 5, \[salon\] colour: there is no such field"),
        (SALON + "[hours]\nmoonday = []\n", r"line 6, \[hours\] moonday: there is no weekday"),
        (SALON + '[hours]\nmonday = "9 to 5"\n', r"line 6, \[hours\] monday: expected a list"),
        (SALON + '[hours]\nmonday = ["9 to 5"]\n', r'line 6, \[hours\] monday: expected "09:00 to 18:00"'),
        (SALON + '[hours]\nmonday = ["09:00 to 24:30"]\n', r"line 6, \[hours\] monday: "),
        (SALON + '[hours]\nmonday = ["09:00 to 12:00", "09:00 to 11:00"]\n', r"line 6, \[hours\] monday: .*twice"),
        (SALON + '[[closure]]\nreason = "x"\nstarts_on = "soon"\n', r"line 7, \[\[closure\]\] starts_on: "),
        (
            SALON + '[[closure]]\nreason = "x"\nstarts_on = 2026-12-24\nends_on = 2026-12-01\n',
            r"line 8, \[\[closure\]\] ends_on: the last day lies before the first",
        ),
        (SALON + '[[service]]\ncategory = "A"\n', r"line 5, \[\[service\]\] name: is missing"),
        (SALON + '[[service]]\nname = "A"\ncategory = "A"\nprice = "cheap"\n', r"line 8, \[\[service\]\] price: "),
        (SALON + '[[service]]\nname = "A"\ncategory = "A"\nprice = -3\n', r"line 8, \[\[service\]\] price: "),
        (SALON + '[[service]]\nname = "A"\ncategory = "A"\nminutes = 1.5\n', r"line 8, \[\[service\]\] minutes: "),
        (
            SALON + '[[service]]\nname = "A"\ncategory = "A"\nprice_from = 9\nprice_to = 5\n',
            r"line 9, \[\[service\]\] price_to: the highest price lies below",
        ),
        (
            SALON + '[[service]]\nname = "A"\ncategory = "A"\n\n[[service]]\nname = "A"\ncategory = "B"\n',
            r"line 10, \[\[service\]\] name: 'A' stands here twice",
        ),
        (SALON + '[service]\nname = "A"\n', r"write \[\[service\]\], with two brackets"),
        (SALON + '[[answer]]\nquestion = "Q?"\nanswer = ""\n', r"line 7, \[\[answer\]\] answer: is missing"),
        (
            SALON + f'[[answer]]\nquestion = "Q?"\nanswer = "{"y" * 1001}"\n',
            r"line 7, \[\[answer\]\] answer: An answer may have 1,000 characters",
        ),
        (
            SALON + '[[answer]]\nquestion = "Q?"\nanswer = "A"\nphrasings = ["ok", ""]\n',
            r"line 8, \[\[answer\]\] phrasings: Write the question first",
        ),
        (
            SALON + '[[answer]]\nquestion = "Q?"\nanswer = "A"\n[[answer]]\nquestion = "hi, q"\nanswer = "B"\n',
            r"line 9, \[\[answer\]\] question: .*twice",
        ),
        (b"[salon]\nname = \"\xff\"\n", "line 2: is not UTF-8 text"),
    ],
)  # fmt: skip
def test_wrong_file_says_line_and_field_and_changes_nothing(db, tmp_path, text, words):
    with pytest.raises(CommandError, match=words) as error:
        load(tmp_path, text)

    assert str(error.value).startswith(str(tmp_path / "shop.toml"))
    assert counted() == [0] * len(MODELS)


def test_missing_file_is_named(db):
    with pytest.raises(CommandError, match="nowhere: cannot be read"):
        call_command("loadcontext", "nowhere")

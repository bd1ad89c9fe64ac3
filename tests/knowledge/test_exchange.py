"""Answers go into files and come back; what a file would change is seen before, chosen, and done at once or not."""

import csv
import io

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from knowledge import importing, learning, sheet
from knowledge.context_file import Context
from knowledge.importing import Mark
from knowledge.models import LearnedAnswer, Salon
from knowledge.sheet import FileError
from tests.knowledge.conftest import CHICAGO

KERATIN = "Do you offer keratin treatments?"
PAGE = "admin:knowledge_learnedanswer_exchange"
HEAD = "question,answer,phrasings,valid_until\n"


@pytest.fixture
def salon(db):
    return Salon.objects.create(name="Glow", time_zone="America/Chicago", region="US")


@pytest.fixture
def keratin(salon):
    return learning.learn(question=KERATIN, answer="Yes, from $150", phrasings=["keratin prices"])


def read(text, name="answers.csv"):
    return importing.read(name, text.encode(), CHICAGO)


def upload(client, text, name="answers.csv"):
    return client.post(reverse(PAGE), {"file": SimpleUploadedFile(name, text.encode())})


def apply(client, preview, **rows):
    context = preview.context
    data = {"apply": "1", "text": context["text"], "name": context["name"], "seen": context["seen"], **rows}
    return client.post(reverse(PAGE), data)


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "''@x", "-5 is cold", "+1 414", "@home", "plain", "'quoted'"])
def test_no_cell_is_a_formula_and_each_comes_back_as_it_was(text):
    assert sheet.escaped(text)[0] not in "=+-@"
    assert sheet.unescaped(sheet.escaped(text)) == text


def test_a_table_that_is_exported_changes_nothing_when_it_is_imported(keratin, admin_client):
    learning.learn(question="=HYPERLINK(1)", answer='-5, "really"\nso', phrasings=["@ what", "¿y los niños?"])
    learning.hold_until(keratin, sheet.read(f"{HEAD}a,b,,2027-01-31", CHICAGO)[0]["valid_until"])

    exported = admin_client.get(reverse("admin:knowledge_learnedanswer_export", args=["csv"])).content.decode()

    assert [row.mark for row in read(exported)] == [Mark.UNCHANGED, Mark.UNCHANGED]
    cells = [cell for line in csv.reader(io.StringIO(exported.lstrip("\ufeff"))) for cell in line]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r") - {""}]


@pytest.mark.parametrize("name", ["glow", "bicycle"])
def test_a_context_that_is_exported_says_the_same_as_the_one_that_was_loaded(admin_client, name, request, tmp_path):
    request.getfixturevalue(name)
    learning.learn(question='Quote "this"?', answer="Yes,\nC:\\new", phrasings=["q?"])

    exported = admin_client.get(reverse("admin:knowledge_learnedanswer_export", args=["context"])).content.decode()

    again = Context(tmp_path / "again.toml", text=exported)
    assert LearnedAnswer.objects.count() == len(again.answers)
    assert again.salon.time_zone == Salon.objects.current().time_zone
    assert {row.mark for row in importing.read("again.toml", exported.encode(), CHICAGO)} == {Mark.UNCHANGED}


def test_each_row_is_marked_new_changed_conflicting_or_unchanged(keratin):
    learning.retire(learning.learn(question="Do you sell wigs?", answer="Yes"))
    rows = read(
        HEAD
        + "Do you braid?,Yes,,\n"
        + f"{KERATIN},No longer,,\n"
        + "keratin prices,From $99,,\n"
        + "Do you sell wigs?,Yes,,\n"
    )

    assert [row.mark for row in rows] == [Mark.NEW, Mark.CHANGED, Mark.CONFLICTING, Mark.CONFLICTING]
    assert (rows[1].known, rows[2].others) == (keratin, [keratin])
    assert read(f'{HEAD}{KERATIN},"Yes, from $150",keratin prices,')[0].mark == Mark.UNCHANGED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty."),
        ("question,phrasings\na,b\n", "Line 1: the column answer is missing"),
        ("question,answer,price\na,b,c\n", "Line 1: there is no column price"),
        ("question,answer,answer\na,b,c\n", "Line 1: a column stands here twice"),
        (f"{HEAD}a,b,,\n,c,,\n", "Line 3: Write the question first."),
        (f"{HEAD}a,,,\n", "Line 2: Write the answer first."),
        (f"{HEAD}a,{'b' * 1001},,\n", "Line 2: An answer may have 1,000 characters"),
        (f"{HEAD}a,b,,soon\n", "Line 2: “soon” is not a date"),
        (f"{HEAD}a,b,,2027-02-31\n", "Line 2: “2027-02-31” is not a date"),
        (f"{HEAD}a,b,,9999-12-31\n", "Line 2: “9999-12-31” is not a date"),
        (f"{HEAD}a,b, c,d,e\n", "Line 2: 5 cells, but 4 columns"),
        (f'{HEAD}"a\nb",b,,\nA b,c,,\n', "Line 4: the same question stands in line 2 already."),
        (f'{HEAD}"a,b,,\n', "Line 2: not a table that can be read"),
        (f"{HEAD}a\0,b,,\n", "Line 2: is not text."),
        (HEAD, "There is no answer in this file."),
        (HEAD + "".join(f"what is {n},{n},,\n" for n in range(801)), "The file has 801 answers; 800 are the limit"),
        ("x" * 1_000_001, "1,000,000 are the limit"),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_with_its_line(text, words):
    with pytest.raises(FileError) as error:
        read(text)

    assert words in str(error.value)


def test_what_is_not_utf_8_is_refused_with_its_line():
    with pytest.raises(FileError, match="Line 2: is not UTF-8"):
        importing.read("answers.csv", HEAD.encode() + "uña,sí,,\n".encode("latin-1"), CHICAGO)


def test_a_bad_context_is_refused_with_line_and_field(salon):
    with pytest.raises(FileError, match=r"my.toml, line 7, \[\[answer\]\] answer: is missing"):
        read(
            '[salon]\nname = "G"\ntime_zone = "America/Chicago"\nregion = "US"\n\n\n[[answer]]\nquestion = "a"\n',
            "my.toml",
        )


def test_semicolons_and_a_mark_at_the_beginning_are_read(salon):
    [row] = importing.read("a.csv", "\ufeffQuestion;Answer;Valid until\nuña rota;Sí, $6;2026-12-24\n".encode(), CHICAGO)

    assert (row.question, row.answer) == ("uña rota", "Sí, $6")
    assert f"{row.valid_until.astimezone(CHICAGO):%d %H:%M}" == "25 00:00"


def test_what_is_chosen_is_applied_and_the_rest_left(keratin, admin_client, admin_user):
    text = f'{HEAD}Do you braid?,Yes,"braids\nplaits",\n{KERATIN},No longer,smooth hair,\nkeratin prices,From $99,,\n'
    preview = upload(admin_client, text)
    assert preview.status_code == 200
    assert LearnedAnswer.objects.count() == 1

    done = apply(admin_client, preview, **{"row-0": "take", "row-1": "take", "row-2": "leave"})

    assert done.status_code == 302
    braid = LearnedAnswer.objects.get(question="Do you braid?")
    assert (braid.origin, braid.taught_by) == (LearnedAnswer.Origin.IMPORT, admin_user)
    assert set(braid.phrasings.values_list("text", flat=True)) == {"Do you braid?", "braids", "plaits"}
    keratin.refresh_from_db()
    assert keratin.answer == "No longer"
    assert {(one.by, one.reason) for one in keratin.changes.exclude(verb="learned")} == {(admin_user, "import")}
    assert LearnedAnswer.objects.count() == 2


@pytest.mark.parametrize(("choice", "active"), [("replace", False), ("both", True)])
def test_a_conflicting_row_replaces_the_other_or_stands_beside_it(keratin, admin_client, choice, active):
    preview = upload(admin_client, f"{HEAD}keratin prices,From $99,,\n")

    apply(admin_client, preview, **{"row-0": choice})

    keratin.refresh_from_db()
    assert keratin.active == active
    assert LearnedAnswer.objects.active().filter(question="keratin prices").exists()


def test_what_she_learned_since_the_preview_stops_the_import(keratin, admin_client):
    preview = upload(admin_client, f"{HEAD}{KERATIN},No longer,,\n")
    learning.correct(keratin, answer="Yes, from $160")

    again = apply(admin_client, preview, **{"row-0": "take"})

    assert "She has learned something since you looked." in again.content.decode()
    keratin.refresh_from_db()
    assert keratin.answer == "Yes, from $160"


def test_one_row_that_fails_undoes_all(keratin, admin_user, monkeypatch):
    rows = read(f"{HEAD}Do you braid?,Yes,,\nDo you dye?,Yes,,\n")
    rows[1].answer = ""

    with pytest.raises(Exception, match="Write the answer first"):
        importing.apply(rows, {0: "take", 1: "take"}, by=admin_user)
    assert LearnedAnswer.objects.count() == 1


def test_a_choice_that_is_not_offered_changes_nothing(keratin, admin_client):
    preview = upload(admin_client, f"{HEAD}Do you braid?,Yes,,\n")

    assert apply(admin_client, preview, **{"row-0": "replace"}).status_code == 422
    assert LearnedAnswer.objects.count() == 1


@pytest.mark.parametrize("name", ["answers.xlsx", "answers"])
def test_another_kind_of_file_is_refused_with_words(salon, admin_client, name):
    page = upload(admin_client, "x", name)

    assert page.status_code == 422
    assert "Choose a .csv or a .toml file." in page.content.decode()


def test_markup_in_a_file_is_text_on_the_page(salon, admin_client):
    page = upload(admin_client, f"{HEAD}<script>alert(1)</script>,</textarea><b>x,,\n").content.decode()

    assert "<script>alert" not in page
    assert "</textarea><b>" not in page


def test_who_may_only_read_exports_answers_and_imports_nothing(client, keratin, django_user_model):
    reader = django_user_model.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_learnedanswer"))
    client.force_login(reader)

    assert client.get(reverse("admin:knowledge_learnedanswer_export", args=["csv"])).status_code == 200
    assert client.get(reverse("admin:knowledge_learnedanswer_export", args=["context"])).status_code == 403
    assert client.get(reverse("admin:knowledge_learnedanswer_export", args=["pdf"])).status_code == 404
    assert upload(client, f"{HEAD}a,b,,\n").status_code == 403

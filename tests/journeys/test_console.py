"""A call from a pipe: a line is a turn, her words go to stdout, the end of input ends it."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.scratch import ROOT, Scratch

HER = "Receptionist: "
ROWS = """print(json.dumps({
    "requests": list(HelpRequest.objects.values_list("question", "customer_phone", "status")),
    "utterances": [[u.speaker, u.heard_at is not None] for u in Utterance.objects.order_by("id")],
    "calls": list(Call.objects.values_list("state", flat=True)),
    "promises": list(Promise.objects.values_list("state", flat=True)),
}))"""


def talk(scratch: Scratch, *lines: str, phone: str = "", code: int = 0) -> list[str]:
    """What she says to these lines; nothing else may stand on stdout."""
    done = subprocess.run(
        [sys.executable, "manage.py", "runagent", "console", *(["--phone", phone] if phone else [])],
        cwd=ROOT, env=scratch.environment, input="".join(f"{line}\n" for line in lines).encode(),
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr.decode()
    assert code or done.stderr == b""
    said = done.stdout.decode().splitlines()
    assert all(line.startswith(HER) for line in said), said
    return [line.removeprefix(HER) for line in said]


@pytest.fixture
def bicycles(tmp_path) -> Scratch:
    folder = tmp_path / "bicycles"
    folder.mkdir()
    workshop = Scratch(folder, SALON_COUNTRIES="DE")
    workshop.manage("migrate", "--verbosity", "0")
    workshop.manage("loadcontext", "bicycle")
    return workshop


def test_she_answers_what_she_knows_and_asks_what_she_does_not(scratch):
    greeting, hours, parking, keratin, bye = talk(
        scratch, "What are your hours?", "where can I park?", "Do you offer keratin treatments?", "thanks, bye",
        phone="+1 415 555 2671",
    )  # fmt: skip

    assert "AI receptionist of Glow Beauty Salon" in greeting
    assert "Tuesday" in hours
    assert "behind the salon" in parking
    assert "check with my supervisor" in keratin
    assert "by text by" in keratin
    assert bye.endswith("Goodbye!")
    stored = scratch.ask(
        "print(json.dumps([[r.question, r.customer_phone, r.status] for r in HelpRequest.objects.all()]))"
    )
    assert stored == [["Do you offer keratin treatments?", "+14155552671", "pending"]]
    said = "print(json.dumps([[u.speaker, u.heard_at is not None] for u in Utterance.objects.order_by('id')]))"
    assert scratch.ask(said) == [["receptionist", True], *[["caller", True], ["receptionist", True]] * 4]
    assert scratch.ask("print(json.dumps([c.state for c in Call.objects.all()]))") == ["ended"]
    assert scratch.ask("print(json.dumps([p.state for p in Promise.objects.all()]))") == ["heard"]


def test_without_a_number_she_asks_for_one(scratch):
    _, asked, wrong, refused = talk(scratch, "Do you offer hair extensions?", "12", "no thanks")

    assert asked.endswith("What number may we text the answer to?")
    assert wrong.startswith("This is not a telephone number")
    assert "please call again, I shall know it then" in refused


def test_another_business_is_served_by_the_same_code(bicycles):
    greeting, puncture, juggling = talk(
        bicycles, "How much is a puncture repair?", "Do you rent unicycles?", phone="+49 1512 3456789"
    )

    assert "Spoke & Chain" in greeting
    assert "€18" in puncture
    assert "check with my supervisor" in juggling


def test_a_number_that_is_none_is_refused_where_it_is_typed(scratch):
    assert talk(scratch, "Hello", phone="12", code=2) == []
    assert scratch.ask("print(json.dumps(Call.objects.count()))") == 0


def test_bad_input_is_answered_with_words(scratch):
    said = talk(scratch, "", "x" * 65536, "\x00\x07", "<b>hi</b>", "שלום", "👋🏽")

    assert len(said) == 6
    assert "4,000" in said[1]


RESOLVE = """
from supervision import lifecycle
asked = HelpRequest.objects.get()
lifecycle.resolve(asked, answer="Yes, from $150.", by=User.objects.get())
print(json.dumps(True))
"""


@pytest.fixture
def open_call(scratch) -> Iterator[subprocess.Popen]:
    """A console whose caller has not hung up yet."""
    command = [sys.executable, "manage.py", "runagent", "console", "--phone", "+14155552671"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=scratch.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_an_answer_is_told_while_the_caller_is_still_there(scratch, open_call):
    open_call.stdin.write("Do you offer keratin treatments?\n")
    assert "AI receptionist" in open_call.stdout.readline()
    assert "check with my supervisor" in open_call.stdout.readline()

    scratch.ask(RESOLVE)

    told = open_call.stdout.readline()
    assert (
        told == f"{HER}My supervisor has answered your question “Do you offer keratin treatments?”: Yes, from $150.\n"
    )
    open_call.stdin.close()
    assert open_call.wait(20) == 0
    assert scratch.ask("print(json.dumps([m.state for m in Message.objects.all()]))") == ["told"]


def test_ctrl_c_ends_the_call_without_a_traceback(scratch, open_call):
    assert "AI receptionist" in open_call.stdout.readline()

    open_call.send_signal(signal.SIGINT)

    assert open_call.wait(20) == 130
    assert scratch.ask("print(json.dumps([c.state for c in Call.objects.all()]))") == ["ended"]

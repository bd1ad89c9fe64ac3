"""Taking a turn apart, and knowing small talk when it is heard."""

import pytest

from voice_agent.questions import parts
from voice_agent.small_talk import SmallTalk, recognise


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("What are your hours, and do you offer perms?", ["What are your hours", "do you offer perms?"]),
        ("What are your hours? Where can I park?", ["What are your hours?", "Where can I park?"]),
        ("When do you open and where are you?", ["When do you open", "where are you?"]),
        ("Hi! What are your hours? Thanks, bye!", ["Hi!", "What are your hours?", "Thanks, bye!"]),
        ("My hair is grey. Do you do perms? Why not?", ["My hair is grey. Do you do perms?", "Why not?"]),
    ],
)
def test_several_questions_are_taken_apart(words, expected):
    assert parts(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "Do you do a cut and a colour?",
        "Do you do balayage, and how much is it?",
        "I have curly hair and I would like a perm",
        "Do you offer keratin treatments?",
        "my daughter and my son need haircuts. can you do both",
        "?" * 50,
    ],
)
def test_in_doubt_a_turn_stays_whole(words):
    assert parts(words) == [words]


def test_a_flood_of_questions_stays_whole():
    words = "Do you? " * 500

    assert parts(words) == [words.strip()]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Hello there!", SmallTalk.GREETING),
        ("thank you so much", SmallTalk.THANKS),
        ("Thanks, bye", SmallTalk.GOODBYE),
        ("Hi, how are you?", SmallTalk.HOW_ARE_YOU),
        ("Are you a robot?", SmallTalk.WHO_ARE_YOU),
        ("Can I speak to a real person, please?", SmallTalk.PERSON),
        ("put me through to someone", SmallTalk.PERSON),
        ("Sorry?", SmallTalk.REPEAT),
        ("ok great", SmallTalk.ACKNOWLEDGED),
        ("…", SmallTalk.NOT_UNDERSTOOD),
        ("Do you offer keratin treatments?", None),
        ("Can I bring a person with me?", None),
        ("one", SmallTalk.NOT_UNDERSTOOD),
        ("555", SmallTalk.NOT_UNDERSTOOD),
        ("one two three", SmallTalk.NOT_UNDERSTOOD),
        ("asdfghjkl", SmallTalk.NOT_UNDERSTOOD),
        ("thank you so much, you've been great", SmallTalk.THANKS),
        ("no thanks, that's all", SmallTalk.GOODBYE),
        ("ok great see you Saturday", SmallTalk.GOODBYE),
        ("see you tomorrow at 3", SmallTalk.GOODBYE),
        ("wait one more thing", SmallTalk.WAIT),
        ("hold on", SmallTalk.WAIT),
        ("wrong number sorry", SmallTalk.WRONG_NUMBER),
        ("you are a stupid useless machine", SmallTalk.ABUSE),
        ("I want one", None),
        ("I have one", None),
        ("is there one?", None),
        ("just one", None),
        ("I need someone today", None),
        ("are you there today?", None),
        ("is anybody there today?", None),
        ("I need to talk to someone today", SmallTalk.PERSON),
        ("your stylist was stupid and burned me", None),
        ("see you have parking?", None),
        ("thanks but how much is it", None),
    ],
)
def test_small_talk_is_recognised_only_when_it_is_all_there_is(words, kind):
    assert recognise(words) == kind

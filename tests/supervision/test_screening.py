"""What is never stored, and words that must be obeyed."""

import time
from pathlib import Path

import pytest

from supervision import screening
from supervision.screening import texted

MASK = screening.MASK


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("my card is 4111111111111111 ok", f"my card is {MASK} ok"),
        ("4111-1111-1111-1111", MASK),
        ("5500 0000 0000 0004, 3782 822463 10005", f"{MASK}, {MASK}"),
        ("my social is 219-09-9999", f"my social is {MASK}"),
        ("social security number 219099999", f"social security number {MASK}"),
        ("4242 4242 4242 4242 12 27 123", MASK),
        ("4242 4242 4242 4242 123", MASK),
        ("4242-4242-4242-4242-123", MASK),
        ("4242,4242,4242,4242", MASK),
        ("4242/4242/4242/4242", MASK),
        ("4242*4242*4242*4242", MASK),
        ("+4242424242424242", f"+{MASK}"),
        ("1 4242 4242 4242 4242", f"1 {MASK}"),
        ("4242 4242 then 4242 4242", MASK),
        ("42424242424242421227123", MASK),
        ("６" + "４２" * 8, "６" + MASK),
        ("four two " * 8, MASK),
        ("forty two " * 8 + "exp 12/27 cvv 123", f"{MASK} exp {MASK} cvv {MASK}"),
        ("4242 4242 4242 4242, expires 12/27, security code 123", f"{MASK}, expires {MASK}, security code {MASK}"),
        ("the cvv is 123", f"the cvv is {MASK}"),
        ("123/45/6789", MASK),
        ("social is two one nine oh nine nine nine nine nine", f"social is {MASK}"),
        ("two one nine, oh nine, nine nine nine nine", MASK),
        ("routing 021000021 account 123456789", f"routing {MASK} account {MASK}"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", f"IBAN {MASK} please"),
        ("my passport is C01X00T47", f"my passport is {MASK}"),
    ],
)
def test_card_and_identity_numbers_are_masked(said, stored):
    assert screening.said(said) == stored


@pytest.mark.parametrize(
    "said",
    [
        "call me at 415-555-2671",
        "+1 (415) 555-2671",
        "+4915123456789012",
        "does it cost $150 or $1,500?",
        "on 2026-06-03 at 10:30",
        "4111111111111112",  # no card has this check digit
        "order 123456789",
        "415 555 2671, 312 555 0187",
        "my number is 4915123456789",
        "four one five triple five two six seven one",
        "12/01/2026 at 3:30",
        "my account is old, 4155552671",
    ],
)
def test_other_numbers_stay(said):
    assert screening.said(said) == said


def test_control_characters_are_dropped_and_lines_stay():
    assert screening.clean(" a\x00b\x1b[31m\n\tc\ud800 ") == "ab[31m\n\tc"


OPTS_OUT = (
    "STOP", "stop.", "Unsubscribe", "please stop texting me", "Stop sending me texts", "don't text me",
    "Don’t message me again", "no more texts please", "I want to opt out", "take me off your list",
    "do not send me any more messages", "remove my number", "no texts please", "no texts", "please stop",
    "stop please", "stop it", "stop now", "don't contact me again", "leave me alone", "delete my number",
    "lose my number", "I don't want text messages", "I don't want a text", "I don't want to be texted", "don't text",
    "don't you text me", "dont txt me", "no sms", "texts? no thanks", "do not send me anything",
    "stop sending me these texts", "stop these annoying stupid texts", "I revoke my consent", "I said do not text",
    "cancel my texts", "stop calling me", "no me mandes mensajes", "no quiero mensajes", "ne m'envoyez plus de sms",
    "arrêtez de m'écrire", "keine SMS mehr bitte", "schreiben Sie mir nicht mehr", "löschen Sie meine Nummer",
    "can you stop texting me?", "could you please stop sending texts?", "never text me again",
    "I don't want to receive any more messages", "I don't want any texts from you", "hey, stop texting me",
    "stop texting and calling me", "please don't call or text me", "please delete my phone number from your system",
    "I don't want you to text me", "don't ever text this number", "take me off", "unsubscribe me from your texts",
    "no more messages, thanks", "quit texting me", "I'd rather not get texts", "STOP!!!", "stop texting",
    "please do not contact me anymore", "I would like to unsubscribe", "no text messages please",
    "stop messaging me", "no thanks, no texts", "I do not wish to receive texts",
)  # fmt: skip
DOES_NOT_OPT_OUT = (
    "Where does the bus stop?", "Can you text me?", "Can I cancel my appointment?", "When does it end?",
    "Do you do split ends?", "I'd like to stop by later", "please text me the answer", "No, thank you",
    "Don't you text people?", "cancel", "end", "quit", "please take me off the waitlist for Friday",
    "take me off hold", "remove me from the 3pm appointment", "opt out of the tip", "can I stop by or text you?",
    "should I stop in or text first?", "how do I unsubscribe from your newsletter", "do I get texts if I opt out?",
    "don't stop texting me", "cancel my appointment", "stop by", "take me off the waitlist", "I got no texts",
    "I have no texts from you", "why did I get no texts", "I never got a text", "you never called me back",
    "don't call me late", "I don't want a haircut", "remove my gel nails", "can you remove my extensions",
    "delete my appointment", "I don't want to wait", "please send me a text", "do not remove my number",
    "stop, I meant Saturday appointment is it open", "I don't want to call again", "don't forget to text me",
    "I don't text", "no messages for me?", "Do you stop at 5?", "no, don't cancel it",
    "please don't send me to voicemail", "don't call me darling", "I need to stop smoking", "is there no texting?",
    "never mind", "I don't need a text reminder service, do you have parking?",
)  # fmt: skip
IN_DANGER = (
    "I want to kill myself", "there is a fire in the salon", "I can't breathe after the lash tint",
    "my scalp is burning and my face is swelling", "my scalp is burning", "call 911", "911", "my mom isn't moving",
    "I got nail glue in my eye", "my brakes failed and I fell, I'm bleeding", "please call an ambulance",
    "she is not breathing", "someone has a gun", "I'm having an allergic reaction", "he collapsed",
    "I took an overdose", "I'm going to end my life", "there's smoke everywhere, the salon is on fire", "Fire!",
    "help, my husband is hitting me", "I think she's having a seizure", "quiero matarme", "no puedo respirar",
    "llame al 911", "hay un incendio", "me arde mucho la cara", "es una emergencia", "Es brennt!",
    "Rufen Sie einen Krankenwagen", "ich bekomme keine Luft", "ich will mich umbringen",
    "my daughter has passed out", "this is an emergency", "bleach got in my eyes", "I don't want to live anymore",
    "I feel suicidal", "my throat is swelling up", "we are being robbed", "I was hit by a car",
    "my lips are swollen and I can't breathe", "I am having chest pain", "the dryer is on fire",
    "My client just fainted", "nine one one",
)  # fmt: skip
NOT_IN_DANGER = (
    "this colour is killing me", "fire-red hair", "burning question", "I'm dying to try balayage",
    "can I die my hair red?", "I want to die my hair", "I have a hair emergency",
    "do you have emergency appointments?", "is it normal that my scalp burns?", "what if my scalp is burning?",
    "these prices are killing me", "my hair color is bleeding onto the towel",
    "I had an allergic reaction last year, can you patch test?", "the line is on fire red",
    "my eyes are tired, do you tint brows?", "how much is fire red hair color", "do you do fire hair?",
    "my number ends in 911", "are you open on 9/11?", "do you have a fire place?",
    "I nearly had a heart attack at the price", "my skin can't breathe under foundation", "is there a fire exit?",
    "do you have lash glue for sensitive eyes?", "will the dye get in my eyes?", "I fell in love with this colour",
    "my bike was hit by a car", "my wheel is not moving", "the chain is not moving",
    "I hurt my hand, can you still do my nails?", "smoke grey hair", "smokey eye makeup",
    "can you cover a burn scar?", "my boyfriend is dying to meet you", "do you have a glue gun?", "killer nails",
    "where is the fire station?", "you burned my scalp last week", "suicide squad hair", "I am drowning in work",
    "I could kill for a haircut", "die Farbe ist toll", "no puedo ir mañana", "wie lange brennt das Licht",
    "my appointment is not moving", "breathing room", "the tint in my eyebrows", "can you put a tint in my brows",
    "she has a knife set", "shop is on fire sale", "do you remove polish in the evening", "he was late again",
    "my nail polish is bleeding", "I'm dead tired", "my heart is on fire for you",
)  # fmt: skip


@pytest.mark.parametrize("said", OPTS_OUT)
def test_opting_out_is_understood_in_many_words(said):
    assert screening.wants_no_texts(said)


@pytest.mark.parametrize("said", DOES_NOT_OPT_OUT)
def test_other_words_are_not_taken_for_opting_out(said):
    assert not screening.wants_no_texts(said)


@pytest.mark.parametrize("said", ["cancel", "END", "Quit!"])
def test_more_keywords_count_where_they_come_as_a_text(said):
    assert screening.wants_no_texts(said, by_text=True)


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("stop texting me and what time do you close on Friday?", "what time do you close on Friday?"),
        ("What time do you close? Stop texting me.", "What time do you close?"),
        ("Please stop texting me, but where can I park?", "where can I park?"),
        ("stop texting me and calling me", ""),
        ("where can I park?", None),
    ],
)
def test_what_is_said_beside_the_opting_out_is_kept(said, rest):
    assert screening.without_opting_out(said) == rest


@pytest.mark.parametrize("said", IN_DANGER)
def test_somebody_in_danger_is_understood(said):
    assert screening.emergency_in(said)


@pytest.mark.parametrize("said", NOT_IN_DANGER)
def test_a_manner_of_speaking_is_no_emergency(said):
    assert screening.emergency_in(said) is None


@pytest.mark.parametrize(
    ("said", "is_crisis", "language"),
    [("call 911", False, "en"), ("no puedo respirar", False, "es"), ("ich will mich umbringen", True, "de")],
)
def test_the_kind_of_an_emergency_is_known(said, is_crisis, language):
    assert screening.emergency_in(said) == screening.Emergency(is_crisis, language)


def test_long_words_are_looked_at_in_no_time():
    started = time.perf_counter()

    for said in ("1 " * 2000, "4" * 4000, "one " * 1000, "please stop and " * 250, "my face is " * 360, "a" * 4000):
        screening.mask_numbers(said), screening.without_opting_out(said), screening.emergency_in(said)

    assert time.perf_counter() - started < 3


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("four one five triple five two six seven one", "4155552671"),
        ("four fifteen, five fifty five, twenty six seventy one", "4155552671"),
        ("my number is double two four", "my number is 224"),
        ("one for two", "one for two"),
    ],
)
def test_digits_said_in_words_are_written_out(said, written):
    assert screening.written(said) == written


STOP_WORDINGS = [
    (line[0] == "+", line[2:])
    for line in Path(__file__).with_name("stop_wordings.txt").read_text(encoding="utf-8").splitlines()
    if line[:2] in ("+ ", "- ")
]
THANKS = (
    "Thanks!", "ok great", "thank you so much!!", "perfect, see you then", "Great, thx", "got it", "Danke schön",
    "ok thanks for letting me know", "muchas gracias", "merci beaucoup", "Awesome ty", "ok", "no thanks", "👍", "❤️🙏",
    "That helps a lot, thanks", "Thank you for the quick reply", "Yes perfect thank you", "sounds good",
)  # fmt: skip
NO_THANKS = (
    "thanks, and do you do nails?", "Thanks. What about Sunday", "ok but how much is it", "great question is it open",
    "do you have gift cards", "no", "stop", "thanks but that's not what I asked", "is it good?", "", "  ",
)  # fmt: skip
NOT_THAT = (
    "that is not what I asked", "That's not what I asked!", "no thats not my question", "not what i meant",
    "You didn't answer my question", "wrong answer", "I asked about nails, not hair", "you misunderstood",
    "that doesnt answer my question", "Sorry but that isn't what I was asking", "thanks but that's not what I asked",
    "eso no es lo que pregunté", "das war nicht meine Frage", "ce n'est pas ma question", "that's wrong",
)  # fmt: skip
THAT = (
    "do you do nails?", "is that not too expensive?", "what is the wrong color for me", "does it not hurt?",
    "I asked my mom and she wants a cut too", "is this not open on sunday", "great thanks", "that is great",
)  # fmt: skip
WHO = (
    "who is this", "Who is this?", "who's this?", "who are you", "what number is this", "Who dis", "whats this about",
    "how did you get my number", "why are you texting me?", "is this a scam?", "help!", "wer ist das?", "¿quién es?",
)  # fmt: skip
NOT_WHO = (
    "who is the best stylist", "what is this balayage", "help me choose a color", "who does nails", "info about nails",
    "is this salon open", "what are you open until",
)  # fmt: skip
AGAIN = ("text me again please", "you can text me", "please start texting me again", "resubscribe", "opt me back in")
NOT_AGAIN = ("text me the price of a cut", "can you start at 5", "do you text", "don't text me again")


@pytest.mark.parametrize(("stops", "said"), STOP_WORDINGS)
def test_the_table_of_wordings_for_stop(stops, said):
    assert screening.wants_no_texts(said, by_text=True) is stops


def test_the_table_is_read():
    assert len(STOP_WORDINGS) > 140
    assert {stops for stops, _ in STOP_WORDINGS} == {True, False}


@pytest.mark.parametrize(
    ("reads", "yes", "no"),
    [
        (texted.is_thanks, THANKS, NO_THANKS),
        (texted.is_not_that, NOT_THAT, THAT),
        (texted.asks_who, WHO, NOT_WHO),
        (texted.wants_texts_again, AGAIN, NOT_AGAIN),
    ],
)
def test_short_texts_are_told_apart(reads, yes, no):
    assert [said for said in yes if not reads(said)] == []
    assert [said for said in no if reads(said)] == []


@pytest.mark.parametrize(
    "words", ["ok ", "so thanks ", "you can text me again ", "that is not ", "i want to ", "please ", "stop ", "no no "]
)
def test_no_text_takes_long_to_read(words):
    began = time.perf_counter()

    for length in (200, 4000):
        long = (words * 1400)[:length] + "!x"
        screening.wants_no_texts(long, by_text=True)
        for reads in (texted.is_thanks, texted.is_not_that, texted.asks_who, texted.wants_texts_again):
            reads(long)

    assert time.perf_counter() - began < 1.0

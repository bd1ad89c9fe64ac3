"""The doctor calls the receptionist himself, with real sound, and says what he has heard."""

from voice_agent.doctor_call import QUESTION

ANOTHER_SALON = "import uuid; Salon.objects.update(uuid=uuid.uuid4())"


def test_the_doctors_call_is_answered_and_understood_and_counts_as_practice(salon, vendors):
    vendors.learn(QUESTION)

    printed = salon.manage("doctor", "--call")

    assert "she picked up, and was heard after" in printed
    assert f"“{QUESTION}” was answered after" in printed
    assert f"she heard: “{QUESTION}”" in printed
    assert "! " not in printed
    salon.wait_for_rows(
        "select 1 from supervision_call where state = 'ended' and practised_by_id is not null and channel = 'browser'"
    )


def test_she_says_herself_that_livekit_knows_her(salon):
    salon.wait_for_rows(
        """select 1 from supervision_heartbeat where name = 'agent' and detail like '%"registered": true%'"""
    )


def test_a_call_that_nobody_answers_is_told_with_what_to_do(own_salon):
    own_salon.manage("shell", "-c", ANOTHER_SALON)

    printed = own_salon.manage("doctor", "--call", code=1)

    assert "nobody picked up within 12 s." in printed
    assert "Is she running" in printed
    assert own_salon.rows("select state from supervision_call") == [("missed",)]


def test_a_call_without_a_server_is_one_sentence(own_salon, free_port):
    printed = own_salon.manage("doctor", "--call", code=1, LIVEKIT_URL=f"ws://127.0.0.1:{free_port()}")

    assert "the call could not be joined. (" in printed
    assert "Look at LiveKit with manage.py doctor." in printed

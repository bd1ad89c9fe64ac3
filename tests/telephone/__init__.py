"""Calls as they are: LiveKit's real server, real audio over WebRTC, the vendors' real clients against wire doubles.

    async def test_…(salon, vendors):                   # salon: agent and worker, for all; own_salon: nothing yet
        vendors.learn("Do you have wifi?")              # before it is said: the doubles' ears know only this
        vendors.groq(knows={"any words": "a stored question"}, fault=404, delay=0.3)
        vendors.eleven(ears="mute", voice="empty", ears_delay=0.1, voice_delay=0.2)
        async with salon.phone(number="+1…") as caller:
            greeting = await caller.hears()             # her next words, whole
            answer = await caller.ask("Do you have wifi?")
        assert answer.says("Yes, free wifi for guests.")    # by its sound, or as a real recogniser understood it
        assert salon.transcript(caller)[1] == ("caller", "Do you have wifi?")

Telephones run on a loop in a thread of their own: a test that blocks does not silence the line, and what was heard
keeps its time. No test here is both asynchronous and in a module with a browser: Playwright holds the thread's loop.
"""

"""How a voice is published into a room."""

from livekit import rtc

HERS, BESIDE = "roomio_audio", "background_audio"  # as LiveKit's agents name her voice, and what is heard beside it
# For telephones, which hear clicks where silence was left out (DTX), and to which nothing need be sent twice (RED).
OPTIONS = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False, red=False)

"""How a voice is published into a room."""

from livekit import rtc

HERS = "roomio_audio"  # the track of her voice, as LiveKit's agents name it; what is heard beside it has another name
# For telephones, which hear clicks where silence was left out (DTX), and to which nothing need be sent twice (RED).
OPTIONS = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False, red=False)

"""`manage.py recordphrases`: record anew what she says when no voice is left."""

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from livekit import rtc

from knowledge.models import Salon
from voice_agent import embedded_speech, phrases
from voice_agent.asking import emergency_number


class Command(BaseCommand):
    help = "Records the sentences of templates/voice_agent/phrases/ with the embedded voice, where their text changed."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--all", action="store_true", help="record also what has not changed")

    def handle(self, *, all: bool, **options: object) -> None:
        if not embedded_speech.is_installed():
            raise CommandError(embedded_speech.HOW)
        try:
            number = emergency_number(Salon.objects.current())
        except Salon.DoesNotExist as error:
            raise CommandError(str(error)) from None
        for name in phrases.NAMES if all else phrases.outdated(number=number):
            text = phrases.text_of(name, number=number)
            sound = embedded_speech.synthesise(text)
            frame = rtc.AudioFrame(sound.tobytes(), embedded_speech.VOICE_RATE, 1, len(sound))
            phrases.keep(name, np.frombuffer(embedded_speech.at_rate(frame, phrases.RATE).data, np.int16), text)
            self.stdout.write(f"{name}: {text}")
        if not phrases.outdated(number=number):
            self.stdout.write("All phrases are recorded as they are written.")

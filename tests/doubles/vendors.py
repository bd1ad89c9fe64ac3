"""Groq and ElevenLabs in one process: `python -m tests.doubles.vendors PORT`; POST /ctl changes what they do."""

import asyncio
import sys

from aiohttp import web

from tests.doubles.elevenlabs import ElevenLabs, samples_of
from tests.doubles.groq import Groq
from tests.telephone import ears, speech


class Vendors:
    """`ctl` takes {"groq": {attribute: value}, "eleven": {…}, "learn": [what callers may say], "reset": true}."""

    def __init__(self) -> None:
        self.ears = ears.Ears()
        self.real_ears = False
        self.reset()

    def reset(self) -> None:
        if not hasattr(self, "groq"):
            self.groq, self.eleven = Groq(), ElevenLabs(self.recognise)
        vars(self.groq).update(vars(Groq(recognise=lambda wav: self.recognise(samples_of(wav)))))
        vars(self.eleven).update(vars(ElevenLabs(self.recognise)))
        self.real_ears = False

    def recognise(self, samples) -> str:
        return speech.understood(samples) if self.real_ears else self.ears.recognise(samples)

    async def ctl(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        if wanted.get("reset"):
            self.reset()
        for text in wanted.get("learn", ()):
            await asyncio.to_thread(self.ears.learn, text)
        self.real_ears = wanted.get("real_ears", self.real_ears)
        vars(self.groq).update(wanted.get("groq", {}))
        vars(self.eleven).update(wanted.get("eleven", {}))
        return web.json_response({})

    async def log(self, request: web.Request) -> web.Response:
        """What they were asked, what they heard and said."""
        eleven = {"heard": self.eleven.heard, "spoken": self.eleven.spoken}
        return web.json_response({"groq": {"asked": self.groq.asked}, "eleven": eleven})

    def app(self) -> web.Application:
        app = web.Application(client_max_size=50 * 2**20)
        app.add_routes([web.post("/ctl", self.ctl), web.get("/log", self.log)])
        for path, double in (("/groq", self.groq), ("/eleven", self.eleven)):
            vendor = web.Application(client_max_size=50 * 2**20)
            vendor.add_routes(double.routes())
            app.add_subapp(path, vendor)
        return app


if __name__ == "__main__":
    web.run_app(Vendors().app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)

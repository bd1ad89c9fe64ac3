"""What of a LiveKit server its workers talk to, on loopback: the agent socket, with registration and jobs."""

import asyncio
from collections import deque

from aiohttp import WSMsgType, web
from google.protobuf.json_format import MessageToDict
from livekit import api
from livekit.protocol import agent, models

KEY, SECRET = "devkey", "secret-secret-secret-secret-secret-32"


class LiveKitServer:
    """`received` holds what workers said, as (kind, dict); there are no rooms, so that every join fails."""

    def __init__(self) -> None:
        self.received: deque[tuple[str, dict]] = deque()
        self.jobs: dict[str, agent.Job] = {}
        self._socket: web.WebSocketResponse | None = None
        self._changed = asyncio.Condition()

    async def start(self) -> str:
        """Returns the URL that workers are given."""
        app = web.Application()
        app.add_routes([web.get("/agent", self._agent)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"ws://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def offer(self, room: str) -> str:
        """Offer a job to the worker; returns its id."""
        room_info = models.Room(name=room, sid="RM_1")
        job = agent.Job(id=f"AJ_{len(self.jobs)}", dispatch_id="AD_1", type=agent.JobType.JT_ROOM, room=room_info)
        self.jobs[job.id] = job
        message = agent.ServerMessage()
        message.availability.job.CopyFrom(job)
        await self._socket.send_bytes(message.SerializeToString())
        return job.id

    async def expect(self, kind: str, *, seconds: float = 60.0, **fields: object) -> dict:
        """The first message of that kind with these fields, sent already or still to come."""

        def found() -> dict | None:
            return next((d for k, d in self.received if k == kind and fields.items() <= d.items()), None)

        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(found)
        return found()

    async def _agent(self, request: web.Request) -> web.WebSocketResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        assert api.TokenVerifier(KEY, SECRET).verify(token).video.agent
        self._socket = socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for received in socket:
            if received.type == WSMsgType.BINARY:
                message = agent.WorkerMessage()
                message.ParseFromString(received.data)
                await self._take(message)
        return socket

    async def _take(self, message: agent.WorkerMessage) -> None:
        kind = message.WhichOneof("message")
        async with self._changed:
            self.received.append((kind, next(iter(MessageToDict(message).values()), {})))
            self._changed.notify_all()
        reply = agent.ServerMessage()
        if kind == "register":
            reply.register.worker_id = "AW_1"
            reply.register.server_info.protocol = 16
        elif kind == "availability" and message.availability.available:
            self._assign(message.availability, reply)
        else:
            return
        await self._socket.send_bytes(reply.SerializeToString())

    def _assign(self, availability: agent.AvailabilityResponse, reply: agent.ServerMessage) -> None:
        job = self.jobs[availability.job_id]
        grants = api.VideoGrants(room_join=True, room=job.room.name, agent=True)
        token = api.AccessToken(KEY, SECRET).with_identity(availability.participant_identity).with_kind("agent")
        reply.assignment.job.CopyFrom(job)
        reply.assignment.token = token.with_grants(grants).to_jwt()

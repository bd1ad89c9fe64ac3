"""Who is in a call's room beside her: the caller who leaves or presses keys, supervisors, Django with its nudges."""

import asyncio

from livekit import rtc

from supervision import calls
from supervision.models import Call
from voice_agent import asking
from voice_agent.attendant import Attendant
from voice_agent.bridge import db_call
from voice_agent.call import is_supervisor
from voice_agent.line import Line
from voice_agent.tasks import Tasks

Because = Call.EndedBecause
VANISHED_SECONDS = 10.0  # a supervisor who has left for so long gives the call back
RETURN_SECONDS = 15.0  # for a caller, after her own way to LiveKit was lost
DESK = "desk"  # the topic of Django's packets


class Company:
    def __init__(self, line: Line, attendant: Attendant, tasks: Tasks) -> None:
        self.line = line
        self.attendant = attendant
        self.tasks = tasks
        self.keys = asyncio.Lock()  # read one after the other, as they were pressed

    def follow(self, room: rtc.Room) -> None:
        room.on("participant_disconnected", self._left)
        room.on("connection_quality_changed", self._is_heard)
        room.on("data_received", self._nudged)
        room.on("sip_dtmf_received", lambda key: self.tasks.start(self._pressed(key.digit)))

    def _nudged(self, packet: rtc.DataPacket) -> None:
        if packet.participant is None and packet.topic == DESK:  # sent by Django: any participant could send the same
            self.attendant.watcher.ring()

    def _left(self, participant: rtc.RemoteParticipant) -> None:
        is_caller = participant.identity == self.line.identity
        if is_caller and self.line.context.room.connection_state == rtc.ConnectionState.CONN_RECONNECTING:
            self.tasks.start(self._wait_for_return())  # her own line is lost, as when LiveKit starts again: not his
        elif is_caller:
            hung_up = participant.disconnect_reason in (None, rtc.DisconnectReason.CLIENT_INITIATED)
            self.tasks.start(self.line.hang_up(Because.CALLER if hung_up else Because.LINE))
        elif is_supervisor(participant) and self.line.is_quiet:
            self.tasks.start(self._wait_for_supervisor())

    async def _wait_for_return(self) -> None:
        await asyncio.sleep(RETURN_SECONDS)
        if self.line.identity not in self.line.context.room.remote_participants:
            await self.line.hang_up(Because.LINE)

    def _is_heard(self, participant: rtc.Participant, quality: rtc.ConnectionQuality) -> None:
        """Whose browser was killed stays a participant for 21 s; that nothing comes from him is told after 8 to 12."""
        if is_supervisor(participant) and quality == rtc.ConnectionQuality.QUALITY_LOST:
            self.tasks.start(self._give_back())

    async def _wait_for_supervisor(self) -> None:
        await asyncio.sleep(VANISHED_SECONDS)
        await self._give_back()

    async def _give_back(self) -> None:
        """Unless a supervisor is there: he, who has come back, or another."""
        if self.line.is_quiet and not any(map(_speaks, self.line.context.room.remote_participants.values())):
            await db_call(calls.hand_back, self.line.call, reason="the supervisor's line was lost")
            self.attendant.watcher.ring()

    async def _pressed(self, digit: str) -> None:
        self.attendant.hear_from()
        if self.line.is_quiet:
            return
        async with self.keys:
            said = await db_call(asking.press, digit, self.line.on_call)
        if said:
            await self.line.interrupt()
            await self.line.say(said)


def _speaks(participant: rtc.RemoteParticipant) -> bool:
    return is_supervisor(participant) and participant.connection_quality != rtc.ConnectionQuality.QUALITY_LOST

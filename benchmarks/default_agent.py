"""The framework's own session on the same doubles, to compare with: python -m benchmarks.default_agent NAME.

`AgentSession(turn_detection="vad")`, otherwise untouched, with a search tool; each job in a thread, as ours are.
"""

import asyncio
import os
import sys

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, JobExecutorType, function_tool
from livekit.plugins import elevenlabs, groq


class Plain(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You are the receptionist of a salon. Search before you answer.")

    @function_tool
    async def search(self, query: str) -> str:
        """Find what the salon has written down.

        Args:
            query: What the caller wants to know.
        """
        return os.environ["PLAIN_ANSWER"]


async def entrypoint(context: JobContext) -> None:
    eleven = {"api_key": os.environ["ELEVEN_API_KEY"], "base_url": os.environ["ELEVEN_BASE_URL"]}
    session = AgentSession(
        stt=elevenlabs.STT(model="scribe_v2_realtime", language_code="en", **eleven),
        llm=groq.LLM(
            model="openai/gpt-oss-120b", api_key=os.environ["GROQ_API_KEY"], base_url=os.environ["GROQ_BASE_URL"]
        ),
        tts=elevenlabs.TTS(voice_id="EXAVITQu4vr4xnSDxMaL", encoding="pcm_24000", **eleven),
        turn_handling={"turn_detection": "vad"},
    )
    await session.start(Plain(), room=context.room, record=False)
    session.say("Hello, this is the salon.")


def main(name: str) -> None:
    server = AgentServer(
        job_executor_type=JobExecutorType.THREAD,
        num_idle_processes=1,
        host="127.0.0.1",
        port=0,
        load_fnc=lambda worker: 0.0,
        ws_url=os.environ["LIVEKIT_URL"],
        api_key=os.environ["LIVEKIT_API_KEY"],
        api_secret=os.environ["LIVEKIT_API_SECRET"],
    )
    server.rtc_session(entrypoint, agent_name=name)
    asyncio.run(server.run())


if __name__ == "__main__":
    main(sys.argv[1])

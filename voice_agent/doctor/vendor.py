"""Asks a vendor over the wire, and says what a refusal means and which setting to look at."""

from dataclasses import dataclass

import aiohttp

from supervision.health import Finding


class Refused(Exception):
    """A status that is no success."""

    def __init__(self, status: int) -> None:
        self.status = status


@dataclass(frozen=True)
class Vendor:
    """Whose settings to name, and where its keys are made."""

    key: str
    base: str
    page: str

    def refusal(self, status: int) -> Finding:
        causes = {
            401: (f"refuses the key in {self.key}.", f"Make a new one at {self.page}, and set {self.key}."),
            402: ("is not paid for.", f"Look at the bill at {self.page}."),
            403: (f"does not let the key in {self.key} do this.", f"Widen its rights at {self.page}."),
            429: ("grants no more requests at the moment.", f"Wait a minute, or take a larger plan at {self.page}."),
        }
        usual = (f"answers with status {status}.", "Look at its page of incidents, then ask again.")
        says, do = causes.get(status, usual)
        return Finding(says, do=do)

    def failed(self, error: Exception) -> Finding:
        """`error` is Refused, or what a line that broke raises."""
        return self.refusal(error.status) if isinstance(error, Refused) else self.silence()

    def silence(self) -> Finding:
        return Finding("cannot be reached.", do=f"Look at the network, and at {self.base}.")


async def get(address: str, **headers: str) -> dict:
    """Raises Refused."""
    async with aiohttp.ClientSession() as web, web.get(address, headers=headers) as answer:
        if answer.status >= 400:
            raise Refused(answer.status)
        return await answer.json()

"""What the web process prints about help requests that wait: reference, time and address; no question, no name."""

import logging
import sys
from datetime import UTC, datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from knowledge.models import Salon
from supervision import live
from supervision.models import Event, HelpRequest

log = logging.getLogger(__name__)
FEW = 2  # that many are printed one by one when the process starts; more in one line


class Notices:
    """A subscriber of the hub, once for each web process."""

    topics = {live.DESK}

    def __init__(self) -> None:
        self.printed: set[str] = set()

    async def begin(self) -> None:
        """Print what waits already, and from then on what is asked."""
        live.hub.subscribe(self)
        await live.hub.read(self.print_waiting)

    def offer(self, event: Event) -> None:
        if event.kind == "asked":
            live.hub.pool.submit(self.print_asked, event.payload)

    def print_asked(self, payload: dict) -> None:
        try:
            self._print(payload["help_request"], payload["reference"], datetime.fromisoformat(payload["promised_by"]))
        except Exception:
            log.exception("a help request waits and could not be printed")

    def print_waiting(self) -> None:
        try:
            waiting = list(HelpRequest.objects.pending().by_promise().values_list("id", "reference", "promised_by"))
            if len(waiting) <= FEW:
                for request_id, reference, promised_by in waiting:
                    self._print(str(request_id), reference, promised_by)
                return
            self.printed |= {str(request_id) for request_id, *_ in waiting}
            _write(count=len(waiting), url=settings.PUBLIC_URL + reverse("admin:index"))
        except Exception:
            log.exception("what waits could not be read")

    def _print(self, request_id: str, reference: str, promised_by: datetime) -> None:
        if request_id in self.printed:
            return
        self.printed.add(request_id)
        salon = Salon.objects.first()
        url = settings.PUBLIC_URL + reverse("admin:supervision_helprequest_answer", args=[request_id])
        with timezone.override(salon.zone if salon else UTC):
            today = timezone.localdate() == timezone.localdate(promised_by)
            _write(reference=reference, promised_by=promised_by, today=today, url=url)


def _write(**facts) -> None:
    sys.stdout.write(render_to_string("supervision/console_notice.txt", facts))
    sys.stdout.flush()

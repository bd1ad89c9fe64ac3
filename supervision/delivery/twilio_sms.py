"""Texts through Twilio, by its own client library."""

import threading
import unicodedata
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from supervision import segments
from supervision.delivery import reasons
from supervision.delivery.base import Backend, NotDelivered, Received
from supervision.models import Message

TIMEOUT = 1 / 5  # of the lease, to connect and then to answer: the client waits for ever by itself
PAGE, MOST = 200, 2_000  # texts that came in, listed at a time
LISTED = 50  # newest texts to a number
CLOCKS_APART = timedelta(minutes=1)
INBOUND = "inbound"
TOO_MANY = 429
OUR_ACCOUNT = (401, 403)  # a wrong token, a suspended account: nothing is wrong with this text, so it waits


class _Wire(TwilioHttpClient):
    """The library knows one host; another one (a proxy, a double on this machine) is a setting.

    What the environment says about proxies and certificates is read once: it would take as long as the request itself.
    """

    def __init__(self, **how) -> None:
        super().__init__(**how)
        environment = self.session.merge_environment_settings(settings.TWILIO_BASE_URL, {}, None, None, None)
        self.session.proxies, self.session.verify = environment["proxies"], environment["verify"]
        self.session.trust_env = False

    def request(self, method: str, url: str, *args, **kwargs):
        base = urlsplit(settings.TWILIO_BASE_URL)
        return super().request(
            method, urlunsplit(urlsplit(url)._replace(scheme=base.scheme, netloc=base.netloc)), *args, **kwargs
        )


class TwilioBackend(Backend):
    at_once = 32
    can_poll = True
    can_find = True  # but its list lags behind: see the waits in settings

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def send(self, message: Message) -> str:
        try:
            how = _sender() | _status_callback(message)
            return self._client().messages.create(to=message.recipient, body=message.text, **how).sid
        except TwilioRestException as error:
            raise _failure(error) from None
        except requests.ConnectTimeout:
            raise NotDelivered("the provider could not be reached", NotDelivered.NOT_SENT) from None
        except requests.ConnectionError as error:
            raise _broken(error) from None
        except requests.RequestException:
            raise NotDelivered("the provider did not answer in time", NotDelivered.UNKNOWN) from None

    def find(self, message: Message, since: datetime, owned: Collection[str] = ()) -> str | None:
        """Same number, made since then, our words within its own, and not another row's."""
        listed = self._client().messages.list(to=message.recipient, limit=LISTED)  # what still waits has no date yet
        ours = (text for text in listed if text.direction != INBOUND and _plain(message.text) in _plain(text.body))
        made = (text for text in ours if text.date_created is None or text.date_created >= since - CLOCKS_APART)
        return next((text.sid for text in made if text.sid not in owned), None)

    def received(self, since: datetime) -> Iterator[Received]:
        """To our number, or to any of our messaging service's."""
        ours = {} if _is_service() else {"to": settings.TWILIO_SENDER}
        for text in self._client().messages.list(date_sent_after=since, page_size=PAGE, limit=MOST, **ours):
            if text.direction == INBOUND and (ours or text.messaging_service_sid == settings.TWILIO_SENDER):
                at = text.date_sent or text.date_created or timezone.now()
                yield Received(text.sid, text.from_ or "", text.to or "", text.body or "", at)

    def status(self, provider_id: str) -> tuple[str, str]:
        text = self._client().messages(provider_id).fetch()
        return text.status or "", str(text.error_code or "")

    def _client(self) -> Client:
        """One a thread, with its open connection: the library keeps the last response where all its users see it."""
        if not hasattr(self._of_thread, "client"):
            wire = _Wire(timeout=settings.MESSAGE_LEASE.total_seconds() * TIMEOUT, max_retries=0)
            self._of_thread.client = Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=wire)
        return self._of_thread.client


def _plain(text: str | None) -> str:
    """Without what Twilio changes: blanks, and characters that it replaces by those of the GSM alphabet."""
    return "".join(unicodedata.normalize("NFKD", segments.plain(text or "")).split())


def _status_callback(message: Message) -> dict[str, str]:
    """Where Twilio tells what became of it; it asks for an address that it can reach, and that nobody can listen to."""
    if not settings.HTTPS:
        return {}
    return {"status_callback": settings.PUBLIC_URL + reverse("twilio_status", args=[message.pk])}


def _sender() -> dict[str, str]:
    return {"messaging_service_sid" if _is_service() else "from_": settings.TWILIO_SENDER}


def _is_service() -> bool:
    return settings.TWILIO_SENDER.startswith("MG")


def _failure(error: TwilioRestException) -> NotDelivered:
    if error.status == TOO_MANY or error.status in OUR_ACCOUNT:
        return NotDelivered(f"the provider would not take it now ({error.status})", NotDelivered.NOT_SENT)
    if error.status >= 500:
        return NotDelivered(f"the provider failed ({error.status})", NotDelivered.UNKNOWN)
    code = str(error.code or error.status)
    return NotDelivered(reasons.words(code, "the provider refused it"), NotDelivered.REFUSED, code)


def _broken(error: requests.ConnectionError) -> NotDelivered:
    """Refused before anything was sent, or cut when perhaps it was."""
    if "NewConnectionError" in repr(error):
        return NotDelivered("the provider could not be reached", NotDelivered.NOT_SENT)
    return NotDelivered("the line to the provider broke", NotDelivered.UNKNOWN)

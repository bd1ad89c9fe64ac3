"""Twilio's own client, wherever Twilio is, and what goes wrong there in plain words."""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from supervision.phone_setup.steps import Trouble

TIMEOUT = 10  # seconds; the client waits for ever by itself
ITS_HOST = "api.twilio.com"  # trunks and services have hosts of their own beside it
REFUSED = (401, 403)


class _Wire(TwilioHttpClient):
    """Every host of Twilio's behind one address, where TWILIO_BASE_URL names another than Twilio's own."""

    def request(self, method: str, url: str, *args, **kwargs):
        base = urlsplit(settings.TWILIO_BASE_URL)
        if base.netloc != ITS_HOST:
            url = urlunsplit(urlsplit(url)._replace(scheme=base.scheme, netloc=base.netloc))
        return super().request(method, url, *args, **kwargs)


@contextlib.contextmanager
def client(*, timeout: float = TIMEOUT) -> Iterator[Client]:
    """What goes wrong inside becomes Trouble, in plain words."""
    wire = _Wire(timeout=timeout, max_retries=0)
    try:
        yield Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=wire)
    except TwilioException as error:
        raise _trouble(error) from None
    except requests.RequestException:
        raise Trouble("Twilio cannot be reached: is there a network, and is TWILIO_BASE_URL right?") from None


def _trouble(error: TwilioException) -> Trouble:
    """A list that is refused comes as another exception, which carries the response."""
    if isinstance(error, TwilioRestException):
        status, words = error.status, f"{error.msg} ({error.code or error.status})"
    else:
        status = getattr(error.args[-1], "status_code", 0)
        words = f"status {status}"
    if status in REFUSED:
        return Trouble("Twilio refuses TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN: copy both from its console again.")
    return Trouble(f"Twilio says: {words}")

"""What daphne serves: pages, the API, and the sockets of live pages."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon_receptionist.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()  # sets Django up, which the imports below need

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from django.conf import settings  # noqa: E402
from django.http.request import split_domain_port, validate_host  # noqa: E402

from supervision import live  # noqa: E402
from supervision.notices import Notices  # noqa: E402
from supervision.routing import websocket_urlpatterns  # noqa: E402


class OwnPagesOnly:
    """Refuses the pages of others: a cookie goes to every port of a host, so its name alone proves nothing."""

    def __init__(self, application) -> None:
        self.application = application

    async def __call__(self, scope, receive, send) -> None:
        headers = {name: value.decode("latin1") for name, value in scope["headers"]}
        is_own = is_own_page(headers.get(b"origin", ""), headers.get(b"host", ""))
        await (self.application if is_own else WebsocketDenier())(scope, receive, send)


def is_own_page(origin: str, host: str) -> bool:
    """Whether a page of this origin came from the host that it now opens a socket to, or from PUBLIC_URL."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    scheme, _, place = origin.partition("://")
    is_ours = scheme in ("http", "https") and place == host.lower()
    return is_ours and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def with_address(scope: dict) -> dict:
    """Behind a proxy: with the visitor's own address, which the proxy has written last; what is before that he says."""
    named = [value for name, value in scope.get("headers", ()) if name == b"x-forwarded-for"]
    last = b",".join(named).rpartition(b",")[2].strip().decode("latin1")
    return {**scope, "client": [last, 0]} if settings.BEHIND_PROXY and last else scope


sockets = OwnPagesOnly(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
routes = ProtocolTypeRouter({"http": pages, "websocket": sockets})
notices = Notices()


async def application(scope, receive, send) -> None:
    if live.hub.start():  # here and not at import: daphne has no other moment at which its loop runs
        await notices.begin()
    await routes(with_address(scope), receive, send)

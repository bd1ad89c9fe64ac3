"""What daphne serves: pages, the API, and the sockets of live pages."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon_receptionist.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()  # sets Django up, which the imports below need

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from supervision import live  # noqa: E402
from supervision.notices import Notices  # noqa: E402
from supervision.routing import websocket_urlpatterns  # noqa: E402

sockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
routes = ProtocolTypeRouter({"http": pages, "websocket": sockets})
notices = Notices()


async def application(scope, receive, send) -> None:
    if live.hub.start():  # here and not at import: daphne has no other moment at which its loop runs
        await notices.begin()
    await routes(scope, receive, send)

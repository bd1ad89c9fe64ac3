"""Which links a text holds, and which of them are the salon's own: pure, but for the settings."""

import re
from urllib.parse import urlsplit

from django.conf import settings

# Telephones make links of bare names too. Endings that are words ("Closed.It is") count only with a path behind them.
ENDINGS = (
    "com|net|org|info|biz|co|us|uk|ca|de|fr|nl|eu|io|ai|app|dev|me|ly|gl|cc|tv|ws|gg|xyz|top|shop|store|site|online|"
    "link|club|live|page|salon|beauty|hair|spa|click|website|tech|space|pro|vip|cn|ru|in"
)
_LINK = re.compile(
    r"(?<![@\w.-])(?:[a-z][a-z0-9+.-]*://\S+|www\.\S+|(?:[\w-]+\.)+[a-z]{2,24}(?::\d+)?/\S*|"
    rf"(?:[\w-]+\.)+(?:{ENDINGS})\b(?![\w@-])(?::\d+)?(?:[/?#]\S*)?)",
    re.IGNORECASE,
)


def links(text: str) -> list[str]:
    """Everything in it that a telephone may make a link of; addresses for e-mail are none."""
    return [found.rstrip(".,;:!?\"')]") for found in _LINK.findall(text)]


def foreign(text: str) -> list[str]:
    """The links that lead elsewhere than to the salon."""
    own = _own_hosts()
    return [link for link in links(text) if not _leads_to(own, link)]


def without(text: str) -> str:
    """A caller's words as they may be quoted: a link in them leads nowhere any more."""
    return _LINK.sub("(link)", text)


def _own_hosts() -> set[str]:
    given = [settings.PUBLIC_URL, *settings.SALON_LINKS]
    return {host for one in given if (host := _host(one))}


def _leads_to(hosts: set[str], link: str) -> bool:
    host = _host(link)
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def _host(link: str) -> str:
    """Where the link leads, which is not always what stands in it first: https://ours.com@theirs.com/"""
    try:
        host = urlsplit(link if "://" in link else f"https://{link}").hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".").removeprefix("www.")

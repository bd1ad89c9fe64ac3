"""Twilio's trunks, numbers and messaging services on loopback, as its client speaks to them."""

import re
from contextlib import AbstractContextManager
from urllib.parse import parse_qs, urlsplit

from tests.doubles.rest import Handler, Service, serving

ACCOUNT, TOKEN = "AC" + "0" * 32, "token"
NUMBERS = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json"
TRUNKS = "/v1/Trunks"
NUMBER = NUMBERS.replace(".json", r"/(\w+)\.json")
SERVICES = r"/v1/Services(?:/(\w+))?(/PhoneNumbers)?"
COUNTRIES, TOLL_FREE = "/v1/Messaging/GeoPermissions", "/v1/Tollfree/Verifications"
URLS, ON_TRUNK = "OriginationUrls", "PhoneNumbers"


class Twilio(Service):
    """`account` is what the account says of itself; `numbers` what it owns, by number; `trunks` by sid."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.account = {"sid": ACCOUNT, "status": "active", "type": "Full", "friendly_name": "Glow"}
        self.numbers: dict[str, dict] = {}
        self.trunks: dict[str, dict] = {}
        self.urls: dict[str, dict[str, dict]] = {}  # by trunk and sid
        self.services: dict[str, dict] = {}  # by sid
        self.of_service: dict[str, str] = {}  # a number's sid: the service that it belongs to
        self.closed: tuple[str, ...] = ()  # countries that texts may not go to
        self.verified: list[dict] = []  # toll-free numbers
        self.written: list[tuple[str, str]] = []  # the method and path of all that changed something
        self.refuses = 0  # a status that every request gets
        self.made = 0

    def buy(self, number: str, *, trunk_sid: str | None = None) -> None:
        row = {"sid": self.new("PN"), "phone_number": number, "trunk_sid": trunk_sid, "sms_method": "POST"}
        self.numbers[number] = row | {"sms_url": "", "sms_application_sid": ""}

    def serve(self, *numbers: str, registered: bool = True) -> str:
        """A messaging service with these numbers; its sid."""
        sid = self.new("MG")
        row = {"sid": sid, "friendly_name": "Glow texts", "us_app_to_person_registered": registered}
        row |= {"inbound_request_url": None, "inbound_method": "POST", "status_callback": None}
        self.services[sid] = row | {"use_inbound_webhook_on_number": True}
        self.of_service |= {self.numbers[number]["sid"]: sid for number in numbers}
        return sid

    def new(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}{self.made:032x}"


class _Handler(Handler):
    server: Twilio

    def do_GET(self) -> None:
        self._handle({})

    def do_DELETE(self) -> None:
        self._handle({})

    def do_POST(self) -> None:
        self._handle({_snake(key): value for key, value in self.form().items()})

    def _handle(self, form: dict) -> None:
        if self.server.refuses:
            self.answer(self.server.refuses, {"status": self.server.refuses, "code": 20003, "message": "Authenticate"})
            return
        path = urlsplit(self.path).path
        if self.command != "GET":
            self.server.written.append((self.command, path))
        if path == NUMBERS:
            wanted = parse_qs(urlsplit(self.path).query)["PhoneNumber"][0]
            rows = [row for number, row in self.server.numbers.items() if number == wanted]
            self.answer(200, {"incoming_phone_numbers": rows})
        elif path == NUMBERS.replace("/IncomingPhoneNumbers", ""):
            self.answer(200, self.server.account)
        elif found := re.fullmatch(NUMBER, path):
            row = next(row for row in self.server.numbers.values() if row["sid"] == found[1])
            row |= form
            self.answer(200, row)
        elif found := re.fullmatch(SERVICES, path):
            self._services(*found.groups(), form)
        elif path == COUNTRIES:
            country = parse_qs(urlsplit(self.path).query)["CountryCode"][0]
            told = {"country_code": country, "type": "country", "enabled": country not in self.server.closed}
            self.answer(200, {"permissions": [told]})
        elif path == TOLL_FREE:
            self._list("verifications", self.server.verified)
        elif found := re.fullmatch(rf"{TRUNKS}(?:/(\w+))?(?:/({URLS}|{ON_TRUNK}))?(?:/(\w+))?", path):
            self._trunks(*found.groups(), form)
        else:
            self.answer(404, {"status": 404, "code": 20404, "message": f"there is no {path}"})

    def _services(self, sid: str | None, numbers: str | None, form: dict) -> None:
        if sid is None:
            self._list("services", list(self.server.services.values()))
        elif sid not in self.server.services:
            self.answer(404, {"status": 404, "code": 20404, "message": f"there is no {sid}"})
        elif numbers:
            rows = self.server.numbers.values()
            self._list("phone_numbers", [row for row in rows if self.server.of_service.get(row["sid"]) == sid])
        else:
            truths = {"true": True, "false": False}
            self.server.services[sid] |= {name: truths.get(value.lower(), value) for name, value in form.items()}
            self.answer(200, self.server.services[sid])

    def _trunks(self, trunk: str | None, of: str | None, sid: str | None, form: dict) -> None:
        if not of:
            self._collection("trunks", self.server.trunks, "TK", trunk, form)
        elif of == URLS:
            self._collection("origination_urls", self.server.urls.setdefault(trunk, {}), "OU", sid, form)
        else:
            self._on_trunk(trunk, sid, form)

    def _collection(self, key: str, rows: dict, prefix: str, sid: str | None, form: dict) -> None:
        if self.command == "GET":
            self._list(key, list(rows.values()))
        elif self.command == "DELETE":
            rows.pop(sid)
            self.answer(204, None)
        else:
            sid = sid or self.server.new(prefix)
            rows[sid] = {
                "sid": sid,
                **rows.get(sid, {}),
                **form,
                "enabled": form.get("enabled", "true").lower() == "true",
            }
            self.answer(200, rows[sid])

    def _on_trunk(self, trunk: str, sid: str | None, form: dict) -> None:
        numbers = self.server.numbers.values()
        if self.command == "GET":
            self._list("phone_numbers", [row for row in numbers if row["trunk_sid"] == trunk])
            return
        row = next(row for row in numbers if row["sid"] == (sid or form["phone_number_sid"]))
        row["trunk_sid"] = None if self.command == "DELETE" else trunk
        self.answer(204 if self.command == "DELETE" else 201, row)

    def _list(self, key: str, rows: list[dict]) -> None:
        self.answer(200, {key: rows, "meta": {"key": key, "next_page_url": None}})


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def twilio() -> AbstractContextManager[Twilio]:
    return serving(Twilio())

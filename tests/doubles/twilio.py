"""Twilio's REST API for messages on loopback: create and list, and the ways in which it fails."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class TwilioDouble(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accepted: list[dict] = []
        self.faults: list[tuple[int, int, bool]] = []  # status, Twilio's code, whether it was accepted all the same

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: TwilioDouble

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        status, code, accepts = self.server.faults.pop(0) if self.server.faults else (201, 0, True)
        text = {key: values[0] for key, values in form.items()} | {"sid": f"SM{len(self.server.accepted):032x}"}
        if accepts:
            self.server.accepted.append(text)
        if status == 0:
            self.connection.close()  # cut, with or without the text
            return
        self._answer(status, _shown(text) if status == 201 else {"status": status, "code": code, "message": "no"})

    def do_GET(self) -> None:
        to = parse_qs(urlsplit(self.path).query)["To"][0]
        self._answer(200, {"messages": [_shown(text) for text in self.server.accepted if text["To"] == to]})

    def _answer(self, status: int, body: dict) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *args) -> None:
        pass


def _shown(text: dict) -> dict:
    now = format_datetime(datetime.now(UTC))
    return {"sid": text["sid"], "to": text["To"], "body": text["Body"], "status": "queued", "date_sent": now}


@contextmanager
def twilio() -> Iterator[TwilioDouble]:
    with TwilioDouble() as double:
        thread = threading.Thread(target=double.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield double
        finally:
            double.shutdown()
            thread.join()

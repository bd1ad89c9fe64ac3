"""A call as a record: how long, how it ended, how soon she spoke, and what it took of each vendor."""

import re
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from supervision.models import Call, Utterance

PARTS = (("turn_end", "end of turn"), ("hearing", "hearing"), ("thinking", "thinking"), ("voice", "voice"))
USED_BY = (("llm", "Language model"), ("ears", "Ears"), ("voice", "Voice"))
UNITS = (("input_tokens", "tokens in"), ("output_tokens", "tokens out"), ("characters", "characters"), ("seconds", "s"))
SOUND, PART = "audio/ogg", 1024 * 1024  # bytes of one answer to a player
RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")
WIDTH = 100  # of the longest bar


@dataclass(frozen=True)
class Bar:
    name: str
    words: str
    milliseconds: int
    x: float
    width: float


@dataclass(frozen=True)
class Turn:
    """How long the caller waited for her first sound, and what the time went into."""

    utterance: Utterance
    total: int
    bars: list[Bar]


def facts(call: Call, script: list[Utterance]) -> dict:
    """For the page of a call; empty lists and None where nothing was measured."""
    turns = _turns(script)
    totals = [turn.total for turn in turns]
    return {
        "lasted": ((call.ended_at or timezone.now()) - call.started_at).total_seconds(),
        "turns": turns,
        "median_ms": round(median(totals)) if totals else None,
        "slowest_ms": max(totals, default=None),
        "parts": PARTS,
        "usage": _usage(call.usage),
    }


def _turns(script: list[Utterance]) -> list[Turn]:
    measured = [one for one in script if one.latency]
    longest = max((_total(one) for one in measured), default=0) or 1
    return [Turn(one, _total(one), _bars(one.latency, WIDTH / longest)) for one in measured]


def _total(utterance: Utterance) -> int:
    known = sum(utterance.latency.get(name, 0) for name, _ in PARTS)
    return utterance.latency.get("total") or utterance.latency_ms or known


def _bars(latency: dict[str, int], scale: float) -> list[Bar]:
    bars, x = [], 0.0
    for name, words in PARTS:
        if milliseconds := latency.get(name):
            bars.append(Bar(name, words, milliseconds, round(x, 2), round(milliseconds * scale, 2)))
            x += milliseconds * scale
    return bars


def _usage(usage: dict) -> list[tuple[str, str, str]]:
    """(whose, which model, how much) of each vendor that took part."""
    rows = []
    for part, whose in USED_BY:
        for used in usage.get(part) or []:
            model = " ".join(filter(None, (used.get("provider", ""), used.get("model", ""))))
            rows.append((whose, model, ", ".join(f"{used[unit]:,} {words}" for unit, words in UNITS if used.get(unit))))
    return rows


def recording(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """The sound of a call, for staff who may see calls: in parts where a player asks for parts, kept by no cache."""
    if not request.user.has_perm("supervision.view_call"):
        raise PermissionDenied("You may not see calls.")
    call = get_object_or_404(Call.objects.exclude(recording=""), pk=call_id)
    path = (settings.RECORDINGS_DIR / call.recording).resolve()
    if path.parent != settings.RECORDINGS_DIR.resolve() or not path.is_file():
        raise Http404("This recording is no longer kept.")
    headers = {"Cache-Control": "no-store", "Accept-Ranges": "bytes"}
    size, wanted = path.stat().st_size, RANGE.fullmatch(request.headers.get("Range", ""))
    if not wanted:
        return HttpResponse(path.read_bytes(), content_type=SOUND, headers=headers)
    first = int(wanted[1])
    last = min(int(wanted[2] or size - 1), first + PART - 1, size - 1)
    if first > last:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    with path.open("rb") as file:
        file.seek(first)
        part = file.read(last - first + 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return HttpResponse(part, status=206, content_type=SOUND, headers=headers)

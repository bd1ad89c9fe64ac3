"""Learned answers into files and out of files, the latter with a look at what would change."""

import hashlib

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from knowledge import context_writing, importing, sheet
from knowledge.importing import Mark, Row
from knowledge.models import LearnedAnswer, Salon
from knowledge.sheet import FileError

NAME_LIMIT = 120


def show(request: HttpRequest, context: dict, *, may_import: bool) -> HttpResponse:
    """GET: the page. POST: what the file would change, or, with `apply`, the change."""
    context |= {"title": "Import or export", "may_import": may_import, "most": importing.MOST_ROWS}
    if request.method != "POST":
        return _page(request, context)
    if not may_import:
        raise PermissionDenied
    try:
        name, raw = _given(request)
        rows = importing.read(name, raw, Salon.objects.current().zone)
        if "apply" in request.POST and not _moved(request, rows):
            return _apply(request, rows)
    except (FileError, ValidationError) as error:
        context["error"] = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        return _page(request, context, status=422)
    moved = "apply" in request.POST
    return _preview(request, context | {"name": name, "text": raw.decode("utf-8-sig"), "moved": moved}, rows)


def as_csv(request: HttpRequest) -> HttpResponse:
    rows = LearnedAnswer.objects.valid().prefetch_related("phrasings").order_by("learned_at", "pk")
    text = sheet.write(rows, Salon.objects.current().zone)
    # the mark at its beginning tells spreadsheets that it is UTF-8
    return _file("answers.csv", "text/csv", "\ufeff" + text)


def as_context(request: HttpRequest) -> HttpResponse:
    return _file("context.toml", "application/toml", context_writing.written())


def _given(request: HttpRequest) -> tuple[str, bytes]:
    """A file that is sent, or the text of the preview. Raises FileError."""
    if "text" in request.POST:
        text = request.POST["text"].replace("\r\n", "\n")  # browsers send lines so
        return request.POST.get("name", "")[:NAME_LIMIT], text.encode()
    sent = request.FILES.get("file")
    if sent is None:
        raise FileError("Choose a file first.")
    if not sent.name.lower().endswith((".csv", ".toml")):
        raise FileError("Choose a .csv or a .toml file.")
    return sent.name[:-5][: NAME_LIMIT - 5] + sent.name[-5:], sent.read(importing.MOST_BYTES + 1)


def _moved(request: HttpRequest, rows: list[Row]) -> bool:
    """Whether she has learned something since the preview that makes it another one."""
    return request.POST.get("seen", "") != _seen(rows)


def _seen(rows: list[Row]) -> str:
    """A short sign of what the preview was compared with."""
    known = [(row.mark, row.known and row.known.revision, sorted(str(one.pk) for one in row.others)) for row in rows]
    return hashlib.sha256(repr(known).encode()).hexdigest()


def _apply(request: HttpRequest, rows: list[Row]) -> HttpResponse:
    chosen = {row.number: request.POST.get(f"row-{row.number}", "leave") for row in rows}
    allowed = {row.number: [choice for choice, _ in row.choices] for row in rows}
    if any(choice not in [*allowed[number], "leave"] for number, choice in chosen.items()):
        raise FileError("Choose for each row what becomes of it.")
    count = importing.apply(rows, chosen, by=request.user)
    messages.success(request, f"{count} answer{'' if count == 1 else 's'} added or changed.")
    return redirect("admin:knowledge_learnedanswer_changelist")


def _preview(request: HttpRequest, context: dict, rows: list[Row]) -> HttpResponse:
    counts = {mark.value: sum(row.mark == mark for row in rows) for mark in Mark}
    shown = [row for row in rows if row.mark != Mark.UNCHANGED]
    return _page(request, context | {"rows": shown, "counts": counts, "all": len(rows), "seen": _seen(rows)})


def _page(request: HttpRequest, context: dict, *, status: int = 200) -> HttpResponse:
    template = "admin/knowledge/learnedanswer/" + ("preview.html" if "rows" in context else "exchange.html")
    return TemplateResponse(request, template, context, status=status)


def _file(name: str, kind: str, text: str) -> HttpResponse:
    stem, _, ending = name.rpartition(".")
    headers = {"Content-Disposition": f'attachment; filename="{stem}-{timezone.localdate():%Y-%m-%d}.{ending}"'}
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers=headers | {"Cache-Control": "no-store"})

"""Loads a business from a TOML file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from knowledge.context_file import Context, ContextError
from knowledge.learning import learn
from knowledge.models import Closure, LearnedAnswer, OpeningHours, Salon, Service
from knowledge.wording import key_of

CONTEXTS = Path(__file__).resolve().parents[2] / "contexts"


class Command(BaseCommand):
    help = (
        "Loads what a business knows: `loadcontext glow`, `loadcontext bicycle`, or a path to a TOML file. Loading "
        "again adds services and answers that are missing, and changes nothing that is there: hours and holidays only "
        "where there are none, answers also not where somebody has retired or replaced them."
    )

    def add_arguments(self, parser):
        parser.add_argument("context", help="glow, bicycle, or a path")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where a salon is loaded already")

    def handle(self, *args, context: str, if_empty: bool, **options):
        if if_empty and Salon.objects.exists():
            return
        try:
            read = Context(_path(context))
        except ContextError as error:
            raise CommandError(str(error)) from None
        added = _load(read)
        if options["verbosity"]:
            self.stdout.write(f"{read.salon.name}: added {added} entries.")


def _path(context: str) -> Path:
    built_in = CONTEXTS / f"{context}.toml"
    return built_in if built_in.is_file() else Path(context)


@transaction.atomic
def _load(context: Context) -> int:
    salon = Salon.objects.first()
    if salon and salon.context != context.salon.context:
        raise CommandError(f"{salon.name} is loaded already; a database holds one business. Nothing was changed.")
    added = 0 if salon else _add([context.salon])
    for rows in (context.hours, context.closures):
        added += 0 if rows and type(rows[0]).objects.exists() else _add(rows)
    there = set(Service.objects.values_list("name", flat=True))
    added += _add([one for one in context.services if one.name not in there])
    added += _teach(context.answers)
    if added:
        Salon.objects.raise_revision()
    return added


def _add(rows: list[Salon | OpeningHours | Closure | Service]) -> int:
    for row in rows:
        row.save(force_insert=True)
    return len(rows)


def _teach(answers: list[dict]) -> int:
    there = set(LearnedAnswer.objects.values_list("question_key", flat=True))
    missing = [one for one in answers if key_of(one["question"]) not in there]
    for one in missing:
        learn(**one, origin=LearnedAnswer.Origin.CONTEXT)
    return len(missing)

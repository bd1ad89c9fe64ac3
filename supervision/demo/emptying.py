"""Which databases the demo may fill: one that is marked for it, or one in which nothing has happened yet."""

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.color import no_style
from django.db import connection

from knowledge.models import LearnedAnswer
from supervision import health
from supervision.models import Call, Caller, Heartbeat, HelpRequest, InboundText

MARK = "demo"  # the heartbeat of whoever has filled it
OURS = ("knowledge", "supervision", "django_q", "admin")


class Refused(Exception):
    """The rows in this database are somebody's."""


def make_room() -> None:
    """Empty what an earlier demo has left. Raises Refused, and touches nothing, where anything else may be there."""
    if not settings.DEMO:
        raise Refused("DEMO is not set: this is no demo. `make demo` sets it, with a folder of its own.")
    if Heartbeat.objects.filter(name=MARK).exists():
        _empty()
    elif _is_used():
        raise Refused(
            f"The database in {settings.VAR_DIR} is not the demo's, and it is not empty. Nothing was changed."
        )


def mark() -> None:
    """From now on it is the demo's, whole or not."""
    health.beat(MARK)


def _is_used() -> bool:
    happened = (Call, Caller, HelpRequest, InboundText)
    taught = LearnedAnswer.objects.exclude(origin=LearnedAnswer.Origin.CONTEXT)
    return any(model.objects.exists() for model in happened) or taught.exists() or get_user_model().objects.exists()


def _empty() -> None:
    models = [one for label in OURS for one in apps.get_app_config(label).get_models(include_auto_created=True)]
    tables = {one._meta.db_table for one in models} & set(connection.introspection.table_names())
    operations = connection.ops
    operations.execute_sql_flush(operations.sql_flush(no_style(), sorted(tables), reset_sequences=True))

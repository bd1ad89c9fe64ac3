"""Who gets texts: a switch on the desk and by text; and who may answer them at all."""

from datetime import datetime

from django.db import transaction

from supervision import live
from supervision.models import Supervisor


def may_answer(supervisor: Supervisor) -> bool:
    """As at the desk: a right that is taken away ends at once."""
    user = supervisor.user
    return user.is_active and user.is_staff and user.has_perm("supervision.change_helprequest")


def switch(supervisor: Supervisor, *, on: bool) -> bool:
    """Go on duty or off; False where it was so already."""
    with transaction.atomic():
        switched = Supervisor.objects.filter(pk=supervisor.pk, on_duty=not on).update(on_duty=on)
        if switched:
            live.emit(live.DESK, "duty", reason="on" if on else "off", supervisor=str(supervisor.pk))
    return bool(switched)


def note_stop(supervisor: Supervisor, *, stopped: bool, at: datetime) -> None:
    """The provider blocks what we text to this number from now on, or lets it through again; the desk says so."""
    with transaction.atomic():
        Supervisor.objects.filter(pk=supervisor.pk).update(stopped_at=at if stopped else None)
        reason = "texted STOP: only START from the same telephone lifts it" if stopped else "texted START"
        live.emit(live.DESK, "supervisor_stopped", reason=reason, supervisor=str(supervisor.pk))

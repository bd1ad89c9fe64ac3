"""How today went: since midnight in the salon, without practice."""

from datetime import datetime
from statistics import median

from django.utils import timezone

from supervision.figures import today
from supervision.figures.counting import merged
from supervision.figures.days import day_of


def figures(now: datetime) -> dict:
    """Counts; `median` is how many seconds half of the callers had to wait for a person's answer, None without any."""
    zone = timezone.get_current_timezone()  # the salon's: see site.py
    hours = today.hours(day_of(now, zone), zone, at=now)
    total = merged(hour.figures for hour in hours)
    waits = [wait for hour in hours for wait in hour.waits]
    kept = total.kept + total.kept_late
    return {
        "herself": total.herself,
        "asked": total.asked,
        "questions": total.herself + total.asked,
        "resolved": len(waits),
        "median": median(waits) if waits else None,
        "kept": kept,
        "broken": total.broken,
        "settled": kept + total.broken,
    }

"""Times, lengths and prices as people say them."""

import datetime as dt
from decimal import Decimal


def spoken_time(time: dt.time, *, clock_24h: bool = False) -> str:
    """9 am, 9:30 am, noon, midnight; or 9:00, 21:30."""
    if clock_24h:
        return f"{time.hour}:{time.minute:02}"
    if (time.hour, time.minute) in ((0, 0), (12, 0)):
        return "noon" if time.hour else "midnight"
    minutes = f":{time.minute:02}" if time.minute else ""
    return f"{time.hour % 12 or 12}{minutes} {'pm' if time.hour >= 12 else 'am'}"


def spoken_minutes(minutes: int) -> str:
    """45 minutes, 1 hour, 2 and a half hours, 1 hour and 15 minutes."""
    hours, rest = divmod(minutes, 60)
    if hours and rest == 30:
        return f"{hours} and a half hours"
    parts = [_counted(number, unit) for number, unit in ((hours, "hour"), (rest, "minute")) if number]
    return " and ".join(parts)


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def spoken_price(amount: Decimal, currency: str) -> str:
    """$45, $45.50"""
    number = f"{amount:,.2f}".removesuffix(".00")
    return f"{currency}{number}"

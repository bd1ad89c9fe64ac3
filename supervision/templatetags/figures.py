"""Figures as the page of numbers writes them."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def took(seconds: float) -> str:
    """40 s, 3 min 40 s, 16 min, 2 h 5 min, 3 days: how long, rounded to what matters."""
    seconds = round(seconds)
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 10:
        return f"{minutes} min {seconds % 60} s" if seconds % 60 else f"{minutes} min"
    if hours < 1:
        return f"{minutes} min"
    if hours < 24:
        return f"{hours} h {minutes % 60} min"
    return _("%(n)s days") % {"n": f"{seconds / 86400:.1f}"}


@register.filter
def span_ms(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.2g} s" if milliseconds < 10_000 else f"{milliseconds / 1000:.0f} s"


@register.filter
def part_of(value: float, most: float) -> str:
    """In percent, as an attribute of SVG wants it."""
    return f"{100 * value / most:.1f}" if most else "0"


@register.filter
def plain(value: float | None) -> str:
    """A number as scripts read it; "" for none."""
    return "" if value is None else f"{value:.10g}"

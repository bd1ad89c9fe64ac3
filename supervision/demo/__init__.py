"""A week of a salon that never was, for whoever wants to look around: only in a database that is marked for it."""

from supervision.demo.emptying import Refused, make_room
from supervision.demo.filling import fill

__all__ = ["Refused", "fill", "make_room"]

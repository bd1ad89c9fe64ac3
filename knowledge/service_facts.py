"""What the templates that tell prices and lengths are given: of services, of a category, of all."""

from collections.abc import Sequence

from knowledge.models import Service
from knowledge.spoken import spoken_minutes, spoken_price

LISTED_OF_A_CATEGORY = 6


def _about_services(names: list[str], services: Sequence[Service], currency: str) -> dict | None:
    rows = [one for one in services if str(one.pk) in names]
    return {"services": [_service(one, currency) for one in rows]} if len(rows) == len(names) else None


def _about_category(names: list[str], services: Sequence[Service], currency: str) -> dict | None:
    """The category of the service with that id: where its prices start, and its services where they are few."""
    named = next((one for one in services if names == [str(one.pk)]), None)
    return named and {"categories": [_category(named.category, services, currency)]}


def _about_prices(names: list[str], services: Sequence[Service], currency: str) -> dict | None:
    """Where each category begins; None where one has no price at all, for then it is not all."""
    categories = [_category(name, services, currency) for name in dict.fromkeys(one.category for one in services)]
    complete = categories and all(one["low"] for one in categories)
    return {"categories": categories} if names == ["all"] and complete else None


def _service(service: Service, currency: str) -> dict:
    low, high = service.price_from, service.price_to
    return {
        "name": service.name,
        "description": service.description,
        "low": low is not None and spoken_price(low, currency),
        "high": high is not None and spoken_price(high, currency),
        "minutes": service.minutes and spoken_minutes(service.minutes),
    }


def _category(name: str, services: Sequence[Service], currency: str) -> dict:
    within = [one for one in services if one.category == name]
    priced = [one.price_from for one in within if one.price_from is not None]
    low = spoken_price(min(priced), currency) if priced else ""
    return {"name": name, "low": low, "services": within if len(within) <= LISTED_OF_A_CATEGORY else []}


ABOUT_SERVICES = {"service": _about_services, "category": _about_category, "prices": _about_prices}

"""The groups *Supervisors* and *Owners*, and staff without a group: every address, and what an owner may not give."""

import re
from importlib import import_module

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from supervision.models import Supervisor
from tests.supervision.test_strangers import OF_ANY_STAFF, addresses

BACKEND = "django.contrib.auth.backends.ModelBackend"
MIGRATION = import_module("supervision.migrations.0142_groups")
NOBODYS = [  # superusers' alone: Django's own pages, and those of the libraries; or nobody's at all
    r"/admin/auth/group/add/", r"/admin/axes/", r"/admin/django_q/", r"/admin/otp_", r"/admin/autocomplete/",
    r"/admin/supervision/[a-z]+/add/", r"/admin/knowledge/salon/add/",
    r"/admin/[a-z]+/(?!openinghours|closure)[a-z]+/1/delete/",
]  # fmt: skip
OWNERS = [  # people, settings, the salon's facts, erasing
    r"/admin/auth/", r"/admin/knowledge/(salon|service|openinghours|closure)/(add|1)",
    r"/admin/supervision/supervisor/", r"/admin/supervision/caller/1/erase/",
]  # fmt: skip


@pytest.fixture
def groups(db):
    """As the migration makes them; a test that flushes the tables takes them away."""
    for name, may in MIGRATION.GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        for label, codenames in may.items():
            found = Permission.objects.filter(content_type__app_label=label, codename__in=codenames)
            assert len(found) == len(set(codenames)), "a right that does not exist"
            group.permissions.add(*found)


@pytest.fixture
def person(groups, django_user_model):
    def person(name, *group_names, **values):
        user = django_user_model.objects.create_user(name, password="-", is_staff=True, **values)
        user.groups.set(Group.objects.filter(name__in=group_names))
        return user

    return person


def browser_of(user):
    browser = Client()
    browser.force_login(user, BACKEND)
    return browser


def is_among(address, patterns):
    return any(re.match(pattern, address) for pattern in patterns)


def refused(browser, address):
    return browser.get(address, follow=True).status_code in (403, 401)


def test_a_supervisor_gets_nowhere_where_owners_decide(person, salon):
    browser = browser_of(person("sam", "Supervisors"))

    for address in addresses():
        is_to_be_seen = re.match(r"/admin/knowledge/\w+/1/", address)  # facts: she cites them
        if is_among(address, [*NOBODYS, *OWNERS]) and not is_to_be_seen and "history" not in address:
            assert refused(browser, address), address


def test_an_owner_gets_everywhere_but_where_only_superusers_do(person, salon):
    browser = browser_of(person("olga", "Owners"))

    asked = [one for one in addresses() if "logout" not in one and "history" not in one]
    wrong = [one for one in asked if refused(browser, one) is not is_among(one, NOBODYS)]

    assert wrong == []


def test_staff_without_a_group_see_nothing(person, salon):
    browser = browser_of(person("nina"))

    for address in addresses():
        if "logout" not in address:
            response = browser.get(address)
            assert response.status_code != 200 or address in OF_ANY_STAFF | {"/api/openapi.json"}, address


def test_an_owner_makes_a_supervisor(person, salon):
    olga = browser_of(person("olga", "Owners"))
    rosa = person("rosa")

    response = olga.post(reverse("admin:auth_user_change", args=[rosa.pk]), form_of(rosa, groups=["Supervisors"]))

    assert response.status_code == 302
    assert rosa.has_perm("supervision.change_helprequest")


def form_of(user, *, groups=(), **values):
    chosen = list(Group.objects.filter(name__in=groups).values_list("pk", flat=True))
    fields = {"username": user.username, "is_staff": "on", "is_active": "on", "groups": chosen}
    moments = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    return fields | moments | values


def test_an_owner_gives_no_more_than_he_has(person, salon):
    olga = person("olga", "Owners")
    Group.objects.create(name="Everything").permissions.set(Permission.objects.all())
    everything = [permission.pk for permission in Permission.objects.all()]
    address = reverse("admin:auth_user_change", args=[olga.pk])
    browser = browser_of(olga)

    browser.post(address, form_of(olga, groups=["Owners"], is_superuser="on", user_permissions=everything))
    refused_group = browser.post(address, form_of(olga, groups=["Owners", "Everything"]))

    olga.refresh_from_db()
    assert not olga.is_superuser
    assert not olga.user_permissions.exists()
    assert refused_group.status_code == 200
    assert "not one of the available choices" in refused_group.content.decode()


@pytest.mark.parametrize("page", ["auth_user_change", "auth_user_password_change"])
def test_an_owner_leaves_superusers_alone(person, admin_user, salon, page):
    olga = browser_of(person("olga", "Owners"))

    response = olga.post(
        reverse(f"admin:{page}", args=[admin_user.pk]), form_of(admin_user, password1="a", password2="a")
    )

    assert response.status_code == 403


def test_an_owner_sees_all_supervisors(person, salon):
    Supervisor.objects.create(user=person("rosa", "Supervisors"))
    olga = browser_of(person("olga", "Owners"))

    assert "rosa" in olga.get(reverse("admin:supervision_supervisor_changelist")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_migration_may_run_again_and_takes_nothing_away(django_user_model):
    """Also on a database whose tables have just been made: Django makes permissions after all migrations."""
    call_command("migrate", "supervision", "0141", verbosity=0)
    Group.objects.all().delete()
    Permission.objects.all().delete()
    mine = Group.objects.create(name="Supervisors")
    rosa = django_user_model.objects.create_user("rosa", is_staff=True)
    rosa.groups.add(mine)

    call_command("migrate", verbosity=0)

    owners = Group.objects.get(name="Owners")
    assert owners.permissions.count() == sum(len(set(names)) for names in MIGRATION.OWNERS.values())
    assert rosa.has_perm("supervision.change_helprequest")
    assert not [one for one in mine.permissions.all() if one.content_type.app_label == "auth"]

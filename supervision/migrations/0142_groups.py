"""The groups *Supervisors* and *Owners*, with what each needs and no more; people who are in them stay in them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

SUPERVISORS = {  # they answer, teach and practise
    "supervision": [
        "view_helprequest", "change_helprequest", "view_call", "view_utterance", "view_caller", "view_message",
        "view_attempt", "view_promise", "practise", "listen", "take_over",
    ],
    "knowledge": [
        "view_learnedanswer", "add_learnedanswer", "change_learnedanswer", "view_phrasing", "add_phrasing",
        "change_phrasing", "view_salon", "view_service", "view_openinghours", "view_closure",
    ],
}  # fmt: skip
OWNERS = {  # also the salon's facts, people, settings, and erasing
    "supervision": [*SUPERVISORS["supervision"], "view_supervisor", "change_supervisor", "erase_caller"],
    "knowledge": [
        *SUPERVISORS["knowledge"], "change_salon", "add_service", "change_service",
        "add_openinghours", "change_openinghours", "delete_openinghours",
        "add_closure", "change_closure", "delete_closure",
    ],
    "auth": ["view_user", "add_user", "change_user", "view_group"],
}  # fmt: skip
GROUPS = {"Supervisors": SUPERVISORS, "Owners": OWNERS}


def make_groups(apps, schema_editor):
    """Adds what is missing and takes nothing away: a salon may have given its groups more."""
    alias = schema_editor.connection.alias
    for label in OWNERS:
        _make_permissions(apps, label, alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for name, may in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=name)
        for label, codenames in may.items():
            group.permissions.add(*permissions.filter(content_type__app_label=label, codename__in=codenames))


def _make_permissions(apps, label, alias):
    """On a new database they are otherwise made after all migrations, too late for the groups."""
    config = apps.get_app_config(label)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0, using=alias)
    config.models_module = None


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0121_handed_over"),
        ("knowledge", "0011_history"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            "caller", options={"permissions": [("erase_caller", "Can erase what a caller has left")]}
        ),
        migrations.AlterField(
            "message",
            "cancelled_because",
            models.CharField(
                blank=True,
                choices=[
                    ("superseded", "superseded by another"),
                    ("opted_out", "the caller has opted out"),
                    ("undone", "undone by a supervisor"),
                    ("expired", "expired"),
                    ("unreachable", "the caller cannot be reached"),
                    ("erased", "the caller's data was erased"),
                ],
                max_length=12,
            ),
        ),
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]

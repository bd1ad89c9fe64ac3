"""The group *Supervisors*: they answer, teach and practise; nobody deletes what people rely on."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Supervisors"
MAY = {
    "supervision": [
        "view_helprequest", "change_helprequest", "view_call", "view_utterance", "view_caller", "view_message",
        "view_attempt", "practise",
    ],
    "knowledge": [
        "view_learnedanswer", "add_learnedanswer", "change_learnedanswer", "view_phrasing", "add_phrasing",
        "change_phrasing", "view_salon", "view_service", "view_openinghours", "view_closure",
    ],
}  # fmt: skip


def make_group(apps, schema_editor):
    alias = schema_editor.connection.alias
    group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=GROUP)
    for label, names in MAY.items():
        # permissions are otherwise made after all migrations, too late for this one
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0, using=alias)
        config.models_module = None
        permissions = apps.get_model("auth", "Permission").objects.using(alias)
        group.permissions.add(*permissions.filter(content_type__app_label=label, codename__in=names))


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0001_initial"),
        ("knowledge", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]

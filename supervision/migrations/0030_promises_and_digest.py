"""Supervisors may see promises; a digest knows to whom it was mailed, and when it is tried again."""

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

GROUP = "Supervisors"
MAY = {"supervision": ["view_promise"]}


def let_them_see(apps, schema_editor):
    alias = schema_editor.connection.alias
    group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=GROUP)
    config = apps.get_app_config("supervision")
    config.models_module = True  # permissions are otherwise made after all migrations, too late for this one
    create_permissions(config, apps=apps, verbosity=0, using=alias)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    group.permissions.add(*permissions.filter(content_type__app_label="supervision", codename__in=MAY["supervision"]))


class Migration(migrations.Migration):
    dependencies = [("supervision", "0020_from_the_chair")]

    operations = [
        migrations.AddField("digest", "mailed_to", models.JSONField(default=list)),
        migrations.AddField("digest", "try_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("digest", "tries", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("digest", "error", models.CharField(blank=True, max_length=200)),
        migrations.RunPython(let_them_see, migrations.RunPython.noop),
    ]

"""Who gave a claim to a colleague, until that one has taken it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("supervision", "0141_preferences"),
    ]

    operations = [
        migrations.AddField(
            model_name="helprequest",
            name="handed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="helprequest",
            index=models.Index(
                condition=models.Q(("handed_by__isnull", False)), fields=["claimed_until"], name="help_handed"
            ),
        ),
    ]

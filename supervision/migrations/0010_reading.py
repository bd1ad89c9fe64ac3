"""Texts that come in carry how often reading them failed; what is asked of a provider that cannot tell by itself."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0005_texts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Poll",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_until", models.DateTimeField(default=django.utils.timezone.now)),
                ("states_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="inboundtext",
            name="inbound_unread",
        ),
        migrations.AddField(
            model_name="inboundtext",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="inboundtext",
            name="try_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddIndex(
            model_name="inboundtext",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True)), fields=["try_at"], name="inbound_to_read"
            ),
        ),
    ]

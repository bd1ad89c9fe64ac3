"""What happened on each day, counted once; and what the desk asks for is found without reading every row."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0081_names")]

    operations = [
        migrations.CreateModel(
            name="DayFigures",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("zone", models.CharField(max_length=64)),
                ("is_whole", models.BooleanField(default=False)),
                ("after", models.PositiveBigIntegerField(default=0)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("herself", models.PositiveIntegerField(default=0)),
                ("asked", models.PositiveIntegerField(default=0)),
                ("resolved", models.PositiveIntegerField(default=0)),
                ("unresolved", models.PositiveIntegerField(default=0)),
                ("kept", models.PositiveIntegerField(default=0)),
                ("kept_late", models.PositiveIntegerField(default=0)),
                ("broken", models.PositiveIntegerField(default=0)),
                ("calls", models.PositiveIntegerField(default=0)),
                ("answer_seconds", models.JSONField(default=dict)),
                ("latency_ms", models.JSONField(default=dict)),
                ("topics", models.JSONField(default=dict)),
                ("texts", models.JSONField(default=dict)),
                ("usage", models.JSONField(default=dict)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddIndex(
            model_name="helprequest",
            index=models.Index(fields=["status", "responded_at"], name="help_closed"),
        ),
        migrations.AddIndex(
            model_name="promise",
            index=models.Index(fields=["settled_at"], name="promise_settled"),
        ),
        migrations.AddIndex(
            model_name="promise",
            index=models.Index(fields=["made_at"], name="promise_made"),
        ),
        migrations.AddIndex(
            model_name="utterance",
            index=models.Index(fields=["created_at"], name="utterance_said"),
        ),
    ]

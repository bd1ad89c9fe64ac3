from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0010_reading")]

    operations = [
        migrations.AddField(
            model_name="caller",
            name="provider_blocks_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.UniqueConstraint(
                condition=models.Q(("channel", "text"), ("ended_at__isnull", True)),
                fields=("caller",),
                name="call_one_open_by_text_per_caller",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["recipient"], name="message_of_number"),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["started_at"], name="attempt_begun"),
        ),
    ]

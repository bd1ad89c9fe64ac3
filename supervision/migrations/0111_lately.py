"""Texts that did not arrive and calls that were missed are found without reading the others of those days."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0122_promotions")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["state", "created_at"], name="message_of_state"),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["state", "started_at"], name="call_of_state"),
        ),
    ]

"""A supervisor who has texted STOP; a text that tells a caller to disregard another."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0050_riders")]

    operations = [
        migrations.AddField(
            model_name="supervisor",
            name="stopped_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="message",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("answer", "answer"),
                    ("correction", "correction"),
                    ("still_checking", "still checking"),
                    ("closing", "closing"),
                    ("disregard", "disregard the last one"),
                    ("reply", "reply"),
                    ("alert", "alert"),
                    ("reminder", "reminder"),
                    ("confirmation", "confirmation"),
                    ("test", "test"),
                ],
                max_length=16,
            ),
        ),
    ]

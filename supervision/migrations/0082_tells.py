"""Which texts tell the same: of those that leave as one, one says it. A missed call's text has a purpose of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0101_day_figures")]

    operations = [
        migrations.AddField(model_name="message", name="tells", field=models.CharField(blank=True, max_length=64)),
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
                    ("unanswered_call", "unanswered call"),
                    ("alert", "alert"),
                    ("reminder", "reminder"),
                    ("confirmation", "confirmation"),
                    ("test", "test"),
                ],
                max_length=16,
            ),
        ),
    ]

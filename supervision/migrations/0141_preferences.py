"""How each supervisor likes the desk: language, time zone, and whether single keys do something."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0102_help_of_status")]

    operations = [
        migrations.AddField("supervisor", "language", models.CharField(blank=True, max_length=10)),
        migrations.AddField("supervisor", "time_zone", models.CharField(blank=True, max_length=64)),
        migrations.AddField("supervisor", "single_keys", models.BooleanField(default=True)),
    ]

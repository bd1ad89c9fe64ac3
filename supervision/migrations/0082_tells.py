"""Which texts tell the same: of those that leave as one, one says it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0101_day_figures")]

    operations = [
        migrations.AddField(model_name="message", name="tells", field=models.CharField(blank=True, max_length=64))
    ]

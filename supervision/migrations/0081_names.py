"""Which help requests a supervisor's text lists by their names, where it tells of several."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0053_asked_in_vain")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="names",
            field=models.ManyToManyField(blank=True, related_name="+", to="supervision.helprequest"),
        )
    ]

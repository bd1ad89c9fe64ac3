"""How often the provider could not say what became of a text, in place of since when: a time may be one of rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0052_corrections")]

    operations = [
        migrations.RemoveField(model_name="message", name="asked_since"),
        migrations.AddField(
            model_name="message", name="asked_in_vain", field=models.PositiveSmallIntegerField(default=0)
        ),
    ]

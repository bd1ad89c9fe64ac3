"""Since when the provider cannot say what became of a text: ten minutes of asking make it a person's, not of rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0030_promises_and_digest")]

    operations = [
        migrations.AddField(model_name="message", name="asked_since", field=models.DateTimeField(blank=True, null=True))
    ]

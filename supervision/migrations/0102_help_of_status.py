"""What was left unanswered lately is found without reading all that ever was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0101_day_figures"), ("supervision", "0082_tells")]

    operations = [
        migrations.AddIndex(
            model_name="helprequest",
            index=models.Index(fields=["status", "created_at"], name="help_of_status"),
        ),
    ]

"""Several texts that are due to one caller leave as one: the first carries the others."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supervision", "0040_by_text")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="rides_with",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="riders",
                to="supervision.message",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("rides_with__isnull", False)), fields=["rides_with"], name="message_riding"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("rides_with", None), ("provider_id", ""), _connector="OR"),
                name="message_provider_id_is_the_carriers",
            ),
        ),
    ]

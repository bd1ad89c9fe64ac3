"""How each learned answer came about: who decided what, when and why."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('knowledge', '0002_proposed_until'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decision', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('verb', models.CharField(choices=[('learned', 'learned'), ('corrected', 'corrected'), ('held', 'holds until changed'), ('retired', 'retired'), ('phrased', 'another way of asking'), ('approved', 'wording approved'), ('dropped', 'wording dropped'), ('struck', 'not this question'), ('doubted', 'called wrong'), ('undone', 'undone')], max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('fields', models.JSONField(default=dict)),
                ('phrasings', models.JSONField(default=list)),
                ('undoes', models.UUIDField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('learned_answer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='knowledge.learnedanswer')),
            ],
            options={
                'ordering': ['-id'],
                'default_permissions': (),
            },
        ),
    ]

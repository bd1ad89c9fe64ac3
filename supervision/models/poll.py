"""When a provider is asked again for what it cannot tell by itself."""

from django.db import models
from django.utils import timezone


class Poll(models.Model):
    """Its row is there only while there is something to ask: a provider that can reach us tells by itself."""

    name = models.CharField(primary_key=True, max_length=40)
    due_at = models.DateTimeField(default=timezone.now)
    seen_until = models.DateTimeField(default=timezone.now)  # texts that came in until then are known
    states_at = models.DateTimeField(null=True, blank=True)  # when all states that are open were last asked for

    def __str__(self) -> str:
        return self.name

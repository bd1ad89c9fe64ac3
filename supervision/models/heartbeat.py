"""The last sign of life of each process and of the chain that runs the jobs."""

from django.db import models


class Heartbeat(models.Model):
    name = models.CharField(max_length=64, unique=True)  # web, ticker, jobs, agent
    pid = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.name

"""Somebody who calls: known by a telephone number, or by nothing at all."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

ERASED = "[erased]"  # in the place of words and numbers of somebody who is no longer known


class CallerQuerySet(models.QuerySet):
    def opted_out(self) -> "CallerQuerySet":
        return self.filter(opted_out_at__isnull=False)

    def not_to_be_texted(self) -> "CallerQuerySet":
        """They want none, or none would arrive."""
        return self.filter(Q(opted_out_at__isnull=False) | Q(unreachable_since__isnull=False))


class Caller(models.Model):
    phone = models.CharField("telephone", max_length=16, null=True, blank=True, unique=True)  # E.164; null: withheld
    name = models.CharField(max_length=80, blank=True)
    opted_out_at = models.DateTimeField(null=True, blank=True)
    # He texted one of the provider's own keywords: it refuses whatever is sent, until he texts START himself.
    provider_blocks_since = models.DateTimeField(null=True, blank=True)
    # Learned from the provider: texts to this number do not arrive (a landline, switched off for good).
    unreachable_since = models.DateTimeField(null=True, blank=True)
    unreachable_because = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CallerQuerySet.as_manager()

    class Meta:
        permissions = [("erase_caller", "Can erase what a caller has left")]
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="caller_phone_is_e164"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.masked_phone or "Unknown caller"

    @property
    def masked_phone(self) -> str:
        """`+1 ••• 34`: enough to recognise a number, too little to misuse it; "" without a number."""
        if self.phone == ERASED:
            return ERASED
        return f"{self.phone[:2]} ••• {self.phone[-2:]}" if self.phone else ""

    @property
    def may_be_texted(self) -> bool:
        """Has a number that texts reach, as far as is known, has agreed to them, and has not opted out since."""
        reachable = self.phone and not self.unreachable_since and not self.opted_out_at
        return bool(reachable and self.consents.filter(withdrawn_at=None).exists())

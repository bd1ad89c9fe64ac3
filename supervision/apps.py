from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = "Callers and promises"

    def ready(self) -> None:
        from supervision import checks  # noqa: F401

        # Not in supervision/admin/__init__: the site's own class is imported through it, and what registered
        # while the site was being made would be lost.
        from supervision.admin import (  # noqa: F401
            callers,
            calls,
            duty,
            help_requests,
            messages,
            promises,
            promotions,
            rights,
        )

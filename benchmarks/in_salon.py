"""Sets Django up in the salon of VAR_DIR; import it before anything of the product."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon_receptionist.settings")

import django

django.setup()

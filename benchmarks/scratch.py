"""Sets Django up on an empty folder with a SQLite file of its own; import it before anything of the product."""

import os
import tempfile

os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="salon-bench-")
os.environ["ENV_FILE"] = os.devnull
os.environ["DATABASE_URL"] = ""
os.environ["CONN_MAX_AGE"] = "600"
os.environ["HELP_REQUESTS_PER_CALL"] = "1000000"  # one call asks for all of them
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon_receptionist.settings")

import django

django.setup()

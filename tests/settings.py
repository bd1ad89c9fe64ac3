"""The product's settings with a scratch folder, so that no test touches `var/`."""

import atexit
import os
import shutil
import tempfile

os.environ["ENV_FILE"] = os.devnull
for name in ("PUBLIC_URL", "DATABASE_URL", "HOST", "PORT", "SECRET_KEY"):
    os.environ.pop(name, None)  # what the shell happens to hold is no part of a test
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")  # set by tests/test_postgres.py
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="salon-tests-")  # one for each process, also under pytest-xdist
atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

from salon_receptionist.settings import *  # noqa: E402, F403
from salon_receptionist.settings import DATABASES, STATIC_ROOT, VAR_DIR  # noqa: E402

if not os.environ["DATABASE_URL"]:
    # A file as in production: one that several threads and processes write to at a time.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
STATIC_ROOT.mkdir()  # else WhiteNoise warns
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MESSAGE_BACKEND = "supervision.delivery.memory.MemoryBackend"

"""The product's settings with a scratch folder, so that no test touches `var/`."""

import os
import tempfile

os.environ["ENV_FILE"] = os.devnull
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="salon-tests-"))

from salon_receptionist.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MESSAGE_BACKEND = "supervision.delivery.memory.MemoryBackend"

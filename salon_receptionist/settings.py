"""Every setting once, by section, safe by default: nothing here needs an account or a server."""

import os
import re
import secrets
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from salon_receptionist import env

BASE_DIR = Path(__file__).resolve().parent.parent
env.load(Path(env.text("ENV_FILE", str(BASE_DIR / ".env"))))
DEMO = env.flag("DEMO")
if DEMO:  # whatever stands in `.env`: nobody's rows are touched, nobody is asked, called, texted or mailed
    env.forget("DATABASE_URL", "LIVEKIT_", "GROQ_", "ELEVEN_", "TWILIO_", "MESSAGE_", "EMAIL_", "PUSH_", "VAPID_")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else onnxruntime starts a thread that phones home
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads that are idle, and that no fork would survive

# --- where things are -----------------------------------------------------------------------------------------------
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # numbers, transcripts and keys are in it
WORDINGS_DIR = Path(env.text("WORDINGS_DIR", str(VAR_DIR / "wordings"))).resolve()  # templates that stand for ours
HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PUBLIC_URL = env.text("PUBLIC_URL", f"http://{HOST if HOST in LOOPBACK[:2] else 'localhost'}:{PORT}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
if _public.scheme not in ("http", "https") or not _public.hostname:
    raise ImproperlyConfigured(f"PUBLIC_URL: expected an address such as https://desk.example.com, got {PUBLIC_URL!r}")
if not HTTPS and _public.hostname not in LOOPBACK:
    raise ImproperlyConfigured("PUBLIC_URL: must begin with https:// unless it is an address of this machine")


def _secret_key() -> str:
    """The key of `var/secret_key`, made on first use; processes that start together get the same one."""
    path = VAR_DIR / "secret_key"
    draft = VAR_DIR / f".secret_key-{os.getpid()}"
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(draft, path)  # fails when another process was first; never shows a half-written file
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")


# --- safety ---------------------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY") or _secret_key()
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [
    _public.hostname,
    *([] if HTTPS else ["127.0.0.1", "localhost", "[::1]"]),
]
if HOST not in LOOPBACK and not HTTPS and not env.text("ALLOWED_HOSTS"):
    ALLOWED_HOSTS = ["*"]  # HOST=0.0.0.0 without a public address: the person at the keyboard opened it on purpose
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else f"session_{PORT}"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else f"csrf_{PORT}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^api/health$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = env.flag("BEHIND_PROXY")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
NINJA_NUM_PROXIES = 1 if BEHIND_PROXY else 0  # else a stranger names his own address, and is never throttled
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
FIRST_SUPERVISOR_PASSWORD = env.text("FIRST_SUPERVISOR_PASSWORD")
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_VERBOSE = False  # its start-up lines in every process say nothing new
REQUIRE_TWO_FACTOR = env.flag("REQUIRE_TWO_FACTOR")
OTP_TOTP_ISSUER = _public.hostname  # under which an app lists its codes
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF, *([f"ws{'s' if HTTPS else ''}://{_public.netloc}"])],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- the pieces -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "salon_receptionist.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_q",
    "ninja",
    "knowledge",
    "supervision",
    "voice_agent",
    "salon_receptionist.apps.WiringConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "supervision.viewer.DeskLanguageMiddleware",  # after who has signed in is known: their own choice comes first
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "salon_receptionist.urls"
ASGI_APPLICATION = "salon_receptionist.asgi.application"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "salon_receptionist.wordings.PagesAndWordings",
        "NAME": "django",
        "DIRS": [WORDINGS_DIR, BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # halves what is compressed at the first start

# --- language and time: the salon's own zone stands in its row ------------------------------------------------------
# What callers hear and get is in the first language; the desk is in that of who reads it.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- database -------------------------------------------------------------------------------------------------------
# Every process but web sets this to 600: it has no requests, and opening SQLite again for each query costs more.
CONN_MAX_AGE = env.number("CONN_MAX_AGE", 0)


def _database(url: str) -> dict:
    """`sqlite:///path` or `postgres://user:password@host:port/name`, as Django's dictionary."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]),
            "CONN_MAX_AGE": CONN_MAX_AGE,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # without it, WAL refuses transactions that read before they write
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;"
                    "PRAGMA mmap_size=134217728; PRAGMA cache_size=-8000; PRAGMA journal_size_limit=67108864;"
                    "PRAGMA temp_store=MEMORY;"
                ),
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        if not find_spec("psycopg"):
            raise ImproperlyConfigured("DATABASE_URL: PostgreSQL needs pip install -r requirements-postgres.txt")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": CONN_MAX_AGE,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured("DATABASE_URL: expected sqlite:///path or postgres://user:password@host:port/name")


DATABASES = {"default": _database(env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}"))}

# --- jobs: the rows carry the meaning, django-q2 only runs them -----------------------------------------------------
Q_CLUSTER = {
    "name": "salon",
    "label": "Jobs",
    "orm": "default",
    "workers": env.number("JOB_WORKERS", 2),  # one of them may wait for a provider
    "poll": 0.1,
    "timeout": 30,
    "retry": 300,  # counts from the fetch, what waits in memory included: far above timeout x (queue_limit + 2)
    "max_attempts": 3,
    "ack_failures": True,
    "queue_limit": 1,
    "guard_cycle": 0.5,
    "recycle": 500,
    "max_rss": 130_000,  # kB: a worker that has loaded the embedding model gives its memory back
    "catch_up": False,
    "save_limit": 250,
}

# --- promises -------------------------------------------------------------------------------------------------------
HELP_REQUEST_TIMEOUT = env.duration("HELP_REQUEST_TIMEOUT", "24h")
ANSWER_PROMISE = env.duration("ANSWER_PROMISE", "2h")
REMIND_AT_PERCENT = env.number("REMIND_AT_PERCENT", 50)  # of the time until a promise is due
NEXT_IN_LINE_AT_PERCENT = env.number("NEXT_IN_LINE_AT_PERCENT", 83)
CLAIM_EXPIRES = env.duration("CLAIM_EXPIRES", "10m")
UNDO_WINDOW = env.duration("UNDO_WINDOW", "3s")
UNDO_BY_TEXT = env.duration("UNDO_BY_TEXT", "10m")
ALERTS_PER_HOUR = env.number("ALERTS_PER_HOUR", 20)
QUIET_HOURS = (env.number("QUIET_FROM", 21), env.number("QUIET_UNTIL", 8))  # hours of the day where the caller is
SALON_COUNTRIES = env.words("SALON_COUNTRIES", "US,CA")
HELP_REQUESTS_PER_CALL = env.number("HELP_REQUESTS_PER_CALL", 10)
EMERGENCY_NUMBER = env.text("EMERGENCY_NUMBER")

# --- messages -------------------------------------------------------------------------------------------------------
MESSAGE_FILE = Path(env.text("MESSAGE_FILE", str(VAR_DIR / "messages.jsonl")))
MESSAGE_SEGMENTS = env.number("MESSAGE_SEGMENTS", 3)
SALON_LINKS = env.words("SALON_LINKS")
TEXTS_PER_HOUR = env.number("TEXTS_PER_HOUR", 20)  # that callers cause, then nothing until a person resets it
TEXTS_PER_NUMBER = env.number("TEXTS_PER_NUMBER", 30)  # a day, whoever caused them; so are those that follow
TEXTS_PER_PREFIX = env.number("TEXTS_PER_PREFIX", 10)
TEXTS_PER_DAY = env.number("TEXTS_PER_DAY", 0)
TEXT_PRICE = env.amount("TEXT_PRICE")
TEXTS_MONEY_PER_DAY = env.amount("TEXTS_MONEY_PER_DAY")
TEXT_REPLIES_PER_DAY = env.number("TEXT_REPLIES_PER_DAY", 20)  # to one number: machines may answer each other
NUMBERS_GIVEN_PER_DAY = env.number("NUMBERS_GIVEN_PER_DAY", 3)
MESSAGE_LEASE = env.duration("MESSAGE_LEASE", "30s")  # longer than any backend's own time-out
MESSAGE_ASK_AFTER = env.duration("MESSAGE_ASK_AFTER", "60s")
MESSAGE_ASK_AGAIN = env.duration("MESSAGE_ASK_AGAIN", "30s")
MESSAGE_UNDECIDED_AFTER = env.duration("MESSAGE_UNDECIDED_AFTER", "10m")
MESSAGE_KEPT_AFTER = env.duration("MESSAGE_KEPT_AFTER", "10m")
MESSAGE_WEBHOOK_URL = env.text("MESSAGE_WEBHOOK_URL")
MESSAGE_WEBHOOK_SECRET = env.text("MESSAGE_WEBHOOK_SECRET")
TWILIO_ACCOUNT_SID = env.text("TWILIO_ACCOUNT_SID")
TWILIO_AUTH_TOKEN = env.text("TWILIO_AUTH_TOKEN")
TWILIO_AUTH_TOKEN_OLD = env.text("TWILIO_AUTH_TOKEN_OLD")
TWILIO_SENDER = env.text("TWILIO_SENDER")
TWILIO_POLL = env.duration("TWILIO_POLL", "5s")
TWILIO_BASE_URL = env.text("TWILIO_BASE_URL", "https://api.twilio.com")
_twilio = TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN and TWILIO_SENDER
MESSAGE_BACKEND = env.text(
    "MESSAGE_BACKEND",
    "supervision.delivery.twilio_sms.TwilioBackend" if _twilio else "supervision.delivery.console.ConsoleBackend",
)

# --- notices to the devices of supervisors --------------------------------------------------------------------------
VAPID_PRIVATE_KEY = env.text("VAPID_PRIVATE_KEY")  # else one is made on first use: supervision/vapid.py
PUSH_CONTACT = env.text("PUSH_CONTACT")
PUSH_DEVICE_EXPIRES = env.duration("PUSH_DEVICE_EXPIRES", "60d")
PUSH_SERVICES = env.words(
    "PUSH_SERVICES",
    "https://fcm.googleapis.com,https://*.push.apple.com,https://*.push.services.mozilla.com,https://*.notify.windows.com",
)

# --- the morning's digest -------------------------------------------------------------------------------------------
DIGEST_AT = env.clock("DIGEST_AT", "08:00")  # in the salon's zone
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_SECURITY = env.text("EMAIL_SECURITY", "starttls")
if EMAIL_SECURITY not in ("starttls", "tls", "none"):
    raise ImproperlyConfigured(f"EMAIL_SECURITY: expected starttls, tls or none, got {EMAIL_SECURITY!r}")
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_SECURITY == "starttls", EMAIL_SECURITY == "tls"
EMAIL_TIMEOUT = 8  # seconds; the job that mails has 30
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM") or EMAIL_HOST_USER or f"digest@{_public.hostname}"

# --- the receptionist -----------------------------------------------------------------------------------------------
# Vendors withdraw models without much notice: their names are settings, never literals.
LIVEKIT_URL = env.text("LIVEKIT_URL")
LIVEKIT_API_KEY = env.text("LIVEKIT_API_KEY")
LIVEKIT_API_SECRET = env.text("LIVEKIT_API_SECRET")
GROQ_API_KEY = env.text("GROQ_API_KEY")
GROQ_BASE_URL = env.text("GROQ_BASE_URL", "https://api.groq.com/openai/v1")
GROQ_MODEL = env.text("GROQ_MODEL", "openai/gpt-oss-120b")
GROQ_FALLBACK_MODEL = env.text("GROQ_FALLBACK_MODEL", "openai/gpt-oss-20b")
GROQ_STT_MODEL = env.text("GROQ_STT_MODEL", "whisper-large-v3-turbo")
ELEVEN_API_KEY = env.text("ELEVEN_API_KEY")
ELEVEN_BASE_URL = env.text("ELEVEN_BASE_URL", "https://api.elevenlabs.io/v1")
ELEVEN_VOICE_ID = env.text("ELEVEN_VOICE_ID", "EXAVITQu4vr4xnSDxMaL")
ELEVEN_TTS_MODEL = env.text("ELEVEN_TTS_MODEL", "eleven_flash_v2_5")
ELEVEN_STT_MODEL = env.text("ELEVEN_STT_MODEL", "scribe_v2_realtime")
AGENT_MAX_CALLS = env.number("AGENT_MAX_CALLS", 10)
AGENT_PROCESSES = env.number("AGENT_PROCESSES", 2)  # one can die, and the other has its callers; LiveKit's calls only
AGENT_BUSY_PERCENT = env.number("AGENT_BUSY_PERCENT", 80)  # of the time in which something waits for a processor
AGENT_DRAIN = env.duration("AGENT_DRAIN", "3s")  # less than what `runall` gives a process to end

# --- the telephone --------------------------------------------------------------------------------------------------
# What Django and the agent dial, and what a browser dials: behind a proxy, or in containers, they differ.
LIVEKIT_PUBLIC_URL = env.text("LIVEKIT_PUBLIC_URL") or re.sub("^http", "ws", LIVEKIT_URL)
LIVEKIT_SIP_URI = env.text("LIVEKIT_SIP_URI")
LIVEKIT_SERVER = env.text("LIVEKIT_SERVER")
PHONE_NUMBER = env.text("PHONE_NUMBER")
SALON_PHONE = env.text("SALON_PHONE")
ALLOW_LISTENING = env.flag("ALLOW_LISTENING")
RECORD_CALLS = env.flag("RECORD_CALLS")
RECORDINGS_KEPT = env.duration("RECORDINGS_KEPT", "30d")
RECORDINGS_DIR = VAR_DIR / "recordings"
PUBLIC_CALLS = env.flag("PUBLIC_CALLS")
HOLD_WINDOW = env.duration("HOLD_WINDOW", "30s")
PERSON_WINDOW = env.duration("PERSON_WINDOW", "20s")
SILENCE = env.duration("SILENCE", "8s")  # then she asks whether the caller is still there
CALL_MAX_MINUTES = env.number("CALL_MAX_MINUTES", 30)

# --- what calls cost, for the page of numbers; TEXT_PRICE stands with the messages -----------------------------------
PRICE_INPUT_TOKENS = env.amount("PRICE_INPUT_TOKENS")
PRICE_OUTPUT_TOKENS = env.amount("PRICE_OUTPUT_TOKENS")
PRICE_VOICE = env.amount("PRICE_VOICE")
PRICE_EARS = env.amount("PRICE_EARS")
PRICE_LINE = env.amount("PRICE_LINE")

# --- knowledge ------------------------------------------------------------------------------------------------------
SALON_CONTEXT = env.text("SALON_CONTEXT", "glow")
EMBEDDING_MODEL_DIR = BASE_DIR / "knowledge" / "embedding_model"

# --- calls upward, by name ------------------------------------------------------------------------------------------
DOCTOR_CHECKS = {  # async generators of findings; supervision may not import the receptionist
    "Database": "supervision.doctor.database",
    "Receptionist": "supervision.doctor.receptionist",
    "LiveKit": "voice_agent.doctor.livekit.check",
    "Telephone": "supervision.doctor.telephone",
    "Groq": "voice_agent.doctor.groq.check",
    "ElevenLabs": "voice_agent.doctor.elevenlabs.check",
    "Twilio": "supervision.doctor.texts",
}
DOCTOR_CALL = "voice_agent.doctor_call.hold"

# --- what is written to the console ---------------------------------------------------------------------------------
LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django-q": {"level": "WARNING"},
        # refused already; a stranger could fill the disk with their tracebacks
        "django.security": {"handlers": ["nowhere"], "propagate": False},
        **{name: {"level": LOG_LEVEL} for name in ("knowledge", "supervision", "voice_agent", "salon_receptionist")},
    },
}

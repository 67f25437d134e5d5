"""Superset's configuration: read from the environment only, the same on a laptop and in a container.

======================  ===========================================================================================
variable                meaning
======================  ===========================================================================================
TETRA_STATE_DIR         Superset's caches live in ``superset/cache`` below it
SUPERSET_SECRET_KEY     signs sessions and encrypts what the metadata database keeps secret
SUPERSET_METADATA_URI   URI of Superset's own database, as the role that owns it
TETRA_READER_URL        libpq URL of the warehouse as ``tetra_reader``
TETRA_READER_PASSWORD   that role's password; need not be set where the URL carries it
======================  ===========================================================================================

Point ``SUPERSET_CONFIG_PATH`` here, and ``SUPERSET_HOME`` below the state directory (Superset reads that one itself).
When a variable is missing, every command and the web server stop with its name.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from superset.config import TALISMAN_CONFIG as _SUPERSET_TALISMAN_CONFIG
from superset.config import THEME_DEFAULT as _SUPERSET_THEME

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set; start Superset through make or docker compose, or export it")
    return value


_CACHE = Path(_required("TETRA_STATE_DIR")).resolve() / "superset" / "cache"
_READER = urlsplit(_required("TETRA_READER_URL"))
_READER_PASSWORD = os.environ.get("TETRA_READER_PASSWORD") or unquote(_READER.password or "")
if not _READER_PASSWORD:
    raise RuntimeError("neither TETRA_READER_PASSWORD is set nor does TETRA_READER_URL carry a password")

# --- Superset's own database --------------------------------------------------------------------------------------
SECRET_KEY = _required("SUPERSET_SECRET_KEY")
SQLALCHEMY_DATABASE_URI = _required("SUPERSET_METADATA_URI")
SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 5}
ALEMBIC_SKIP_LOG_CONFIG = True  # or migrating would silence every logger there is


# --- the warehouse: no password in a YAML file or in the metadata database -----------------------------------------
def lookup_reader_password(url: URL) -> str | None:
    """Return the reader's password for the warehouse, and for nothing else.

    Superset asks for every connection it opens. Host and port are compared too: a connection that an administrator
    adds by hand must not carry this password to another server.
    """
    is_warehouse = (url.username, url.host, url.port) == (_READER.username, _READER.hostname, _READER.port)
    return _READER_PASSWORD if is_warehouse else None


SQLALCHEMY_CUSTOM_PASSWORD_STORE = lookup_reader_password


# --- caches: files are enough for one machine; data a minute old at most, so that a finished run shows at once ------
def _file_cache(name: str, seconds: int) -> dict[str, Any]:
    return {
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": str(_CACHE / name),
        "CACHE_DEFAULT_TIMEOUT": seconds,
        "CACHE_THRESHOLD": 2000,
    }


CACHE_CONFIG = _file_cache("metadata", 86_400)
DATA_CACHE_CONFIG = _file_cache("data", 60)

# --- limits -------------------------------------------------------------------------------------------------------
ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
SUPERSET_WEBSERVER_TIMEOUT = 60
SQLLAB_TIMEOUT = 30  # as long as the reader's statement timeout
# the limiter's memory would be per process, and nothing listens beyond loopback
RATELIMIT_ENABLED = False

# --- who may come in ----------------------------------------------------------------------------------------------
AUTH_USER_REGISTRATION = False
SUPERSET_WEBSERVER_ADDRESS = "127.0.0.1"
WTF_CSRF_ENABLED = True
# cookies know no ports: with the usual name, Airflow's login on the same host would end this one's session
SESSION_COOKIE_NAME = "tetra_superset_session"

# --- the browser talks to this server and to nobody else ------------------------------------------------------------
TALISMAN_ENABLED = True
TALISMAN_CONFIG = copy.deepcopy(_SUPERSET_TALISMAN_CONFIG)
TALISMAN_CONFIG["content_security_policy"] |= {
    # the telemetry pixel is compiled into the front end: no setting of Superset's switches it off, this does
    "img-src": ["'self'", "blob:", "data:"],
    "connect-src": ["'self'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "font-src": ["'self'"],
    "frame-ancestors": ["'self'"],
}

# --- looks --------------------------------------------------------------------------------------------------------
APP_NAME = "Tetra"
THEME_DEFAULT = {
    **_SUPERSET_THEME,
    "token": {
        **_SUPERSET_THEME["token"],
        "brandAppName": APP_NAME,
        "brandLogoHref": "/superset/dashboard/strategy-rankings/",
        # every box has its name below it: a legend that says "boxplot, outlier" adds nothing
        "echartsOptionsOverridesByChartType": {"box_plot": {"legend": {"show": False}}},
    },
}
THEME_DARK = None  # the colours of the charts are chosen for a light page
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "tetra",
        "label": "Tetra",
        "description": "Muted and told apart by the colour-blind too (after Okabe and Ito, 2008)",
        "colors": [
            "#3B6FA0", "#D98032", "#4E9A7F", "#B5527A", "#8A8F98",
            "#7A6FB0", "#C9A227", "#5AA7C7", "#A65E4E", "#6B8E4E",
        ],
    }
]  # fmt: skip

"""Settings: frozen, read once from the environment, refused at the start when one is wrong."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

SEARCH_ENGINES = ("auto", "whoosh", "database")
SEARCH_LANGUAGES = (
    *("ar", "da", "de", "en", "es", "fi", "fr", "hu", "it", "ja"),
    *("ko", "nl", "no", "pt", "ro", "ru", "sv", "tr", "zh"),
)


class SettingsError(Exception):
    """A setting cannot be used; the message names it, says why, and what would be right."""


@dataclass(frozen=True)
class Settings:
    """Every setting of the product; `.env.example` tells each one's meaning."""

    secret_key: str
    data_dir: Path
    database_url: str
    redis_url: str | None = None
    site_name: str = "Bestbefore"
    company_name: str = "Bestbefore Telecom"
    site_url: str = "http://127.0.0.1:8000"
    time_zone: str = "UTC"
    host: str = "127.0.0.1"
    port: int = 8000
    web_workers: int = 1
    web_threads: int = 4
    mail_url: str = "folder:"
    mail_from: str = "Bestbefore <noreply@localhost>"
    dev_mail_page: bool = False
    page_cache_mb: int = 32
    behind_proxies: int = 0
    argon2_time_cost: int = 2
    argon2_memory_kib: int = 19456
    posts_per_hour: int = 30
    link_check: bool = False
    worker_poll_seconds: float = 0.25
    semantic_search: bool = True
    search_engine: str = "auto"
    search_language: str = "en"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database_url.startswith("sqlite")

    @property
    def search_in_database(self) -> bool:
        """Whether the search index is kept in the database, rather than in a folder."""
        return self.search_engine == "database" or (self.search_engine == "auto" and not self.is_sqlite)

    @property
    def secure_cookies(self) -> bool:
        """Cookies are marked Secure when the site is served over https."""
        return urlsplit(self.site_url).scheme == "https"

    @property
    def session_lifetime(self) -> timedelta:
        """How long a session lives without being used."""
        return timedelta(days=30)


def environment(environ: Mapping[str, str], env_file: Path | None = Path(".env")) -> dict[str, str]:
    """`environ` over what the file `.env` holds."""
    found = dotenv_values(env_file) if env_file is not None and env_file.is_file() else {}
    return {**{key: value for key, value in found.items() if value is not None}, **environ}


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from environment variables.

    Refuses (SettingsError) a number that is none or out of range, an unknown database or mail address scheme, a site address
    without scheme and host, an unknown time zone, search engine or language, a data folder that cannot be written, and a secret
    that is too short.
    """
    data_dir = Path(environ.get("DATA_DIR") or "var").expanduser().resolve()
    _writable(data_dir)
    mail_url = environ.get("MAIL_URL") or f"folder:{data_dir / 'mail'}"
    if mail_url == "folder:":
        mail_url = f"folder:{data_dir / 'mail'}"
    return Settings(
        secret_key=_secret(environ.get("SECRET_KEY"), data_dir),
        data_dir=data_dir,
        database_url=_database(environ.get("DATABASE_URL"), data_dir),
        redis_url=_url(environ, "REDIS_URL", ("redis", "rediss", "unix")),
        site_name=environ.get("SITE_NAME") or "Bestbefore",
        company_name=environ.get("COMPANY_NAME") or "Bestbefore Telecom",
        site_url=_site_url(environ.get("SITE_URL"), _host(environ), _number(environ, "PORT", 8000, 1, 65535)),
        time_zone=_zone(environ.get("TIME_ZONE") or "UTC"),
        host=_host(environ),
        port=_number(environ, "PORT", 8000, 1, 65535),
        web_workers=_number(environ, "WEB_WORKERS", 1, 1, 64),
        web_threads=_number(environ, "WEB_THREADS", 4, 1, 256),
        mail_url=_mail(mail_url),
        mail_from=environ.get("MAIL_FROM") or "Bestbefore <noreply@localhost>",
        dev_mail_page=_flag(environ, "DEV_MAIL_PAGE"),
        page_cache_mb=_number(environ, "PAGE_CACHE_MB", 32, 0, 65536),
        behind_proxies=_number(environ, "BEHIND_PROXIES", 0, 0, 10),
        argon2_time_cost=_number(environ, "ARGON2_TIME_COST", 2, 1, 20),
        argon2_memory_kib=_number(environ, "ARGON2_MEMORY_KIB", 19456, 8, 4_194_304),
        posts_per_hour=_number(environ, "POSTS_PER_HOUR", 30, 1, 100_000),
        link_check=_flag(environ, "LINK_CHECK"),
        worker_poll_seconds=_number(environ, "WORKER_POLL_MS", 250, 10, 60_000) / 1000,
        semantic_search=_flag(environ, "SEMANTIC_SEARCH", default="1"),
        search_engine=_one_of(environ, "SEARCH_ENGINE", "auto", SEARCH_ENGINES),
        search_language=_one_of(environ, "SEARCH_LANGUAGE", "en", SEARCH_LANGUAGES),
    )


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name)
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        raise SettingsError(f"{name} is {text!r}; it must be a whole number from {low} to {high}.") from None
    if not low <= value <= high:
        raise SettingsError(f"{name} is {value}; it must be from {low} to {high}.")
    return value


def _flag(environ: Mapping[str, str], name: str, default: str = "0") -> bool:
    text = (environ.get(name) or default).strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise SettingsError(f"{name} is {text!r}; it must be 1 or 0.")


def _one_of(environ: Mapping[str, str], name: str, default: str, known: tuple[str, ...]) -> str:
    text = (environ.get(name) or default).strip().lower()
    if text not in known:
        raise SettingsError(f"{name} is {text!r}; it must be one of {', '.join(known)}.")
    return text


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    text = environ.get(name)
    if not text:
        return None
    if urlsplit(text).scheme not in schemes:
        raise SettingsError(f"{name} is {_shown(text)!r}; it must start with {' or '.join(f'{s}://' for s in schemes)}.")
    return text


def _shown(url: str) -> str:
    """An address without its password, for messages."""
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":…@") if parts.password else url


def _host(environ: Mapping[str, str]) -> str:
    return environ.get("HOST") or "127.0.0.1"


def _site_url(text: str | None, host: str, port: int) -> str:
    if not text:
        return f"http://{host}:{port}"
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"SITE_URL is {text!r}; it must be the site's address, as https://help.example.com.")
    return text.rstrip("/")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"TIME_ZONE is {name!r}; it must be a zone of the tz database, as Europe/Berlin.") from None
    return name


def _database(text: str | None, data_dir: Path) -> str:
    if not text:
        return f"sqlite:///{data_dir / 'bestbefore.db'}"
    scheme = urlsplit(text).scheme
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return "postgresql+psycopg" + text[len(scheme) :]
    if scheme == "sqlite":
        return text
    raise SettingsError(f"DATABASE_URL is {_shown(text)!r}; it must start with postgresql:// or sqlite:///.")


def _mail(text: str) -> str:
    if text.startswith("folder:") or urlsplit(text).scheme in {"smtp", "smtps"}:
        return text
    raise SettingsError(f"MAIL_URL is {_shown(text)!r}; it must be folder:PATH, smtp://… or smtps://….")


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(f"DATA_DIR is {str(folder)!r}; it cannot be written ({error.strerror}).") from None


def _secret(text: str | None, data_dir: Path) -> str:
    """The key given, or one made at the first start and kept in the data folder, readable by its owner only."""
    if text:
        if len(text) < 32:  # noqa: PLR2004 - the limit is said in the message
            raise SettingsError("SECRET_KEY is too short; it must have at least 32 characters.")
        return text
    kept = data_dir / "secret_key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32))
    return kept.read_text().strip()

"""The product as it is served: web server and worker in processes of their own, with the commands `make run` uses."""

import dataclasses
import socket
import sys
import urllib.error
import urllib.request

from app.config import Settings
from app.serve import web_command
from tests.servers import Server
from tests.source import ROOT


class Web(Server):
    """The web server with `settings`, which say where the migrated database is; its port is its own."""

    name = "web"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        """Where to go, without a slash at the end."""
        self.settings = dataclasses.replace(settings, port=port, site_url=self.url)

    def command(self) -> list[str]:
        return web_command(self.settings)

    def environment(self) -> dict[str, str]:
        return as_environment(self.settings)

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True


class Worker(Server):
    """The worker of the product with `settings`."""

    name = "worker"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings

    def command(self) -> list[str]:
        return [sys.executable, "-m", "app.worker"]

    def environment(self) -> dict[str, str]:
        return as_environment(self.settings)

    def answers(self) -> bool:
        return (self.folder / "pid").exists()


def as_environment(settings: Settings) -> dict[str, str]:
    """What a process of its own has to be told to have the settings of a test; a `.env` of the checkout is out of its way."""
    return {
        "PYTHONPATH": str(ROOT),
        "SECRET_KEY": settings.secret_key,
        "SITE_URL": settings.site_url,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url or "",
        "MAIL_URL": settings.mail_url,
        "WEB_WORKERS": str(settings.web_workers),
        "WEB_THREADS": str(settings.web_threads),
        "PAGE_CACHE_MB": str(settings.page_cache_mb),
        "DEV_MAIL_PAGE": str(int(settings.dev_mail_page)),
        "POSTS_PER_HOUR": str(settings.posts_per_hour),
        "ARGON2_TIME_COST": str(settings.argon2_time_cost),
        "ARGON2_MEMORY_KIB": str(settings.argon2_memory_kib),
        "SEMANTIC_SEARCH": str(int(settings.semantic_search)),
    }


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

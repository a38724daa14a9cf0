"""The product as it is served: a production server in a process of its own, on a free port."""

import socket
import sys
import urllib.error
import urllib.request

from app.config import Settings
from tests.servers import Server
from tests.source import ROOT


class Web(Server):
    """The web server with `settings`, which say where the migrated database is; its port is its own."""

    name = "web"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self._port = free_port()

    @property
    def url(self) -> str:
        """Where to go, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def command(self) -> list[str]:
        return [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self._port),
            "--no-ws", "wsgi:app",
        ]  # fmt: skip

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(ROOT), **as_environment(self.settings), "SITE_URL": self.url}

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/", timeout=5).close()
        except urllib.error.HTTPError as answer:
            answer.close()
        except OSError:
            return False
        return True


def as_environment(settings: Settings) -> dict[str, str]:
    """What a process of its own has to be told to have the settings of a test."""
    return {
        "SECRET_KEY": settings.secret_key,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url or "",
        "MAIL_URL": settings.mail_url,
        "ARGON2_TIME_COST": str(settings.argon2_time_cost),
        "ARGON2_MEMORY_KIB": str(settings.argon2_memory_kib),
    }


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

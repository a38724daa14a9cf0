"""Addresses on the web as answers link to them: which can be checked at all, and one way of writing each."""

import ipaddress
import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, urlsplit

MOST_LINKS = 20
"""The most links of one answer that are kept."""
LONGEST = 2000
"""Longer addresses are not kept."""
STANDARD = {"http": 80, "https": 443}
AT_HOME = frozenset(
    {*("local", "localhost", "lan", "home", "internal", "intranet", "corp", "localdomain", "arpa", "onion", "invalid", "test")}
)
"""Last parts of names that lead to each reader's own network, or nowhere: a router's page is alive where the router is."""
ROUTERS = frozenset({"fritz.box", "speedport.ip", "easy.box", "router.asus.com", "routerlogin.net", "tplinkwifi.net"})
"""Names that routers answer to themselves."""

_BREAKS = re.compile(r"[\t\r\n]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"[a-z0-9._:-]+")
_LINK = re.compile(r"""<a\s(?:[^>"]|"[^"]*")*?\bhref="([^"]*)["]""")
"""As nh3 writes it: what looks like a tag in a text is escaped there."""


@dataclass(frozen=True)
class Target:
    """What is to be asked."""

    secure: bool
    host: str
    port: int
    path: str
    """With its query."""

    @property
    def url(self) -> str:
        """The one way of writing it: small host, no standard port, no fragment."""
        scheme = "https" if self.secure else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == STANDARD[scheme] else f":{self.port}"
        return f"{scheme}://{host}{port}{self.path}"


def target(url: str, ports: frozenset[int] | None = frozenset(STANDARD.values())) -> Target | None:
    """An address taken apart; None for what is not asked: another scheme, a name and password in it, another port than `ports`
    (None: any), too long, or no address at all."""
    text = _BREAKS.sub("", url).strip()
    try:
        parts = urlsplit(text)
        port = parts.port
        host = _ascii((parts.hostname or "").rstrip("."))
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in STANDARD or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    if len(text) > LONGEST or _CONTROLS.search(text):
        return None
    port = STANDARD[parts.scheme] if port is None else port
    if ports is not None and port not in ports:
        return None
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?[]')}" if parts.query else ""
    return Target(parts.scheme == "https", host, port, path + query)


def links(html: str, own_host: str = "") -> tuple[Target, ...]:
    """The links of a text (its stored HTML) that can be checked, each once, up to MOST_LINKS. Not the site's own, nor what leads
    into readers' own networks."""
    found: dict[str, Target] = {}
    for address in _LINK.findall(html):
        where = target(unescape(address))
        if where is not None and where.host != own_host and not _is_at_home(where.host):
            found.setdefault(where.url, where)
        if len(found) == MOST_LINKS:
            break
    return tuple(found.values())


def _is_at_home(host: str) -> bool:
    """Whether a name leads every reader somewhere else, or is a bare number, however it is written: 0x7f.1 is 127.0.0.1."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        last = host.rpartition(".")[2]
        numeric = last.isdigit() or last.startswith("0x")
        return "." not in host or numeric or last in AT_HOME or host in ROUTERS


def _ascii(host: str) -> str:
    """A name as it is looked up. UnicodeError for what cannot be one."""
    return host.lower() if host.isascii() else host.encode("idna").decode().lower()

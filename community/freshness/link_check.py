"""Whether an address on the web still leads somewhere: asked politely, and without ever reaching into a private network.

Every target, also of a redirect, is resolved once, all its addresses are looked at, and the connection goes to the very address
that was looked at; so neither a name that points inside, nor one that changes its mind between two questions, leads anywhere.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urljoin

from community.freshness.addresses import Target, target

TIMEOUT = 8.0
"""Seconds that one step of a conversation may take: connecting, or the next bytes of the answer."""
LONGEST = 20.0
"""Seconds that all of it may take, redirects included."""
REDIRECTS = 5
"""The most redirects that are followed."""
PORTS = frozenset({80, 443})
NOT_FOR_HEAD = 400
"""From this status on the answer to HEAD is not believed, and GET is asked: many servers refuse HEAD, or get it wrong."""
EXISTS = frozenset({401, 403, 405, 407, 418, 425, 429, 451, 501})
"""Refusals that say that there is something, only not for us."""

NO_SUCH_HOST = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
"""What the resolver says of a name that there is not; anything else says that the resolver does not work."""

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
"""A host's addresses. Raises socket.gaierror."""

_NOT_FOR_US = (ipaddress.ip_network("168.63.129.16/32"), ipaddress.ip_network("64:ff9b:1::/48"))
"""Public by their numbers, but services of the machine's own host (Azure's), or of a local network."""


class Verdict(Enum):
    """What a check found."""

    FINE = "fine"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It could not be told, or was not ours to ask."""


@dataclass(frozen=True)
class Finding:
    """A check's verdict, and in words what was in the way."""

    verdict: Verdict
    problem: str = ""


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet: not to this machine, a private or local network, a group, nor to a service
    of the machine's host; whatever it is wrapped in."""
    if any(address in network for network in _NOT_FOR_US if network.version == address.version):
        return False
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _embedded(address)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address in one that a translator makes of it (RFC 6052), or in the old "compatible" form (RFC 4291)."""
    number = int(address)
    in_nat64 = number >> 32 == int(IPv6Address("64:ff9b::")) >> 32
    return IPv4Address(number & 0xFFFFFFFF) if in_nat64 or number >> 32 == 0 else None


def system_resolver(host: str, port: int) -> Sequence[str]:
    """What this machine's resolver says, each address once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check(
    url: str,
    user_agent: str,
    *,
    resolve: Resolver = system_resolver,
    may_reach: Callable[[Address], bool] = is_public,
    ports: frozenset[int] | None = PORTS,
    timeout: float = TIMEOUT,
    longest: float = LONGEST,
) -> Finding:
    """Ask with HEAD, and with GET where HEAD is refused or fails; follow redirects, each looked at like the first address.

    Failed: there is no such host, nothing listens, no answer in time, 404, 410, and 5xx. Fine: anything else that answers, also
    what answers "not you" (401, 403, 429). Unknown: what may not be asked (a private address, another port), endless
    redirects, a certificate that this machine does not trust, and a resolver that does not work.
    No body is read. `may_reach`, `resolve` and `ports` are for tests; nothing a site can set leads here.
    """
    asking = _Asking(user_agent, resolve, may_reach, ports, timeout, time.monotonic() + longest)
    head = asking.follow("HEAD", url)
    if head.verdict == Verdict.UNKNOWN or (head.verdict == Verdict.FINE and not asking.refused):
        return head
    if asking.unreachable:
        return head
    return asking.follow("GET", url)


class _Asking:
    """One address being asked for."""

    def __init__(
        self,
        user_agent: str,
        resolve: Resolver,
        may_reach: Callable[[Address], bool],
        ports: frozenset[int] | None,
        timeout: float,
        until: float,
    ) -> None:
        self._headers = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
        self._resolve, self._may_reach, self._ports = resolve, may_reach, ports
        self._timeout, self._until = timeout, until
        self.refused = False
        """The last answer was a refusal, which may have been of the method only."""
        self.unreachable = False
        """There was nobody to ask, so another method would find nobody either."""

    def follow(self, method: str, url: str) -> Finding:
        """One method, from the first address to where its redirects end."""
        self.refused = self.unreachable = False
        for _ in range(REDIRECTS + 1):
            where = target(url, self._ports)
            if where is None:
                return Finding(Verdict.UNKNOWN, "it leads to an address that is not asked")
            try:
                status, location = self._ask(method, where)
            except _Stop as stop:
                return stop.finding
            if status in (301, 302, 303, 307, 308) and location:
                url = urljoin(url, location)
                continue
            self.refused = status >= NOT_FOR_HEAD
            return _judge(status)
        return Finding(Verdict.UNKNOWN, "it redirects without end")

    def _ask(self, method: str, where: Target) -> tuple[int, str]:
        """The status and where it redirects to. Raises _Stop where there is no answer."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise _Stop(Verdict.FAILED, "no answer in time")
        connection = _Pinned(where, self._addresses(where), min(self._timeout, left))
        with closing(connection):
            watch = threading.Timer(left, connection.cut)
            watch.daemon = True
            watch.start()
            try:
                connection.request(method, where.path, headers=self._headers)
                answer = connection.getresponse()
                return answer.status, answer.getheader("Location") or ""
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, TimeoutError) or time.monotonic() >= self._until:
                    raise _Stop(Verdict.FAILED, "no answer in time") from None
                if isinstance(error, ssl.SSLError):
                    raise _Stop(Verdict.UNKNOWN, "no trusted connection to it can be made") from None
                self.unreachable = isinstance(error, ConnectionRefusedError)
                raise _Stop(Verdict.FAILED, "nothing answers there") from None
            finally:
                watch.cancel()

    def _addresses(self, where: Target) -> Sequence[Address]:
        """Where the name leads, all of it open to the public; one that also leads inside is not asked at all."""
        try:
            found = [ipaddress.ip_address(text.partition("%")[0]) for text in self._resolve(where.host, where.port)]
        except socket.gaierror as error:
            self.unreachable = True
            if error.errno in NO_SUCH_HOST:
                raise _Stop(Verdict.FAILED, "there is no such host") from None
            raise _Stop(Verdict.UNKNOWN, "its name could not be looked up") from None
        except (UnicodeError, ValueError):
            raise _Stop(Verdict.UNKNOWN, "its name is none") from None
        if not found or not all(self._may_reach(address) for address in found):
            raise _Stop(Verdict.UNKNOWN, "it leads to an address that is not asked")
        return found


class _Stop(Exception):
    """No answer, and what that says."""

    def __init__(self, verdict: Verdict, problem: str) -> None:
        super().__init__(problem)
        self.finding = Finding(verdict, problem)


class _Pinned(http.client.HTTPConnection):
    """A connection to the very addresses that were looked at, tried in turn; Host and the certificate's name stay the link's."""

    def __init__(self, where: Target, addresses: Sequence[Address], timeout: float) -> None:
        super().__init__(where.host, where.port, timeout=timeout)
        self.default_port = 443 if where.secure else 80
        self._where, self._addresses = where, addresses

    def connect(self) -> None:
        """Connect to the first address that takes it."""
        failure: OSError = ConnectionRefusedError()
        for address in self._addresses[:2]:
            try:
                plain = socket.create_connection((str(address), self._where.port), self.timeout)
            except OSError as error:
                failure = error
                continue
            self.sock = plain
            if self._where.secure:
                self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self._where.host)
            return
        raise failure

    def cut(self) -> None:
        """End the conversation, from another thread: a server that sends a byte a second would keep us for ever."""
        open_socket = self.sock
        if open_socket is not None:
            try:
                socket.socket.shutdown(open_socket, socket.SHUT_RDWR)
            except OSError:
                return


def _judge(status: int) -> Finding:
    if status in EXISTS or status < NOT_FOR_HEAD:
        return Finding(Verdict.FINE)
    if status in (404, 410):
        return Finding(Verdict.FAILED, f"the server says that it is not there ({status})")
    if status >= 500:  # noqa: PLR2004 - where server errors begin
        return Finding(Verdict.FAILED, f"the server fails ({status})")
    return Finding(Verdict.FINE)

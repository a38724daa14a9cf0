"""What a request tells about who sends it, and where they may be sent on to."""

import hashlib
import ipaddress

from flask import request

from app.accounts.fields import email_key
from app.security import limit

HOME = "/"


def network() -> str:
    """Where the request comes from, for counting: an address, or for IPv6 the /64 that one household or machine has whole."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address)


def user_agent() -> str:
    """What the browser says it is."""
    return request.headers.get("User-Agent", "")


def limit_attempts(name: str, email: str) -> None:
    """Count one attempt against the limit `name`, for where it comes from and for the account it is about.

    Raises TooMany. It counts the same whether the account exists; what is kept of the address is a digest.
    """
    limit(name, f"network:{network()}")
    typed = email_key(email) or email.strip().lower()
    limit(name, f"account:{hashlib.sha256(typed.encode(errors='replace')).hexdigest()[:32]}")


def safe_next(target: str) -> str:
    """Where to go after signing in: `target` when it is a path of this site, else the front page.

    A browser drops tabs and line ends from an address and takes a backslash for a slash, so that "/\\\\evil" or "/<tab>/evil" is
    another site's.
    """
    is_path = target.startswith("/") and not target.startswith("//")
    return target if is_path and "\\" not in target and all(" " < character != "\x7f" for character in target) else HOME

"""What every request has to pass and every response carries: forgery check, headers, rate limits."""

import logging
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from app.errors import Forbidden, TooMany

log = logging.getLogger(__name__)

SECONDS_TO_WAIT = 0.5
"""How long a request may wait for a Redis that does not answer."""
SESSION_COOKIE = "bestbefore_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

LIMITS = {
    "sign-in": "10/5minutes",
    "sign-up": "10/hour",
    "mail-link": "5/hour",
    "signal": "30/hour",
    "vote": "12/minute",
    "preview": "120/minute",
    "search": "120/minute",
    "suggest": "300/minute",
}
"""Rate limits by name, per network address (or person where one is signed in)."""


def init_app(app: Flask, redis_url: str | None) -> None:
    """Give `app` the forgery check, the headers and the rate limiter (in Redis where there is one, else in this process)."""
    limiters = [MovingWindowRateLimiter(MemoryStorage())]
    if redis_url:
        limiters.insert(0, MovingWindowRateLimiter(_redis_storage(redis_url)))
    app.extensions["bestbefore_limiters"] = limiters
    app.extensions["bestbefore_limits"] = {name: parse(text) for name, text in LIMITS.items()}
    app.before_request(refuse_forgery)
    app.after_request(add_headers)


def refuse_forgery() -> None:
    """Refuse a change that another site's page sent.

    Browsers say where a request comes from: `Sec-Fetch-Site`, or `Origin`, or at least `Referer`. One that says nothing is no
    browser page of today; it is let through only without our cookie, so that it can do no more than anybody.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise Forbidden("This form was sent from another site, so nothing was changed. Open the page here and try again.")
        return
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if source is None:
        if SESSION_COOKIE in request.cookies:
            raise Forbidden("Your browser did not say which page sent this form, so nothing was changed.")
        return
    if not _is_ours(source):
        raise Forbidden("This form was sent from another site, so nothing was changed. Open the page here and try again.")


def _is_ours(source: str) -> bool:
    try:
        return urlsplit(source)[:2] in {urlsplit(request.host_url)[:2], urlsplit(current_app.config["SITE_URL"])[:2]}
    except ValueError:  # an address with half a bracket
        return False


def add_headers(response: Response) -> Response:
    """The security headers on every response."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def limit(name: str, who: str) -> None:
    """Count one act of `who` against the limit `name`; raises TooMany when it is reached.

    With Redis all processes count together; while it is away each counts for itself, so that nothing is ever unlimited.
    """
    item: RateLimitItem = current_app.extensions["bestbefore_limits"][name]
    for limiter in current_app.extensions["bestbefore_limiters"]:
        try:
            allowed = limiter.hit(item, name, who)
        except StorageError as error:
            log.warning("the common count of limits cannot be reached, this process counts alone: %s", error)
            continue
        if not allowed:
            minutes = max(1, item.get_expiry() // 60)
            raise TooMany(f"That was too often. Wait a little (up to {minutes} minutes) and try again.", item.get_expiry())
        return


def _redis_storage(redis_url: str) -> RedisStorage:
    """The common count. The library's name for a socket of this machine is another one than Redis's own."""
    address = redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url
    return RedisStorage(address, wrap_exceptions=True, socket_timeout=SECONDS_TO_WAIT, socket_connect_timeout=SECONDS_TO_WAIT)

"""The roof: one function puts the house together."""

import importlib
import os
from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import assets, clock, config, error_pages, frame, pagecache, security
from app.accounts.views import blueprint as accounts_blueprint
from app.accounts.views import login
from app.config import Settings
from app.db import READ_ISOLATION, db, prepare_engine
from app.importers import models as importer_models  # noqa: F401 - its table has to be known to the migrations
from app.methods import MethodOverride
from app.outbox import AT_ONCE
from app.schedule import ScheduledJob  # noqa: F401 - as above
from app.views_counter import ViewCounter
from community import questions
from community.badges.views.badges import blueprint as badges_blueprint
from community.badges.views.ranks import blueprint as ranks_blueprint
from community.boards import subjects
from community.boards.causes import CHECKERS
from community.fairness.views import blueprint as fairness_blueprint
from community.rewards import findings
from community.views import blueprints as community_blueprints
from reputation import neighbours
from reputation.neighbours import Neighbours
from reputation.rewards import holds, shown
from search import at_once
from search.deflection.views import blueprint as deflection_blueprint
from search.duplicates.views import blueprint as duplicates_blueprint
from search.explained.views import blueprint as explained_blueprint
from search.feed.views import blueprint as feed_blueprint
from search.saved.views import blueprint as saved_blueprint
from search.suggest.views import blueprint as suggest_blueprint
from search.views import blueprint as search_blueprint

ROOT = Path(__file__).resolve().parent.parent
LARGEST_UPLOAD = 4 * 1024 * 1024
LARGEST_FORM = 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The application. Without `settings` they are read from the environment and `.env`; a wrong one raises SettingsError."""
    settings = settings or config.load(config.environment(os.environ))
    app = Flask("bestbefore", root_path=str(ROOT), template_folder="templates", static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SITE_URL=settings.site_url,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        SESSION_COOKIE_NAME=security.SESSION_COOKIE,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=settings.session_lifetime,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    if settings.redis_url:
        # RQ and Redis cost 20 MB and an eighth of a second; only a site that has a Redis loads them.
        importlib.import_module("app.doorbell").init_app(app, settings.redis_url)
    if settings.search_in_database:
        app.extensions[AT_ONCE] = {"question.changed": at_once.index_question}
    views = ViewCounter(app, _count_views)
    app.extensions["bestbefore_views"] = views
    pagecache.init_app(app, settings.page_cache_mb * 1024 * 1024, views.count)
    security.init_app(app, settings.redis_url)
    assets.init_app(app, ROOT / "static")
    login.init_app(app)
    app.extensions[frame.REWARDS_SHOWN] = shown.Shown()
    app.extensions[holds.FINDINGS] = findings.undecided
    frame.init_app(app, settings)
    error_pages.init_app(app)
    neighbours.init_app(app, Neighbours(tags_of=subjects.tags_of, leads_to=subjects.leads_to, checkers=CHECKERS))
    finding = (search_blueprint, suggest_blueprint, saved_blueprint, explained_blueprint, feed_blueprint)
    before_asking = (deflection_blueprint, duplicates_blueprint)
    for blueprint in (accounts_blueprint, *community_blueprints, *finding, *before_asking):
        app.register_blueprint(blueprint)
    for blueprint in (badges_blueprint, ranks_blueprint, fairness_blueprint):
        app.register_blueprint(blueprint)
    app.add_url_rule("/healthz", "health", _health)
    _wrap(app, settings)
    return app


def _count_views(counts: Mapping[int, int]) -> None:
    questions.count_views(counts, now=clock.utcnow())


def _health() -> tuple[str, dict[str, str]]:
    """For load balancers: this process answers."""
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


def _wrap(app: Flask, settings: Settings) -> None:
    app.wsgi_app = MethodOverride(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way to add middleware
    if settings.behind_proxies:
        count = settings.behind_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # as above


def _engine_options(settings: Settings) -> dict[str, object]:
    if settings.is_sqlite:
        return {"connect_args": {"check_same_thread": False}}
    return {
        "isolation_level": READ_ISOLATION,
        "pool_size": settings.web_threads,
        "max_overflow": 4,
        "pool_pre_ping": True,
    }

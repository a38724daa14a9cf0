"""The roof: one function puts the house together."""

import os
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

import community.models  # noqa: F401 - the tables have to be known to the migrations
import reputation.models  # noqa: F401 - as above
from app import config, outbox, pages, schedule, security  # noqa: F401 - as above
from app.accounts import models as account_models  # noqa: F401 - as above
from app.accounts import views as account_views
from app.accounts.views import login
from app.config import Settings
from app.db import db, prepare_engine
from app.importers import models as importer_models  # noqa: F401 - as above
from app.methods import MethodOverride

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings | None = None) -> Flask:
    """The application. Without `settings` they are read from the environment and `.env`; a wrong one raises SettingsError."""
    settings = settings or config.load(config.environment(os.environ))
    app = Flask("bestbefore", root_path=str(ROOT), template_folder="templates", static_folder="static")
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
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=31536000,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    Migrate(app, db, directory=str(ROOT / "app" / "migrations"), render_as_batch=True)
    security.init_app(app, settings.redis_url)
    login.init_app(app)
    app.register_blueprint(account_views.blueprint)
    app.wsgi_app = MethodOverride(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way to add middleware
    if settings.behind_proxies:
        count = settings.behind_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # as above
    return app


def _engine_options(settings: Settings) -> dict[str, object]:
    if settings.is_sqlite:
        return {"connect_args": {"check_same_thread": False}}
    return {"pool_size": settings.web_threads, "max_overflow": 4, "pool_pre_ping": True}

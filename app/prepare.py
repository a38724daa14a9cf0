"""What `make run` does before it serves: the newest migrations, and on an empty database the demo community."""

import logging
import os
import sys

from sqlalchemy import exists, select
from sqlalchemy.exc import DBAPIError

from app import clock, config, schema
from app.accounts.models import User
from app.config import SettingsError
from app.db import db
from app.demo import load
from app.factory import create_app


def main() -> int:
    """Prepare, and say how to sign in where the demo community lives. 2: a wrong setting; 1: the database refused."""
    logging.basicConfig(level=logging.WARNING)
    try:
        settings = config.load(config.environment(os.environ))
        app = create_app(settings)
        schema.upgrade(app)
        with app.app_context():
            empty = not db.session.execute(select(exists().where(User.id.is_not(None)))).scalar()
            db.session.rollback()
            if empty:
                print("Writing the demo community …", flush=True)  # noqa: T201 - a command's own words
                load.load_demo(clock.utcnow())
            for line in load.how_to_sign_in(db.session()):
                print(line)  # noqa: T201 - as above
            db.session.remove()
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - as above
        return 2
    except DBAPIError as error:
        print(f"The database could not be prepared: {error.orig}", file=sys.stderr)  # noqa: T201 - as above
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

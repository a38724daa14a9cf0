"""Another process of the product, which writes what it is told to.

python -m tests.pages.writer NOW TAG        an act's name per line; answers "done" to each
"""

import os
import sys
from datetime import datetime

from app import config
from app.accounts import people as profiles
from app.accounts.models import User
from app.db import db
from app.factory import create_app
from community import questions
from community.moderation import tag_policy
from community.moderation.tag_policy import Change

BODY = "It was written elsewhere."


def act(name: str, by: dict[str, User], tag_id: int, now: datetime) -> None:
    """Do what the name says."""
    if name == "ask":
        questions.ask(title="From another process", body=BODY, tags_text="broadband", by=by["Mo"], now=now)
    elif name == "policy":
        tag_policy.change(tag_id, Change(33, None, None), by=by["Mo"], now=now)
    elif name == "describe":
        tag_policy.describe(tag_id, "Described elsewhere.", by=by["Mo"], now=now)
    else:
        profiles.edit_profile("Jonas", "Said **elsewhere**.", by["Jonas"], now)


def main(now: datetime, tag_id: int) -> None:
    app = create_app(config.load(os.environ))
    for line in sys.stdin:
        with app.app_context():
            by = {user.name: user for user in db.session.query(User)}
            db.session.rollback()
            act(line.strip(), by, tag_id, now)
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(datetime.fromisoformat(sys.argv[1]), int(sys.argv[2]))

"""What a production server loads: `granian --interface wsgi wsgi:app`."""

import gc

# Hundreds of modules are loaded, and nothing of them is garbage: looking through them again and again takes a fifth of the start.
gc.disable()

from app.factory import create_app  # noqa: E402 - see above

app = create_app()
# What has been loaded stays. Collections then pass it by, 0.1 s each, and processes forked from this one go on sharing it.
gc.freeze()
gc.enable()

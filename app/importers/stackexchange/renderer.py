"""A process that renders texts for the import: it reads a line of JSON, writes a line of JSON, and ends with its input.

    python -m app.importers.stackexchange.renderer

It imports nothing but the text boundary, so that it is small and quick to start. It is a program of its own rather than a worker
of `multiprocessing`: such a one runs the command again to find its functions, and can be left behind when the command is killed.
"""

import json
import signal
import sys
from collections.abc import Sequence

from app import rendering

Text = tuple[int, str]


def rendered(comments: bool, texts: Sequence[Text]) -> list[Text]:
    """The texts' HTML: of comments, which are in the small Markdown that comments here know too, or of bodies in HTML."""
    if comments:
        return [(number, rendering.render_comment(text)) for number, text in texts]
    return [(number, rendering.render(text, "html")) for number, text in texts]


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the import, whose end is ours
    for line in sys.stdin.buffer:
        comments, texts = json.loads(line)
        sys.stdout.buffer.write(json.dumps(rendered(comments, texts)).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

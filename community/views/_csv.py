"""Tables as files that a spreadsheet opens."""

import csv
import io
from collections.abc import Iterable, Sequence

from werkzeug.wrappers import Response

Cell = str | int | float | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a text, which may be somebody's name or tag."""


def download(name: str, heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The table as `name`.csv (RFC 4180), to be saved. A text that would be a formula is shown as text, after an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heading)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell

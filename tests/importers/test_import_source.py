"""Where a dump is from."""

from pathlib import Path

import pytest

from app.importers.stackexchange.rows import DumpError
from app.importers.stackexchange.run import source_of


@pytest.mark.parametrize("name", ["ai.stackexchange.com", "stackoverflow.com", "HELP.example.com"])
def test_the_folder_s_name_is_the_site_s(tmp_path: Path, name: str) -> None:
    assert source_of(tmp_path / name) == name.lower()


@pytest.mark.parametrize("name", ["dump", "a b.com", "../etc", "x" * 300 + ".com", "", "a..b"])
def test_what_is_no_site_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DumpError):
        source_of(tmp_path / "dump", name or None)

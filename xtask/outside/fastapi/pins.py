"""Holds the versions that are installed here to the ranges of a generated project.

Usage: pins.py PYPROJECT
"""

import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement


def main() -> None:
    project = tomllib.loads(Path(sys.argv[1]).read_text())
    wanted = [Requirement(each) for each in project["project"]["dependencies"] + project["dependency-groups"]["dev"]]
    outside = [f"{each} (pinned: {version(each.name)})" for each in wanted if version(each.name) not in each.specifier]
    if outside:
        sys.exit("xtask/outside/fastapi/requirements.txt does not fit the generated pyproject.toml: " + ", ".join(outside))


main()

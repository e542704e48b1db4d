# SPDX-License-Identifier: Apache-2.0
"""The transcripts of the documentation are real: every block marked ```console is typed into one shell,
page by page, and what it prints must be what the page shows.

Durations, times, sizes and the number of blanks are not compared; a line "..." stands for any lines.
Data sets are made on the spot, so no page needs files of the reader's.
"""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VITRINE = pathlib.Path(os.environ.get("VITRINE", ROOT / "build/release/vitrine"))
PAGES = ["docs/tutorial.md", "docs/sql.md"]
MARK = "--- the end of a command ---"


def conversation(page):
    """Commands with what the page says they print: [(command, [line, ...]), ...]."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", page.read_text(), re.S | re.M):
        here = None
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
                end = re.search(r"<<'(\w+)'", line)
                here = end.group(1) if end else None
            elif here:
                command, output = found[-1]
                found[-1] = (command + "\n" + line, output)
                here = None if line == here else here
            else:
                found[-1][1].append(line)
    return found


def like(line):
    """The line without what differs from run to run."""
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", line)
    line = re.sub(r"\b[\d.]+ (ms|s|min|µs)\b", "SPAN", line)
    line = re.sub(r"\b[\d.]+ ([KMG]i)?B\b", "SIZE", line)
    line = re.sub(r"-{3,}", "---", line)
    return re.sub(r"\s+", " ", line).strip()


def same(shown, printed):
    if "..." not in shown:
        return shown == printed
    at = shown.index("...")
    tail = shown[at + 1 :]
    rest = printed[len(printed) - len(tail) :] if tail else []
    return shown[:at] == printed[:at] and len(printed) >= at + len(tail) and tail == rest


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_its_commands_print(name, tmp_path):
    script = tmp_path / "vitrine"
    script.symlink_to(VITRINE)
    commands = conversation(ROOT / name)
    assert len(commands) > 3
    typed = "".join(f"{command}\necho '{MARK}'\n" for command, _ in commands)
    done = subprocess.run(
        ["bash"],
        input=typed,
        cwd=tmp_path,
        env=dict(os.environ, PATH=f"{tmp_path}:{os.environ['PATH']}", NO_COLOR="1", LC_ALL="C.UTF-8"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    printed = done.stdout.split(MARK + "\n")
    for (command, shown), got in zip(commands, printed):
        shown = [like(line) for line in shown if line.strip()]
        got = [like(line) for line in got.splitlines() if line.strip()]
        assert same(sorted_steps(shown), sorted_steps(got)), f"{name}: $ {command}\n" + "\n".join(got)


def sorted_steps(lines):
    """What steps say as they end, which is in any order, sorted."""
    steps = sorted(line for line in lines if re.match(r"(ok|skipped) ", line))
    return steps + [line for line in lines if line not in steps]

# SPDX-License-Identifier: Apache-2.0
"""Clean files written by Python's csv land as Python's csv reads them, whatever the vector instructions
(VITRINE_SIMD) and the number of threads. VITRINE_SEED repeats one draw."""
import csv
import json
import os
import pathlib
import random
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VITRINE = pathlib.Path(os.environ.get("VITRINE", ROOT / "build/test/src/app/vitrine"))
SEED = int(os.environ.get("VITRINE_SEED", "1"))
DELIMITERS = {",": '","', ";": '";"', "\t": "tab", "|": '"|"'}
ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "latin-1": "latin-1", "utf-16": "utf-16"}
PIECES = ["a", "word", "12", " ", "\n", "\r\n", "\r", '"', '""', ",", ";", "\t", "|", "é", "'", "\\", "x" * 70]
FILES = 12


def draw_rows(draw, count, width, pieces):
    return [["".join(draw.choices(pieces, k=draw.randrange(4))) for _ in range(width)] for _ in range(count)]


def write_source(draw, folder, name, count):
    """A file in a dialect drawn by chance and its contract; what Python reads from it."""
    delimiter, encoding = draw.choice(list(DELIMITERS)), draw.choice(list(ENCODINGS))
    width = draw.randrange(2, 6)
    dialect = {"delimiter": delimiter, "quoting": draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
               "lineterminator": draw.choice(["\n", "\r\n"])}
    # Python quotes no "\r" of a text when that ends no line: such a file is not clean.
    loose = dialect["quoting"] == csv.QUOTE_MINIMAL and dialect["lineterminator"] == "\n"
    pieces = [piece for piece in PIECES if not (loose and "\r" in piece)]
    path = folder / f"in/{name}.csv"
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, **dialect)
        writer.writerow([f"c{i}" for i in range(width)])
        writer.writerows(draw_rows(draw, count, width, pieces))
    (folder / f"sources/{name}.yaml").write_text(
        f"files: in/{name}.csv\nsettle: 0 s\nmax_rejects: 0\n"
        f"format: {{delimiter: {DELIMITERS[delimiter]}, encoding: {ENCODINGS[encoding]}}}\n"
        f"columns: [{', '.join(f'c{i}' for i in range(width))}]\n")
    with path.open(newline="", encoding=encoding) as file:
        return list(csv.reader(file, delimiter=delimiter))[1:]


def vitrine(folder, simd, *args):
    done = subprocess.run([VITRINE, "-C", folder, *args], capture_output=True, text=True, timeout=300,
                          env=os.environ | {"VITRINE_SIMD": simd})
    assert done.returncode == 0, done.stderr
    return done.stdout


def landed(folder, simd, name):
    lines = vitrine(folder, simd, "sql", "--format", "jsonl", "-c", f"from processing.{name}").splitlines()
    return [[value or "" for value in json.loads(line).values()] for line in lines]


def flags():
    return pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="ignore")


@pytest.mark.parametrize("simd, threads", [("portable", 1), ("portable", 2), ("avx2", 2), ("avx512", 2)])
def test_clean_files_are_read_as_python_reads_them(tmp_path, simd, threads):
    if simd == "avx2" and " avx2 " not in flags() or simd == "avx512" and " avx512vl " not in flags():
        pytest.skip(f"this processor has no {simd}")
    draw = random.Random(SEED)
    for part in ("in", "sources"):
        (tmp_path / part).mkdir()
    (tmp_path / "vitrine.yaml").write_text(f"name: shop\nthreads: {threads}\n")
    expected = {f"s{i}": write_source(draw, tmp_path, f"s{i}", 20000 if i == 0 else draw.randrange(1, 300))
                for i in range(FILES)}
    vitrine(tmp_path, simd, "-q", "run")
    for name, rows in expected.items():
        assert sorted(landed(tmp_path, simd, name)) == sorted(rows), name
    assert f"{simd} instructions" in vitrine(tmp_path, simd, "doctor")

"""The built book as one zip file with one folder to open.

python book/_tools/pack.py _build/html _build/provable-mtl.zip
"""

import sys
import zipfile
from pathlib import Path

NAME = "provable-mtl"


def pack(html: Path, target: Path) -> Path:
    """Write a built book into a zip file; the same pages give the same bytes."""
    if not (html / "index.html").is_file():
        raise SystemExit(f"no book in {html}: run make book")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for path in sorted(path for path in html.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{NAME}/{path.relative_to(html).as_posix()}", (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            book.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return target


if __name__ == "__main__":
    print(pack(*map(Path, sys.argv[1:])).resolve())

"""What was written by others is what they published, but for the edits that its provenance names."""

import hashlib
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parents[2] / "supervision" / "static" / "vendor"


@pytest.mark.parametrize("folder", sorted(VENDOR.iterdir()), ids=lambda folder: folder.name)
def test_every_library_has_its_licence_and_is_the_file_of_its_provenance(folder):
    provenance = (folder / "PROVENANCE").read_text(encoding="utf-8")
    scripts = list(folder.glob("*.js"))

    assert (folder / "LICENSE").stat().st_size
    assert scripts
    for script in scripts:
        assert hashlib.sha256(script.read_bytes()).hexdigest() in provenance
        assert b"sourceMappingURL" not in script.read_bytes()[-200:]

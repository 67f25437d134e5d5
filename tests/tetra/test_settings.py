"""Reading the YAML that people edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tetra.errors import SettingsError
from tetra.settings import load_yaml


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    return tmp_path / "some.yaml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cash: {a: 1}\nhold: {a: 2}\ncash: {a: 3}\n", r"some\.yaml .*key 'cash' stands twice, again in line 3"),
        ("events:\n  - {name: a, name: b}\n", r"key 'name' stands twice, again in line 2"),
        ("start_date: 1999-13-04\n", r"'1999-13-04' in line 1 is no date .*write YYYY-MM-DD"),
        ("a: [1\n", r"some\.yaml is not valid YAML"),
        ("- 1\n", r"must hold a mapping, found list"),
    ],
)
def test_mistakes_are_named_with_their_place(config: Path, text: str, message: str) -> None:
    config.write_text(text)
    with pytest.raises(SettingsError, match=message):
        load_yaml("some.yaml")


def test_a_missing_file_is_named(config: Path) -> None:
    with pytest.raises(SettingsError, match=r"some\.yaml does not exist"):
        load_yaml("some.yaml")


def test_dates_and_merges_still_work(config: Path) -> None:
    config.write_text("base: &base {day: 2020-02-19}\nother: {<<: *base, more: 1}\n")
    assert str(load_yaml("some.yaml")["other"]["day"]) == "2020-02-19"

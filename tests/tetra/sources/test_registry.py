"""Which source is asked: configuration, choice, and the newest session there can be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tetra.errors import SettingsError
from tetra.sources.registry import Registry, newest_session

KINDS = {
    "bars": {"sources": ["sample"], "required": True},
    "macro": {"sources": ["sample"], "required": False},
}
SAMPLE = {"bars": {}, "macro": {}, "basis_tolerance": 1e-6}


def test_the_shipped_configuration_needs_no_key_and_no_network():
    kinds = Registry().kinds
    assert {kind: settings.sources for kind, settings in kinds.items() if settings.sources} == {
        "bars": ("sample",),
        "macro": ("sample",),
        "geopolitical_events": ("curated",),
        "security_events": ("curated",),
    }
    assert (kinds["bars"].required, kinds["macro"].required) == (True, False)


def test_a_skipped_source_is_asked_for_nothing():
    assert Registry(skip=["sample"]).kinds["bars"].sources == ()


def test_with_the_sample_alone_the_newest_session_is_the_samples_last():
    assert newest_session(datetime(2026, 8, 5, 12, tzinfo=UTC)) == date(2022, 12, 28)


def test_before_the_samples_end_the_newest_session_is_the_last_completed_one():
    assert newest_session(datetime(2015, 6, 7, 12, tzinfo=UTC)) == date(2015, 6, 5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"kinds": KINDS, "sources": {"smaple": SAMPLE}}, "unknown source 'smaple'; did you mean 'sample'"),
        (
            {"kinds": {**KINDS, "barz": {}}, "sources": {"sample": SAMPLE}},
            "unknown key 'barz'; did you mean 'bars'",
        ),
        ({"kinds": {"bars": KINDS["bars"]}, "sources": {"sample": SAMPLE}}, "key 'macro' is missing"),
        (
            {"kinds": {**KINDS, "bars": {**KINDS["bars"], "combine": True}}, "sources": {"sample": SAMPLE}},
            "kinds.bars: unknown key 'combine'",
        ),
        (
            {"kinds": {**KINDS, "macro": {"sources": [], "required": "no"}}, "sources": {"sample": SAMPLE}},
            "kinds.macro: required must be true or false, found 'no'",
        ),
        ({"kinds": KINDS, "sources": {}}, "kinds.bars: unknown source 'sample'"),
        ({"kinds": KINDS}, "key 'sources' is missing"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(tmp_path: Path, monkeypatch, content: dict[str, Any], message: str):
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    with pytest.raises(SettingsError) as raised:
        Registry()
    assert message in str(raised.value)


def test_a_wrong_parameter_of_a_source_is_named(tmp_path: Path, monkeypatch):
    content = {"kinds": KINDS, "sources": {"sample": {**SAMPLE, "tolerance": 1}}}
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    with pytest.raises(SettingsError, match=r"sources\.sample: .*unexpected keyword argument 'tolerance'"):
        Registry().client("sample")

"""Ports and secrets are chosen once and kept."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest

from tetra.errors import PlatformError
from tetra.platform import ports, secrets


def test_ports_are_distinct_and_kept(tmp_path: Path) -> None:
    first = ports.choose(tmp_path)
    assert len(set(first.values())) == len(ports.PREFERRED)
    assert ports.choose(tmp_path) == first


def test_a_port_deleted_from_the_file_is_chosen_again_and_the_others_stay(tmp_path: Path) -> None:
    first = ports.choose(tmp_path, prefer_usual=False)
    kept = {name: port for name, port in first.items() if name != "docs"}
    (tmp_path / "ports.json").write_text(json.dumps(kept))
    second = ports.choose(tmp_path, prefer_usual=False)
    assert {name: second[name] for name in kept} == kept
    assert "docs" in second


def test_a_usual_port_in_use_is_not_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setitem(ports.PREFERRED, "airflow", port)
        assert ports.choose(tmp_path)["airflow"] != port
        with pytest.raises(PlatformError, match=rf"port {port}, chosen for airflow, is taken"):
            ports.require_free("airflow", port, tmp_path)


def test_a_damaged_port_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")
    with pytest.raises(PlatformError, match=r"ports.json is damaged"):
        ports.choose(tmp_path)


def test_secrets_are_kept_private_and_differ(tmp_path: Path) -> None:
    first = secrets.load(tmp_path)
    assert secrets.load(tmp_path) == first
    assert len(set(first.values())) == len(first)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_the_environment_overrides_a_secret_without_being_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TETRA_OWNER_PASSWORD", "given")
    assert secrets.load(tmp_path)["owner_password"] == "given"
    monkeypatch.delenv("TETRA_OWNER_PASSWORD")
    assert secrets.load(tmp_path)["owner_password"] != "given"


def test_damaged_secrets_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("not json")
    with pytest.raises(PlatformError, match="restore it"):
        secrets.load(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "not json"

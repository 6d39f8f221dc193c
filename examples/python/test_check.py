"""The check on the demo, and on a change to it."""

from __future__ import annotations

import pathlib
import shutil

import pytest
from check import main

DEMO = pathlib.Path(__file__).resolve().parents[2] / "demo"


def test_the_demo_has_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(DEMO)]) == 1
    out = capsys.readouterr().out
    assert "catalog/services/notification-service/catalog-info.yaml:14:10: warning: " in out
    assert "[platform-dangling-reference]" in out


def test_only_new_findings_count(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(DEMO, changed)
    assert main([str(changed), "--base", str(DEMO)]) == 0
    org = changed / "catalog/org.yaml"
    org.write_text(org.read_text(encoding="utf-8").replace("name: payments\n", "name: payment-team\n"), encoding="utf-8")
    assert main([str(changed), "--base", str(DEMO), "--format", "github"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("::") and "group:default/payments is not in the catalog" in out
    assert "notification-service" not in out


def test_a_directory_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere"]) == 2
    assert "there is no such directory" in capsys.readouterr().err

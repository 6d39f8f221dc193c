"""The fleet in Ray's local mode of one machine."""

import json
from pathlib import Path

import fleet


def test_every_repository_is_answered_once_and_the_seeded_faults_are_found(tmp_path: Path) -> None:
    fleet.generate(120, tmp_path / "fleet")
    out = tmp_path / "out.json"
    assert fleet.main([str(tmp_path / "fleet"), "--workers", "2", "--json", str(out)]) == 1
    result = json.loads(out.read_text())
    assert result["repositories"] == 120
    names = [Path(answer["repository"]).name for answer in result["answers"]]
    assert names == sorted(set(names)) and len(names) == 120
    for number, answer in enumerate(result["answers"]):
        codes = {finding["code"] for finding in answer["findings"]}
        services = 1 + number % 6
        assert (answer["applications"], answer["entities"]) == (services, services + 1)
        assert ("platform-dangling-reference" in codes) == (number % 7 == 0), (number, codes)
        assert ("platform-unwired-component" in codes) == (number % 11 == 0), (number, codes)


def test_what_cannot_be_read_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "fleet" / "bad").mkdir(parents=True)
    (tmp_path / "fleet" / "bad" / "lofting.yaml").write_text("nonsense: true\n")
    out = tmp_path / "out.json"
    assert fleet.main([str(tmp_path / "fleet"), "--workers", "1", "--json", str(out)]) == 1
    assert "nonsense" in json.loads(out.read_text())["answers"][0]["error"]


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    assert fleet.main([str(tmp_path / "nothing")]) == 2

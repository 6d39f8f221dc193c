"""Kept state: the same answers as the operations, freed when told, safe from many threads."""

from __future__ import annotations

import concurrent.futures
import pathlib
import pickle
import threading
import time

import lofting
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


def entities(number: int) -> list[dict[str, object]]:
    return [
        {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {"name": f"service-{n}", "namespace": "default", "tags": [f"tag-{n % 10}"]},
            "spec": {"type": "service", "lifecycle": "production", "owner": f"team-{n % 1000}"},
        }
        for n in range(number)
    ]


def test_a_catalog_answers_as_the_operation() -> None:
    some = entities(50)
    with lofting.Catalog(entities=some) as catalog:
        for question in (
            {"filter": ["spec.owner=team-7"]},
            {"fields": ["metadata.name"], "limit": 3, "pages": 1},
            {"route": "facets", "facets": ["kind"]},
        ):
            assert catalog.query(**question) == lofting.catalog.query(entities=some, **question)
        assert catalog.coverage() == lofting.catalog.coverage(entities=some)
        assert catalog.graph(format="dot") == lofting.catalog.graph(entities=some, format="dot")
        later = [*some[1:], {**some[0], "spec": {**some[0]["spec"], "owner": "others"}}]  # type: ignore[dict-item]
        assert catalog.diff(new=later) == lofting.catalog.diff(old=some, new=later)


def test_a_catalog_is_made_of_files() -> None:
    text = "apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata: {name: shop}\nspec: {owner: none}\n"
    with lofting.Catalog(files=[{"path": "catalog-info.yaml", "text": text}]) as catalog:
        assert catalog.query(filter=["kind=domain"]).refs == ["domain:default/shop"]
        assert catalog.process().errors == []


def test_a_platform_keeps_its_picture() -> None:
    demo = ROOT / "demo"
    files = []
    for path in sorted(demo.rglob("*")):
        if path.is_file():
            files.append({"path": path.relative_to(demo).as_posix(), "text": path.read_text(encoding="utf-8")})
    whole = lofting.platform.preview(files=files)
    with lofting.Platform(files=files) as platform:
        first = time.perf_counter()
        assert platform.preview() == whole
        again = time.perf_counter()
        platform.preview()
        assert time.perf_counter() - again < again - first, "the second picture was drawn anew"


def test_a_platform_answers_lint_and_status() -> None:
    text = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop}\nspec: {type: service, lifecycle: production, owner: team}\n"
    files = [{"path": "catalog-info.yaml", "text": text}]
    with lofting.Platform(files=files) as platform:
        report = platform.lint()
        assert report == lofting.platform.lint(files=files)
        assert any(one.code == "platform-component-incomplete" for one in report.diagnostics)
        known = platform.lint(baseline=[one.fingerprint for one in report.diagnostics])
        assert (known.diagnostics, known.baselined) == ([], len(report.diagnostics))
        assert platform.status(entity="shop") == lofting.platform.status(files=files, entity="shop")
        with pytest.raises(lofting.LoftingError, match="did you mean component:default/shop"):
            platform.status(entity="shpo")


def test_use_after_close_is_a_clear_error() -> None:
    catalog = lofting.Catalog(entities=entities(1))
    assert not catalog.closed
    with catalog:
        pass
    assert catalog.closed and "closed" in repr(catalog)
    catalog.close()
    with pytest.raises(lofting.LoftingError, match="has been closed") as caught:
        catalog.query()
    assert caught.value.code == "closed"


def test_what_cannot_be_opened_says_why() -> None:
    with pytest.raises(lofting.LoftingError, match="either with entities or with files") as caught:
        lofting.Catalog()
    assert caught.value.code == "invalidRequest"
    with pytest.raises(TypeError, match="no argument entitys"):
        lofting.Catalog(entitys=[])
    with pytest.raises(TypeError, match="no argument live"):
        lofting.Catalog(entities=[]).coverage(live=1)


def test_an_error_can_be_sent_to_another_process() -> None:
    with pytest.raises(lofting.LoftingError) as caught:
        lofting.Catalog()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.code, copy.message, copy.location) == (caught.value.code, caught.value.message, caught.value.location)


def test_many_threads_ask_one_catalog_while_it_closes() -> None:
    catalog = lofting.Catalog(entities=entities(3000))
    stop = threading.Event()

    def ask(worker: int) -> int:
        answers = 0
        while not stop.is_set():
            try:
                assert catalog.query(filter=[f"metadata.name=service-{worker}"]).refs == [f"component:default/service-{worker}"]
            except lofting.LoftingError as error:
                assert error.code == "closed"
                break
            answers += 1
        return answers

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, worker) for worker in range(8)]
        time.sleep(0.2)
        catalog.close()
        stop.set()
        assert sum(future.result() for future in asked) > 8


def resident() -> int:
    """Bytes of this process in memory."""
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not pathlib.Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_closing_frees_what_is_kept() -> None:
    some = entities(20_000)
    lofting.Catalog(entities=some).close()
    before = resident()
    catalogs = [lofting.Catalog(entities=some) for _ in range(4)]
    kept = resident() - before
    for catalog in catalogs:
        catalog.close()
    # The allocator may keep the pages; they serve the next ones.
    held = resident()
    for _ in range(8):
        lofting.Catalog(entities=some).close()
    grown = resident() - held
    assert grown < kept / 4, f"{grown} bytes more, where four take {kept}"


def test_a_selective_query_of_many_entities_is_quick() -> None:
    with lofting.Catalog(entities=entities(100_000)) as catalog:
        best = float("inf")
        for number in range(40):
            name = f"service-{number * 2311}"
            start = time.perf_counter()
            answer = catalog.query(filter=[f"metadata.name={name}"])
            best = min(best, time.perf_counter() - start)
            assert answer.refs == [f"component:default/{name}"]
        assert best < 0.005, f"{best * 1000:.2f} ms"

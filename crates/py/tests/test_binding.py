"""What the binding itself promises: errors, names, threads."""

from __future__ import annotations

import concurrent.futures
import json
import threading

import lofting
import pytest


def test_an_error_has_code_and_message() -> None:
    with pytest.raises(lofting.LoftingError) as caught:
        lofting.lang.quantity(text="12 apples")
    assert caught.value.code
    assert caught.value.message == str(caught.value)


def test_an_unknown_operation_is_named() -> None:
    assert "unknownOperation" in lofting.call("health.asess", "{}")


def test_a_wrong_argument_is_refused_here() -> None:
    with pytest.raises(TypeError, match="no argument objekt"):
        lofting.health.assess(objekt={})


def test_a_namespace_is_no_operation() -> None:
    with pytest.raises(TypeError, match="no operation"):
        lofting.health()


def test_members_are_attributes() -> None:
    answer = lofting.lang.quantity(text="1500m")
    assert answer.string == answer["string"] == "1500m"


def test_every_operation_has_a_function() -> None:
    for name in lofting.operations():
        here = lofting
        for part in name.split("."):
            here = getattr(here, part)
        assert callable(here), name


def test_many_threads_get_the_right_answers() -> None:
    def ask(number: int) -> str:
        return lofting.lang.quantity(text=f"{number}m").string

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(1, 200))) == [lofting.lang.quantity(text=f"{n}m").string for n in range(1, 200)]


def test_the_lock_is_released_while_the_core_works() -> None:
    manifests = "---\n".join(f"kind: ConfigMap\nmetadata: {{name: c{n}}}\n" for n in range(60_000))
    request = json.dumps({"text": manifests})
    ticks, done = [], threading.Event()

    def tick() -> None:
        while not done.wait(0.001):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    lofting.call("lang.yaml.documents", request)
    done.set()
    thread.join()
    assert len(ticks) > 3, "another thread could not run meanwhile"


def test_readme() -> None:
    health = lofting.health.assess(object={"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"type": "LoadBalancer"}})
    assert health.status == "Progressing"

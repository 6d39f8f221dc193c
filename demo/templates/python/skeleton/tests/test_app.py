from src.app import answer


def test_is_healthy() -> None:
    assert answer("/healthz") == b"ok"

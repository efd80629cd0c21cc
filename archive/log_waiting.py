"""Those who wait for a leaf to be signed, each with a future."""

import threading
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar


class _Tree(Protocol):
    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=_Tree)


class Waiting(Generic[T]):
    """Futures by leaf index. Thread-safe; a caller may give up its future at any time."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._futures: list[tuple[int, Future[T]]] = []
        self._latest: T | None = None
        self._closed_by: Exception | None = None

    def wait(self, index: int) -> "Future[T]":
        """Completes with the first tree that covers leaf ``index``, or fails with what closed this."""
        answer: Future[T] = Future()
        with self._gate:
            if self._latest is not None and index < self._latest.size:
                answer.set_result(self._latest)
            elif self._closed_by is not None:
                answer.set_exception(self._closed_by)
            else:
                self._futures.append((index, answer))
        return answer

    def answer(self, tree: T) -> None:
        """This tree is there from now on."""
        with self._gate:
            self._latest = tree
            ready = [future for index, future in self._futures if index < tree.size]
            self._futures = [pair for pair in self._futures if pair[0] >= tree.size]
        for future in ready:
            if future.set_running_or_notify_cancel():
                future.set_result(tree)

    def close(self, fault: Exception) -> None:
        """No further tree will come: whoever waits or comes to wait is told why. The first reason stays."""
        with self._gate:
            self._closed_by = self._closed_by or fault
            waiting, self._futures = self._futures, []
        for _, future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(self._closed_by)

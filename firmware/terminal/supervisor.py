"""The terminal's tasks, by name. One that ends, for whatever reason, is a fault."""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Supervisor:
    """`on_death(name, error)` is called once for each task that ends; `error` is None when it just returned."""

    def __init__(self, on_death: "Callable[[str, Exception | None], None]") -> None:
        self._on_death = on_death
        self._tasks = {}

    def start(self, name: str, task: "Awaitable[None]") -> None:
        self._tasks[name] = asyncio.create_task(self._watch(name, task))

    async def wait(self) -> None:
        """Wait until every task has ended: for ever, if all goes well; a dead one does not end the others."""
        for task in list(self._tasks.values()):
            await task

    def stop(self) -> None:
        """End all tasks without calling it a fault."""
        for task in self._tasks.values():
            task.cancel()

    async def _watch(self, name: str, task: "Awaitable[None]") -> None:
        try:
            await task
        except Exception as error:  # whatever it was, the terminal must say so and keep its vouchers readable
            self._on_death(name, error)
        else:
            self._on_death(name, None)

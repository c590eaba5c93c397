"""The simulator's clock: virtual, granted by the host, and the one place where the interpreter may wait.

asyncio is patched at its idle point. When no task is runnable, time jumps to whatever comes first: the next
task, the next event of an emulated part, or the end of the time that the host has granted. Work takes no virtual time.
"""

import heapq
import utime

# The interpreter's C code stamps a task that is runnable at once with the real tick count. Virtual ticks start far
# above any real ones, so that such a task is always due.
_START_MS = 1 << 40

_MP_STREAM_POLL = 3


class Clock:
    def __init__(self) -> None:
        self.now_ms = _START_MS
        self._granted_ms = _START_MS  # time stands still here until the host grants more
        self._events: list = []  # heap of (when_ms, order, call)
        self._order = 0
        self._rtc_base_s = 0  # RTC seconds since 2000 at _START_MS
        self._real_base_ms = None  # real ticks at virtual _START_MS, in real time only
        self.panel = None

    # -- what parts use

    def at(self, delay_ms: int, call: object) -> None:
        """Call `call()` after so much virtual time."""
        self._order += 1
        heapq.heappush(self._events, (self.now_ms + delay_ms, self._order, call))

    def elapsed_ms(self) -> int:
        """Virtual time since power-on."""
        return self.now_ms - _START_MS

    # -- what the firmware sees

    def rtc_s(self) -> int:
        return self._rtc_base_s + self.elapsed_ms() // 1000

    def set_rtc(self, seconds: int) -> None:
        self._rtc_base_s = seconds - self.elapsed_ms() // 1000

    def sleep(self, ms: int) -> None:
        """A busy wait: the firmware may spend time that was not granted yet, the next grant pays for it."""
        if self._real_base_ms is not None:
            utime.sleep_ms(ms)
            self._follow_real_time()
        else:
            self._advance(self.now_ms + ms)

    # -- granting

    def grant(self, ms: int) -> None:
        if self._real_base_ms is not None:  # back from real time
            self._follow_real_time()
            self._real_base_ms = None
            self._granted_ms = self.now_ms
        self._granted_ms = max(self._granted_ms, self.now_ms) + ms

    def running(self) -> bool:
        return self._real_base_ms is not None or self._granted_ms > self.now_ms

    def realtime(self) -> None:
        self._real_base_ms = utime.ticks_ms() - self.elapsed_ms()

    def _follow_real_time(self) -> None:
        self._advance(_START_MS + utime.ticks_diff(utime.ticks_ms(), self._real_base_ms))

    def _advance(self, until_ms: int) -> None:
        """Move on to `until_ms`, calling what falls due on the way."""
        while self._events and self._events[0][0] <= until_ms:
            when_ms, _, call = heapq.heappop(self._events)
            self.now_ms = max(self.now_ms, when_ms)
            call()
        self.now_ms = max(self.now_ms, until_ms)

    # -- asyncio's idle point

    def install(self, panel: object, line: object) -> None:
        """Patch asyncio to wait here. `panel` is served whenever it has something to say; `line` only wakes us."""
        import asyncio.core as core
        import select

        self.panel = panel
        really_poll = core.IOQueue.wait_io_event
        queue = core._task_queue
        outside = select.poll()
        outside.register(panel.stream, select.POLLIN)
        outside.register(line, select.POLLIN)
        line_alone = select.poll()
        line_alone.register(line, select.POLLIN)

        def stream_ready(io_queue: object) -> bool:
            # The port's own poll sleeps a millisecond whenever an object without a descriptor is among the polled,
            # even with a timeout of 0. So those are asked one by one, and the real poll runs only when it will find
            # something.
            for reading, writing, stream in io_queue.map.values():
                if hasattr(stream, "fileno"):
                    if writing or line_alone.poll(0):
                        return True
                elif stream.ioctl(_MP_STREAM_POLL, select.POLLIN if reading else select.POLLOUT):
                    return True
            return False

        def poll_streams(io_queue: object) -> None:
            if stream_ready(io_queue):
                really_poll(io_queue, 0)

        def runnable() -> bool:
            task = queue.peek()
            return task is not None and core.ticks_diff(task.ph_key, self.now_ms) <= 0

        def wait_io_event(io_queue: object, delay_ms: int) -> None:
            # delay_ms: until the next task is due; -1 when no task waits for time. asyncio wants a task when this
            # returns.
            due_ms = None if delay_ms < 0 else self.now_ms + delay_ms
            poll_streams(io_queue)
            while not runnable():
                next_ms = self._next_ms(due_ms)
                if self._real_base_ms is not None:
                    self._wait_really(next_ms, outside)
                else:
                    self._wait_virtually(next_ms, outside)
                poll_streams(io_queue)

        core.IOQueue.wait_io_event = wait_io_event

    def _next_ms(self, due_ms: "int | None") -> "int | None":
        """When the next thing happens by itself, a task or an event of a part; None when nothing is planned."""
        if self._events and (due_ms is None or self._events[0][0] < due_ms):
            return self._events[0][0]
        return due_ms

    def _wait_virtually(self, next_ms: "int | None", outside: object) -> None:
        if next_ms is not None and next_ms <= self._granted_ms:
            self._advance(next_ms)
            return
        if self.now_ms < self._granted_ms:
            self._advance(self._granted_ms)
        self.panel.granted_time_is_used_up()
        self._serve(outside.poll(-1))

    def _wait_really(self, next_ms: "int | None", outside: object) -> None:
        ready = outside.poll(-1 if next_ms is None else max(0, next_ms - self.now_ms))
        self._follow_real_time()
        self._serve(ready)  # which may end real time

    def _serve(self, ready: list) -> None:
        for stream, _ in ready:
            if stream is self.panel.stream:
                self.panel.serve()


clock = Clock()

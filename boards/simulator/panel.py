"""The bench panel as the simulator serves it (docs/bench-panel.md): lines of text to and from the host."""

import sys


class Panel:
    """`stream`: a blocking byte stream to the host. `hands` maps the first word of a line to a call with the other
    words."""

    def __init__(self, stream: object, clock: object) -> None:
        self.stream = stream
        self._clock = clock
        self._run_owed = False
        self.hands = {"run": self._run, "realtime": self._realtime}

    def say(self, line: str) -> None:
        self.stream.write(line.encode() + b"\n")

    def ask(self, line: str) -> str:
        """Say `line` and wait for the host's next line, whatever it is."""
        self.say(line)
        return self._read()

    def _read(self) -> str:
        line = self.stream.readline()
        if not line:  # the host is gone, and with it the world
            sys.exit(0)
        return line.decode().strip()

    def serve(self) -> None:
        """Do what the host's next line says."""
        words = self._read().split(" ")
        hand = self.hands.get(words[0])
        if hand is None:
            self.say("error there is no command " + words[0])
            return
        try:
            hand(*words[1:])
        except (TypeError, ValueError, KeyError) as error:
            self.say("error %s: %s" % (words[0], error))

    def serve_until_granted(self) -> None:
        """Before the firmware starts: do what the host says until it lets time run."""
        while not self._clock.running():
            self.serve()

    def _run(self, ms: str) -> None:
        self._clock.grant(int(ms))
        self._run_owed = True

    def _realtime(self) -> None:
        self._clock.realtime()

    def granted_time_is_used_up(self) -> None:
        if self._run_owed:
            self._run_owed = False
            self.say("ran %d" % self._clock.elapsed_ms())

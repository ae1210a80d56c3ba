"""What goes on beside a measurement, on threads of their own. Used by bench/large and bench/soak."""

import http.client
import threading

from servers import Failure


class Beside:
    """A thread that does `step` every `every_s` seconds, in a `with` statement."""

    every_s = 0.1

    def __init__(self):
        self.ended = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        try:
            while not self.ended.wait(self.every_s):
                self.step()
        except (OSError, http.client.HTTPException, Failure) as e:
            self.failure = e

    def step(self):
        raise NotImplementedError

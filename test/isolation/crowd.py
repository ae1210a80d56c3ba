"""Many sessions on connections of their own, with requests under way at the same time, driven by one thread.

A session is a generator: it yields operations and is sent their answers. So what a session does may depend on what it saw, and a
session can be given from a server that was killed to the one that follows it: it is sent NO_ANSWER and decides what to do next.

Times: an operation begins before its request is sent, and ends after its answer has begun to arrive, as late as that is noticed.
So the server carried it out between the two."""

import os
import select
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "crash"))

from checker import NO_ANSWER, Event
from dynamodb import Client, NotSent, Unanswered
from server import Failure


class Pause:
    """Yielded in place of an operation."""

    def __init__(self, seconds):
        self.seconds = seconds


class Session:
    def __init__(self, name, script):
        self.name = name
        self.script = script
        self.client = None
        self.operation = None  # under way
        self.answer = None  # to the operation before, until the script is told
        self.begin = 0
        self.wakes = 0  # from its pause, ns
        self.finished = False

    def fileno(self):
        return self.client.socket.fileno()


class Crowd:
    """`events` is what has happened, in the order of the ends."""

    def __init__(self, port, scripts):
        """`scripts`: (name, generator) of each session."""
        self.sessions = [Session(name, script) for name, script in scripts]
        self.resume_at(port)
        self.events = []

    def resume_at(self, port):
        """Another server; nothing is under way."""
        for session in self.sessions:
            session.client = Client(port)

    def run(self, seconds=None):
        """Until all sessions have come to their ends, or until the time is over; then some operations are under way."""
        deadline = time.monotonic() + seconds if seconds is not None else None
        for session in self.sessions:
            if not session.finished and session.operation is None and not session.wakes:
                self._next(session)
        while not all(session.finished for session in self.sessions):
            left = deadline - time.monotonic() if deadline is not None else 60
            if left <= 0:
                return
            self._wait(left)

    def close(self):
        for session in self.sessions:
            session.client.close()

    def server_is_gone(self):
        """Takes what had been answered; all else that was under way will never be."""
        gone = time.monotonic_ns()
        for session in self.sessions:
            if session.operation is None:
                continue
            try:
                answer = self._receive(session, may_be_gone=True)
            except Unanswered:
                answer = NO_ANSWER
            self._ended(session, answer, gone)
            session.client.close()

    # ---------------------------------------------------------------- steps

    def _wait(self, seconds):
        busy = [session for session in self.sessions if session.operation is not None]
        asleep = [session for session in self.sessions if session.wakes]
        now = time.monotonic_ns()
        if asleep:
            seconds = min(seconds, max(min(session.wakes for session in asleep) - now, 0) / 1e9)
        ready, _, _ = select.select(busy, [], [], seconds)
        now = time.monotonic_ns()
        if not ready and not asleep and seconds >= 30:
            raise Failure(f"no answer for a minute to {busy[0].operation}")
        for session in ready:
            self._ended(session, self._receive(session), now)
            self._next(session)
        for session in asleep:
            if session.wakes <= now:
                session.wakes = 0
                self._next(session)

    def _receive(self, session, may_be_gone=False):
        try:
            return session.operation.read(*session.client.receive())
        except Unanswered as e:
            if may_be_gone:
                raise
            raise Failure(f"{session.name}: {session.operation} got no answer: {e}") from e

    def _ended(self, session, answer, now):
        self.events.append(Event(session.name, session.operation, session.begin, now, answer))
        session.operation = None
        session.answer = answer

    def _next(self, session):
        answer, session.answer = session.answer, None
        try:
            operation = session.script.send(answer)
        except StopIteration:
            session.finished = True
            return
        if isinstance(operation, Pause):
            session.wakes = time.monotonic_ns() + int(operation.seconds * 1e9)
            return
        session.operation = operation
        session.begin = time.monotonic_ns()
        try:
            session.client.send(*operation.request())
        except (NotSent, Unanswered) as e:
            raise Failure(f"{session.name}: {session.operation} could not be sent: {e}") from e

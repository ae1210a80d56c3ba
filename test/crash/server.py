"""Starts, kills and stops the server under test."""

import http.client
import os
import signal
import socket
import subprocess
import time

import dynamodb

HERE = os.path.dirname(os.path.abspath(__file__))


class Failure(Exception):
    """The test found a fault, or cannot go on; the text says which."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def build_powerloss(directory):
    """Compiles powerloss.c and returns the library's path."""
    library = os.path.join(directory, "powerloss.so")
    subprocess.run([os.environ.get("CC", "cc"), "-std=c2x", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-o",
                    library, os.path.join(HERE, "powerloss.c"), "-ldl"], check=True)
    return library


class Server:
    """One data directory and the process that serves it."""

    def __init__(self, command, data, log_path, library, lie):
        self.command = command
        self.data = data
        self.log_path = log_path
        self.library = library
        self.lie = lie
        self.disk = {}  # in power loss: more settings of powerloss.c
        self.port = 0
        self.admin_port = 0
        self.process = None

    def spawn(self, power_seed=None):
        """With a seed, SIGKILL will lose what was not synced."""
        self.port = free_port()
        self.admin_port = free_port()
        names = {"port": self.port, "admin_port": self.admin_port, "data": self.data,
                 "credentials": self.data + ".credentials"}
        environment = dict(os.environ)
        if power_seed is not None:
            environment.update(LD_PRELOAD=self.library, POWERLOSS_DIR=self.data, POWERLOSS_SEED=str(power_seed),
                               **self.disk,
                               ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
            if self.lie:
                environment["POWERLOSS_LIE"] = self.lie
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([part.format(**names) for part in self.command], env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait_until_ready(self):
        deadline = time.monotonic() + 60
        while not self._ready():
            if self.process.poll() is not None:
                raise Failure(f"the server ended with status {self.process.returncode} instead of starting")
            if time.monotonic() > deadline:
                raise Failure("the server was not ready after a minute")
            time.sleep(0.005)

    def _ready(self):
        if "{admin_port}" not in " ".join(self.command):
            try:
                return dynamodb.Client(self.port).call("ListTables", {})[0] == 200
            except (dynamodb.NotSent, dynamodb.Unanswered):
                return False
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Asks the server to end, and returns its status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("the server did not end within a minute of SIGTERM") from None

    def abandon(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()

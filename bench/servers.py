"""The servers that are measured: how each is started, on what data, and how the load generator talks to it.

Used by all runners of this folder."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

BENCH = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(BENCH)
PEERS = os.path.join(BENCH, "peers")
ACCESS_KEY = "bench"
SECRET = "bench-secret"


class Failure(Exception):
    """The benchmark cannot go on; the text says why."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def build(directory):
    """Makes sure that the load generator and the yardstick are built in `directory`."""
    if not os.path.exists(os.path.join(directory, "build.ninja")):
        raise Failure(f"{directory} is not a build directory: run make first")
    subprocess.run(["meson", "configure", directory, "-Dbench=true"], cwd=ROOT, check=True)
    subprocess.run(["ninja", "-C", directory, "bench/loadgen", "bench/constant"], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)


def install_peers():
    """Installs the peers that package-lock.json names. Returns False if npm is not there."""
    if os.path.isdir(os.path.join(PEERS, "node_modules")):
        return True
    if shutil.which("npm") is None:
        return False
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=PEERS, check=True, stdout=subprocess.DEVNULL)
    return True


def _write_credentials(path):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as f:
        f.write(f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET}\n")


def on_cores(cores, command):
    """The command, kept to some of the machine's cores; None: any."""
    return command if cores is None else ["taskset", "-c", ",".join(map(str, cores))] + command


class Server:
    """One server: start() and stop() it as often as needed; its data stay in `data` until drop_data()."""

    checked = True  # whether answers have the content that was asked for
    stores = True
    durable = True  # whether data outlive the process

    def __init__(self, name, options):
        self.name = name
        self.cores = getattr(options, "server_cores", None)  # None: any
        self.generator_cores = getattr(options, "generator_cores", None)
        self.start_s = None  # how long the last start took, until it was ready
        self.build = options.build
        self.stator = options.stator
        self.data = os.path.join(options.data, name)
        self.log_path = self.data + ".log"
        self.process = None
        self.port = None
        self.admin_port = None

    def command(self):
        raise NotImplementedError

    def available(self):
        return True

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        os.makedirs(self.data, exist_ok=True)
        self.port = free_port()
        self.admin_port = free_port()
        with open(self.log_path, "ab") as log:
            began = time.monotonic()
            self.process = subprocess.Popen(on_cores(self.cores, self.command()), cwd=self.data,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > began + 60:
                raise Failure(f"{self.name} did not start: see {self.log_path}")
            time.sleep(0.001)
        self.start_s = time.monotonic() - began

    def ready(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def drop_data(self):
        shutil.rmtree(self.data, ignore_errors=True)

    def expect_running(self, during):
        """Fails if the process has ended by itself."""
        status = self.process.poll()
        if status is not None:
            how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
            raise Failure(f"{self.name} {how} {during}: see {self.log_path}")

    def cpu_s(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_bytes(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmRSS:"))

    def data_bytes(self):
        """On disk; 0 if it keeps nothing there."""
        found = (os.lstat(os.path.join(folder, name)) for folder, _, names in os.walk(self.data) for name in names)
        return sum(s.st_blocks * 512 for s in found)

    def settle(self, seconds_max=60):
        """Waits until the server has nothing left to do, such as compaction after a load. Returns whether that came in time."""
        deadline = time.monotonic() + seconds_max
        last = self.cpu_s()
        while time.monotonic() < deadline:
            time.sleep(1)
            now = self.cpu_s()
            if now - last < 0.03:
                return True
            last = now
        return False

    def loadgen(self, workload, **options):
        """Runs the load generator and returns its report; None for `create`, and if the server does not know the
        operation."""
        self.expect_running(f"before {workload}")
        args = [os.path.join(self.build, "bench", "loadgen"), workload, "--json", "--port", str(self.port), "--pid",
                str(self.pid), "--disk", self.data, "--access-key", ACCESS_KEY]
        options.setdefault("secret", SECRET)
        if not self.checked:
            args.append("--unchecked")
        for name, value in options.items():
            args += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
        done = subprocess.run(on_cores(self.generator_cores, args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.expect_running(f"during {workload}")
        if "UnknownOperation" in done.stderr:
            return None
        if done.returncode not in (0, 3):
            raise Failure(f"{self.name}: {workload}: {done.stderr.strip()}")
        if done.stderr and options["secret"] == SECRET:
            print(f"{self.name}: {workload}: {done.stderr.strip()}", file=sys.stderr)
        return json.loads(done.stdout) if done.stdout else None

    def verifies_signatures(self, table):
        report = self.loadgen("get", secret="another", table=table, items=1, warmup=0, duration=0.3, connections=1)
        return report["requests"] == 0


class Constant(Server):
    checked = False
    stores = False

    def command(self):
        return [os.path.join(self.build, "bench", "constant"), str(self.port)]


class Stator(Server):
    poll_s = 0.001  # how finely a start is timed

    def __init__(self, name, options):
        super().__init__(name, options)
        self.options = getattr(options, "option", [])

    def command(self):
        credentials = self.data + ".credentials"
        _write_credentials(credentials)
        return [self.stator, "serve", "--listen", f"127.0.0.1:{self.port}", "--admin-listen",
                f"127.0.0.1:{self.admin_port}", "--data", self.data, "--credentials", credentials] + self.options

    def timed_start(self):
        """Starts, and returns the seconds from before the program was executed until it was ready."""
        os.makedirs(self.data, exist_ok=True)
        self.port, self.admin_port = free_port(), free_port()
        command = self.command()
        with open(self.log_path, "ab") as log:
            began = time.monotonic()
            self.process = subprocess.Popen(command, cwd=self.data, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            while not self.ready():
                if self.process.poll() is not None or time.monotonic() > began + 300:
                    raise Failure(f"{self.name} did not start: see {self.log_path}")
                time.sleep(self.poll_s)
            return time.monotonic() - began

    def kill(self):
        """Without a chance to leave anything in order."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def available(self):
        return os.access(self.stator, os.X_OK)

    def ready(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=1)
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False


class StatorInMemory(Stator):
    durable = False

    def command(self):
        command = super().command()
        at = command.index("--data")
        return command[:at] + ["--in-memory"] + command[at + 2:]


class Dynalite(Server):
    script = os.path.join(PEERS, "node_modules", "dynalite", "cli.js")

    def command(self):
        return ["node", self.script, "--host", "127.0.0.1", "--port", str(self.port), "--path",
                os.path.join(self.data, "leveldb"), "--createTableMs", "0", "--deleteTableMs", "0"]

    def available(self):
        return shutil.which("node") is not None and install_peers() and os.path.exists(self.script)


class Dynoxide(Server):
    binary = os.path.join(PEERS, "node_modules", "@dynoxide", "linux-x64", "dynoxide")

    def command(self):
        return [self.binary, "serve", "--host", "127.0.0.1", "--port", str(self.port), "--db-path",
                os.path.join(self.data, "dynoxide.db")]

    def available(self):
        return install_peers() and os.access(self.binary, os.X_OK)


class DynoxideInMemory(Dynoxide):
    durable = False

    def command(self):
        command = super().command()
        return command[:command.index("--db-path")]


class DynamoDBLocal(Server):
    """AWS's emulator, which is downloaded from AWS only: DYNAMODB_LOCAL names the directory it was unpacked to."""

    directory = os.environ.get("DYNAMODB_LOCAL", "")

    def command(self):
        return ["java", "-Djava.library.path=" + os.path.join(self.directory, "DynamoDBLocal_lib"), "-jar",
                os.path.join(self.directory, "DynamoDBLocal.jar"), "-port", str(self.port), "-dbPath", self.data]

    def available(self):
        return shutil.which("java") is not None and os.path.exists(os.path.join(self.directory, "DynamoDBLocal.jar"))


SERVERS = {
    "constant": Constant,
    "stator": Stator,
    "stator-memory": StatorInMemory,
    "dynoxide": Dynoxide,
    "dynoxide-memory": DynoxideInMemory,
    "dynalite": Dynalite,
    "dynamodb-local": DynamoDBLocal,
}

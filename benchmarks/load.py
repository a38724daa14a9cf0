"""Load from another process, and what it cost the server: requests a second, latency, CPU per request, memory."""

import re
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

SECONDS = 5.0


@dataclass(frozen=True)
class Measured:
    """One run of load against one address."""

    rate: float
    """Requests a second."""
    p50: float
    p99: float
    """Milliseconds."""
    cpu: float
    """Milliseconds of the server's processes per request."""
    failures: int


def tree(pid: int) -> list[psutil.Process]:
    """A process and everything below it."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """What a process and its children have used so far."""
    return sum(process.cpu_times().user + process.cpu_times().system for process in tree(pid))


def pss_megabytes(*pids: int) -> float:
    """Proportional set size of the processes with their children: what they really cost the machine."""
    processes = {process.pid: process for pid in pids for process in tree(pid)}
    return sum(process.memory_full_info().pss for process in processes.values()) / 1e6


def run(url: str, pid: int, connections: int, headers: dict[str, str] | None = None, seconds: float = SECONDS) -> Measured:
    """Keep `connections` busy for `seconds`. With wrk where it is installed, else with threads of this process, which is a weaker
    client: compare ratios of one run only."""
    measure = _wrk if shutil.which("wrk") else _own
    measure(url, 1, headers or {}, 0.5)
    before, started = cpu_seconds(pid), time.perf_counter()
    done, latencies, failures = measure(url, connections, headers or {}, seconds)
    took = time.perf_counter() - started
    cpu = (cpu_seconds(pid) - before) * 1000 / max(done, 1)
    return Measured(done / took, latencies[0], latencies[1], cpu, failures)


def _wrk(url: str, connections: int, headers: dict[str, str], seconds: float) -> tuple[int, tuple[float, float], int]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    done = int(re.findall(r"(\d+) requests in", out)[0])
    bad = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", out)))
    return done, (_milliseconds(out, "50%"), _milliseconds(out, "99%")), bad


def _milliseconds(out: str, name: str) -> float:
    number, unit = re.findall(rf"{name}\s+([\d.]+)(us|ms|s)", out)[0]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def _own(url: str, connections: int, headers: dict[str, str], seconds: float) -> tuple[int, tuple[float, float], int]:
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lines}\r\n".encode()
    until = time.perf_counter() + seconds
    times: list[float] = []
    failures = [0]

    def client() -> None:
        with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < until:
                start = time.perf_counter()
                connection.sendall(request)
                status = _read(connection)
                times.append(time.perf_counter() - start)
                failures[0] += status >= 400

    threads = [threading.Thread(target=client) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(times) or [0.0]
    return len(times), (ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.99)] * 1000), failures[0]


def _read(connection: socket.socket) -> int:
    """Read one response whole; returns its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int((re.findall(rb"(?i)content-length: (\d+)", head) or [b"0"])[0])
    missing = length - len(body)
    while missing > 0:
        missing -= len(_more(connection))
    return int(head[9:12])


def _more(connection: socket.socket) -> bytes:
    chunk = connection.recv(65536)
    if not chunk:
        raise ConnectionError("the server hung up")
    return chunk

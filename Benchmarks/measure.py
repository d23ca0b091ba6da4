# SPDX-License-Identifier: Apache-2.0
"""What Benchmarks/linear and Benchmarks/limits share: trees of any size, the programs, and runs with a limit."""
import os
import pathlib
import resource
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(
    os.environ.get("GROVE_CACHE")
    or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "grove")
)


def labels(count):
    """Labelled nodes, each with a reference to another; a thousand to a bus, because dtc 1.8 takes no 10,000 children."""
    yield "/dts-v1/;\n/ {\n"
    for number in range(count):
        if number % 1000 == 0:
            yield f"bus{number // 1000} {{\n"
        yield f"l{number}: n{number:x} {{ p = <&l{number * 7919 % count}>; }};\n"
        if number % 1000 == 999 or number == count - 1:
            yield "};\n"
    yield "};\n"


def properties(count):
    """One node whose properties all have names of their own."""
    yield "/dts-v1/;\n/ {\n"
    for number in range(count):
        yield f"p{number:x} = <{number}>;\n"
    yield "};\n"


def children(count):
    yield "/dts-v1/;\n/ {\n"
    for number in range(count):
        yield f"n{number:x} {{ }};\n"
    yield "};\n"


def levels(count):
    yield "/dts-v1/;\n/ {\n"
    yield from ("n {\n" for _ in range(count))
    yield from ("};\n" for _ in range(count))
    yield "};\n"


def base(count):
    yield "/dts-v1/;\n/ {\n"
    for number in range(count):
        yield f"l{number}: n{number:x} {{ }};\n"
    yield "};\n"


def overlay(count):
    """An overlay with a fragment for each of so many labels."""
    yield "/dts-v1/;\n/plugin/;\n"
    for number in range(count):
        yield f"&l{number} {{ p = <&l{(number + 1) % count}>; }};\n"


def write(path, lines):
    with open(path, "w", encoding="ascii") as file:
        file.writelines(lines)


class Run:
    """How a program ran: CPU seconds, the most memory in MiB, and why there is no result."""

    def __init__(self, seconds, memory, fault=None):
        self.seconds, self.memory, self.fault = seconds, memory, fault


def run(command, limit, memory_limit=8 << 30):
    """Runs a program for at most so many seconds of CPU time."""

    def restrict():
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
        resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))

    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=nothing, stderr=subprocess.PIPE, preexec_fn=restrict)
        message = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    seconds = usage.ru_utime + usage.ru_stime
    memory = usage.ru_maxrss / 1024
    if os.WIFSIGNALED(status):
        signal = os.WTERMSIG(status)
        fault = f"> {limit} s" if signal in (24, 9) else {11: "stack overflow", 6: "abort"}.get(signal, f"signal {signal}")
        return Run(seconds, memory, fault)
    if os.WEXITSTATUS(status):
        if "memory exhausted" in message:
            return Run(seconds, memory, "memory exhausted")
        words = [line for line in message.splitlines() if line.strip()]
        return Run(seconds, memory, words[-1] if words else "failed")
    return Run(seconds, memory)


def build():
    """Our programs, built for release unless GROVE_DTC and GROVE_APPLY name them: (dtc, overlay program)."""

    def product(package, name):
        command = ["swift", "build", "--package-path", str(package), "-c", "release", "--product", name]
        subprocess.run(command, check=True, stdout=sys.stderr)
        shown = subprocess.run(command[:-2] + ["--show-bin-path"], check=True, stdout=subprocess.PIPE, text=True)
        return pathlib.Path(shown.stdout.strip()) / name

    def dtc():
        shown = subprocess.run([REPOSITORY / "Scripts/build-dtc"], check=True, stdout=subprocess.PIPE, text=True)
        return shown.stdout.strip()

    ours = os.environ.get("GROVE_DTC") or dtc()
    apply = os.environ.get("GROVE_APPLY") or product(REPOSITORY / "Benchmarks", "ApplyOverlay")
    return str(ours), str(apply)


def peer(name):
    """dtc 1.8 or fdtoverlay 1.8 of Debian sid, as the loader runs it, without a shell in between."""
    root = CACHE / "dtc-1.8" / "root"
    library = root / "usr/lib/x86_64-linux-gnu"
    if not (root / "usr/bin" / name).exists():
        sys.exit(f"there is no {name} in {CACHE}/dtc-1.8: run Scripts/setup test")
    return [str(library / "ld-linux-x86-64.so.2"), "--library-path", str(library), str(root / "usr/bin" / name)]

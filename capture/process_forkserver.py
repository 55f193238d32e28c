"""`python -m capture.process_forkserver`: forks workers for the supervisor, with the engine already imported.

It has one thread, opens no page and keeps no descriptor of the workers that it forks.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys

from capture.process_control import die_with_parent, name_process, take_over
from capture.process_start import WorkerPlan, run_worker


def serve(control: socket.socket) -> None:
    """Forks a worker for each plan that comes with a descriptor, and answers its pid, until the supervisor is gone."""
    control.send(b"%d" % os.getpid())
    while True:
        message, descriptors, *_ = socket.recv_fds(control, 65_536, 1)
        if not message:
            return
        end = socket.socket(fileno=descriptors[0])
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            run_worker(WorkerPlan(**json.loads(message)), end, parent)
        end.close()
        control.send(b"%d" % pid)


def main() -> None:
    """The entry of the process."""
    told = json.loads(sys.argv[1])
    die_with_parent(told["parent"])
    name_process("hashkeep-forks")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended workers need no reaping
    importlib.import_module("capture.worker")
    importlib.import_module(told["engine"])
    serve(take_over(told["socket"]))


if __name__ == "__main__":
    main()

"""A real S3 server for tests: SeaweedFS, as a process of its own on loopback, that can be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

BUCKET = "hashkeep-tests"
ACCESS_KEY, SECRET_KEY = "hashkeep-test-key", "hashkeep+test/secret=0123456789"
START_S = 30.0

# The server ends when the pipe to us does, however we ended, and its standard input is not the pipe.
_UNTIL_WE_END = '"$@" </dev/null & server=$!; echo $server; cat >/dev/null; kill -9 $server; wait $server 2>/dev/null'


class S3Server:
    """A running server. `environment` is what a process of ours needs to keep its blobs there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "data").mkdir()
        access = {"credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}], "actions": ["Admin"]}
        (folder / "access.json").write_text(json.dumps({"identities": [{"name": "tests", **access}]}))
        names = ("s3", "s3.grpc", "master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc")
        self._ports = dict(zip(names, _free_ports(len(names)), strict=True))
        self.port = self._ports["s3"]
        self._process: subprocess.Popen[str] | None = None
        self.pid = 0

    @property
    def environment(self) -> dict[str, str]:
        """The settings, with a prefix that all who ask get alike; `environment_for` gives one of its own."""
        return self.environment_for("archive")

    def environment_for(self, prefix: str, port: int | None = None) -> dict[str, str]:
        """The settings of an archive of its own. `port`: that of something in front of the server."""
        return {
            "BLOB_URL": f"s3://{BUCKET}/{prefix}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port or self.port}",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    def begin(self) -> None:
        """Starts it without waiting for anything."""
        assert self._process is None, "it runs already"
        port, log = self._ports, self._folder / "log"
        with log.open("a") as told:
            self._process = subprocess.Popen(
                [
                    "sh", "-c", _UNTIL_WE_END, "sh", str(Path(sys.executable).with_name("weed")), "-logtostderr=true",
                    "server", f"-dir={self._folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                    f"-master.port={port['master']}", f"-master.port.grpc={port['master.grpc']}",
                    "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-master.electionTimeout=1s",
                    f"-volume.port={port['volume']}", f"-volume.port.grpc={port['volume.grpc']}", "-volume.max=400",
                    "-filer", f"-filer.port={port['filer']}", f"-filer.port.grpc={port['filer.grpc']}",
                    f"-filer.localSocket={self._folder / 'filer.sock'}",
                    "-s3", f"-s3.port={port['s3']}", f"-s3.port.grpc={port['s3.grpc']}", "-s3.port.iceberg=0",
                    "-s3.port.lance=0", f"-s3.config={self._folder / 'access.json'}",
                    f"-s3.localSocket={self._folder / 's3.sock'}",
                ],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, text=True, start_new_session=True,
                env={"PATH": "/usr/bin:/bin", "HOME": str(self._folder), "TMPDIR": str(self._folder)},
            )  # fmt: skip
        assert self._process.stdout
        self.pid = int(self._process.stdout.readline())

    def start(self) -> S3Server:
        """Starts it and waits (about three seconds) until files can be kept there."""
        self.begin()
        self.wait()
        return self

    def wait(self) -> None:
        """Waits until files can be kept."""
        give_up = time.monotonic() + START_S
        while time.monotonic() < give_up:
            try:
                obstore.put(self.store("ready"), "ready", b"ready")
                return
            except BaseError:
                time.sleep(0.05)
        raise AssertionError(f"no S3 server within {START_S:.0f} s: {(self._folder / 'log').read_text()[-3000:]}")

    def stop(self) -> None:
        """kill -9, as when its machine is lost; what was acknowledged is on its disk."""
        if self._process:
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe
                pipe.close()
            self._process.wait()
            self._process = None
            for name, port in self._ports.items():
                Path(f"/tmp/seaweedfs-{name.removesuffix('.grpc')}-grpc-{port}.sock").unlink(missing_ok=True)

    def pause(self) -> None:
        """Lets it hang: connections are accepted by the system, and nobody answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Ends a pause."""
        os.kill(self.pid, signal.SIGCONT)

    def store(self, prefix: str) -> S3Store:
        """Looks into the bucket beside the program, trying nothing twice."""
        return S3Store(
            BUCKET, prefix=prefix, endpoint=f"http://127.0.0.1:{self.port}", access_key_id=ACCESS_KEY,
            secret_access_key=SECRET_KEY, region="us-east-1", client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )  # fmt: skip

    def keys(self, prefix: str) -> list[str]:
        """What lies below a prefix, without it."""
        return sorted(str(found["path"]) for some in obstore.list(self.store(prefix)) for found in some)


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """A server for the time of a test (or of all: it takes three seconds and 300 MB), in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="hashkeep-s3-", ignore_cleanup_errors=True) as folder:
        server = S3Server(Path(folder))
        try:
            yield server.start()
        finally:
            server.stop()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]

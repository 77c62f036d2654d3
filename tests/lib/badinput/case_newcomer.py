# SPDX-License-Identifier: Apache-2.0
"""What somebody meets who has nothing yet, mistypes, or stops reading."""

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request

from .cases import case
from .mirror import Mirror
from .place import IMAGE, expect


def bare(place, name):
    """An empty folder in which the commands run."""
    place.folder = place.path(name)
    os.makedirs(place.path("tmp"))


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def status(address):
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@case("init in an empty folder: everything but recipes, what to type next, and errors that say how to get a catalog")
def empty_folder(place):
    bare(place, "empty")
    made = place.passes("init")
    expect("there are no recipes" in made.out and "ashlar serve" in made.out and "ashlar build --all" in made.out, f"no way forward\n{made}")
    for command in (("build", "--all"), ("resolve", "--all")):
        refused = place.run(*command)
        place.check_refusal(refused, "pipeline.no-catalog", "not-found", ("--catalog <folder>",))
    doctor = place.run("doctor")
    expect("MISSING  catalog: there is no catalog" in doctor.out and "ok       signing key" in doctor.out, f"the doctor gave up\n{doctor}")
    expect("nothing was published yet" in place.passes("list").err, "an empty list says nothing")
    place.check_refusal(place.run("show", "x:1"), "command.unknown-image", "not-found", ("ashlar build x:1",))


@case("a server without a store makes an empty one, says so, and answers")
def empty_store(place):
    bare(place, "empty")
    port = free_port()
    server = place.start("serve", "--port", port, "--store", "new/store")
    try:
        lines = [server.stderr.readline().decode() for _ in range(2)]
        expect("new/store" in lines[0] and "an empty one was made" in lines[0], f"nothing was said of the new store: {lines}")
        expect('"serving"' in lines[1], f"expected the address, found {lines}")
        answers = {path: status(f"http://127.0.0.1:{port}{path}") for path in ("/readyz", "/healthz", "/v2/", "/", "/v2/x/tags/list")}
        expect(answers == {"/readyz": 200, "/healthz": 200, "/v2/": 200, "/": 200, "/v2/x/tags/list": 404}, f"found {answers}")
    finally:
        server.terminate()
        server.communicate()
    expect(server.returncode == 0, f"the server ended with {server.returncode}")
    expect(os.path.exists(place.path("new/store/records.sqlite")), "there is no store")
    place.write("file", "")
    place.check_refusal(place.run("serve", "--port", port, "--store", "file/store"), "command.no-store", "unavailable", ("--store <folder>",))
    refused = place.run("serve", "--port", port, "--host", "0.0.0.0", "--store", "other")
    place.check_refusal(refused, "command.exposed-host", "usage", ("--host 0.0.0.0", "--plain-http-beyond-loopback", "--tls-certificate"))
    expect(not os.path.exists(place.path("other")), "a refused server made a store")


@case("a registry without TLS: the error names http://")
def no_tls(place):
    with Mirror(place.archive.root) as server:
        host = server.address.removeprefix("http://").strip("/")
        for command in (("verify", f"{host}/hello:1"), ("push", IMAGE, f"{host}/hello")):
            place.refuses(*command, code="transport.no-tls", kind="unavailable", names=(f"http://{host}/", "not TLS"))


@case("a signature for another name: that is the reason, first and last, and told once")
def other_name(place):
    refused = place.refuses("verify", IMAGE, "--expect-name", "other", code="command.not-verified", kind="untrusted")
    reason = "index, linux/amd64, linux/arm64: expected evidence of 'other', found that of 'hello'"
    expect(refused.out.splitlines()[1] == f"  because  {reason}", f"the reason does not come first\n{refused}")
    expect(refused.err.splitlines()[1:2] == [f"  {reason}"] and len(refused.err.splitlines()) == 3, f"the reason is hidden\n{refused}")


@case("words that are mistyped: commands, images, packages, files of an image")
def mistyped(place):
    for command, names in (
        (("bild", IMAGE), ("did you mean `ashlar build`?",)), (("store", "gcc"), ("did you mean `ashlar store gc`?",)),
        (("tokens", "creat", "x"), ("did you mean `ashlar tokens create`?",)),
    ):
        place.refuses(*command, code="command.unknown-command", kind="usage", names=names)
    for image in ("helo", "helo:1", "hello:2", "helo:77"):
        for command in ("build", "resolve", "show", "verify", "explain"):
            code = "catalog.unknown-image" if command in ("build", "resolve", "explain") else "command.unknown-image"
            place.refuses(command, image, code=code, kind="not-found", names=("hello:1",))
    for option, nearest in (("--path", "/usr/share/hello"), ("--package", "did you mean hello?")):
        word = "/usr/share/helo" if option == "--path" else "helo"
        told = place.run("explain", IMAGE, option, word)
        expect(told.code == 66 and "not found: " in told.out and nearest in told.out, f"expected the nearest\n{told}")
        expect("BROKEN" not in told.out and "chain is broken" not in told.out, f"what is not there is called broken\n{told}")
    option = place.run("build", "--oflline", IMAGE)
    expect(option.code == 64 and "--offline" in option.err, f"expected the nearest option\n{option}")


@case("a reader that goes away: a quiet end; a full disk: an error; a closed output harms no file")
def no_reader(place):
    for command in (("list",), ("show", IMAGE), ("list", "--format", "json"), ("log", "show", "0"), ("resolve", IMAGE, "--explain", "hello")):
        reading, writing = os.pipe()
        os.close(reading)
        started = subprocess.Popen(
            [place.program, *command], cwd=place.folder, env=place.full_environment({}), stdout=writing, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL)
        os.close(writing)
        _, told = started.communicate(timeout=60)
        expect(started.returncode == -signal.SIGPIPE and told == b"", f"{command}: ended with {started.returncode}: {told.decode()}")
    monitor = place.start("log", "monitor", "--interval", "1")
    first = monitor.stdout.readline().decode()
    expect(first.startswith("0  "), f"expected the first entry, found {first!r}")
    monitor.stdout.close()
    expect(monitor.wait(timeout=60) == -signal.SIGPIPE, f"the monitor ended with {monitor.returncode}")
    monitor.stderr.close()
    with open("/dev/full", "wb") as full:
        failed = subprocess.run(
            [place.program, "list"], cwd=place.folder, env=place.full_environment({}), stdout=full, stderr=subprocess.PIPE, check=False)
    expect(failed.returncode == 69 and b"error[command.output]" in failed.stderr, f"a full disk ended with {failed.returncode}: {failed.stderr}")
    before = place.published()
    # Nothing may take the place of a stream that is closed: what is printed would be written into it.
    place.passes("list", prefix=("sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh"))
    place.check_untouched(before)
    # Whoever reads no messages lets a build end.
    place.passes("build", IMAGE, "--rebuild", prefix=("sh", "-c", 'exec "$@" 2>&-', "sh"))
    place.check_untouched(before)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures ashlar beside its floors and its peers, interleaved, and prints a table of ratios.

usage: measure.py WORK ASHLAR ROUNDS          WORK was made by `prepare`

Every round runs everything once, so that what else the machine does falls on all of it alike. A ratio is the median of the
ratios within the rounds, never the ratio of two medians. What a program cannot do is left out of the table with the reason.
"""
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

WORK, ASHLAR, ROUNDS = sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3])
SITE, OLDER, HUNDRED, MIRROR, RUN = (f"{WORK}/{name}" for name in ("site", "older", "hundred", "mirror", "run"))
IMAGE, CHANGED = "python:3.13", "libssl3t64"
CORES = os.cpu_count() or 1
BASES = {"trixie": "debian", "trixie-updates": "debian", "trixie-security": "debian-security"}
ENVIRONMENT = {**os.environ, "ASHLAR_MIRROR": f"file://{MIRROR}", "SYFT_CHECK_FOR_APP_UPDATE": "false", "SOURCE_DATE_EPOCH": "1700000000"}


class Result:
    """One process: wall and processor seconds, peak memory in MiB, what it printed."""

    def __init__(self, command, cwd=None, accepted=(0,)):
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.text = child.stdout.read().decode()
        _, status, usage = os.wait4(child.pid, 0)
        self.wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024
        if child.returncode not in accepted:
            sys.exit(f"{' '.join(command)[:200]}: exit {child.returncode}\n{self.text[-2000:]}")

    @property
    def json(self):
        return json.loads(self.text.splitlines()[-1])

    @property
    def stages(self):
        """Seconds of each stage that --timings printed."""
        found = {}
        for line in self.text.splitlines():
            words = line.split("\t")
            if len(words) >= 2 and words[-1].split("µs")[0].strip().replace(".", "").isdigit():
                found[words[-2]] = float(words[-1].split("µs")[0]) / 1e6
        return found


def fresh(template):
    """A store as it was after a preparation, with nothing left to write behind."""
    shutil.rmtree(RUN, ignore_errors=True)
    shutil.copytree(f"{WORK}/template-{template}", RUN)
    os.sync()
    return RUN


def ashlar(arguments, site=SITE, store=RUN):
    return Result([ASHLAR, *arguments, "--store", store], cwd=site)


def build(site=SITE):
    return ashlar(["build", IMAGE, "--timings"], site)


def lock(site=SITE):
    return json.load(open(f"{site}/catalog/images/python/3.13.lock.json"))["platforms"][0]["packages"]


def deb(package):
    return f"{MIRROR}/{BASES[package['archive']]}/{package['path']}"


def templates():
    for name in ("empty", "index", "older", "hundred"):
        shutil.rmtree(f"{WORK}/template-{name}", ignore_errors=True)

    def keep(name):
        shutil.copytree(RUN, f"{WORK}/template-{name}")

    shutil.rmtree(RUN, ignore_errors=True)
    ashlar(["init"])
    keep("empty")
    ashlar(["resolve", IMAGE, "--check"])
    keep("index")
    build(OLDER)
    keep("older")
    shutil.rmtree(RUN)
    ashlar(["init"], HUNDRED)
    ashlar(["build", "--all"], HUNDRED)
    keep("hundred")


def layer_files():
    """The layer of the image that holds the changed package, packed and unpacked, and a layout for other programs to read."""
    fresh("older")
    build()
    documents = {}
    for path in glob.glob(f"{RUN}/blobs/sha256/*"):
        if os.path.getsize(path) < 1 << 18:
            try:
                documents[os.path.basename(path)] = json.load(open(path))
            except ValueError:
                pass
    origin = next(package["layer"] for package in lock() if package["name"] == CHANGED)
    newest = {}
    for name, manifest in documents.items():
        if not isinstance(manifest, dict) or "layers" not in manifest or manifest.get("subject"):
            continue
        history = documents.get(manifest["config"]["digest"][7:], {}).get("history", [])
        for entry, layer in zip(history, manifest["layers"]):
            if entry.get("comment") == origin:
                newest[os.path.getmtime(f"{RUN}/blobs/sha256/{name}")] = (name, layer)
    name, layer = newest[max(newest)]
    packed, unpacked = f"{WORK}/layer.gz", f"{WORK}/layer.tar"
    shutil.copy(f"{RUN}/blobs/sha256/{layer['digest'][7:]}", packed)
    with open(unpacked, "wb") as out:
        subprocess.run(["gzip", "-dc", packed], stdout=out, check=True)
    layout = f"{WORK}/layout"
    shutil.rmtree(layout, ignore_errors=True)
    shutil.copytree(f"{RUN}/blobs", f"{layout}/blobs")
    json.dump({"imageLayoutVersion": "1.0.0"}, open(f"{layout}/oci-layout", "w"))
    descriptor = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": f"sha256:{name}",
        "size": os.path.getsize(f"{layout}/blobs/sha256/{name}")}
    json.dump({"schemaVersion": 2, "manifests": [descriptor]}, open(f"{layout}/index.json", "w"))
    return [packed, unpacked]


def peer_build():
    folder = f"{WORK}/peer"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    packages = ",".join(package["name"] for package in lock())
    options = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "info")]
    options.insert(1, "--dpkgopt=path-include=/usr/share/doc/*/copyright")
    script = (
        'set -e; mmdebstrap -q --mode=root --variant=extract --skip=check/empty --include="$1" "${@:4}" trixie "$2/rootfs.tar" "$3"; '
        'umoci init --layout "$2/oci"; umoci new --image "$2/oci:v1"; umoci raw add-layer --image "$2/oci:v1" "$2/rootfs.tar"; '
        'umoci config --image "$2/oci:v1" --config.cmd /bin/true')
    return Result(["bash", "-c", script, "peer", packages, folder, f"{WORK}/mirror.list", *options])


def files_below(folder):
    """What a run could have changed. SQLite's -shm is where readers and writers meet: opening a database touches it."""
    paths = (path for path in glob.glob(f"{folder}/**", recursive=True) if not path.endswith("-shm"))
    return sorted((path, os.stat(path).st_mtime_ns, os.stat(path).st_size) for path in paths)


def one_round(debs, changed, layer, indexes, syft, peers):
    measured = {}

    def run(name, call):
        measured[name] = call()

    run("floor build", lambda: Result([f"{WORK}/bin/limit-build", str(CORES), "deflate6", f"{WORK}/floor-blobs", *debs]))
    fresh("empty")
    run("cold", build)
    run("floor index", lambda: Result([f"{WORK}/bin/limit-index", *indexes]))
    fresh("index")
    run("warm", build)
    if peers:
        run("peer", peer_build)
    run("floor package", lambda: Result([f"{WORK}/bin/limit-build", "1", "deflate6", f"{WORK}/floor-blobs", changed]))
    run("floor layer", lambda: Result([f"{WORK}/bin/limit-hash", *layer]))
    fresh("older")
    run("package", build)
    fresh("empty")
    run("resolve cold", lambda: ashlar(["resolve", IMAGE, "--check", "--timings"]))
    fresh("index")
    run("resolve", lambda: ashlar(["resolve", IMAGE, "--check", "--timings"]))
    run("resolve all", lambda: ashlar(["resolve", "--all", "--check", "--timings"], HUNDRED))
    store = f"{WORK}/template-hundred"
    ashlar(["build", "--all"], HUNDRED, store)
    before = files_below(store)
    run("no-op", lambda: sorted((ashlar(["build", "--all"], HUNDRED, store) for _ in range(9)), key=lambda result: result.wall)[4])
    measured["no-op wrote"] = before != files_below(store)
    keyring = f"{SITE}/catalog/suites/debian-archive-trixie-{{}}automatic.gpg"
    # A Release file carries signatures of several keys, and gpgv ends with 2 when the keyring holds one of them only.
    run("gpgv", lambda: [
        Result(
            ["gpgv", "-q", "--keyring", keyring.format("security-" if "security" in suite else ""), f"{MIRROR}/{base}/dists/{suite}/InRelease"],
            accepted=(0, 2))
        for suite, base in BASES.items()])
    if syft:
        run("syft", lambda: Result([syft, "scan", "-q", f"oci-dir:{WORK}/layout", "-o", "spdx-json=/dev/null", "-o", "cyclonedx-json=/dev/null"]))
    return measured


def main():
    debs = [deb(package) for package in lock()]
    changed = next(deb(package) for package in lock() if package["name"] == CHANGED)
    indexes = [f"{MIRROR}/{base}/dists/{suite}/main/binary-amd64/Packages.xz" for suite, base in BASES.items()]
    syft = os.environ.get("SYFT") or shutil.which("syft") or (f"{WORK}/venv/bin/syft" if os.path.exists(f"{WORK}/venv/bin/syft") else None)
    peers = bool(shutil.which("mmdebstrap") and shutil.which("umoci"))
    templates()
    layer = layer_files()
    rounds = []
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        rounds.append(one_round(debs, changed, layer, indexes, syft, peers))
    report(rounds, debs, syft, peers)


def report(rounds, debs, syft, peers):
    def median(value):
        return statistics.median(value(one) for one in rounds)

    def milliseconds(value):
        number = median(value) * 1e3
        return f"{number:.1f} ms" if number < 20 else f"{number:.0f} ms"

    def core(one, name):
        stages = one[name].stages
        return stages["index"] + stages["fetch"] + stages["assemble"]

    lines = []

    def row(name, value, against, goal, is_met=None, unit="x"):
        """A ratio with the absolute numbers it was made of; `goal` is an upper bound unless it starts with >=."""
        ratio = median(lambda one: value(one) / against(one)) if against else median(value)
        bound = float(goal.lstrip(">= "))
        met = ratio >= bound if goal.startswith(">=") else ratio <= bound
        shown = f"{ratio:.2f} {unit}" if against else milliseconds(value)
        lines.append(f"| {name} | {milliseconds(value)} | {milliseconds(against) if against else '–'} | {shown} | {goal} {unit} | {'yes' if met else 'no'} |")

    def absolute(name, value, bound):
        met = median(value) <= bound
        lines.append(f"| {name} | {milliseconds(value)} | – | – | {bound * 1e3:.0f} ms | {'yes' if met else 'no'} |")

    build_floor = lambda one: one["floor build"].json["wall"]
    index_floor = lambda one: one["floor index"].json["wall"]
    package_floor = lambda one: one["floor package"].json["wall"] + one["floor layer"].json["wall"]

    row("cold build: index, fetch, assemble / floors", lambda one: core(one, "cold"), lambda one: index_floor(one) + build_floor(one), "1.3")
    row(
        "the same in processor time, whole process", lambda one: one["cold"].cpu, lambda one: one["floor index"].cpu + one["floor build"].cpu, "1.3")
    row("warm index: index, fetch, assemble / floor", lambda one: core(one, "warm"), build_floor, "1.2")
    row("the same in processor time, whole process", lambda one: one["warm"].cpu, lambda one: one["floor build"].cpu, "1.2")
    row(f"{CHANGED} changed: index, fetch, assemble / floor", lambda one: core(one, "package"), package_floor, "1.5")
    row(
        f"{CHANGED} changed: fetch, assemble / floor", lambda one: core(one, "package") - one["package"].stages["index"], package_floor, "1.5")
    row("index load, cold / floor", lambda one: one["resolve cold"].stages["index"], index_floor, "1.15")
    absolute("index load from own cache", lambda one: one["resolve"].stages["index"], 0.030)
    resolved = lambda one, name: sum(seconds for stage, seconds in one[name].stages.items() if stage.startswith("resolve "))
    absolute("resolve one image, warm", lambda one: resolved(one, "resolve"), 0.005)
    absolute("resolve 100 images, warm", lambda one: resolved(one, "resolve all"), 0.100)
    absolute("no-op over 100 images, with process start", lambda one: one["no-op"].wall, 0.050)
    absolute("SBOM, both formats (stage describe)", lambda one: one["cold"].stages["describe"], 0.080)
    if peers:
        row("mmdebstrap + umoci / cold build, whole process", lambda one: one["peer"].wall, lambda one: one["cold"].wall, ">= 4.5")
        row("mmdebstrap + umoci / warm index, whole process", lambda one: one["peer"].wall, lambda one: one["warm"].wall, ">= 8")
        row(f"mmdebstrap + umoci / {CHANGED} changed, whole process", lambda one: one["peer"].wall, lambda one: one["package"].wall, ">= 20")
        for name, title, goal in (("cold", "cold build", ">= 4.5"), ("warm", "warm index", ">= 8"), ("package", f"{CHANGED} changed", ">= 20")):
            row(f"the same in processor time, {title}", lambda one: one["peer"].cpu, lambda one: one[name].cpu, goal)
    if syft:
        row("syft on the layout / stage describe", lambda one: one["syft"].wall, lambda one: one["cold"].stages["describe"], ">= 30")

    print(f"{len(debs)} packages, {CORES} cores, {ROUNDS} rounds, medians of the rounds' ratios\n")
    print("| what | measured | against | ratio | goal | met |\n| --- | ---: | ---: | ---: | ---: | --- |")
    print("\n".join(lines))
    print("\nStages, median milliseconds:\n")
    names = ["index", "fetch", "assemble", "check", "describe", "attest", "publish"]
    print("| run | " + " | ".join(names) + " | process wall | processor | peak MiB |\n| --- |" + " ---: |" * (len(names) + 3))
    for name, title in (("cold", "cold"), ("warm", "warm index"), ("package", f"{CHANGED} changed")):
        cells = [f"{median(lambda one: one[name].stages.get(stage, 0)) * 1e3:.0f}" for stage in names]
        print(f"| {title} | " + " | ".join(cells) + f" | {median(lambda one: one[name].wall) * 1e3:.0f} | {median(lambda one: one[name].cpu) * 1e3:.0f} | {median(lambda one: one[name].peak):.0f} |")
    print(f"\nThe three signatures alone, gpgv one after the other: {median(lambda one: sum(result.wall for result in one['gpgv'])) * 1e3:.0f} ms.")
    print(f"Peak memory of a cold index load: {median(lambda one: one['resolve cold'].peak):.0f} MiB (goal 120). ", end="")
    print("The no-op run wrote to the store." if any(one["no-op wrote"] for one in rounds) else "The no-op run wrote nothing.")
    print(f"Processor time: no-op {median(lambda one: one['no-op'].cpu) * 1e3:.0f} ms, index from own cache with process start {median(lambda one: one['resolve'].cpu) * 1e3:.0f} ms.")


if __name__ == "__main__":
    main()

"""Holds a generated FastAPI project and the native server to each other.

Both are started on copies of the same rows and sent the same seeded requests, one after the other. Status, headers that
matter and body must be the same, byte for byte; ids, times, tags and cursors that each server makes for itself are mapped
one to one. The rows are made through the API, and the requests from the design's OpenAPI document: nothing here knows an
example. Before all that each list is read by each of its parameters, on rows that are the same: cursors are too. At last both
stand on one database, where a request with an `Idempotency-Key` is done once by both of them.

    python xtask/outside/fastapi/differ --groma GROMA --design DIR --project DIR/backend [--postgres URL] [--seed N] [--count N]

`--postgres` is a server where databases may be made; both use it then instead of SQLite.
"""

import argparse
import http.client
import os
import re
import sys
import time

from compare import Judge
from cursors import cursors
from document import Document
from maker import Maker
from servers import World
from together import together


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groma", required=True)
    parser.add_argument("--design", required=True)
    parser.add_argument("--project", required=True)
    parser.add_argument("--postgres", help="postgresql://user@host:port/postgres")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--rows", type=int, default=400, help="requests that make the first rows")
    parser.add_argument("--show", type=int, default=8, help="differences that are shown whole")
    args = parser.parse_args()
    for name in ("groma", "design", "project"):
        setattr(args, name, os.path.abspath(getattr(args, name)))
    sys.exit(1 if run(args) else 0)


def run(args):
    """How many answers differ."""
    document = Document(f"{args.design}/specs/api/openapi.json", args.groma, args.design)
    world = World(args, document)
    start = time.monotonic()
    try:
        maker = Maker(document, world, args.seed)
        seed(args, world, maker)
        world.part()
        maker.secrets = world.secrets()
        failures, lists = cursors(world, maker)
        judge = Judge(world, maker)
        failures += differences(args, maker, judge)
        failures += complaints(world)
        failures += together(world, maker)
        failures += rates(world, document)
    finally:
        world.stop()
    counts = ", ".join(f"{status}: {count}" for status, count in sorted(judge.statuses.items()))
    untried = sorted(set(document.names) - set(judge.carried_out))
    took = time.monotonic() - start
    if untried:
        print("never carried out:", ", ".join(untried))
    print(
        f"{args.count} requests (seed {args.seed}, {world.kind}), {failures} differ; {counts}; "
        f"{lists} lists and {judge.continued} pages went on from a cursor, {judge.again} requests were sent again; {took:.0f} s"
    )
    return failures


def seed(args, world, maker):
    """The rows that both begin with, made by the native server."""
    for number in range(args.rows):
        if number in (args.rows // 2, args.rows * 3 // 4):
            maker.secrets = world.secrets()
        wanted = maker.make(sound=True)
        answer = world.native.send(wanted.method, wanted.target, wanted.headers, wanted.body)
        maker.learn(wanted, answer)


def differences(args, maker, judge):
    failures = 0
    for number in range(args.count):
        wanted = maker.make()
        try:
            found, native, python = judge.compare(wanted)
        except (OSError, http.client.HTTPException) as error:
            found, native, python = [f"no answer: {error!r}"], None, None
        if native is not None:
            maker.learn(wanted, native)
        if found:
            failures += 1
            if failures <= args.show:
                report(number, wanted, found, (native, python))
    return failures


def complaints(world):
    """What the project did not expect."""
    log = world.log()
    if "Traceback" not in log:
        return 0
    print(log[log.rindex("Traceback") :][-3000:])
    return 1


def rates(world, document):
    """The same few requests to servers with a small rate."""
    listed = document.listed()
    if not document.has_rate or listed is None:
        return 0
    world.restart("12/min")
    wrong = []
    header = [("Authorization", f"Bearer {world.tokens['alice']}")]
    paths = [f"{listed}?limit=1", f"{listed}?limit=0", "/nope", f"{listed}?fields=x"]
    for number in range(20):
        native, python = (side.send("GET", paths[number % 4], header, None) for side in world.sides())
        for name in ("ratelimit-policy", "ratelimit", "retry-after"):
            ours, theirs = ([int(each) for each in re.findall(r"\d+", side.one(name))] for side in (native, python))
            if len(ours) != len(theirs) or any(abs(a - b) > 1 for a, b in zip(ours, theirs)):
                wrong.append(f"{paths[number % 4]} {name}: {native.one(name)} / {python.one(name)}")
        if native.status != python.status:
            wrong.append(f"{paths[number % 4]}: {native.status} / {python.status}")
    for each in wrong:
        print(f"at a rate of 12/min: {each}")
    return len(wrong)


def report(number, wanted, found, answers):
    print(f"--- {number}: {wanted.method} {wanted.target[:300]} ({wanted.name})")
    for key, value in wanted.headers:
        print(f"    {key}: {value[:24] + '...' + value[-6:] if len(value) > 60 else value}")
    if wanted.body is not None:
        print(f"    {wanted.body[:400]!r}")
    for each in found:
        print(f"  {each[:700]}")
    for side in answers:
        if side is not None:
            print(f"  {side.status} {side.body[:900].decode(errors='replace')}")


main()

"""Both servers on the same rows: every list by each of its parameters, and its pages by a cursor of the other one."""

import re

TRIES = 8


def cursors(world, maker):
    """Reads two pages of each list by each parameter; gives how often they disagree and how many lists went on."""
    wrong, continued = [], 0
    for operation in maker.document.operations:
        if operation.kind != "list":
            continue
        for name, parameter in operation.query.items():
            if name in ("limit", "cursor"):
                continue
            for _ in range(TRIES):
                who = maker.pick(*world.tokens)
                path = maker.named(operation, maker.path(operation)[0], who)
                found = pages(world, who, f"{path}?{maker.sound_pair(name, parameter)}&limit=1")
                wrong += found or []
                if found is not None:
                    continued += 1
                    break
    for line in wrong:
        print("on the same rows:", line)
    return len(wrong), continued


def pages(world, who, target):
    """What differs in the first page and in the one after it; nothing where there is none after it."""
    native, python = answers = both(world, who, target)
    if told(native) != told(python):
        return [different(target, answers)]
    following = re.fullmatch(r'<(.*)>; rel="next"', native.one("link"))
    if following is None:
        return None
    answers = both(world, who, following[1])
    return [] if told(answers[0]) == told(answers[1]) else [different(following[1], answers)]


def both(world, who, target):
    headers = [("Authorization", f"Bearer {world.tokens[who]}"), ("X-Request-Id", "cursors")]
    return [side.send("GET", target, headers, None) for side in world.sides()]


def told(answer):
    return answer.status, answer.body, answer.one("link"), answer.one("etag")


def different(target, answers):
    return target + "".join(f"\n  {answer.status} {answer.one('link')} {answer.body[:600]}" for answer in answers)

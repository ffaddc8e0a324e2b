"""Both servers on one database: a request that one has answered is not done again by the other."""

from concurrent.futures import ThreadPoolExecutor

KEYS = 12
TOLD = ["content-type", "etag", "location"]


def together(world, maker):
    """Sends requests that make rows to one and then to the other, and to both at once; gives how often they disagree."""
    operations = [each for each in maker.document.operations if "Idempotency-Key" in each.headers and each.kind == "create"]
    if not operations:
        return 0
    world.join()
    wrong, done = [], 0
    for number in range(KEYS * 50):
        if done == KEYS:
            break
        wanted = sound(maker, f"together-{number}")
        sides = world.sides()[:: 1 if number % 2 else -1]
        if number % 3:
            answers = [side.send(*wanted) for side in sides]
        else:
            answers = at_once(sides, wanted) + [sides[0].send(*wanted)]
        made = [answer for answer in answers if answer.status != 409]
        if not made or made[0].status >= 300:
            continue
        done += 1
        if len({told(answer) for answer in made}) != 1:
            wrong.append((wanted, answers))
        method, target, headers, body = wanted
        other = sides[1].send(method, target, headers, b" " + (body or b"{}"))
        if b"/problems/idempotency-key-reused" not in other.body:
            wrong.append((wanted, [other]))
    for wanted, answers in wrong:
        print("on one database:", wanted[:2], wanted[3], *(f"\n  {each.status} {each.body[:300]}" for each in answers))
    if done < KEYS:
        print(f"on one database: {done} rows were made, where {KEYS} are wanted")
    return len(wrong) + (done < KEYS)


def sound(maker, key):
    """A request that makes a row, most likely."""
    maker.odd = False
    wanted = maker.make_one({"create": 1})
    # What nobody in particular sends is done each time.
    while "Authorization" not in dict(wanted.headers):
        wanted = maker.make_one({"create": 1})
    return wanted.method, wanted.target, [*wanted.headers, ("Idempotency-Key", key)], wanted.body


def at_once(sides, wanted):
    with ThreadPoolExecutor(len(sides)) as pool:
        return list(pool.map(lambda side: side.send(*wanted), sides))


def told(answer):
    """What is the same whoever tells it."""
    return answer.status, answer.body, *(answer.one(name) for name in TOLD)

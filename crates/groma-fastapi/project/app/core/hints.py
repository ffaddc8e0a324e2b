"""Names in messages: the one that was probably meant, and the caller's, made safe to show."""

import unicodedata
from collections.abc import Iterable


def shown(text: str) -> str:
    """A text of the caller's, cut, on one line."""
    cut = "".join(" " if unicodedata.category(each) == "Cc" else each for each in text[:64])
    return cut if len(text) <= 64 else f"{cut}…"


def hint(wanted: str, names: Iterable[str]) -> str:
    """``; did you mean `title`?``, or a full stop where no name is near."""
    name = nearest(wanted, names)
    return "." if name is None else f"; did you mean `{name}`?"


def nearest(wanted: str, names: Iterable[str]) -> str | None:
    """The nearest of the names, if one is near."""
    size = len(wanted.encode())
    if size > 64:
        return None
    far = max(len(wanted), 3) // 2
    near = []
    for name in names:
        if size >= 3 and name.startswith(wanted):
            near.append((1, name))
        elif abs(len(wanted) - len(name)) <= far and (away := distance(wanted, name)) <= far:
            near.append((away, name))
    return min(near, key=lambda each: each[0])[1] if near else None


def distance(a: str, b: str) -> int:
    """How many letters must be added, removed, changed or swapped (Damerau and Levenshtein)."""
    most = len(a) + len(b)
    last_row: dict[str, int] = {}
    rows: list[list[int]] = [[most] * (len(b) + 2), [most, *range(len(b) + 1)]]
    for i, letter in enumerate(a, 1):
        row = [most, i]
        last_column = 0
        for j, other in enumerate(b, 1):
            swap_row = last_row.get(other, 0)
            swap = rows[swap_row][last_column] + (i - swap_row - 1) + 1 + (j - last_column - 1)
            cost = 0 if letter == other else 1
            row.append(min(rows[i][j] + cost, row[j] + 1, rows[i][j + 1] + 1, swap))
            if letter == other:
                last_column = j
        last_row[letter] = i
        rows.append(row)
    return rows[-1][-1]

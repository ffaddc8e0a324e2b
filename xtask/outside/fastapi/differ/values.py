"""Values for members and parameters, by their schemas: such as fit, and such as do not."""

import json

WORDS = [
    "Same", "same", "Éclair", "straße", "STRASSE", "ΣΟΦΟΣ", "σοφος", "zeta %", "a_b", "100% sure", "Buy milk", "İi", "ẞß",
    "note about milk", "Ünï cödé", "\u2028 \\\" é", "😀 b", "T1", "T2", "T3",
]  # fmt: skip
DAYS = ["2026-03-01", "2026-03-02", "2024-02-29", "0001-01-01", "9999-12-31"]
TIMES = ["2026-03-01T10:00:00Z", "2026-03-01T12:30:00.123456+02:30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
ANYTHING = [
    None, True, False, 0, 1, -1, 1.5, "", "x", [], {}, [1], {"a": 1}, "2026-01-01", 10**15, "null", [None], ["a", 1],
]  # fmt: skip
ODD_TEXTS = [
    "  padded ", "\u00a0nbsp\u3000", "", " ", "\t\n", "a\0b", "\u2028", "x\by\fz", "\"quoted\\", "<script>", "0", "\x1f\x1c",
    "\x7f\x85", "😀" * 3,
]  # fmt: skip
ODD_DAYS = [
    "2023-02-29", "2026-3-1", "2026-03-01T00:00:00Z", "0000-01-01", "٢٠٢٦-٠١-٠١", " 2026-03-01", "10000-01-01", "2026-13-01",
]  # fmt: skip
ODD_TIMES = [
    "2026-03-01", "2026-03-01T10:00:00", "2026-03-01 10:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T10:00:60Z",
    "2026-03-01t10:00:00z", "2026-03-01T10:00:00.1234567Z", "2026-03-01T10:00:00+24:00", "0001-01-01T00:00:00+01:00", "",
]  # fmt: skip
ODD_KEYS = ["", " ", "a b", "a,b", '"', '"a', 'a"', '""', '"a"b"', "a\\b", "x" * 255, "x" * 256, '"' + "x" * 255 + '"', "~!#", "\u00e9", "\t k \t"]
ODD_NAMES = ["id", "titel", "x/y~z", "created_at", "", "\x07bell", "p" * 70, "éé", "owner_id"]

# Bodies that are no objects, or hardly; `NAME` is a member that the operation takes.
ODD_BODIES = [
    b"", b" ", b"null", b"[]", b'"x"', b"5", b"tru", b"nul", b'{"NAME": "\xff"}', b'{"NAME":"\\ud800"}', b'{"NAME":"\\ud83d\\ude00"}',
    b'{"NAME":"\\udc00\\ud800"}', b'{"a":1,"a":2}', b'{"NAME":"a","NAME":"b"}', b'{"zzz":1e999}', b'{"zzz":-1e400,"NAME":1}', b'{"NAME":1e400}',
    b'{"zzz":' + b"9" * 500 + b"}", b'{"zzz":0.' + b"1" * 401 + b"}", b'{"zzz":1e-999}', b"[" * 70, b'{"a":' + b"[" * 63 + b"]" * 63 + b"}",
    b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", b'{"zzz":01}', b'{"zzz":1.}', b'{"zzz":.5}', b'{"zzz":-}', b'{"zzz":1e}', b'{"zzz":+1}', b'{"zzz":NaN}',
    b'{"zzz":Infinity}', b"{'a':1}", b'{"a":1,}', b"{,}", b'{"a"}', b'{"a":}', b"[1,]", b'{"a":[1,]}', b'{"a":[', b'{"a":[1', b'{"a" 1}',
    b'{"NAME":"\x01"}', b'{"NAME":"\\x"}', b'{"NAME":"\\u12g4"}', '{"NAME":"\\é"}'.encode(), b'{"NAME":"abc', b'{"NAME":"a\\', b"{",
    b'{"a":tru}', b'{"a":nulL}', b"\x00", b"{}\x00", b"// c\n{}", b'{"\\u0061":1,"a":2}', b'{"zzz":1E+2,"NAME":"e"}', b"\t\r\n{}\n",
    json.dumps({f"n{i}": 1 for i in range(120)}).encode(), b'{"NAME":[' + b'"",' * 119 + b'""]}',
]  # fmt: skip

ODD_QUERY_VALUES = [
    "", "x", "%zz", "%ff", "a%00b", "1,2", "%C3%A9", "+", "%2B", "null", "a" * 80, "-1", "0", "1.0", "9" * 25, "-" + "9" * 25, "%201",
    "007", "+5", "%D9%A3", "TRUE", "true", "%1c", ",", "id,,id", "a=b", "AQ", "made-up", "BULB1EiKaCn4AQAGYN51lzn7", "==",
    "+".join(f"w{i}" for i in range(18)),
]  # fmt: skip
ODD_QUERY_NAMES = [
    "nope", "titl", "offset", "limt", "%zz", "created_at__gt", "due__lt_", "", "x%3Dy", "%00", "Limit", "a" * 70, "%6cimit", "page",
]  # fmt: skip


class Values:
    """Makes values; `maker` knows rows, people and what answers have shown."""

    def __init__(self, document, maker):
        self.document, self.maker = document, maker
        self.rng = maker.rng

    def pick(self, *choices):
        return self.rng.choice(choices)

    def fit(self, name, schema):
        """A value that fits the schema."""
        schema = self.document.resolved(schema)
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "null" in kinds and self.rng.random() < 0.2:
            return None
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        match kinds[0]:
            case "boolean":
                return self.pick(True, False)
            case "integer":
                return self.rng.randint(schema.get("minimum", -3), min(schema.get("maximum", 12), 12))
            case "number":
                return self.pick(0, 1, 2.5, -1.25)
            case "array":
                most = min(schema.get("maxItems", 4), 4)
                return [self.fit(name, schema["items"]) for _ in range(self.rng.randint(schema.get("minItems", 0), most))]
            case "string":
                return self.text(name, schema)
            case _:
                return self.pick("x", {"a": [1, None, "é"]}, [1, 2])

    def text(self, name, schema):
        """A text that fits: mostly one that means something."""
        meant = self.maker.meant(name, schema)
        if meant and self.rng.random() < 0.85:
            return self.rng.choice(meant)
        match schema.get("format"):
            case "uuid":
                return self.maker.made_up(self.rng.randrange(5))
            case "date":
                return self.rng.choice(DAYS)
            case "date-time":
                return self.rng.choice(TIMES)
            case "email":
                return self.pick("alice", "bob", "carol", "dave", "New.Person+x") + "@example.com"
        if "a-z0-9" in schema.get("pattern", ""):
            return f"slug-{self.rng.randrange(60)}"[: schema.get("maxLength", 80)]
        text = self.rng.choice(WORDS) + self.pick("", "", f" {self.rng.randrange(99)}")
        return text[: schema.get("maxLength", 80)].ljust(schema.get("minLength", 0), "x").strip() or "x"

    def odd(self, name, schema):
        """A value that does not fit, or hardly."""
        schema = self.document.resolved(schema)
        if self.rng.random() < 0.3:
            return self.rng.choice(ANYTHING)
        if "enum" in schema:
            return self.pick("", str(schema["enum"][0]).upper(), str(schema["enum"][0])[:-1], "owner")
        if schema.get("type") == "array":
            item = schema["items"]
            most = schema.get("maxItems", 10)
            whole = [self.fit(name, item)]
            return self.pick(
                whole * most, whole * (most + 1), [1, None, *whole, ""], [""] * 12, "a", {"a": 1}, [whole], ["\0"], [5] * 150, None,
                whole * 2, [self.odd(name, item)],
            )  # fmt: skip
        match schema.get("format"):
            case "uuid":
                known = self.fit(name, schema | {"type": "string"})
                return self.pick("x", "", known.upper(), "{" + known + "}", known.replace("-", ""), known[:-1], 5)
            case "date":
                return self.pick(*ODD_DAYS, 20260301)
            case "date-time":
                return self.pick(*ODD_TIMES, 5)
            case "email":
                return self.pick("x", "@", "a@b", "a@b.c", "A@B.example", "a b@example.com", "ä@example.com", "a" * 65 + "@example.com", "")
        most = min(schema.get("maxLength", 80), 6000)
        return self.pick(*ODD_TEXTS, "é" * most, "é" * (most + 1), "a" * most, "a" * (most + 1), " " + "a" * most + " ")

"""What there is to ask for: the operations of a design's OpenAPI document, and who may ask."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from elsewhere import caller_of, made_key, type_of_key

ORIGIN = "http://localhost:3000"
# What tokens are signed with, where a design shares a secret.
SECRET = "a secret that only these runs have"
PARAMETER = re.compile(r"\{[^}]+\}")


def shape(template):
    """A path whose parameters have no names."""
    return PARAMETER.sub("{}", template)


def up_to_key(template):
    """A template as far as its last parameter, or as a whole where it has none."""
    last = template.rfind("}")
    return template[: last + 1] if last >= 0 else template


@dataclass
class Operation:
    """One operation of the document."""

    name: str
    method: str
    path: str
    query: dict[str, dict]
    headers: set[str]
    body: dict | None
    media: list[str]
    # The parameter of the path that names the caller: `{user_id}`.
    caller: str | None

    @property
    def kind(self):
        if self.method == "GET":
            if "limit" in self.query:
                return "list"
            return "get" if self.path.endswith("}") else "report"
        if self.method == "POST" and "If-Match" in self.headers:
            return "action"
        return {"POST": "create", "PATCH": "patch", "PUT": "put", "DELETE": "delete"}[self.method]


class Document:
    """The operations, the people who call, and the settings that the design wants."""

    def __init__(self, path, groma, design):
        self.json = json.loads(Path(path).read_text())
        self.operations = [
            self.operation(template, method, about) for template, methods in self.json["paths"].items() for method, about in methods.items()
        ]
        self.names = [operation.name for operation in self.operations]
        told = subprocess.run([groma, "ir", design], check=True, capture_output=True, text=True).stdout
        design = json.loads(told)
        self.people = people(design.get("auth", {}))
        self.has_auth = "auth" in design
        self.design = design
        self.key_of_callers = type_of_key(caller_of(design))
        self.known = []
        self.settings = {name: ORIGIN for name in re.findall(r'"env": ?"(\w+)"', told) if name != "BETTER_AUTH_URL"}
        secret = design.get("auth", {}).get("keys", {}).get("secret")
        if secret is not None:
            self.settings[secret["env"]] = SECRET
        self.has_rate = "rate" in design["service"]
        # What the last parameter of a path is called, where the path ends with it.
        self.keys = {shape(each.path): PARAMETER.findall(each.path)[-1].strip("{}") for each in self.operations if each.path.endswith("}")}
        # Of which rows a parameter in the middle of a path is the key.
        self.referred = {
            name.strip("{}"): shape(each.path[: each.path.index(name) + len(name)])
            for each in self.operations
            for name in PARAMETER.findall(each.path)
            if not each.path.endswith(name)
        }

    def operation(self, template, method, about):
        parameters = [self.resolved(each) for each in about.get("parameters", [])]
        content = about.get("requestBody", {}).get("content", {})
        schemas = [self.resolved(each["schema"]) for each in content.values()]
        callers = [each["name"] for each in parameters if each.get("description", "").startswith("The caller, as in the token")]
        return Operation(
            about["operationId"],
            method.upper(),
            template,
            {each["name"]: each for each in parameters if each["in"] == "query"},
            {each["name"] for each in parameters if each["in"] == "header"},
            schemas[0] if schemas else None,
            list(content),
            f"{{{callers[0]}}}" if callers else None,
        )

    def resolved(self, value):
        """What a reference leads to."""
        while "$ref" in value:
            place = self.json
            for part in value["$ref"].removeprefix("#/").split("/"):
                place = place[part]
            value = place
        return value

    def key_of(self, rows, item):
        """The key of an item among rows of a shape, as a path writes it."""
        name = self.keys.get(rows)
        if name is None:
            given = next((name for name, whose in self.referred.items() if whose == rows), "id")
            name = next((each for each in (given, given.split("_")[-1], "id") if each in item), "id")
        return item.get(name)

    def subject(self, name):
        """The key of somebody, who has a name here, in the type of the callers' keys."""
        if name not in self.known:
            self.known.append(name)
        return made_key(self.key_of_callers, name, self.known.index(name) + 1)

    def listed(self):
        """A list that everybody finds, where there is one."""
        return next((each.path for each in self.operations if each.kind == "list" and "{" not in each.path), None)


def people(auth):
    """Three without a role, and one for each role; with the words that make their tokens."""
    roles = [role["name"] for role in auth.get("roles", [])]
    found = {name: [] for name in ("alice", "bob", "carol")} | {role: ["--role", role] for role in roles}
    for name, words in found.items():
        for claim in auth.get("claims", []):
            words += ["--claim", f"{claim['claim']}={claimed(name, claim)}"]
    return found


def claimed(name, claim):
    if claim["type"] == "bool":
        return "false" if name == "carol" else "true"
    if claim["type"] == "int":
        return "3" if name == "carol" else "7"
    return f"{name}@example.com" if "mail" in claim["name"] else name

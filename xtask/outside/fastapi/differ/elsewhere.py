"""Rows of tables that the design does not own: who calls, and of which tenants."""

from itertools import product
from uuid import UUID

TIME = "2026-01-01T00:00:00.000000Z"
# What a made-up UUID of version 7 begins with.
BEFORE = 0x019A_0000_0000 << 80 | 7 << 76 | 2 << 62


def caller_of(design):
    """The entity whose rows are the callers."""
    name = design.get("auth", {}).get("caller")
    return next((each for each in design["entities"] if each["name"] == name), None)


def type_of_key(entity):
    """The type of an entity's keys: `text`, `int`."""
    if entity is None:
        return "text"
    key = next(field for field in entity["fields"] if field["name"] == entity["key"])
    return key["type"].get("scalar", {}).get("type", "text").partition("(")[0]


def made_key(kind, name, number):
    """A key of a type; text where it can be any."""
    return {"int": str(number), "uuid": str(UUID(int=BEFORE | number))}.get(kind, name)


def rows(document):
    """The rows of each table of somebody else's: the callers, two of everything else, and some of the callers in both."""
    held = [each for each in document.design["entities"] if each["storage"] == "external_table"]
    return {entity["table"]: list(rows_of(document, entity)) for entity in held}


def rows_of(document, entity):
    if entity is caller_of(document.design):
        for name in [*document.people, "dave", "eve", "ünï", "a b", "."]:
            yield row(document, entity, name, (document.subject(name), 0, 0))
        return
    kind = type_of_key(entity)
    people = document.people if "link" in entity else ["nobody"]
    for number, (of, name) in enumerate(product((1, 2), people), 1):
        # The second tenant has few people.
        if of == 1 or number % 2:
            key = made_key(kind, f"{entity['table']}-{number}", number)
            yield row(document, entity, name, (key, number, of))


def row(document, entity, name, numbers):
    """The columns of a row that is about somebody, and that refers to others by their number."""
    key, number, of = numbers
    entities = {each["name"]: each for each in document.design["entities"]}
    enums = {each["name"]: [variant["name"] for variant in each["variants"]] for each in document.design["enums"]}
    found = {}
    for field in entity["fields"]:
        ty, column = field["type"], field["column"]
        if field["name"] == entity["key"]:
            found[column] = key
        elif field["name"] == entity.get("link", {}).get("user"):
            found[column] = document.subject(name)
        elif "reference" in ty:
            target = entities[ty["reference"]]
            found[column] = made_key(type_of_key(target), f"{target['table']}-{of}", of)
        elif "enum" in ty:
            found[column] = enums[ty["enum"]][number % len(enums[ty["enum"]])]
        elif ty.get("scalar", {}).get("type", "text").startswith(("int", "float", "decimal", "bool")):
            found[column] = "1"
        elif column.lower() == "email":
            found[column] = f"{name}@example.com"
        else:
            found[column] = TIME if column.endswith(("At", "_at")) else name
    return found

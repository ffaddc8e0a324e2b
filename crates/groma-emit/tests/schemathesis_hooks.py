"""What a schema cannot say, for Schemathesis: `SCHEMATHESIS_HOOKS=.../schemathesis_hooks.py`.

Three things in a request are valid by their form and are still refused for what they name: a cursor that no
server made (400), a reference to a row that is not there (400), an `If-Match` that is not the row's (412). Valid
requests are therefore sent without these; everything else stays as it was drawn, and invalid requests are left
alone. References are optional wherever the examples have them.
"""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    if isinstance(case.query, dict):
        case.query.pop("cursor", None)
    if isinstance(case.body, dict):
        for name in [name for name in case.body if name.endswith("_id")]:
            del case.body[name]
    for name in [name for name in case.headers or {} if name.lower() == "if-match"]:
        del case.headers[name]

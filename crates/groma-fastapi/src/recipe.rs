//! How the README of a project says to try it without whoever signs people in: by tokens of the tool's own key.

use groma_ir::design::{Auth, Jwks, Setting};
use groma_ir::http::{Operation, Route};

use crate::cx::Cx;

/// The issuer and the audience of the tool's tokens where no variable says others.
const DEVELOPMENT: &str = "groma-development";

/// How to get a token, to send it, and to have the tool ask everything; nothing where nobody needs a token.
pub(crate) fn recipe(cx: &Cx<'_>) -> Option<String> {
    let auth = cx.model.design.auth.as_ref()?;
    match &auth.jwks {
        Jwks::Secret(secret) => Some(by_secret(cx, auth, secret)),
        Jwks::IssuerPath(_) | Jwks::At(_) => Some(by_key(cx, auth)),
    }
}

/// The tool signs with a key of its own, which the app is told of.
fn by_key(cx: &Cx<'_>, auth: &Auth) -> String {
    let variables = variables(auth)
        .into_iter()
        .map(|name| format!("{name}={DEVELOPMENT} "));
    let mut start: String = variables.collect();
    start += "AUTH_JWKS_FILE=../.groma/dev-jwks.json ";
    if cx.model.design.service.limits.rate.is_some() {
        start += "RATE_LIMIT=off ";
    }
    let asked = asked(cx, &ask(cx, "groma token .."));
    format!(
        "To try it without that application, let the app trust the tool's own key; `..` is the folder that holds `specs/`:

```sh
groma token .. # makes the key in `../.groma`, and prints a token
{start}\\
  uvicorn app.asgi:app --no-server-header --no-access-log
```

In another terminal, {asked}"
    )
}

/// What to send it: a request, where there is one, and whatever the tool comes up with.
fn asked(cx: &Cx<'_>, request: &str) -> String {
    let first = if request.is_empty() {
        ""
    } else {
        "send a request, and "
    };
    let (database, reads) = if is_found_by_what_stays(cx) {
        (
            " --database sqlite:///app.db",
            ", and reads in the database what never leaves the service:\ngive it the `DATABASE_URL` of `.env` where \
             there is one",
        )
    } else {
        ("", "")
    };
    format!(
        "{first}have `groma verify` ask whatever the design promises, as several users. It makes and deletes\nrows of \
         theirs{reads}:

```sh
{request}groma verify http://127.0.0.1:8000 ..{database}
```
"
    )
}

/// Whether an action finds its row by what no answer shows.
fn is_found_by_what_stays(cx: &Cx<'_>) -> bool {
    cx.model.design.entities.iter().any(|entity| {
        let mut finds = entity.actions.iter().filter_map(|action| action.find.as_ref());
        finds.any(|find| !entity.fields[find.field].leaves())
    })
}

/// The tool signs with the secret that the app has.
fn by_secret(cx: &Cx<'_>, auth: &Auth, secret: &Setting) -> String {
    let mut names = variables(auth);
    if let Setting::Env(name) = secret {
        names.push(name);
    }
    let with = match names.as_slice() {
        [] => String::new(),
        names => format!("env $(grep -E '^({})=' .env) ", names.join("|")),
    };
    let token = format!("{with}groma token ..");
    let ask = match ask(cx, &token) {
        ask if ask.is_empty() => token + "\n",
        ask => ask,
    };
    format!(
        "The tool signs one too; `..` is the folder that holds `specs/`:

```sh
{ask}```
"
    )
}

/// A request with a token.
fn ask(cx: &Cx<'_>, token: &str) -> String {
    let Some(route) = listed(cx) else {
        return String::new();
    };
    let path = route.path.template();
    format!("curl http://127.0.0.1:8000{path} -H \"Authorization: Bearer $({token})\"\n")
}

/// The variables of the issuer and the audience.
fn variables(auth: &Auth) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for setting in auth.issuer.iter().chain(&auth.audience) {
        match setting {
            Setting::Env(name) if !names.contains(&name.as_str()) => names.push(name),
            Setting::Env(_) | Setting::Value(_) => {}
        }
    }
    names
}

/// A list that one can ask for without knowing a row, best one that asks for a token.
fn listed<'m>(cx: &Cx<'m>) -> Option<&'m Route> {
    let routes = cx.model.http.routes.iter();
    let is_plain = |route: &&Route| {
        route.operation == Operation::List
            && route.path.parents().next().is_none()
            && !route.path.has_caller()
    };
    let lists: Vec<&Route> = routes.filter(is_plain).collect();
    let protected = lists.iter().find(|route| !route.public);
    protected.or(lists.first()).copied()
}

//! Tests of what holds for every route, and what the tests of routes stand on: `tests/conftest.py`.

use groma_files::FileSet;
use groma_ir::access::Grants;
use groma_ir::design::{Auth, EntityId, Jwks, Method, Per, Setting};
use groma_ir::http::{Operation, Route};
use groma_ir::scalar::Scalar;

use self::conftest::{conftest, top_role};
use crate::access_tests::is_possible;
use crate::callers;
use crate::cx::Cx;
use crate::names;
use crate::python::{import, string};
use crate::service::Needs;
use crate::settings;

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/project/tests/", $path))
    };
}

mod conftest;
mod issuer;

/// Adds them.
pub(crate) fn add(cx: &Cx<'_>, needs: &Needs, files: &mut FileSet) {
    let auth = cx.model.design.auth.as_ref();
    files.insert("tests/__init__.py", "");
    files.insert("tests/conftest.py", conftest(cx, auth));
    files.insert("tests/operations.json", operations(cx));
    files.insert("tests/conformance/__init__.py", "");
    let text = file!("conformance/conftest.py").to_owned();
    files.insert(
        "tests/conformance/conftest.py",
        match auth {
            Some(_) => text,
            None => OPEN_CONTRACT
                .iter()
                .fold(text, |text, (with, without)| text.replace(with, without)),
        },
    );
    files.insert("tests/test_migrations.py", file!("test_migrations.py"));
    files.insert("tests/test_settings.py", settings_tests(cx));
    if let Some(entity) = needs.there.first() {
        files.insert("tests/test_database.py", database_tests(cx, *entity));
    }
    if auth.is_some_and(|auth| !auth.roles.is_empty()) {
        files.insert("tests/test_roles.py", file!("test_roles.py"));
    }
    let service = &cx.model.design.service;
    if creating(cx).is_some() {
        let text = file!("test_bodies.py");
        let text = if auth.is_some() {
            text.to_owned()
        } else {
            let text = without_test(text, "test_the_caller_comes_before_the_input");
            without_test(&text, "test_the_body_of_whom_nobody_knows_is_not_read")
                .replace("from app.core import reading\n", "")
        };
        files.insert("tests/test_bodies.py", as_anybody(auth, text));
    }
    if cx
        .model
        .http
        .routes
        .iter()
        .any(|route| route.operation == Operation::List)
    {
        files.insert("tests/test_cursors.py", file!("test_cursors.py"));
    }
    if cx.model.http.routes.iter().any(|route| route.if_match) {
        files.insert("tests/test_etags.py", file!("test_etags.py"));
    }
    if listing(cx).is_none() {
        return;
    }
    files.insert(
        "tests/test_app.py",
        as_anybody(auth, file!("test_app.py").to_owned()),
    );
    if let Some(cors) = &service.cors {
        let text = file!("test_origins.py");
        let is_said = cors
            .origins
            .iter()
            .any(|origin| matches!(origin, Setting::Env(_)));
        files.insert(
            "tests/test_origins.py",
            if is_said {
                text.to_owned()
            } else {
                text.split_once(SAID)
                    .map_or(text, |(rest, _)| rest)
                    .replace(SAYING, "")
            },
        );
    }
    let Some(auth) = auth else { return };
    files.insert("tests/test_auth.py", auth_tests(cx, auth));
    if is_published(auth) {
        files.insert("tests/test_keys.py", file!("test_keys.py"));
        files.insert("tests/test_key_sets.py", file!("test_key_sets.py"));
        files.insert("tests/test_jwks.py", file!("test_jwks.py"));
    }
    if service.limits.rate.is_some_and(|rate| rate.per == Per::Caller) {
        files.insert("tests/test_rates.py", file!("test_rates.py"));
    }
}

/// How the database is asked whether somebody else's table is there.
fn database_tests(cx: &Cx<'_>, entity: EntityId) -> String {
    let text = if cx.owner.asynchronous {
        include_str!("../project/asynchronous/test_database.py")
    } else {
        file!("test_database.py")
    };
    let class = names::class(cx.model, entity);
    let module = cx.package(entity).module("models");
    text.replace("from app.users.models import User\n", &import(&module, &[&class]))
        .replace("(session, User)", &format!("(session, {class})"))
}

/// A test's text as it is where nobody is known: whoever asks has no token.
fn as_anybody(auth: Option<&Auth>, text: String) -> String {
    match auth {
        Some(_) => text,
        None => text.replace("alice", "nobody").replace("maker", "nobody"),
    }
}

/// Where tests of what a deployment says of origins begin, and what they alone import.
const SAID: &str = "\n\n@pytest";
const SAYING: &str = "import pytest
from pydantic import ValidationError

from app.core.config import Settings
";

/// A module without one of its functions.
fn without_test(text: &str, name: &str) -> String {
    let parts = text
        .split("\n\n\n")
        .filter(|part| !part.contains(&format!("def {name}(")));
    let parts: Vec<&str> = parts.map(str::trim_end).collect();
    parts.join("\n\n\n") + "\n"
}

/// A list at a path without parameters, for whoever has a token, where tokens are known.
fn listing<'m>(cx: &Cx<'m>) -> Option<&'m Route> {
    let facts = Grants::default().facts(&cx.model.design);
    plain_routes(cx).find(|route| {
        let is_open = cx.caller().is_none() || is_possible(cx, route, &facts);
        route.operation == Operation::List && is_open
    })
}

/// A create at a path without parameters, for whoever has a token, where tokens are known.
fn creating<'m>(cx: &Cx<'m>) -> Option<&'m Route> {
    let auth = cx.model.design.auth.as_ref();
    let grants = Grants {
        role: auth.and_then(top_role),
        ..Grants::default()
    };
    let facts = grants.facts(&cx.model.design);
    plain_routes(cx).find(|route| {
        let is_open = cx.caller().is_none() || (!route.public && is_possible(cx, route, &facts));
        route.operation == Operation::Create && is_open
    })
}

fn plain_routes<'m>(cx: &Cx<'m>) -> impl Iterator<Item = &'m Route> {
    let routes = cx.model.http.routes.iter();
    routes.filter(|route| route.path.parts.iter().all(|part| part.parameter().is_none()))
}

/// Whether keys are published, and not a secret that both sides know.
fn is_published(auth: &Auth) -> bool {
    !matches!(auth.jwks, Jwks::Secret(_))
}

/// Tests of settings that cannot work.
fn settings_tests(cx: &Cx<'_>) -> String {
    let wrong = settings::wrong(cx).statement(0, "WRONG: list[dict[str, Any]] = ", "");
    file!("test_settings.py").replace("WRONG: list[dict[str, Any]] = \"settings\"\n", &wrong)
}

fn auth_tests(cx: &Cx<'_>, auth: &Auth) -> String {
    let mut text = String::from(file!("test_auth.py"));
    if !is_published(auth) {
        text = without(&text, &["{\"kid\": \"unknown\"}"])
            .replace("{\"alg\": \"HS256\"}", "{\"alg\": \"ES256\"}");
    }
    if auth.issuer.is_none() {
        text = without(&text, &["{\"iss\""]).replace(", ISSUER,", ",");
    }
    if auth.audience.is_empty() {
        text = without(&text, &["{\"aud\": None}", "{\"aud\": \"https"]);
    }
    text.replace(
        "        {\"sub\": \"x\" * 65},\n        {\"sub\": \"\"},\n",
        &no_keys(cx, auth),
    )
    .replace("{\"sub\":", &format!("{{{}:", string(&auth.caller_claim)))
}

/// Claims that are no key of a caller, a case each.
fn no_keys(cx: &Cx<'_>, auth: &Auth) -> String {
    let (least, most) = match callers::key_of(cx, auth) {
        Scalar::Uuid | Scalar::Int(_) => (1, 64),
        text => callers::lengths(&text),
    };
    // A longer token is refused as it is.
    let long = (most < 4096).then(|| format!("\"x\" * {}", most + 1));
    let short = least.checked_sub(1).map(|less| match less {
        0 => string(""),
        less => format!("\"x\" * {less}"),
    });
    let values = long.into_iter().chain(short);
    let parts = values.flat_map(|value| [String::from("        {\"sub\": "), value, String::from("},\n")]);
    parts.collect()
}

/// A text without the lines that begin with one of these.
fn without(text: &str, starts: &[&str]) -> String {
    let stays = |line: &&str| !starts.iter().any(|start| line.trim_start().starts_with(start));
    text.lines().filter(stays).flat_map(|line| [line, "\n"]).collect()
}

/// What is different in the tests of the contract where nobody has a token.
const OPEN_CONTRACT: [(&str, &str); 4] = [
    (
        "
That one has to trust a key of the tests: `SIGNING_KEY` is the file of the private key (PEM or
DER), `SIGNING_KID` its name, `ISSUER` and `AUDIENCE` are what tokens say. Rows that tests make
stay there; Alice and Bob are new each time.
",
        "
Rows that tests make stay there.
",
    ),
    ("from uuid import uuid4\n", ""),
    ("\nfrom tests.conftest import Issuer, Person\n", ""),
    (
        "

@pytest.fixture
def alice(client: httpx2.Client, issuer: Issuer) -> Person:
    return Person(client, issuer.token(f\"{uuid4()}-alice\"))


@pytest.fixture
def bob(client: httpx2.Client, issuer: Issuer) -> Person:
    return Person(client, issuer.token(f\"{uuid4()}-bob\"))
",
        "",
    ),
];

/// Every operation with its statuses, a line each.
fn operations(cx: &Cx<'_>) -> String {
    let lines = cx.model.http.routes.iter().map(|route| {
        let method = match route.method {
            Method::Get => "get",
            Method::Post => "post",
            Method::Put => "put",
            Method::Patch => "patch",
            Method::Delete => "delete",
        };
        let statuses: Vec<String> = route.statuses().iter().map(u16::to_string).collect();
        format!(
            "  [\"{method}\", \"{}\", \"{}\", [{}]]",
            route.path.template(),
            route.operation_id,
            statuses.join(", ")
        )
    });
    let lines: Vec<String> = lines.collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

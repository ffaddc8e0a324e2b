//! `tests/conftest.py`: how tests start the application, and who calls it.

use groma_ir::design::{Auth, EntityId, Jwks, Role, RoleId, Setting};
use groma_ir::http::PathPart;

use super::issuer::issuer;
use super::{creating, is_published, listing};
use crate::cx::Cx;
use crate::names;
use crate::python::{Block, Doc, Imports, string};

pub(super) fn conftest(cx: &Cx<'_>, auth: Option<&Auth>) -> String {
    let mut imports = Imports::default();
    for module in ["os", "pytest"] {
        imports.module(module);
    }
    for (module, name) in [
        ("collections.abc", "Iterator"),
        ("pathlib", "Path"),
        ("typing", "Any"),
        ("alembic", "command"),
        ("alembic.config", "Config"),
        ("fastapi.testclient", "TestClient"),
        ("httpx2", "Client"),
        ("httpx2", "Response"),
        ("sqlalchemy", "Engine"),
        ("sqlalchemy", "exists"),
        ("sqlalchemy", "inspect"),
        ("sqlalchemy", "literal"),
        ("sqlalchemy", "select"),
        ("sqlalchemy", "table"),
        ("sqlmodel", "Session"),
        ("sqlmodel", "SQLModel"),
        ("app.core.config", "Settings"),
        ("app.core.db", "make_engine"),
        ("app.main", "create_app"),
    ] {
        imports.name(module, name);
    }
    let (issuer, people) = match auth {
        Some(auth) => (issuer(cx, &mut imports, auth), people(auth)),
        None => (String::new(), String::new()),
    };
    let models = models(cx, &mut imports);
    let text = file!("conftest.py")
        .replace("# The constants.\n", &constants(cx, auth))
        .replace("# The issuer.\n", &issuer)
        .replace(
            "    return \"settings\"\n",
            &settings(cx, auth).statement(4, "return ", ""),
        )
        .replace(REFUSED, &(String::from(REFUSED) + &borrowed(cx)));
    let text = match auth {
        Some(auth) if is_published(auth) => text,
        Some(_) => text.replace(KEY_FILE, ""),
        None => UNKNOWN
            .iter()
            .fold(text.replace(KEY_FILE, ""), |text, (with, without)| {
                text.replace(with, without)
            }),
    };
    let text = if cx.owner.asynchronous {
        text.replace("app.state.engine", "app.state.plain_engine")
            .replace(WITH_APP, WITH_PLAIN_ENGINE)
    } else {
        text
    };
    let text = if is_named_in_paths(cx) {
        imports.name("jwt.utils", "base64url_decode");
        let claim = auth.map_or("sub", |auth| &auth.caller_claim);
        text.replace("[\"sub\"])", &format!("[{}])", string(claim)))
    } else {
        text.replace(KEY, "")
    };
    let text = if models.is_empty() {
        let uses = [EMPTY, "        empty(client)\n", "    empty(session_client)\n"];
        uses.iter().fold(text, |text, part| text.replace(part, ""))
    } else {
        imports.name("sqlalchemy", "delete");
        text.replace(
            "        for model in \"models\":\n",
            &Doc::tuple(models).statement(8, "for model in ", ":"),
        )
    };
    text.replace("# The imports.\n", &(imports.text() + "\n")) + &people
}

/// What paths that name the caller take.
const KEY: &str = "    @property
    def key(self) -> str:
        \"\"\"Their key, as paths hold it.\"\"\"
        claims = self.headers[\"Authorization\"].split(\".\")[1]
        return str(json.loads(base64url_decode(claims))[\"sub\"])

";

/// Whether paths name the caller.
fn is_named_in_paths(cx: &Cx<'_>) -> bool {
    let mut parts = cx.model.http.routes.iter().flat_map(|route| &route.path.parts);
    parts.any(|part| matches!(part, PathPart::Caller { .. }))
}

/// What is asked of a database before it gets its tables.
const REFUSED: &str = "    refuse_rows(engine)\n";

/// How a test finds no rows.
const EMPTY: &str = "def empty(client: TestClient) -> None:
    \"\"\"No rows any more.\"\"\"
    with client.app.state.engine.begin() as connection:  # type: ignore[attr-defined]
        for model in \"models\":
            connection.execute(delete(model))


";

/// How tests start the application.
const WITH_APP: &str = "    with TestClient(create_app(settings)) as client:
        yield client
        empty(client)
";

/// The same where the application has an engine that waits: tests put rows there by one that does not.
const WITH_PLAIN_ENGINE: &str = "    app = create_app(settings)
    app.state.plain_engine = make_engine(settings)
    with TestClient(app) as client:
        yield client
        empty(client)
    app.state.plain_engine.dispose()
";

fn constants(cx: &Cx<'_>, auth: Option<&Auth>) -> String {
    let mut block = Block::new();
    if let Some(auth) = auth {
        token_constants(&mut block, auth);
    }
    if cx.model.design.service.cors.is_some() {
        block.line(&format!("ORIGIN = {}", origin(cx)));
    }
    if let Some(auth) = auth
        && let Some(role) = top_role(auth)
    {
        let claim = auth.role_claim.as_deref().unwrap_or("role");
        block.line(&format!("ROLE_CLAIM = {}", string(claim)));
        block.line(&format!("ROLE = {}", string(&auth.roles[role].name)));
    }
    block.comment("Routes that tests of what holds for every route go to, and what the first one takes.");
    block.line(&format!("BASE = {}", string(&cx.model.http.base)));
    if let Some(route) = listing(cx) {
        let methods = cx.model.http.methods();
        let of_path = methods.iter().find(|(path, _)| path.same_shape(&route.path));
        let allowed = of_path.map_or(String::new(), |(_, methods)| methods.join(", "));
        block.line(&format!("LIST = {}", string(&route.path.template())));
        block.line(&format!("ALLOWED = {}", string(&allowed)));
    }
    if let Some(route) = creating(cx) {
        block.line(&format!("CREATE = {}", string(&route.path.template())));
    }
    block.text()
}

fn token_constants(block: &mut Block, auth: &Auth) {
    let of = |setting: Option<&Setting>, name: &str, other: &str| match setting {
        Some(Setting::Value(value)) => string(value),
        Some(Setting::Env(_)) | None => format!("os.environ.get(\"{name}\", {})", string(other)),
    };
    let issuer = of(auth.issuer.as_ref(), "ISSUER", "https://app.example.com");
    let is_same = auth.audience.first() == auth.issuer.as_ref();
    let audience = if is_same {
        String::from("ISSUER")
    } else {
        of(auth.audience.first(), "AUDIENCE", "https://api.example.com")
    };
    block
        .line(&format!("ISSUER = {issuer}"))
        .line(&format!("AUDIENCE = {audience}"));
}

/// An origin that may call.
fn origin(cx: &Cx<'_>) -> String {
    let cors = cx.model.design.service.cors.as_ref();
    let origins = cors.map_or(&[][..], |cors| &cors.origins);
    let fixed = origins.iter().filter_map(|origin| match origin {
        Setting::Value(value) => Some(string(value)),
        Setting::Env(_) => None,
    });
    let auth = cx.model.design.auth.as_ref();
    let is_sole = |setting: Option<&Setting>| setting.is_some_and(|setting| *origins == [setting.clone()]);
    match fixed.reduce(|_, last| last) {
        Some(fixed) => fixed,
        None if is_sole(auth.and_then(|auth| auth.issuer.as_ref())) => String::from("ISSUER"),
        None if is_sole(auth.and_then(|auth| auth.audience.first())) => String::from("AUDIENCE"),
        None => string("https://web.example.com"),
    }
}

/// The tables to be emptied, those that refer to others first.
fn models(cx: &Cx<'_>, imports: &mut Imports) -> Vec<Doc> {
    let tables = cx.model.tables.in_order_of_creation();
    let own = tables.iter().rev().map(|table| table.entity);
    let mut names = Vec::new();
    for entity in lent(cx).chain(own) {
        let class = names::class(cx.model, entity);
        let module = cx.package(entity).module("models");
        imports.name(&module, &class);
        names.push(Doc::text(class));
    }
    if cx.keeps_replies() {
        names.push(Doc::text(imports.name("app.core.replies", "KeptReply")));
    }
    names
}

/// Entities that rules ask, whose tables are somebody else's.
fn lent(cx: &Cx<'_>) -> impl Iterator<Item = EntityId> {
    let entities = cx.model.design.entities.ids();
    entities.filter(|entity| cx.is_lent(*entity))
}

/// How tests make what rules ask and no revision makes; nothing where that is nothing.
fn borrowed(cx: &Cx<'_>) -> String {
    let tables = lent(cx).map(|entity| {
        let name = string(&cx.table(entity).name);
        Doc::text(format!("SQLModel.metadata.tables[{name}]"))
    });
    let tables: Vec<Doc> = tables.collect();
    if tables.is_empty() {
        return String::new();
    }
    let arguments = [Doc::text("engine"), Doc::list(tables)];
    let mut block = Block::new();
    block.inner(|body| {
        body.comment("Somebody else's tables, which rules ask.");
        body.statement("", &Doc::call("SQLModel.metadata.create_all", arguments), "");
    });
    block.text()
}

fn settings(cx: &Cx<'_>, auth: Option<&Auth>) -> Doc {
    let mut parts = vec![Doc::named("_env_file", "None")];
    let mut known = Vec::new();
    let mut add = |setting: &Setting, value: String| {
        if let Setting::Env(name) = setting
            && !known.contains(name)
        {
            known.push(name.clone());
            parts.push(Doc::named(&names::attribute(&name.to_lowercase()), value));
        }
    };
    if let Some(auth) = auth {
        if let Some(issuer) = &auth.issuer {
            add(issuer, String::from("ISSUER"));
        }
        for audience in &auth.audience {
            add(audience, String::from("AUDIENCE"));
        }
        match &auth.jwks {
            Jwks::At(setting) => add(setting, String::from("\"https://keys.example.com\"")),
            Jwks::Secret(setting) => add(setting, String::from("issuer.key.decode()")),
            Jwks::IssuerPath(_) => {}
        }
    }
    for origin in cx.model.design.service.cors.iter().flat_map(|cors| &cors.origins) {
        add(origin, String::from("[ORIGIN]"));
    }
    if auth.is_some_and(is_published) {
        parts.push(Doc::named("auth_jwks_file", "keys"));
    }
    let file = "f\"sqlite:///{folder / 'test.db'}\"";
    let database = Doc::call(
        "os.environ.get",
        [Doc::text("\"TEST_DATABASE_URL\""), Doc::text(file)],
    );
    parts.push(Doc::named("database_url", database));
    if cx.model.design.service.limits.rate.is_some() {
        parts.push(Doc::named("rate_limit", "\"off\""));
    }
    Doc::call("Settings", parts)
}

/// A fixture for each of some people: without a role, and with each.
fn people(auth: &Auth) -> String {
    let mut text = String::new();
    let mut add = |name: &str, token: &str| {
        let mut block = Block::new();
        block.line("").line("").line("@pytest.fixture");
        block.line(&format!(
            "def {name}(client: TestClient, issuer: Issuer) -> Person:"
        ));
        block.inner(|body| {
            body.line(&format!("return Person(client, issuer.token({token}))"));
        });
        text.push_str(&block.text());
    };
    let mut taken = vec![
        "alice", "bob", "maker", "nobody", "client", "issuer", "settings", "alembic",
    ];
    add("alice", "\"alice\"");
    add("bob", "\"bob\"");
    let role = |role: &str| format!("\"{role}\", **{{ROLE_CLAIM: \"{role}\"}}");
    for declared in &auth.roles {
        let name = names::snake(&declared.name);
        if !taken.contains(&name.as_str()) {
            add(&name, &role(&declared.name));
            taken.push(&declared.name);
        }
    }
    match top_role(auth) {
        Some(_) => add("maker", "\"maker\", **{ROLE_CLAIM: ROLE}"),
        None => add("maker", "\"maker\""),
    }
    text
}

/// The role that includes the most.
pub(super) fn top_role(auth: &Auth) -> Option<RoleId> {
    let included = |role: &Role| auth.roles.ids().filter(|id| role.includes.contains(*id)).count();
    let mut roles: Vec<_> = auth.roles.entries().collect();
    roles.sort_by_key(|(_, role)| included(role));
    roles.last().map(|(id, _)| *id)
}

/// Where an application finds it.
const KEY_FILE: &str = "    keys = folder / \"jwks.json\"
    keys.write_text(issuer.jwks())
";

/// What is different where nobody has a token.
const UNKNOWN: [(&str, &str); 5] = [
    ("issuer: Issuer, ", ""),
    (", token: str | None) -> None:", ") -> None:"),
    (
        "        self.headers = {} if token is None else {\"Authorization\": f\"Bearer {token}\"}\n",
        "",
    ),
    (
        "        return self.client.request(
            method, path, json=sent, content=data, headers=self.headers | more
        )
",
        "        return self.client.request(method, path, json=sent, content=data, headers=more)
",
    ),
    ("Person(client, None)", "Person(client)"),
];

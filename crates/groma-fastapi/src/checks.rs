//! Tests of what holds for every route, and what the tests of routes stand on: `tests/conftest.py`.

use groma_files::FileSet;
use groma_ir::design::{Algorithm, Auth, ClaimType, Jwks, Method, Per, Setting};
use groma_ir::http::{Operation, Route};
use groma_ir::scalar::Scalar;

use crate::callers;
use crate::cx::Cx;
use crate::names;
use crate::python::{Block, Doc, Imports, string};

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!("../project/tests/", $path))
    };
}

/// Adds them; none where tokens are signed with a secret or callers are not known.
pub(crate) fn add(cx: &Cx<'_>, files: &mut FileSet) {
    let Some(auth) = &cx.model.design.auth else {
        return;
    };
    if matches!(auth.jwks, Jwks::Secret(_)) {
        return;
    }
    files.insert("tests/__init__.py", "");
    files.insert("tests/conftest.py", conftest(cx, auth));
    files.insert("tests/operations.json", operations(cx));
    files.insert("tests/conformance/__init__.py", "");
    files.insert("tests/conformance/conftest.py", file!("conformance/conftest.py"));
    files.insert("tests/test_migrations.py", file!("test_migrations.py"));
    if !auth.roles.is_empty() {
        files.insert("tests/test_roles.py", file!("test_roles.py"));
    }
    let service = &cx.model.design.service;
    if creating(cx).is_some() && service.validation_status == 400 {
        files.insert("tests/test_bodies.py", file!("test_bodies.py"));
    }
    if listing(cx).is_none() {
        return;
    }
    files.insert("tests/test_app.py", file!("test_app.py"));
    files.insert("tests/test_auth.py", auth_tests(auth));
    if service.cors.is_some() {
        files.insert("tests/test_origins.py", file!("test_origins.py"));
    }
    if service.limits.rate.is_some_and(|rate| rate.per == Per::Caller) {
        files.insert("tests/test_rates.py", file!("test_rates.py"));
    }
}

/// A list at a path without parameters.
fn listing<'m>(cx: &Cx<'m>) -> Option<&'m Route> {
    plain_routes(cx).find(|route| route.operation == Operation::List)
}

/// A create at a path without parameters, for whoever has a token.
fn creating<'m>(cx: &Cx<'m>) -> Option<&'m Route> {
    plain_routes(cx).find(|route| route.operation == Operation::Create && !route.public)
}

fn plain_routes<'m>(cx: &Cx<'m>) -> impl Iterator<Item = &'m Route> {
    let routes = cx.model.http.routes.iter();
    routes.filter(|route| route.path.parts.iter().all(|part| part.parameter().is_none()))
}

/// The role that includes the most.
fn top_role(auth: &Auth) -> Option<&str> {
    let included =
        |role: &groma_ir::design::Role| auth.roles.ids().filter(|id| role.includes.contains(*id)).count();
    let mut roles: Vec<_> = auth.roles.iter().collect();
    roles.sort_by_key(|role| included(role));
    roles.last().map(|role| role.name.as_str())
}

fn conftest(cx: &Cx<'_>, auth: &Auth) -> String {
    let mut imports = Imports::default();
    for module in ["json", "os", "time", "pytest"] {
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
        (
            "cryptography.hazmat.primitives.serialization",
            "load_der_private_key",
        ),
        (
            "cryptography.hazmat.primitives.serialization",
            "load_pem_private_key",
        ),
        ("jwt.algorithms", "get_default_algorithms"),
        ("jwt.utils", "base64url_encode"),
        ("sqlalchemy", "delete"),
        ("sqlmodel", "Session"),
        ("sqlmodel", "SQLModel"),
        ("app.core.config", "ALGORITHMS"),
        ("app.core.config", "Settings"),
        ("app.main", "create_app"),
    ] {
        imports.name(module, name);
    }
    let key = new_key(&mut imports, auth);
    let claims = claims(cx, &mut imports, auth);
    let models = models(cx, &mut imports);
    let text = file!("conftest.py")
        .replace("# The constants.\n", &constants(cx, auth))
        .replace(
            "        self.key = key or \"a new key\"\n",
            &key.statement(8, "self.key = key or ", ""),
        )
        .replace(
            "        usual = \"claims\"\n",
            &claims.statement(8, "usual = ", ""),
        )
        .replace(
            "    return \"settings\"\n",
            &settings(cx, auth).statement(4, "return ", ""),
        )
        .replace(
            "        for model in \"models\":\n",
            &models.statement(8, "for model in ", ":"),
        );
    text.replace("# The imports.\n", &(imports.text() + "\n")) + &people(auth)
}

fn constants(cx: &Cx<'_>, auth: &Auth) -> String {
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
    let mut block = Block::new();
    block
        .line(&format!("ISSUER = {issuer}"))
        .line(&format!("AUDIENCE = {audience}"));
    if cx.model.design.service.cors.is_some() {
        block.line(&format!("ORIGIN = {}", origin(cx)));
    }
    if let Some(role) = top_role(auth) {
        let claim = auth.role_claim.as_deref().unwrap_or("role");
        block.line(&format!("ROLE_CLAIM = {}", string(claim)));
        block.line(&format!("ROLE = {}", string(role)));
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

/// An origin that may call.
fn origin(cx: &Cx<'_>) -> String {
    let origins = cx.model.design.service.cors.iter().flat_map(|cors| &cors.origins);
    let fixed = origins.filter_map(|origin| match origin {
        Setting::Value(value) => Some(string(value)),
        Setting::Env(_) => None,
    });
    fixed
        .reduce(|_, last| last)
        .unwrap_or_else(|| string("https://web.example.com"))
}

fn new_key(imports: &mut Imports, auth: &Auth) -> Doc {
    let module = "cryptography.hazmat.primitives.asymmetric";
    let mut curve = |curve: &str| {
        let ec = imports.name(module, "ec");
        Doc::call(
            format!("{ec}.generate_private_key"),
            [Doc::text(format!("ec.{curve}()"))],
        )
    };
    match auth.algorithms.first() {
        Some(Algorithm::Es256) => curve("SECP256R1"),
        Some(Algorithm::Es512) => curve("SECP521R1"),
        Some(Algorithm::Rs256 | Algorithm::Ps256) => {
            let rsa = imports.name(module, "rsa");
            let size = [Doc::text("65537"), Doc::text("2048")];
            Doc::call(format!("{rsa}.generate_private_key"), size)
        }
        Some(Algorithm::EdDsa | Algorithm::Hs256) | None => {
            let class = imports.name(&format!("{module}.ed25519"), "Ed25519PrivateKey");
            Doc::call(format!("{class}.generate"), [])
        }
    }
}

/// The claims of a token, with those that rules read.
fn claims(cx: &Cx<'_>, imports: &mut Imports, auth: &Auth) -> Doc {
    let key = match callers::key_of(cx, auth) {
        Scalar::Uuid => {
            imports.name("uuid", "NAMESPACE_URL");
            let function = imports.name("uuid", "uuid5");
            Doc::text(format!("str({function}(NAMESPACE_URL, subject))"))
        }
        _ => Doc::text("subject"),
    };
    let mut pairs = vec![
        (string(&auth.caller_claim), key),
        (string("iss"), Doc::text("ISSUER")),
        (string("aud"), Doc::text("AUDIENCE")),
        (string("iat"), Doc::text("now")),
        (string("exp"), Doc::text("now + 900")),
    ];
    for claim in auth
        .claims
        .iter()
        .filter(|claim| claim.claim != auth.caller_claim)
    {
        let value = match claim.ty {
            ClaimType::Bool => Doc::text("True"),
            ClaimType::Int => Doc::text("1"),
            ClaimType::Text if claim.claim.contains("mail") => Doc::text("f\"{subject}@example.com\""),
            ClaimType::Text => Doc::text("subject"),
        };
        pairs.push((string(&claim.claim), value));
    }
    Doc::dict(pairs)
}

/// The tables to be emptied, those that refer to others first.
fn models(cx: &Cx<'_>, imports: &mut Imports) -> Doc {
    let tables = cx.model.tables.in_order_of_creation();
    let mut names = Vec::new();
    for table in tables.iter().rev() {
        let class = names::class(cx.model, table.entity);
        let module = cx.package(table.entity).module("models");
        imports.name(&module, &class);
        names.push(Doc::text(class));
    }
    Doc::tuple(names)
}

fn settings(cx: &Cx<'_>, auth: &Auth) -> Doc {
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
    if let Some(issuer) = &auth.issuer {
        add(issuer, String::from("ISSUER"));
    }
    for audience in &auth.audience {
        add(audience, String::from("AUDIENCE"));
    }
    if let Jwks::At(setting) = &auth.jwks {
        add(setting, String::from("\"https://keys.example.com\""));
    }
    for origin in cx.model.design.service.cors.iter().flat_map(|cors| &cors.origins) {
        add(origin, String::from("[ORIGIN]"));
    }
    parts.push(Doc::named("auth_jwks_file", "keys"));
    let file = "f\"sqlite:///{folder / 'test.db'}\"";
    let database = Doc::call("os.environ.get", [Doc::text("\"DATABASE_URL\""), Doc::text(file)]);
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
        text.extend([
            "\n\n@pytest.fixture\ndef ",
            name,
            "(client: TestClient, issuer: Issuer) -> Person:\n    return Person(client, issuer.token(",
            token,
            "))\n",
        ]);
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

fn auth_tests(auth: &Auth) -> String {
    let mut text = String::from(file!("test_auth.py"));
    if auth.issuer.is_none() {
        text = without(&text, &["{\"iss\""]).replace(", ISSUER,", ",");
    }
    if auth.audience.is_empty() {
        text = without(&text, &["{\"aud\": None}", "{\"aud\": \"https"]);
    }
    text.replace("{\"sub\":", &format!("{{{}:", string(&auth.caller_claim)))
}

/// A text without the lines that begin with one of these.
fn without(text: &str, starts: &[&str]) -> String {
    let stays = |line: &&str| !starts.iter().any(|start| line.trim_start().starts_with(start));
    text.lines().filter(stays).flat_map(|line| [line, "\n"]).collect()
}

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

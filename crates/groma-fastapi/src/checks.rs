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

/// Adds them.
pub(crate) fn add(cx: &Cx<'_>, files: &mut FileSet) {
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
    if auth.is_some_and(|auth| !auth.roles.is_empty()) {
        files.insert("tests/test_roles.py", file!("test_roles.py"));
    }
    let service = &cx.model.design.service;
    if creating(cx).is_some() && service.validation_status == 400 {
        let text = file!("test_bodies.py");
        let text = match auth {
            Some(_) => text.to_owned(),
            None => without_test(text, "test_the_caller_comes_before_the_input"),
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
    if listing(cx).is_none() {
        return;
    }
    files.insert(
        "tests/test_app.py",
        as_anybody(auth, file!("test_app.py").to_owned()),
    );
    if service.cors.is_some() {
        files.insert("tests/test_origins.py", file!("test_origins.py"));
    }
    let Some(auth) = auth else { return };
    files.insert("tests/test_auth.py", auth_tests(auth));
    if is_published(auth) {
        files.insert("tests/test_keys.py", file!("test_keys.py"));
        files.insert("tests/test_key_sets.py", file!("test_key_sets.py"));
    }
    if service.limits.rate.is_some_and(|rate| rate.per == Per::Caller) {
        files.insert("tests/test_rates.py", file!("test_rates.py"));
    }
}

/// A test's text as it is where nobody is known: whoever asks has no token.
fn as_anybody(auth: Option<&Auth>, text: String) -> String {
    match auth {
        Some(_) => text,
        None => text.replace("alice", "nobody").replace("maker", "nobody"),
    }
}

/// A module without one of its functions.
fn without_test(text: &str, name: &str) -> String {
    let parts = text
        .split("\n\n\n")
        .filter(|part| !part.contains(&format!("def {name}(")));
    let parts: Vec<&str> = parts.map(str::trim_end).collect();
    parts.join("\n\n\n") + "\n"
}

/// A list at a path without parameters.
fn listing<'m>(cx: &Cx<'m>) -> Option<&'m Route> {
    plain_routes(cx).find(|route| route.operation == Operation::List)
}

/// A create at a path without parameters, for whoever has a token, where tokens are known.
fn creating<'m>(cx: &Cx<'m>) -> Option<&'m Route> {
    let is_open = cx.caller().is_none();
    plain_routes(cx).find(|route| route.operation == Operation::Create && (is_open || !route.public))
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

fn conftest(cx: &Cx<'_>, auth: Option<&Auth>) -> String {
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
        ("sqlalchemy", "delete"),
        ("sqlmodel", "Session"),
        ("sqlmodel", "SQLModel"),
        ("app.core.config", "Settings"),
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
        .replace(
            "        for model in \"models\":\n",
            &models.statement(8, "for model in ", ":"),
        );
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
        imports.name("app.core.db", "make_engine");
        text.replace("app.state.engine", "app.state.plain_engine")
            .replace(WITH_APP, WITH_PLAIN_ENGINE)
    } else {
        text
    };
    text.replace("# The imports.\n", &(imports.text() + "\n")) + &people
}

/// How tests start the application.
const WITH_APP: &str = "    with TestClient(create_app(settings)) as client:
        yield client
";

/// The same where the application has an engine that waits: tests put rows there by one that does not.
const WITH_PLAIN_ENGINE: &str = "    app = create_app(settings)
    app.state.plain_engine = make_engine(settings)
    with TestClient(app) as client:
        yield client
    app.state.plain_engine.dispose()
";

/// Whether keys are published, and not a secret that both sides know.
fn is_published(auth: &Auth) -> bool {
    !matches!(auth.jwks, Jwks::Secret(_))
}

/// The class that makes tokens, and its fixture.
fn issuer(cx: &Cx<'_>, imports: &mut Imports, auth: &Auth) -> String {
    for module in ["json", "time"] {
        imports.module(module);
    }
    for (module, name) in [
        ("jwt.algorithms", "get_default_algorithms"),
        ("jwt.utils", "base64url_encode"),
        ("app.core.config", "ALGORITHMS"),
    ] {
        imports.name(module, name);
    }
    let key = new_key(imports, auth);
    let claims = claims(cx, imports, auth);
    let text = file!("issuer.py");
    let text = text.split_once("\n\n\n").map_or(text, |(_, class)| class);
    let text = if is_published(auth) {
        for name in ["load_der_private_key", "load_pem_private_key"] {
            imports.name("cryptography.hazmat.primitives.serialization", name);
        }
        text.to_owned()
    } else {
        text.replace(PUBLISHED, "")
            .replace(LOADED, "    return Issuer(data)\n")
    };
    text.replace(
        "        self.key = key or \"a new key\"\n",
        &key.statement(8, "self.key = key or ", ""),
    )
    .replace(
        "        usual = \"claims\"\n",
        &claims.statement(8, "usual = ", ""),
    ) + "\n\n"
}

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
        Some(Algorithm::Hs256) => {
            imports.module("secrets");
            Doc::text("secrets.token_urlsafe(32).encode()")
        }
        Some(Algorithm::EdDsa) | None => {
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
    text.replace("{\"sub\":", &format!("{{{}:", string(&auth.caller_claim)))
}

/// A text without the lines that begin with one of these.
fn without(text: &str, starts: &[&str]) -> String {
    let stays = |line: &&str| !starts.iter().any(|start| line.trim_start().starts_with(start));
    text.lines().filter(stays).flat_map(|line| [line, "\n"]).collect()
}

/// How the public key is published.
const PUBLISHED: &str = "    def jwks(self) -> str:
        \"\"\"The public key, as it is published.\"\"\"
        public = self.algorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({\"keys\": [public | {\"kid\": self.kid, \"alg\": ALGORITHMS[0]}]})

";

/// How the private key is read.
const LOADED: &str =
    "    load = load_pem_private_key if data.startswith(b\"-----\") else load_der_private_key
    return Issuer(load(data, None))
";

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
    return Person(client, issuer.token(f\"alice-{uuid4()}\"))


@pytest.fixture
def bob(client: httpx2.Client, issuer: Issuer) -> Person:
    return Person(client, issuer.token(f\"bob-{uuid4()}\"))
",
        "",
    ),
];

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

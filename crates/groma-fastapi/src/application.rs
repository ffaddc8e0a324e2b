//! The files around the packages: `main.py`, migrations' environment, what a project is built and read by.

use groma_files::FileSet;
use groma_ir::design::{Jwks, Per, Type};
use groma_ir::http::{Member, MemberKind, Operation, Route, SchemaKind};
use groma_ir::scalar::Scalar;

use crate::cx::{Cx, Package};
use crate::dependencies;
use crate::names;
use crate::owner::{Moment, PUBLIC_ROUTER, ROUTER};
use crate::python::{Block, Doc, Imports, Module, string, waiting};
use crate::recipe::recipe;
use crate::router;
use crate::service::function_of;
use crate::words;

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!("../project/", $path))
    };
}

/// Files that are the same in every project.
const SAME: [(&str, &str); 6] = [
    (".gitattributes", file!("gitattributes")),
    (".gitignore", file!("gitignore")),
    (".github/workflows/ci.yml", file!("ci.yml")),
    ("alembic.ini", file!("alembic.ini")),
    ("app/asgi.py", file!("app/asgi.py")),
    ("migrations/script.py.mako", file!("migrations/script.py.mako")),
];

/// Adds them.
pub(crate) fn add(cx: &Cx<'_>, files: &mut FileSet) {
    for (path, text) in SAME {
        if cx.owner.asynchronous {
            files.insert(path, waiting::text(text));
        } else {
            files.insert(path, text);
        }
    }
    files.insert("app/main.py", main(cx));
    files.insert("app/health.py", health(cx));
    files.insert("migrations/env.py", environment(cx));
    files.insert("pyproject.toml", pyproject(cx));
    files.insert("README.md", readme(cx));
}

/// Packages with routes, in the order of the design, but each before those whose parameters would take its fixed parts.
fn routed<'a>(cx: &'a Cx<'_>) -> Vec<&'a Package> {
    let hides = |first: &Package, second: &Package| {
        let mut routes = cx.routes(first);
        routes.any(|(_, one)| cx.routes(second).any(|(_, other)| router::hides(one, other)))
    };
    let mut ordered: Vec<&Package> = Vec::new();
    for package in cx.packages.iter().filter(|package| !package.routes.is_empty()) {
        let at = ordered.iter().position(|other| hides(other, package));
        ordered.insert(at.unwrap_or(ordered.len()), package);
    }
    ordered
}

fn main(cx: &Cx<'_>) -> String {
    let origin = cx.model.design.service.origin;
    let path = origin
        .and_then(|origin| cx.model.design.path(origin))
        .unwrap_or_default();
    let reference = if path.is_empty() {
        String::new()
    } else {
        format!(" @{path}")
    };
    let mut module = Module::new(format!("The application, put together.{reference}"));
    let imports = &mut module.imports;
    for (from, name) in [
        ("collections.abc", "AsyncIterator"),
        ("contextlib", "asynccontextmanager"),
        ("functools", "partial"),
        ("fastapi", "FastAPI"),
        ("app", "health"),
        ("app.core", "config"),
        ("app.core.db", engine(cx)),
        ("app.core.errors", "add_handlers"),
        ("app.core.responses", "document"),
    ] {
        imports.name(from, name);
    }
    for package in &cx.packages {
        let module = format!("app.{}", package.name);
        if cx.owner.has_extra(package) {
            imports.name(&module, &format!("extra as {}_extra", package.name));
        }
        if !package.routes.is_empty() {
            imports.name(&module, &format!("router as {}", package.name));
        }
    }
    let mut block = Block::new();
    block.line("def create_app(settings: config.Settings) -> FastAPI:");
    block.inner(|block| {
        block
            .doc("An application with these settings; it opens nothing before it starts.")
            .line("");
        lifespan(cx, imports, block);
        block.line("");
        block.lines(APPLICATION);
        state(cx, imports, block);
        middleware(cx, imports, block);
        block
            .line("add_handlers(app)")
            .line("app.include_router(health.router)");
        routers(cx, imports, block);
        block.line("return app");
    });
    module.push(block);
    module.text()
}

/// What makes the engine of the application.
fn engine(cx: &Cx<'_>) -> &'static str {
    if cx.owner.asynchronous {
        "make_async_engine"
    } else {
        "make_engine"
    }
}

fn lifespan(cx: &Cx<'_>, imports: &mut Imports, block: &mut Block) {
    block.line("@asynccontextmanager");
    block.line("async def lifespan(app: FastAPI) -> AsyncIterator[None]:");
    let jwks = cx.model.design.auth.as_ref().map(|auth| &auth.jwks);
    block.inner(|block| {
        block.line(&format!("app.state.engine = {}(settings)", engine(cx)));
        if cx.keeps_replies() {
            imports.name("app.core.replies", "Replies");
            block.line("app.state.replies = Replies(app.state.engine)");
        }
        block.line("try:");
        block.inner(|block| with_keys(jwks, imports, block));
        let wait = if cx.owner.asynchronous { "await " } else { "" };
        block.line("finally:");
        block.inner(|block| {
            block.line(&format!("{wait}app.state.engine.dispose()"));
        });
    });
}

/// The time in which requests are answered, with what tokens are verified by.
fn with_keys(jwks: Option<&Jwks>, imports: &mut Imports, block: &mut Block) {
    match jwks {
        None => {
            block.line("yield");
        }
        Some(Jwks::Secret(_)) => {
            imports.name("app.core.jwks", "SharedSecret");
            block
                .line("app.state.keys = SharedSecret(settings.token_secret)")
                .line("yield");
        }
        Some(Jwks::IssuerPath(_) | Jwks::At(_)) => {
            imports.module("httpx2");
            imports.name("app.core.jwks", "Keys");
            block.line("async with httpx2.AsyncClient(timeout=5) as client:");
            block.inner(|block| {
                block.line("app.state.keys = Keys(settings.token_key_source, client)");
                block.line("async with app.state.keys.kept_fresh():");
                block.inner(|block| {
                    block.line("yield");
                });
            });
        }
    }
}

fn state(cx: &Cx<'_>, imports: &mut Imports, block: &mut Block) {
    block.line("app.state.settings = settings");
    let rate = cx.model.design.service.limits.rate;
    if let Some(rate) = rate {
        imports.name("app.core.rate", "Limiter");
        let name = match rate.per {
            Per::Caller => "caller",
            Per::Address => "address",
        };
        block.line(&format!(
            "app.state.limiter = Limiter(\"{name}\", *settings.rate) if settings.rate else None"
        ));
    }
    if cx.model.http.routes.iter().any(|route| route.limit.is_some()) {
        block.line(if rate.is_some() {
            "app.state.route_limiters = {} if settings.rate else None"
        } else {
            "app.state.route_limiters = {}"
        });
    }
    block.line("app.openapi = partial(document, app)  # type: ignore[method-assign]");
}

fn middleware(cx: &Cx<'_>, imports: &mut Imports, block: &mut Block) {
    if cx.packages.iter().any(|package| cx.owner.has_extra(package)) {
        let told = imports.name("app.core.extra", "BodyLimitProblem");
        block.line(&format!("app.add_middleware({told})"));
    }
    let Some(cors) = &cx.model.design.service.cors else {
        let around = imports.name("app.core.http", "Around");
        block.line(&format!("app.add_middleware({around})"));
        return;
    };
    let around = imports.name("app.core.cors", "AroundOrigins");
    let credentials = if cors.credentials {
        ", credentials=True"
    } else {
        ""
    };
    block.line(&format!(
        "app.add_middleware({around}, origins=settings.allowed_origins{credentials})"
    ));
}

fn routers(cx: &Cx<'_>, imports: &mut Imports, block: &mut Block) {
    let of_owner = |variable: &str| {
        let packages = cx.packages.iter();
        let names = packages.filter(|package| cx.owner.has_router(package, variable));
        names
            .map(|package| Doc::text(format!("{}_extra", package.name)))
            .collect()
    };
    let (public, own): (Vec<Doc>, Vec<Doc>) = (of_owner(PUBLIC_ROUTER), of_owner(ROUTER));
    if !public.is_empty() || !own.is_empty() {
        block.comment("A path of ours may look like a key to those of the design.");
    }
    let included = |variable, dependencies, is_own| Included {
        variable,
        dependencies,
        is_own,
    };
    let of_public = included(PUBLIC_ROUTER, dependencies::of_public_extra(cx), true);
    of_public.write(cx, imports, block, public);
    included(ROUTER, dependencies::of_extra(cx), true).write(cx, imports, block, own);
    let designed = routed(cx).into_iter().map(|package| Doc::text(&package.name));
    included(ROUTER, dependencies::of_all(cx), false).write(cx, imports, block, designed.collect());
}

/// How routers of modules are taken in.
struct Included {
    /// The variable of each module that holds its router.
    variable: &'static str,
    /// What stands before every route.
    dependencies: Vec<dependencies::Import>,
    /// Whether its routes are the owner's: those of the design bound their bodies themselves.
    is_own: bool,
}

impl Included {
    fn write(&self, cx: &Cx<'_>, imports: &mut Imports, block: &mut Block, modules: Vec<Doc>) {
        match <[Doc; 1]>::try_from(modules) {
            Ok([only]) => self.one(cx, imports, block, &only.flat()),
            Err(modules) if modules.is_empty() => {}
            Err(modules) => {
                block.statement("for each in ", &Doc::tuple(modules), ":");
                block.inner(|block| self.one(cx, imports, block, "each"));
            }
        }
    }

    fn one(&self, cx: &Cx<'_>, imports: &mut Imports, block: &mut Block, module: &str) {
        let router = format!("{module}.{}", self.variable);
        let router = if !self.is_own {
            router
        } else if self.variable == ROUTER && cx.caller().is_some() {
            format!("{}({module})", imports.name("app.core.extra", "asking"))
        } else {
            format!("{}({router})", imports.name("app.core.extra", "patient"))
        };
        let mut arguments = vec![Doc::text(router)];
        let mut called = Vec::new();
        for (from, name) in &self.dependencies {
            imports.name("fastapi", "Depends");
            imports.name(from, name);
            called.push(Doc::text(format!("Depends({name})")));
        }
        if !called.is_empty() {
            arguments.push(Doc::named("dependencies", Doc::list(called)));
        }
        if self.is_own {
            arguments.push(Doc::text("max_body_size=config.BODY_LIMIT"));
        }
        block.statement("", &Doc::call("app.include_router", arguments), "");
    }
}

/// Whether it is ready: with its keys, where it has any.
fn health(cx: &Cx<'_>) -> String {
    let text = file!("app/health.py");
    let text = if cx.owner.asynchronous {
        waiting::text(text)
    } else {
        text.to_owned()
    };
    if cx.caller().is_some() {
        return text;
    }
    let changes = [
        (" and with the issuer's keys", ""),
        ("import APIRouter, Request", "import APIRouter"),
        ("request: Request, ", ""),
        ("Database and keys can be had", "The database can be had"),
        (
            "    if not request.app.state.keys.are_good:\n        raise Problem(UNAVAILABLE, headers={\"Retry-After\": \"1\"})\n",
            "",
        ),
    ];
    changes
        .iter()
        .fold(text, |text, (with, without)| text.replace(with, without))
}

fn environment(cx: &Cx<'_>) -> String {
    let packages = cx
        .packages
        .iter()
        .filter(|package| cx.table(package.entity).present);
    let mut imports = Imports::default();
    imports.name("app.core.config", "Settings");
    imports.name("app.core.db", "make_engine");
    let mut names: Vec<String> = Vec::new();
    for package in packages {
        imports.name(
            &format!("app.{}", package.name),
            &format!("models as {}", package.name),
        );
        names.push(package.name.clone());
    }
    names.sort();
    if cx.keeps_replies() {
        names.insert(0, imports.name("app.core.replies", "KeptReply").to_owned());
    }
    let all = Doc::list(names.iter().map(|name| Doc::text(string(name))));
    let text = file!("migrations/env.py");
    let text = text.replace("# The imports.\n", &imports.text());
    text.replace("# Their names.\n", &all.statement(0, "__all__ = ", ""))
}

fn pyproject(cx: &Cx<'_>) -> String {
    let service = &cx.model.design.service;
    let name = names::snake(&service.name).trim_matches('_').replace('_', "-");
    let text = file!("pyproject.toml");
    let text = text.replacen("name = \"service\"", &format!("name = {}", toml(&name)), 1);
    // A dependency takes the caller in a path.
    let has_caller = cx.model.http.routes.iter().any(|route| route.path.has_caller());
    let rows = "[tool.ruff.lint.per-file-ignores]\n";
    let text = if has_caller {
        text.replacen(rows, &format!("{rows}\"app/*/router.py\" = [\"FAST003\"]\n"), 1)
    } else {
        text
    };
    let said = format!("description = {}", toml(&service.title));
    let text = text.replacen("description = \"A service\"", &said, 1);
    if cx.owner.asynchronous {
        let asynchronous = "  \"sqlalchemy[asyncio]";
        text.replacen("  \"alembic", "  \"aiosqlite>=0.22,<1\",\n  \"alembic", 1)
            .replacen("  \"sqlalchemy", asynchronous, 1)
    } else {
        text
    }
}

/// A basic string of TOML.
fn toml(text: &str) -> String {
    let text: String = text.chars().filter(|char| !char.is_control()).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn readme(cx: &Cx<'_>) -> String {
    let service = &cx.model.design.service;
    let rows = routed(cx)
        .into_iter()
        .map(|package| words::rows(cx, package.entity));
    let rows = groma_ir::words::list(rows, "and");
    let title = service.title.replace(['\n', '\r'], " ");
    let head = format!("# {title}\n\nThe API that `specs/` designs, in FastAPI: {rows}.\n");
    let (tokens, rules, extra) = match &cx.model.design.auth {
        None => ("Nobody needs a token.", OPEN_RULES, OPEN_EXTRA),
        Some(auth) if matches!(auth.jwks, Jwks::Secret(_)) => (SIGNED, RULES, EXTRA),
        Some(_) => (ISSUED, RULES, EXTRA),
    };
    let session = if cx.owner.asynchronous {
        WAITING_SESSION
    } else {
        SESSION
    };
    let text = file!("README.md")
        .replacen("# A service\n", &head, 1)
        .replacen("TOKENS", tokens, 1)
        .replacen(
            "RECIPE\n",
            &recipe(cx).map_or_else(|| "\n".to_owned(), |recipe| format!("\n{recipe}\n")),
            1,
        )
        .replacen("RULES", rules, 1)
        .replacen("SESSION", session, 1)
        .replacen("EXTRA", extra, 1);
    let text = match &cx.model.design.auth {
        None => text.replacen(" that trusts a key of the tests", "", 1).replacen(
            " SIGNING_KEY=key.pem SIGNING_KID=... ISSUER=... AUDIENCE=...",
            "",
            1,
        ),
        Some(_) => text,
    };
    text + &hooks(cx).unwrap_or_default()
}

/// A file with a hook that refuses some of what it is given, for the first thing that the design lets one make by a text.
fn hooks(cx: &Cx<'_>) -> Option<String> {
    let makes =
        |route: &&Route| route.operation == Operation::Create && route.path.parents().next().is_none();
    let mut made = cx.model.http.routes.iter().filter(makes);
    let (route, member) = made.find_map(|route| Some((route, text_of(cx, route)?)))?;
    let package = cx.package(route.entity);
    let schema = names::schema(cx.model, route.body?);
    let mut module = Module::new("What we do beside what the design says.").waiting(cx.owner.asynchronous);
    let imports = &mut module.imports;
    let mut parameters = vec![Doc::text(format!(
        "session: {}",
        imports.name("sqlmodel", "Session")
    ))];
    if cx.caller().is_some() {
        let class = imports.name("app.core.auth", "Caller");
        let nobody = if route.public { " | None" } else { "" };
        parameters.push(Doc::text(format!("caller: {class}{nobody}")));
    }
    imports.name(&package.module("schemas"), &schema);
    parameters.push(Doc::text(format!("body: {schema}")));
    for name in ["INVALID_BODY", "InputError", "Problem"] {
        imports.name("app.core.errors", name);
    }
    let function = Moment::Before.name(&function_of(route));
    let attribute = names::attribute(&member.name);
    let pointer = string(&format!("/{}", member.name));
    let mut block = Block::new();
    let head = Doc::call(format!("def {function}"), parameters);
    block.statement("", &head, &format!(" -> {schema}:"));
    block.inner(|block| {
        block
            .doc("Nobody shouts.")
            .line(&format!("if body.{attribute}.endswith(\"!!!\"):"));
        block.inner(|block| {
            let mistake = [
                "\"Say it quietly.\"",
                "\"shouting\"",
                &format!("{{\"pointer\": {pointer}}}"),
            ];
            let mistake = Doc::call("InputError", mistake.map(Doc::text));
            block.statement("mistake = ", &mistake, "");
            block.line("raise Problem(INVALID_BODY, errors=[mistake])");
        });
        block.line("return body");
    });
    module.push(block);
    let path = package.file("hooks");
    Some(format!(
        "\n`{path}`, for example:\n\n```python\n{}```\n",
        module.text()
    ))
}

/// A text that must stand in what is made.
fn text_of<'m>(cx: &Cx<'m>, route: &Route) -> Option<&'m Member> {
    let SchemaKind::Input(members) = &cx.model.http.schemas[route.body?].kind else {
        return None;
    };
    members.iter().find(|member| {
        let is_text = matches!(member.kind, MemberKind::Field(_, Type::Scalar(Scalar::Text(_))));
        is_text && member.required && !member.nullable
    })
}

const ISSUED: &str = "A token comes from Better Auth, by\n`GET /api/auth/token` of the application.";
const SIGNED: &str =
    "A token is signed by whoever\nshares the secret of `.env.example`; make that at least 32 random bytes.";
const RULES: &str = "Every function that reads or writes rows of the design takes the caller, and every statement carries \
     their rules: there is\nno way to read or write a row around them.";
const OPEN_RULES: &str =
    "Every statement carries the rules: there is no way to read or write a row around them.";
const SESSION: &str = "They are written with `def`, and take the\n  `Session` of `sqlmodel`.";
const WAITING_SESSION: &str = "They are written with `async def`,\n  and take the `AsyncSession` of `sqlalchemy.ext.asyncio`, not SQLModel's own.";
const EXTRA: &str = "Those in an `APIRouter` called `router` need a
  token, which is looked at before the body is read, and what cannot ask for it is refused at the start: `mount`,
  `add_route`, `frontend`, websockets. Those in one called `public_router` need none, and may be anything; a websocket
  wants `pip install websockets`, a form or a file `python-multipart`. What is no route of FastAPI is not counted by the
  rate limit either.";
const OPEN_EXTRA: &str = "They are in an `APIRouter` called `router`.";

const APPLICATION: &str = "    app = FastAPI(
        title=config.TITLE,
        version=config.VERSION,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
";

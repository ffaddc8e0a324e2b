//! The files around the packages: `main.py`, migrations' environment, what a project is built and read by.

use groma_files::FileSet;
use groma_ir::design::{Jwks, Per};
use groma_ir::http::{Operation, Route};

use crate::cx::{Cx, Package};
use crate::names;
use crate::owner::Moment;
use crate::python::{Block, Doc, Imports, Module, string, waiting};
use crate::rates;
use crate::router;
use crate::service::function_of;
use crate::words;

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!("../project/", $path))
    };
}

/// Files that are the same in every project.
const SAME: [(&str, &str); 5] = [
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
        ("app.core.http", "Around"),
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
        middleware(cx, block);
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
        let wait = if cx.owner.asynchronous { "await " } else { "" };
        block.line(&format!("{wait}app.state.engine.dispose()"));
    });
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

fn middleware(cx: &Cx<'_>, block: &mut Block) {
    block.line(&match &cx.model.design.service.cors {
        Some(cors) if cors.credentials => {
            String::from("app.add_middleware(Around, origins=settings.allowed_origins, credentials=True)")
        }
        Some(_) => String::from("app.add_middleware(Around, origins=settings.allowed_origins)"),
        None => String::from("app.add_middleware(Around)"),
    });
}

fn routers(cx: &Cx<'_>, imports: &mut Imports, block: &mut Block) {
    let mut names = Vec::new();
    for package in &cx.packages {
        // What the owner adds comes first: a path of theirs may look like a key.
        if cx.owner.has_extra(package) {
            names.push(Doc::text(format!("{}_extra", package.name)));
        }
        if !package.routes.is_empty() {
            names.push(Doc::text(&package.name));
        }
    }
    if names.is_empty() {
        return;
    }
    let rate = rates::of_all(cx);
    let end = match rate {
        Some(rate) => {
            imports.name("fastapi", "Depends");
            imports.name("app.core.rate", rate);
            format!(", dependencies=[Depends({rate})]")
        }
        None => String::new(),
    };
    if let [only] = names.as_slice() {
        block.line(&format!("app.include_router({}.router{end})", only.flat()));
        return;
    }
    block.statement("for each in ", &Doc::tuple(names), ":");
    block.inner(|block| {
        block.line(&format!("app.include_router(each.router{end})"));
    });
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
        ("from app.core.errors import UNAVAILABLE, Problem\n", ""),
        ("request: Request, ", ""),
        ("Database and keys can be had", "The database can be had"),
        ("    if not request.app.state.keys.are_good:\n", ""),
        (
            "        raise Problem(UNAVAILABLE, headers={\"Retry-After\": \"1\"})\n",
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
    let (tokens, rules) = match &cx.model.design.auth {
        None => ("Nobody needs a token.", OPEN_RULES),
        Some(auth) if matches!(auth.jwks, Jwks::Secret(_)) => (SIGNED, RULES),
        Some(_) => (ISSUED, RULES),
    };
    let text = file!("README.md")
        .replacen("# A service\n", &head, 1)
        .replacen("TOKENS", tokens, 1)
        .replacen("RULES", rules, 1);
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

/// What hooks look like, by the first thing that the design lets one make.
fn hooks(cx: &Cx<'_>) -> Option<String> {
    let makes =
        |route: &&Route| route.operation == Operation::Create && route.path.parents().next().is_none();
    let route = cx.model.http.routes.iter().find(makes)?;
    let package = &cx.package(route.entity).name;
    let body = names::schema(cx.model, route.body?);
    let class = names::class(cx.model, route.entity);
    let row = cx.row_name(route.entity);
    let function = function_of(route);
    let hook = |moment: Moment, last: String, gives: &str| {
        let session = if cx.owner.asynchronous {
            "session: AsyncSession"
        } else {
            "session: Session"
        };
        let caller = cx.caller().map(|_| Doc::text("caller: Caller"));
        let parameters = [Doc::text(session)]
            .into_iter()
            .chain(caller)
            .chain([Doc::text(last)]);
        let word = if cx.owner.asynchronous { "async def" } else { "def" };
        let head = Doc::call(format!("{word} {}", moment.name(&function)), parameters);
        head.statement(0, "", &format!(" -> {gives}: ..."))
    };
    let before = hook(Moment::Before, format!("body: {body}"), &body);
    let after = hook(Moment::After, format!("{row}: {class}"), "None");
    Some(format!(
        "\n```python\n# app/{package}/hooks.py\n{before}{after}```\n"
    ))
}

const ISSUED: &str = "A token comes from Better Auth, by\n`GET /api/auth/token` of the application.";
const SIGNED: &str =
    "A token is signed by whoever\nshares the secret of `.env.example`; make that at least 32 random bytes.";
const RULES: &str = "Every function of a service takes the caller, and every statement carries their rules: there is no way \
     to read or write a\nrow around them.";
const OPEN_RULES: &str =
    "Every statement carries the rules: there is no way to read or write a row around them.";

const APPLICATION: &str = "    app = FastAPI(
        title=config.TITLE,
        version=config.VERSION,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
    )
";

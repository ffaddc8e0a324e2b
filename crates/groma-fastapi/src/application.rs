//! The files around the packages: `main.py`, migrations' environment, what a project is built and read by.

use groma_files::FileSet;
use groma_ir::design::{Jwks, Per};
use groma_ir::http::{Operation, Route};

use crate::cx::{Cx, Package};
use crate::names;
use crate::owner::Moment;
use crate::python::{Block, Doc, Imports, Module, string};
use crate::rates;
use crate::service::function_of;
use crate::words;

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!("../project/", $path))
    };
}

/// Files that are the same in every project.
const SAME: [(&str, &str); 6] = [
    (".gitignore", file!("gitignore")),
    (".github/workflows/ci.yml", file!("ci.yml")),
    ("alembic.ini", file!("alembic.ini")),
    ("app/asgi.py", file!("app/asgi.py")),
    ("app/health.py", file!("app/health.py")),
    ("migrations/script.py.mako", file!("migrations/script.py.mako")),
];

/// Adds them.
pub(crate) fn add(cx: &Cx<'_>, files: &mut FileSet) {
    for (path, text) in SAME {
        files.insert(path, text);
    }
    files.insert("app/main.py", main(cx));
    files.insert("migrations/env.py", environment(cx));
    files.insert("pyproject.toml", pyproject(cx));
    files.insert("README.md", readme(cx));
}

/// Packages with routes, in the order of the design.
fn routed<'a>(cx: &'a Cx<'_>) -> Vec<&'a Package> {
    cx.packages
        .iter()
        .filter(|package| !package.routes.is_empty())
        .collect()
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
        ("app.core.db", "make_engine"),
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

fn lifespan(cx: &Cx<'_>, imports: &mut Imports, block: &mut Block) {
    block.line("@asynccontextmanager");
    block.line("async def lifespan(app: FastAPI) -> AsyncIterator[None]:");
    let jwks = cx.model.design.auth.as_ref().map(|auth| &auth.jwks);
    block.inner(|block| {
        block.line("app.state.engine = make_engine(settings)");
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
                    block.line("app.state.keys = Keys(settings.token_keys, client)");
                    block.line("async with app.state.keys.kept_fresh():");
                    block.inner(|block| {
                        block.line("yield");
                    });
                });
            }
        }
        block.line("app.state.engine.dispose()");
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
    let said = format!("description = {}", toml(&service.title));
    text.replacen("description = \"A service\"", &said, 1)
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
    let text = file!("README.md").replacen("# A service\n", &head, 1);
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
        let parameters = ["session: Session", "caller: Caller", &last].map(Doc::text);
        let head = Doc::call(format!("def {}", moment.name(&function)), parameters);
        head.statement(0, "", &format!(" -> {gives}: ..."))
    };
    let before = hook(Moment::Before, format!("body: {body}"), &body);
    let after = hook(Moment::After, format!("{row}: {class}"), "None");
    Some(format!(
        "\n```python\n# app/{package}/hooks.py\n{before}{after}```\n"
    ))
}

const APPLICATION: &str = "    app = FastAPI(
        title=config.TITLE,
        version=config.VERSION,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
    )
";

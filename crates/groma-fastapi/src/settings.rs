//! `app/core/config.py`: what the design says of the service, and what a deployment says; and `.env.example`.

use std::collections::BTreeSet;

use groma_ir::design::{Auth, Jwks, Rate, Setting};

use crate::cx::Cx;
use crate::names;
use crate::python::{Block, Doc, Imports, Module, string};

/// One variable of the environment.
struct Variable {
    name: String,
    /// Its declaration, behind its name in Python.
    declaration: String,
    /// What it is for, in `.env.example`.
    said: String,
    /// What stands there, and whether it must be given.
    example: String,
    required: bool,
}

/// The module, and the example of an environment.
pub(crate) fn write(cx: &Cx<'_>) -> (String, String) {
    let mut module = Module::new("Settings, from the environment or a `.env` file.");
    let variables = variables(cx);
    let constants = constants(cx, &mut module);
    module.push(constants);
    if let Some(auth) = &cx.model.design.auth {
        let block = token_constants(cx, &mut module, auth);
        module.push(block);
    }
    if variables.iter().any(|one| one.declaration.contains("Origin")) {
        module.imports.module("re");
        module.imports.name("pydantic", "AfterValidator");
        module.imports.name("typing", "Annotated");
        let mut block = Block::new();
        module.push(block.lines(ORIGIN).clone());
        let mut alias = Block::new();
        module.push(
            alias
                .line("Origin = Annotated[str, AfterValidator(exact_origin)]")
                .clone(),
        );
    }
    let class = class(cx, &mut module, &variables);
    module.push(class);
    (module.text(), example(&variables))
}

fn constants(cx: &Cx<'_>, module: &mut Module) -> Block {
    let service = &cx.model.design.service;
    let last = module.imports.name("typing", "Final");
    let mut block = Block::new();
    let origin = service.origin.and_then(|origin| cx.model.design.path(origin));
    let place = origin.map_or(String::new(), |path| format!(": @{path}"));
    block.comment(&format!("What the design says of the service{place}."));
    block.line(&format!("TITLE: {last} = {}", string(&service.title)));
    block.line(&format!("VERSION: {last} = \"0.1.0\""));
    block.line(&format!("BODY_LIMIT: {last} = {}", bytes(service.limits.body)));
    block.comment("Seconds within which a body must arrive.");
    block.line(&format!("BODY_PATIENCE: {last} = 30.0"));
    block
}

fn bytes(size: u64) -> String {
    match size {
        0 => String::from("0"),
        _ if size.is_multiple_of(1024 * 1024) => format!("{} * 1024 * 1024", size / (1024 * 1024)),
        _ if size.is_multiple_of(1024) => format!("{} * 1024", size / 1024),
        _ => size.to_string(),
    }
}

fn token_constants(cx: &Cx<'_>, module: &mut Module, auth: &Auth) -> Block {
    let last = module.imports.name("typing", "Final");
    let mut block = Block::new();
    let path = cx.model.design.path(auth.origin).unwrap_or_default();
    block.comment(&format!("What the design says of tokens: @{path}."));
    let algorithms = auth.algorithms.iter().map(|one| Doc::text(string(one.name())));
    block.statement(&format!("ALGORITHMS: {last} = "), &Doc::tuple(algorithms), "");
    if let Jwks::IssuerPath(path) = &auth.jwks {
        block.line(&format!("JWKS_PATH: {last} = {}", string(path)));
    }
    block.line(&format!("LEEWAY: {last} = {}", auth.leeway));
    block
}

/// Every variable, in the order in which it is asked for.
fn variables(cx: &Cx<'_>) -> Vec<Variable> {
    let design = &cx.model.design;
    let mut all: Vec<Variable> = Vec::new();
    let mut known = BTreeSet::new();
    let mut add = |variable: Variable| {
        if known.insert(variable.name.clone()) {
            all.push(variable);
        }
    };
    if let Some(auth) = &design.auth {
        token_variables(auth, &mut add);
    }
    for origin in design.service.cors.iter().flat_map(|cors| &cors.origins) {
        if let Setting::Env(name) = origin {
            add(Variable {
                name: name.clone(),
                declaration: String::from("Annotated[list[Origin], NoDecode]"),
                said: String::from("Origins that may call from a browser, separated by commas."),
                example: String::from("http://localhost:3000"),
                required: true,
            });
        }
    }
    add(Variable {
        name: String::from("DATABASE_URL"),
        declaration: String::from("str = Field(default=\"sqlite:///app.db\", repr=False)"),
        said: String::from(
            "Postgres, such as Neon's pooled URL as its console shows it; a SQLite file when it is left out.",
        ),
        example: String::from("postgresql://user:password@host/database?sslmode=require"),
        required: false,
    });
    if let Some(auth) = &design.auth {
        key_variables(auth, &mut add);
    }
    if let Some(rate) = design.service.limits.rate {
        let text = rate_text(rate);
        add(Variable {
            name: String::from("RATE_LIMIT"),
            declaration: format!(
                "str = Field(default={}, pattern=r\"^(off|[1-9]\\d*/(s|min|h|day))$\")",
                string(&text)
            ),
            said: format!(
                "Requests of one {}, as 120/min (s, min, h, day), or off.",
                rate.per.name()
            ),
            example: text,
            required: false,
        });
    }
    // The application that signs people in is often the one that may call.
    for variable in &mut all {
        if variable.declaration == "str" && is_origin(cx, &variable.name) {
            variable.declaration = String::from("Origin");
        }
    }
    all
}

/// Whether a variable says which origins may call.
fn is_origin(cx: &Cx<'_>, name: &str) -> bool {
    let cors = cx.model.design.service.cors.iter();
    let mut origins = cors.flat_map(|cors| &cors.origins);
    origins.any(|origin| matches!(origin, Setting::Env(known) if known == name))
}

fn token_variables(auth: &Auth, add: &mut impl FnMut(Variable)) {
    let issuer = auth
        .issuer
        .iter()
        .map(|setting| (setting, "The issuer of tokens", "issuer"));
    let audience = auth
        .audience
        .iter()
        .map(|setting| (setting, "The audience of tokens", "audience"));
    for (setting, said, role) in issuer.chain(audience) {
        let Setting::Env(name) = setting else { continue };
        let is_both = role == "issuer" && origin_of_application(auth) == Some(name.as_str());
        let said = if is_both {
            "The origin of the application that signs people in: the issuer and the audience of tokens."
        } else {
            said
        };
        add(Variable {
            name: name.clone(),
            declaration: String::from("str"),
            said: format!("{}.", said.trim_end_matches('.')),
            example: String::from("http://localhost:3000"),
            required: true,
        });
    }
    let (setting, declaration, said, example) = match &auth.jwks {
        Jwks::IssuerPath(_) => return,
        Jwks::At(setting) => (
            setting,
            "str",
            "Where the issuer's keys are: a URL or a file.",
            "http://localhost:3000/api/auth/jwks",
        ),
        // As long as its digest (RFC 7518 §3.2); an example would be in use somewhere.
        Jwks::Secret(setting) => (
            setting,
            "str = Field(min_length=32, repr=False)",
            "The secret that tokens are signed with: 32 characters or more, as `openssl rand -base64 32` makes them.",
            "",
        ),
    };
    if let Setting::Env(name) = setting {
        add(Variable {
            name: name.clone(),
            declaration: declaration.to_owned(),
            said: said.to_owned(),
            example: example.to_owned(),
            required: true,
        });
    }
}

/// The variable that names both who makes tokens and for whom they are: the origin of an application.
fn origin_of_application(auth: &Auth) -> Option<&str> {
    let issuer = auth
        .issuer
        .as_ref()
        .filter(|issuer| auth.audience.contains(issuer))?;
    match issuer {
        Setting::Env(name) => Some(name),
        Setting::Value(_) => None,
    }
}

fn key_variables(auth: &Auth, add: &mut impl FnMut(Variable)) {
    let usual = match &auth.jwks {
        Jwks::Secret(_) => return,
        Jwks::IssuerPath(path) => format!("at {path} of the issuer"),
        Jwks::At(_) => String::from("where the design says"),
    };
    for (name, ty, said) in [
        (
            "AUTH_JWKS_URL",
            "str | None = None",
            format!("Where the issuer's keys are, if not {usual}."),
        ),
        (
            "AUTH_JWKS_FILE",
            "Path | None = None",
            String::from("A file with them, instead."),
        ),
        (
            "AUTH_INSECURE_HTTP",
            "bool = False",
            String::from(
                "`true` fetches them by plain http from another machine too: whoever is on the wire chooses them.",
            ),
        ),
    ] {
        add(Variable {
            name: name.to_owned(),
            declaration: ty.to_owned(),
            said,
            example: String::new(),
            required: false,
        });
    }
}

/// `600/min`; a window that has no word is counted in the nearest that has one.
fn rate_text(rate: Rate) -> String {
    let (window, word) = match rate.window {
        1 => (1, "s"),
        3600 => (3600, "h"),
        86_400 => (86_400, "day"),
        _ => (60, "min"),
    };
    let requests = u64::from(rate.requests) * window / u64::from(rate.window.max(1));
    format!("{}/{word}", requests.max(1))
}

fn example(variables: &[Variable]) -> String {
    let mut text = String::new();
    for variable in variables {
        let mark = if variable.required { "" } else { "# " };
        let Variable {
            said, name, example, ..
        } = variable;
        text.extend(["# ", said, "\n", mark, name, "=", example, "\n"]);
    }
    text
}

fn class(cx: &Cx<'_>, module: &mut Module, variables: &[Variable]) -> Block {
    let imports = &mut module.imports;
    for name in ["BaseSettings", "SettingsConfigDict"] {
        imports.name("pydantic_settings", name);
    }
    let declared: String = variables.iter().map(|one| one.declaration.as_str()).collect();
    for (word, from, name) in [
        ("NoDecode", "pydantic_settings", "NoDecode"),
        ("Field(", "pydantic", "Field"),
        ("Path ", "pathlib", "Path"),
    ] {
        if declared.contains(word) {
            imports.name(from, name);
        }
    }
    let mut block = Block::new();
    block.line("class Settings(BaseSettings):");
    block.inner(|block| {
        block
            .doc("What a deployment says. `.env.example` tells what each is for.")
            .line("");
        block.line("model_config = SettingsConfigDict(");
        block.inner(|block| {
            block.line(
                "env_file=\".env\", env_ignore_empty=True, extra=\"ignore\", hide_input_in_errors=True",
            );
        });
        block.line(")");
        block.line("");
        for variable in variables {
            block.line(&format!(
                "{}: {}",
                attribute(&variable.name),
                variable.declaration
            ));
        }
    });
    origins(cx, &mut block, variables);
    tokens(cx, module, &mut block);
    module.imports.name("pydantic", "field_validator");
    block.lines(DATABASE_URL);
    module.imports.name("functools", "cached_property");
    module.imports.name("sqlalchemy", "URL");
    module.imports.name("sqlalchemy", "make_url");
    block.lines(DATABASE);
    if cx.model.design.service.limits.rate.is_some() {
        block.lines(RATE);
    }
    block
}

fn attribute(variable: &str) -> String {
    names::attribute(&variable.to_lowercase())
}

/// What a setting is, as an expression within the class.
fn value(setting: &Setting) -> String {
    match setting {
        Setting::Env(name) => format!("self.{}", attribute(name)),
        Setting::Value(value) => string(value),
    }
}

/// What `Settings` refuses, each in the place of what is right.
pub(crate) fn wrong(cx: &Cx<'_>) -> Doc {
    let text = |text: &str| Doc::text(string(text));
    let mut all = vec![vec![(string("database_url"), text("mysql://host/database"))]];
    if let Some(auth) = &cx.model.design.auth {
        if let Some(name) = origin_of_application(auth) {
            all.push(vec![(string(&attribute(name)), text("https://app.example.com/"))]);
        }
        if matches!(auth.jwks, Jwks::IssuerPath(_)) {
            for url in ["app.example.com/jwks", "http://app.example.com/jwks"] {
                let nowhere = (string("auth_jwks_url"), text(url));
                all.push(vec![(string("auth_jwks_file"), Doc::text("None")), nowhere]);
            }
        }
    }
    Doc::list(all.into_iter().map(Doc::dict))
}

fn origins(cx: &Cx<'_>, block: &mut Block, variables: &[Variable]) {
    let Some(cors) = &cx.model.design.service.cors else {
        return;
    };
    let is_list = |name: &String| {
        let mut lists = variables.iter().filter(|one| one.declaration.contains("list["));
        lists.any(|one| one.name == *name)
    };
    let lists = cors.origins.iter().filter_map(|origin| match origin {
        Setting::Env(name) if is_list(name) => Some(string(&attribute(name))),
        Setting::Env(_) | Setting::Value(_) => None,
    });
    let lists: Vec<String> = lists.collect();
    if !lists.is_empty() {
        block.lines(&ORIGINS.replace("NAMES", &lists.join(", ")));
    }
    let all = match cors.origins.as_slice() {
        [Setting::Env(name)] if is_list(name) => format!("self.{}", attribute(name)),
        origins => {
            let parts = origins.iter().map(|origin| match origin {
                Setting::Env(name) if is_list(name) => Doc::text(format!("*self.{}", attribute(name))),
                Setting::Env(_) | Setting::Value(_) => Doc::text(value(origin)),
            });
            Doc::list(parts).flat()
        }
    };
    property(
        block,
        "allowed_origins",
        "list[str]",
        "Origins that may call from a browser.",
        &all,
    );
}

fn tokens(cx: &Cx<'_>, module: &mut Module, block: &mut Block) {
    let Some(auth) = &cx.model.design.auth else {
        return;
    };
    token_validators(auth, &mut module.imports, block);
    let issuer = auth.issuer.as_ref().map(value);
    let (ty, issuer) = match &issuer {
        Some(issuer) => ("str", issuer.as_str()),
        None => ("str | None", "None"),
    };
    property(
        block,
        "token_issuer",
        ty,
        "Who makes the tokens that are taken.",
        issuer,
    );
    let audience: Vec<String> = auth.audience.iter().map(value).collect();
    let audience = match audience.as_slice() {
        [] => String::from("frozenset()"),
        several => format!("frozenset({{{}}})", several.join(", ")),
    };
    let said = "For whom tokens are: one of these.";
    property(block, "token_audiences", "frozenset[str]", said, &audience);
    match &auth.jwks {
        Jwks::IssuerPath(_) => {
            module.imports.name("pathlib", "Path");
            block.lines(KEYS);
            block.inner(|block| {
                block.inner(|block| {
                    block.line("return self.auth_jwks_url or self.token_issuer.rstrip(\"/\") + JWKS_PATH");
                });
            });
        }
        Jwks::At(setting) => {
            module.imports.name("pathlib", "Path");
            block.lines(KEYS);
            block.inner(|block| {
                block.inner(|block| {
                    block.line(&format!("source = self.auth_jwks_url or {}", value(setting)));
                    block.line("is_url = source.startswith((\"http://\", \"https://\"))");
                    block.line("return source if is_url else Path(source)");
                });
            });
        }
        Jwks::Secret(setting) => {
            property(
                block,
                "token_secret",
                "str",
                "What tokens are signed with.",
                &value(setting),
            );
        }
    }
}

fn token_validators(auth: &Auth, imports: &mut Imports, block: &mut Block) {
    if let Some(name) = origin_of_application(auth) {
        block.lines(&ISSUER.replace("NAMES", &string(&attribute(name))));
    }
    if matches!(auth.jwks, Jwks::IssuerPath(_) | Jwks::At(_)) {
        imports.name("typing", "Self");
        imports.module("re");
        imports.name("urllib.parse", "urlsplit");
        imports.name("pydantic", "model_validator");
        block.lines(KEY_SOURCE);
    }
}

fn property(block: &mut Block, name: &str, ty: &str, said: &str, value: &str) {
    // A variable that is called so is that already.
    if value == format!("self.{name}") {
        return;
    }
    block.inner(|block| {
        block
            .line("")
            .line("@property")
            .line(&format!("def {name}(self) -> {ty}:"));
        block.inner(|block| {
            block.doc(said).line(&format!("return {value}"));
        });
    });
}

const ORIGINS: &str = r#"
    @field_validator(NAMES, mode="before")
    @classmethod
    def split_origins(cls, value: object) -> object:
        """Origins stand in one variable, separated by commas."""
        if isinstance(value, str):
            return [origin.strip() for origin in value.split(",") if origin.strip()]
        return value
"#;

const ORIGIN: &str = r#"
def exact_origin(text: str) -> str:
    """An origin as browsers send it: a scheme, a host in lower case, and a port that is not the
    usual one. `*` would let every site in, with the credentials of whoever looks at it.
    """
    usual = ":443" if text.startswith("https:") else ":80"
    if re.fullmatch(r"https?://[a-z0-9._:\[\]-]+", text) is None or text.endswith(usual):
        msg = "list origins as browsers send them, such as https://app.example.com"
        raise ValueError(msg)
    return text
"#;

const KEYS: &str = r#"
    @property
    def token_key_source(self) -> str | Path:
        """Where the issuer publishes its keys: a URL or a file."""
        if self.auth_jwks_file is not None:
            return self.auth_jwks_file
"#;

const ISSUER: &str = r#"
    @field_validator(NAMES)
    @classmethod
    def check_issuer(cls, origin: str) -> str:
        """What tokens say is compared letter by letter, and they say it without a final slash."""
        if origin.endswith("/"):
            msg = "write it without the slash at its end, as tokens say it"
            raise ValueError(msg)
        return origin
"#;

const KEY_SOURCE: &str = r#"
    @model_validator(mode="after")
    def check_key_source(self) -> Self:
        """Keys that are in no file are fetched; by plain HTTP, whoever is on the wire would choose
        them.
        """
        source = self.token_key_source
        if isinstance(source, Path):
            return self
        url = urlsplit(source)
        if url.scheme not in ("https", "http") or not url.hostname:
            msg = f"the issuer's keys cannot be fetched from {source!r}, which is no http(s) URL"
            raise ValueError(msg)
        is_near = re.fullmatch(r"localhost|127(\.[0-9]+){3}|::1", url.hostname) is not None
        if url.scheme == "http" and not (is_near or self.auth_insecure_http):
            msg = f"keys from another machine must come by https, and not from {source!r}"
            raise ValueError(msg)
        return self
"#;

const DATABASE_URL: &str = r#"
    @field_validator("database_url")
    @classmethod
    def check_database_url(cls, url: str) -> str:
        """Only these two are spoken here."""
        known = ("postgresql", "postgres", "postgresql+psycopg", "sqlite")
        if url.partition("://")[0] not in known:
            msg = "write it as postgresql://user:password@host/database or sqlite:///file.db"
            raise ValueError(msg)
        return url
"#;

const DATABASE: &str = r#"
    @cached_property
    def database(self) -> URL:
        """The database, spoken to by psycopg where it is Postgres, whatever the URL is called."""
        url = make_url(self.database_url.replace("postgres://", "postgresql://", 1))
        if url.get_backend_name() == "postgresql":
            return url.set(drivername="postgresql+psycopg")
        return url
"#;

const RATE: &str = r#"
    @property
    def rate(self) -> tuple[int, int] | None:
        """So many requests in so many seconds; nothing where there is no limit."""
        if self.rate_limit == "off":
            return None
        requests, unit = self.rate_limit.split("/")
        return int(requests), {"s": 1, "min": 60, "h": 3600, "day": 86_400}[unit]
"#;

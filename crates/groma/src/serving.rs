//! What the commands that serve share: settings from flags, environment and `.env`, and the folder of state.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use groma_ir::{Design, Model};
use groma_server::auth::dev::{DevIssuer, TokenRequest, mint_with_secret};
use groma_server::settings::{Database, Environment, Keys, LogFormat, Settings};
use groma_server::{Running, Server};

use crate::cli::{Listen, LogForm};
use crate::failure::Failure;
use crate::project::Project;
use crate::world;

/// The variable that says what kind of place this is.
const MODE: &str = "GROMA_ENV";

/// The variables of the process over those of `.env`.
pub(crate) fn environment(project: &Project) -> Result<Environment, Failure> {
    environment_with(project, None)
}

/// The same, but in any case a development server.
pub(crate) fn development(project: &Project) -> Result<Environment, Failure> {
    environment_with(project, Some((MODE.to_owned(), "development".to_owned())))
}

fn environment_with(project: &Project, over: Option<(String, String)>) -> Result<Environment, Failure> {
    let dot_env = project.dot_env()?;
    Ok(Environment::new(
        world::variables().chain(over),
        dot_env.as_deref(),
    )?)
}

/// Everything that a server needs to know besides the design; flags beat variables.
pub(crate) fn settings(
    project: &Project,
    design: &Design,
    environment: &Environment,
    listen: &Listen,
) -> Result<Settings, Failure> {
    let mut settings = Settings::resolve(design, environment, &project.root)?;
    if let Some(host) = &listen.host {
        settings.host.clone_from(host);
    }
    if let Some(port) = listen.port {
        settings.port = port;
    }
    if let Some(file) = &listen.db {
        settings.database = Database::Sqlite(file.clone());
    }
    match listen.log {
        Some(LogForm::Text) => settings.log.format = LogFormat::Text,
        Some(LogForm::Json) => settings.log.format = LogFormat::Json,
        None => {}
    }
    Ok(settings)
}

/// Starts the server, and keeps what it keeps out of version control.
pub(crate) async fn start(
    project: &Project,
    model: Arc<Model>,
    openapi: String,
    settings: Settings,
) -> Result<Running, Failure> {
    let is_ours = |file: &std::path::Path| file.starts_with(project.state());
    if settings.database.file().is_some_and(is_ours) || issuer_folder(&settings).is_some() {
        hide_state(project)?;
    }
    groma_server::observe::init(settings.log);
    Ok(Server {
        model,
        openapi: openapi.into_bytes(),
        settings,
    }
    .start()
    .await?)
}

/// Announces a server and waits until somebody stops it.
pub(crate) async fn until_stopped(running: Running, announcement: &str) {
    // Whoever reads the announcement may stop the server at once: by then it must listen to signals, which the
    // first poll of the first future sees to.
    tokio::join!(biased; running.until_signal(), async { world::print(announcement) });
}

/// Runs something that waits for sockets and signals, to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime
        .map_err(|source| Failure::Threads { source })?
        .block_on(work)
}

/// Where a server can be reached from this machine.
pub(crate) fn url(addr: SocketAddr) -> String {
    let host = match addr.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        given => given,
    };
    format!("http://{}", SocketAddr::new(host, addr.port()))
}

/// A token for `subject`, changed by `change`, as this server would take it: of the development issuer, or signed
/// with the secret that the environment sets.
///
/// Nothing when the keys are somebody else's, or when the design knows no callers.
pub(crate) fn development_token(
    project: &Project,
    settings: &Settings,
    subject: &str,
    change: impl FnOnce(&mut TokenRequest),
) -> Result<Option<String>, Failure> {
    let Some(auth) = &settings.auth else {
        return Ok(None);
    };
    let mut request = auth.token_request(subject);
    change(&mut request);
    match &auth.keys {
        Keys::Development(folder) => {
            hide_state(project)?;
            Ok(Some(DevIssuer::open(folder)?.mint(&request)?))
        }
        Keys::Secret(secret) => Ok(Some(mint_with_secret(secret, &request)?)),
        Keys::Url(_) | Keys::File(_) => Ok(None),
    }
}

/// Where the keys of somebody else are, in words; nothing when tokens can be made here.
pub(crate) fn foreign_keys(settings: &Settings) -> Option<String> {
    match &settings.auth.as_ref()?.keys {
        Keys::Url(url) => Some(format!("at {url}")),
        Keys::File(file) => Some(format!("in {}", file.display())),
        Keys::Development(_) | Keys::Secret(_) => None,
    }
}

fn issuer_folder(settings: &Settings) -> Option<&std::path::Path> {
    match settings.auth.as_ref().map(|auth| &auth.keys) {
        Some(Keys::Development(folder)) => Some(folder),
        _ => None,
    }
}

/// The folder of state ignores itself, so that no key is ever committed.
pub(crate) fn hide_state(project: &Project) -> Result<(), Failure> {
    let path = project.state().join(".gitignore");
    if world::read_if_there(&path)?.is_none() {
        world::write(&path, "*\n")?;
    }
    Ok(())
}

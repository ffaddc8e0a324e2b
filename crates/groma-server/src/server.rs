//! Starts a server from a model and its settings, and stops it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use groma_ir::Model;
use groma_ir::design::Type;
use groma_ir::scalar::Scalar;
use groma_plan::Plans;
use groma_sql::Sql;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, lookup_host};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::auth::dev::{DevError, DevIssuer};
use crate::auth::{Config, ConfigError, KeySource, Verifier};
use crate::database::{self, Open};
use crate::docs::Docs;
use crate::forget::forget;
use crate::serve::{self, App, Clients, Cors, Limits, Retries, RouteFacts};
use crate::settings::{AuthSettings, Keys, Mode, Settings};
use crate::store::OpenError;

/// Connections that the system keeps until they are taken.
const BACKLOG: u32 = 1024;

/// A server that is not started yet.
#[derive(Debug)]
pub struct Server {
    /// The design and its views.
    pub model: Arc<Model>,
    /// The OpenAPI document, as it is to be sent.
    pub openapi: Vec<u8>,
    /// Everything else.
    pub settings: Settings,
}

/// A server that answers. It stops when this is dropped, or in order by [`Running::stop`].
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    done: JoinHandle<()>,
}

/// Why a server does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The tokens could not be verified.
    #[error("tokens could not be verified: {0}")]
    Auth(#[from] ConfigError),
    /// The development key could not be made or read.
    #[error("the development key in `{}` cannot be used: {source}", .folder.display())]
    DevelopmentKey {
        /// The folder of the key.
        folder: PathBuf,
        /// Why.
        #[source]
        source: DevError,
    },
    /// A production server was given the development key.
    #[error(
        "the keys that verify tokens hold a development key, with which anyone who has this folder can sign: \
         set the variables of the real issuer, or set `GROMA_ENV=development` (`groma env` lists every variable)"
    )]
    DevelopmentKeyInProduction,
    /// The address cannot be listened on.
    #[error("cannot listen on `{host}` port {port}: {source}; set another by `HOST` and `PORT`")]
    Listen {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Server {
    /// Opens the database, gets the keys ready and begins to answer.
    pub async fn start(self) -> Result<Running, StartError> {
        let verifier = match &self.settings.auth {
            Some(auth) => Some(verifier(config(auth, &self.model)?, self.settings.mode).await?),
            None => None,
        };
        let socket = bind(&self.settings).await?;
        let database = database::open(&self.settings, &self.model).await?;
        let cannot = |source| cannot_listen(&self.settings, source);
        // Whoever can connect gets an answer: nobody may before the tables are there.
        let listener = socket.listen(BACKLOG).map_err(cannot)?;
        let addr = listener.local_addr().map_err(cannot)?;
        warn_if_open(&self.settings, addr);
        let connections = self.settings.connections;
        let app = self.into_app(verifier, database);
        let (stop, stopped) = watch::channel(false);
        let done = tokio::spawn(run(app, listener, connections, stopped));
        Ok(Running { addr, stop, done })
    }

    fn into_app(self, verifier: Option<Verifier>, database: Open) -> App {
        let Self {
            model,
            openapi,
            settings,
        } = self;
        let plans = Arc::new(Plans::new(&model));
        let Open {
            store,
            presence,
            dialect,
        } = database;
        let sql = Sql::new(Arc::clone(&model), Arc::clone(&plans), dialect, presence);
        let title = &model.design.service.title;
        App {
            sql: Arc::new(sql),
            store,
            verifier,
            mode: settings.mode,
            clients: Clients::new(settings.proxies),
            cors: settings.cors.as_ref().map(Cors::new),
            limits: Limits::new(settings.rate, &model.http, settings.route_limits),
            docs: settings.docs.then(|| Docs::new(title, openapi)),
            patience: settings.patience,
            retries: Retries::default(),
            facts: RouteFacts::all(&model),
            model,
            plans,
        }
    }
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Takes no more requests, finishes those that run, writes everything to the file and returns.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // The task cannot fail: each request's panic is caught where it happens.
        let _ = self.done.await;
    }

    /// Answers until the process is asked to stop by SIGTERM or SIGINT, then stops in order; when it is asked
    /// again meanwhile, at once. What was answered is on the disk either way.
    pub async fn until_signal(self) {
        signal().await;
        tracing::info!("stopping");
        tokio::select! {
            () = self.stop() => {}
            () = signal() => tracing::warn!("stopped at once"),
        }
    }
}

async fn run(app: App, listener: TcpListener, connections: usize, stopped: watch::Receiver<bool>) {
    let store = app.store.clone();
    let app = Arc::new(app);
    if app.model.http.routes.iter().any(|route| route.retry) {
        tokio::spawn(forget(Arc::clone(&app), stopped.clone()));
    }
    serve::serve(app, listener, connections, stopped).await;
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    if let Err(error) = closed {
        tracing::error!(%error, "the database was not closed in order");
    }
}

fn config(settings: &AuthSettings, model: &Model) -> Result<Config, StartError> {
    let mut config = Config::new(settings.algorithms.clone(), key_source(&settings.keys)?);
    config.issuer.clone_from(&settings.issuer);
    config.audience.clone_from(&settings.audience);
    config.subject_claim.clone_from(&settings.subject_claim);
    config.leeway = settings.leeway;
    config.allow_insecure_http = settings.insecure_http;
    config.numeric_subject = model.design.caller_entity().is_some_and(|caller| {
        let caller = &model.design.entities[caller];
        matches!(caller.fields[caller.key].ty, Type::Scalar(Scalar::Int(_)))
    });
    Ok(config)
}

async fn verifier(config: Config, mode: Mode) -> Result<Verifier, StartError> {
    let verifier = Verifier::new(config).await?;
    if mode == Mode::Production && verifier.uses_development_key() {
        return Err(StartError::DevelopmentKeyInProduction);
    }
    Ok(verifier)
}

fn key_source(keys: &Keys) -> Result<KeySource, StartError> {
    Ok(match keys {
        Keys::Url(url) => KeySource::JwksUrl(url.clone()),
        Keys::File(file) => KeySource::JwksFile(file.clone()),
        Keys::Secret(secret) => KeySource::Secret(secret.clone()),
        Keys::Development(folder) => {
            let issuer = DevIssuer::open(folder).map_err(|source| StartError::DevelopmentKey {
                folder: folder.clone(),
                source,
            })?;
            KeySource::Static(issuer.jwks())
        }
    })
}

/// Takes the port, so that one in use is known before the database is touched, and does not listen yet.
async fn bind(settings: &Settings) -> Result<TcpSocket, StartError> {
    let cannot = |source| cannot_listen(settings, source);
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for addr in lookup_host((settings.host.as_str(), settings.port))
        .await
        .map_err(cannot)?
    {
        let socket = if addr.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        };
        let bound = socket.and_then(|socket| {
            // A port whose last connections are still closing can be taken again.
            socket.set_reuseaddr(cfg!(unix))?;
            socket.bind(addr)?;
            Ok(socket)
        });
        match bound {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(cannot(last))
}

/// Whoever has the folder of the development key can sign as anybody: that is for one machine.
fn warn_if_open(settings: &Settings, addr: SocketAddr) {
    let takes_development_tokens = settings
        .auth
        .as_ref()
        .is_some_and(|auth| matches!(auth.keys, Keys::Development(_)));
    if takes_development_tokens && !addr.ip().to_canonical().is_loopback() {
        tracing::warn!(
            %addr,
            "a development server listens to other machines, and takes the tokens of the development key in \
             `.groma` and no others: set `GROMA_ENV=production` where it is to be used, or `HOST=127.0.0.1`"
        );
    }
}

fn cannot_listen(settings: &Settings, source: std::io::Error) -> StartError {
    StartError::Listen {
        host: settings.host.clone(),
        port: settings.port,
        source,
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be listened to; the server runs until it is killed");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}

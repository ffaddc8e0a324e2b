//! Connecting: one attempt, or as many as a deadline allows while a server wakes.

use std::ops::Deref;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_postgres::config::{ChannelBinding as DriverBinding, SslMode};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{ChannelBinding, ConnectError, Encryption, Url, pooler, tls};

/// The first pause between two attempts; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A connection on which nothing comes for so long is asked whether the other end is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// What is sent and not taken note of for so long has not arrived: the other end is gone.
const UNHEARD: Duration = Duration::from_secs(20);

/// Makes connections to one database.
#[derive(Clone)]
pub struct Connector {
    url: Url,
    config: Config,
    tls: MakeRustlsConnect,
}

/// A connection. It is closed when this is dropped.
#[derive(Debug)]
pub struct Connection {
    client: Client,
    /// Carries bytes to and fro until the client is dropped or the server goes.
    carrier: JoinHandle<()>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Connector").field(&self.url).finish()
    }
}

impl Connector {
    /// Gets ready to connect: reads the file of the roots, where one is named.
    pub fn new(url: &Url) -> Result<Self, ConnectError> {
        Ok(Self {
            tls: tls::encrypting(url)?,
            config: config(url),
            url: url.clone(),
        })
    }

    /// Where it connects to.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Connects once, within the address's own limit of time.
    pub async fn connect(&self) -> Result<Connection, ConnectError> {
        let attempt = self.config.connect(self.tls.clone());
        let connected = tokio::time::timeout(self.url.connect_timeout, attempt)
            .await
            .map_err(|_| ConnectError::late(&self.url))?;
        let (client, connection) = connected.map_err(|error| ConnectError::of(&self.url, &error))?;
        let carrier = tokio::spawn(async move {
            // Who waits for an answer is told as well; this is for connections that rest.
            let _ = connection.await;
        });
        Ok(Connection { client, carrier })
    }

    /// Connects, and tries again while the server wakes, starts or is full, until `patience` is over.
    pub async fn connect_within(&self, patience: Duration) -> Result<Connection, ConnectError> {
        let until = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let attempt = tokio::time::timeout(left, self.connect()).await;
            let error = match attempt {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => error,
                Err(_) => return Err(ConnectError::late(&self.url)),
            };
            if !error.is_passing() || Instant::now() + pause >= until {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether a pooler in transaction mode stands before the server: the address says so, or connections that live
    /// at the same time turn out to be one.
    pub async fn is_pooled(&self, patience: Duration) -> Result<bool, ConnectError> {
        if self.url.says_pooled() {
            return Ok(true);
        }
        let (one, other) = tokio::try_join!(self.connect_within(patience), self.connect_within(patience))?;
        pooler::is_shared(&one, &other)
            .await
            .map_err(|error| ConnectError::of(&self.url, &error))
    }

    /// Asks the server to stop what a connection does; the connection should not be used again.
    pub async fn cancel(&self, connection: &Connection) {
        // It is an attempt: the server may be gone, or through already.
        let cancel = connection.client.cancel_token();
        let _ = tokio::time::timeout(Duration::from_secs(5), cancel.cancel_query(self.tls.clone())).await;
    }
}

impl Connection {
    /// The process of the server that serves it now: another one the next time, where a pooler stands between.
    pub async fn served_by(&self) -> Result<i32, tokio_postgres::Error> {
        pooler::served_by(&self.client).await
    }

    /// Whether it is of no more use.
    pub fn is_over(&self) -> bool {
        self.client.is_closed() || self.carrier.is_finished()
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

fn config(url: &Url) -> Config {
    let mut config = Config::new();
    if url.is_socket() {
        config.host_path(&url.host);
    } else {
        config.host(&url.host);
    }
    config
        .port(url.port)
        .user(&url.user)
        .dbname(&url.database)
        .connect_timeout(url.connect_timeout)
        .keepalives_idle(KEEPALIVE)
        .tcp_user_timeout(UNHEARD)
        .application_name(url.application_name.as_deref().unwrap_or("groma"))
        .ssl_mode(match url.encryption {
            // There is nobody to listen between this process and a socket of the machine.
            _ if url.is_socket() => SslMode::Disable,
            Encryption::Disable => SslMode::Disable,
            Encryption::Prefer => SslMode::Prefer,
            Encryption::Require | Encryption::VerifyCa | Encryption::VerifyFull => SslMode::Require,
        })
        .channel_binding(match url.channel_binding {
            ChannelBinding::Disable => DriverBinding::Disable,
            ChannelBinding::Prefer => DriverBinding::Prefer,
            ChannelBinding::Require => DriverBinding::Require,
        });
    if let Some(password) = &url.password {
        config.password(&password.0);
    }
    if let Some(options) = &url.options {
        config.options(options);
    }
    config
}

//! `DATABASE_URL`, as libpq reads it and as hosts of Postgres hand it out.
//!
//! What is not known is refused by name: a parameter that is left unread may be the one that made a connection safe.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::secret::Secret;

/// Where a database is, and what is asked of a connection to it. Its password is in no message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Url {
    /// The name or address of the server, or the folder of its socket.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who signs in.
    pub user: String,
    pub(super) password: Option<Secret>,
    /// The database.
    pub database: String,
    /// How the connection is kept from others.
    pub encryption: Encryption,
    /// Who vouches for the server.
    pub root: Root,
    /// Whether signing in must be tied to the encrypted connection.
    pub channel_binding: ChannelBinding,
    /// What the server or a proxy is told besides: `endpoint=ep-x`.
    pub options: Option<String>,
    /// What the server calls the connection.
    pub application_name: Option<String>,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// Whether it says that a pooler in transaction mode stands before the server.
    says_pooled: bool,
}

/// How a connection is kept from others (`sslmode`); where nobody says it, [`Encryption::Prefer`] on this machine, and
/// [`Encryption::Require`] for any other, in every command alike. libpq prefers everywhere: whoever stands between would
/// only have to say that the server cannot encrypt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encryption {
    /// Not at all.
    Disable,
    /// Encrypted where the server can; whoever stands between may say that it cannot.
    Prefer,
    /// Encrypted, and by whom the roots vouch for. Without a root file this is [`Encryption::VerifyFull`]: libpq would
    /// take any certificate then.
    Require,
    /// Encrypted, and some server that the root file vouches for, whatever its name.
    VerifyCa,
    /// Encrypted, and the very server that is named.
    VerifyFull,
}

/// Who vouches for a server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Root {
    /// Whom the system trusts.
    System,
    /// The certificates in this file (PEM).
    File(PathBuf),
}

/// Whether signing in is tied to the encrypted connection, so that nobody can stand between and pass it on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// Where the server can.
    Prefer,
    /// Always.
    Require,
}

/// Why a text is no address of a database. The text is not shown: it holds a password.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum UrlError {
    /// The scheme is another.
    #[error("it begins neither with `postgresql://` nor with `postgres://`")]
    Scheme,
    /// There are several hosts.
    #[error("it names several hosts; give one, which may be a proxy that knows the others")]
    Hosts,
    /// The host is missing.
    #[error("it names no host: `postgresql://USER:PASSWORD@HOST/DATABASE`")]
    NoHost,
    /// The user is missing.
    #[error("it names no user: `postgresql://USER:PASSWORD@HOST/DATABASE`")]
    NoUser,
    /// The port is no port.
    #[error(
        "its port is no number from 1 to 65535; a `:`, `/`, `?`, `#` or `@` in the password is written `%3A`, `%2F`, `%3F`, `%23`, `%40`"
    )]
    Port,
    /// The database is no name.
    #[error("the name of its database holds a `/`; a `/` in the password is written `%2F`")]
    Database,
    /// What stands behind the host holds a `@`: the password may have begun before.
    #[error(
        "a `@` stands behind its host; a `/`, `?` or `#` in the password is written `%2F`, `%3F`, `%23`, and a `@` anywhere `%40`"
    )]
    At,
    /// An escape is broken.
    #[error("a `%` in it is not followed by two hexadecimal digits; a `%` itself is written `%25`")]
    Escape,
    /// What an escape stands for is no text.
    #[error("what its escapes stand for is no UTF-8 text")]
    Text,
    /// A parameter is not known.
    #[error("its parameter `{0}` is not known; known are {KNOWN}")]
    Unknown(String),
    /// A parameter is given twice.
    #[error("its parameter `{0}` is given twice")]
    Twice(String),
    /// A parameter has another value than it may.
    #[error("its parameter `{name}` must be {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
    },
    /// Channel binding without encryption.
    #[error(
        "it asks for `channel_binding=require` and for `sslmode={0}`: signing in can only be tied to an encrypted connection; say `sslmode=require`"
    )]
    BindingWithoutTls(&'static str),
}

/// The parameters, for messages.
const KNOWN: &str = "`sslmode`, `sslrootcert`, `channel_binding`, `options`, `connect_timeout`, `application_name`, \
                     `host` (the folder of a socket) and `pgbouncer`";
/// A compute that sleeps takes a while to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const PORT: u16 = 5432;

impl Url {
    /// Whether a text is meant to be such an address.
    pub fn is_one(text: &str) -> bool {
        scheme(text).is_some()
    }

    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let rest = scheme(text).ok_or(UrlError::Scheme)?;
        let (place, query) = rest
            .split_once('?')
            .map_or((rest, ""), |(place, query)| (place, query));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (who, at) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = who
            .split_once(':')
            .map_or((who, None), |(user, password)| (user, Some(password)));
        let (host, port) = host_and_port(at)?;
        if database.contains('@') || query.contains('@') {
            return Err(UrlError::At);
        }
        let user = decoded(user)?;
        if user.is_empty() {
            return Err(UrlError::NoUser);
        }
        if database.contains('/') {
            return Err(UrlError::Database);
        }
        let database = decoded(database)?;
        let mut url = Self {
            host: decoded(host)?,
            port,
            database: if database.is_empty() {
                user.clone()
            } else {
                database
            },
            user,
            password: password.map(decoded).transpose()?.map(Secret),
            encryption: Encryption::Prefer,
            root: Root::System,
            channel_binding: ChannelBinding::Prefer,
            options: None,
            application_name: None,
            connect_timeout: CONNECT_TIMEOUT,
            says_pooled: false,
        };
        let said = url.take_all(query)?;
        // Others on the way are no accident where the server is another machine: who means to do without says so.
        if !url.is_local() && !said.iter().any(|name| name == "sslmode") {
            url.encryption = Encryption::Require;
        }
        url.checked()
    }

    /// Whether it is said that a pooler in transaction mode stands before the server: by `pgbouncer=true`, or by a
    /// host whose name ends in `-pooler`.
    pub fn says_pooled(&self) -> bool {
        let first = self.host.split('.').next().unwrap_or_default();
        self.says_pooled || first.ends_with("-pooler")
    }

    /// Whether the server is on this machine.
    pub fn is_local(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.is_socket() || self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether the host is the folder of a socket.
    pub(super) fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// Takes what the parameters say, and gives their names.
    fn take_all(&mut self, query: &str) -> Result<Vec<String>, UrlError> {
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if seen.contains(&name) {
                return Err(UrlError::Twice(name));
            }
            self.take(&name, value)?;
            seen.push(name);
        }
        Ok(seen)
    }

    fn take(&mut self, name: &str, value: String) -> Result<(), UrlError> {
        match name {
            "sslmode" => self.encryption = encryption(&value)?,
            "sslrootcert" if value == "system" => self.root = Root::System,
            "sslrootcert" => self.root = Root::File(PathBuf::from(value)),
            "channel_binding" => self.channel_binding = channel_binding(&value)?,
            "options" => self.options = Some(value),
            "application_name" => self.application_name = Some(value),
            "connect_timeout" => self.connect_timeout = seconds(&value)?,
            "host" => self.host = value,
            "pgbouncer" => self.says_pooled = yes_or_no(&value)?,
            _ => return Err(UrlError::Unknown(name.chars().take(40).collect())),
        }
        Ok(())
    }

    fn checked(self) -> Result<Self, UrlError> {
        let mode = match self.encryption {
            Encryption::Disable => Some("disable"),
            Encryption::Prefer => Some("prefer"),
            Encryption::Require | Encryption::VerifyCa | Encryption::VerifyFull => None,
        };
        match mode {
            _ if self.host.is_empty() => Err(UrlError::NoHost),
            _ if self.host.contains(',') => Err(UrlError::Hosts),
            Some(mode) if self.channel_binding == ChannelBinding::Require => {
                Err(UrlError::BindingWithoutTls(mode))
            }
            _ => Ok(self),
        }
    }
}

/// Where it is, without the password and the parameters.
impl fmt::Display for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user, host, database, ..
        } = self;
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        write!(
            formatter,
            "postgresql://{user}@{open}{host}{close}:{}/{database}",
            self.port
        )
    }
}

fn scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgresql://")
        .or_else(|| text.strip_prefix("postgres://"))
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`.
fn host_and_port(at: &str) -> Result<(&str, u16), UrlError> {
    if at.contains(',') {
        return Err(UrlError::Hosts);
    }
    let (host, port) = match at.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => at
            .split_once(':')
            .map_or((at, None), |(host, port)| (host, Some(port))),
    };
    let port = match port {
        None | Some("") => PORT,
        Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or(UrlError::Port)?,
    };
    Ok((host, port))
}

fn decoded(text: &str) -> Result<String, UrlError> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let (digits, after) = after.split_at_checked(2).ok_or(UrlError::Escape)?;
        let digits = std::str::from_utf8(digits).map_err(|_| UrlError::Escape)?;
        let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let value = u8::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal);
        bytes.push(value.ok_or(UrlError::Escape)?);
        rest = after;
    }
    // A NUL ends a text on the wire, and whatever stands behind it would be another word.
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
        .ok_or(UrlError::Text)
}

fn encryption(value: &str) -> Result<Encryption, UrlError> {
    match value {
        "disable" => Ok(Encryption::Disable),
        "prefer" => Ok(Encryption::Prefer),
        "require" => Ok(Encryption::Require),
        "verify-ca" => Ok(Encryption::VerifyCa),
        "verify-full" => Ok(Encryption::VerifyFull),
        _ => Err(UrlError::Value {
            name: "sslmode",
            expected: "`disable`, `prefer`, `require`, `verify-ca` or `verify-full`",
        }),
    }
}

fn channel_binding(value: &str) -> Result<ChannelBinding, UrlError> {
    match value {
        "disable" => Ok(ChannelBinding::Disable),
        "prefer" => Ok(ChannelBinding::Prefer),
        "require" => Ok(ChannelBinding::Require),
        _ => Err(UrlError::Value {
            name: "channel_binding",
            expected: "`disable`, `prefer` or `require`",
        }),
    }
}

/// As in libpq nothing is less than two seconds; zero would be for ever, and is refused.
fn seconds(value: &str) -> Result<Duration, UrlError> {
    let seconds = value
        .parse::<u16>()
        .ok()
        .filter(|seconds| (1..=600).contains(seconds));
    seconds
        .map(|seconds| Duration::from_secs(u64::from(seconds.max(2))))
        .ok_or(UrlError::Value {
            name: "connect_timeout",
            expected: "a number of seconds from 1 to 600",
        })
}

fn yes_or_no(value: &str) -> Result<bool, UrlError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(UrlError::Value {
            name: "pgbouncer",
            expected: "`true` or `false`",
        }),
    }
}

//! Why a database was not reached, sorted by what one can do about it.

use std::error::Error as _;
use std::path::PathBuf;

use thiserror::Error;
use tokio_postgres::error::SqlState;

use super::Url;

/// A database was not reached. No message holds a password.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// Nobody answers there.
    #[error("`{place}` cannot be reached: {why}; is its name right, and does it take connections from here?")]
    Unreachable {
        /// Where.
        place: String,
        /// What the system says.
        why: String,
    },
    /// It took too long.
    #[error("`{place}` did not answer in time; a larger `connect_timeout` in the address waits longer")]
    Late {
        /// Where.
        place: String,
    },
    /// The server starts, stops or recovers.
    #[error("`{place}` takes no connections yet: {why}")]
    Starting {
        /// Where.
        place: String,
        /// What the server says.
        why: String,
    },
    /// All connections are taken.
    #[error(
        "`{place}` has no connection left: {why}; let fewer servers have fewer each (`DATABASE_CONNECTIONS`), or go through a pooler"
    )]
    Full {
        /// Where.
        place: String,
        /// What the server says.
        why: String,
    },
    /// The user, the password or the way of signing in is not taken.
    #[error("`{place}` does not let `{user}` in: {why}")]
    Refused {
        /// Where.
        place: String,
        /// Who.
        user: String,
        /// What the server says.
        why: String,
    },
    /// There is no such database.
    #[error("`{place}` has no such database: {why}; create it there, or name another in the address")]
    NoDatabase {
        /// Where.
        place: String,
        /// What the server says.
        why: String,
    },
    /// The connection cannot be encrypted as asked.
    #[error("the connection to `{place}` cannot be made safe: {why}")]
    Tls {
        /// Where.
        place: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The file of the roots cannot be used.
    #[error("`{}` (`sslrootcert`) cannot be used: {why}; it must hold certificates in PEM", .file.display())]
    Root {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// The server says something else.
    #[error("`{place}` does not take the connection: {why}")]
    Other {
        /// Where.
        place: String,
        /// What it says.
        why: String,
    },
}

impl ConnectError {
    /// Whether the same attempt may succeed a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Late { .. } | Self::Starting { .. } | Self::Full { .. } => true,
            Self::Refused { .. }
            | Self::NoDatabase { .. }
            | Self::Tls { .. }
            | Self::Root { .. }
            | Self::Other { .. } => false,
        }
    }

    pub(super) fn late(url: &Url) -> Self {
        Self::Late {
            place: url.to_string(),
        }
    }

    /// What the driver's error means.
    pub(super) fn of(url: &Url, error: &tokio_postgres::Error) -> Self {
        let place = url.to_string();
        if let Some(said) = error.as_db_error() {
            return Self::said(url, said.code(), said.message());
        }
        let why = causes(error);
        match error.to_string().split(':').next().unwrap_or_default() {
            "error performing TLS handshake" => Self::Tls {
                why: format!("{why}{}", tls_remedy(&why)),
                place,
            },
            "authentication error" if why.contains("channel binding") => Self::Tls {
                why: format!(
                    "{why}, so that somebody may stand between; say `channel_binding=prefer` only where you know that \
                     nobody does"
                ),
                place,
            },
            "authentication error" | "invalid configuration" => Self::Refused {
                place,
                user: url.user.clone(),
                why,
            },
            _ => Self::Unreachable { place, why },
        }
    }

    fn said(url: &Url, code: &SqlState, message: &str) -> Self {
        let place = url.to_string();
        let why = message.to_owned();
        match code.code() {
            "57P03" | "57P01" | "57P02" => Self::Starting { place, why },
            "53300" => Self::Full { place, why },
            "28000" | "28P01" => Self::Refused {
                place,
                user: url.user.clone(),
                why,
            },
            "3D000" => Self::NoDatabase { place, why },
            // Poolers have one code for everything: what they say tells a server that is away from one that is not.
            "08P01" | "08006" | "08001" if is_away(message) => Self::Starting { place, why },
            "08P01" if message.contains("no more connections allowed") => Self::Full { place, why },
            "08P01" if message.contains("no such database") => Self::NoDatabase { place, why },
            "08P01" if message.contains("no such user") || message.contains("auth") => Self::Refused {
                place,
                user: url.user.clone(),
                why,
            },
            _ => Self::Other { place, why },
        }
    }
}

/// What `PgBouncer` and the proxies of hosts say of a server that they do not reach.
fn is_away(message: &str) -> bool {
    const SAID: [&str; 6] = [
        "server login has been failing",
        "cannot connect to server",
        "server conn crashed",
        "server_login_retry",
        "pgbouncer cannot connect",
        "the database system is",
    ];
    SAID.iter().any(|said| message.contains(said))
}

fn tls_remedy(why: &str) -> &'static str {
    if why.contains("does not support TLS") {
        "; say `sslmode=disable` only where nobody can listen"
    } else if why.contains("UnknownIssuer") || why.contains("CaUsedAsEndEntity") {
        "; nobody whom the system trusts vouches for its certificate: give the root that does by \
         `sslrootcert=FILE`"
    } else if why.contains("NotValidForName") || why.contains("not valid for name") {
        "; its certificate is for another name: use that name, or `sslmode=verify-ca` with the `sslrootcert` of your own \
         authority"
    } else {
        ""
    }
}

/// All that an error says of its causes, the innermost last.
fn causes(error: &tokio_postgres::Error) -> String {
    let Some(mut cause) = error.source() else {
        return error.to_string();
    };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

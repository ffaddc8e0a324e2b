//! Brings a JWKS from where it is published: one request or one file, bounded in time and size.
//!
//! Blocking; the caller runs it on a thread of its own. No redirect is followed: it could lead to another's keys.

use std::fs::File;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use thiserror::Error;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};

use super::config::ConfigError;
use super::jwk::{JwkSet, JwkSetError};

const MAX_BYTES: u64 = 256 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

/// A place that keys can be read from again.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Url(Url),
    File(PathBuf),
}

/// An address that keys may come from.
#[derive(Debug, Clone)]
pub(super) struct Url {
    text: String,
    is_loopback: bool,
}

/// Why no keys came.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The issuer did not answer, or not as asked.
    #[error("the JWKS at `{url}` could not be fetched")]
    Http {
        /// Where it was looked for.
        url: String,
        /// What went wrong.
        #[source]
        source: Box<ureq::Error>,
    },
    /// The issuer answered something else than 200.
    #[error("the JWKS at `{url}` was answered with status {status}; redirects are not followed")]
    Status {
        /// Where it was looked for.
        url: String,
        /// The status of the answer.
        status: u16,
    },
    /// The file could not be read.
    #[error("the JWKS file `{path}` could not be read")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// The file is too large.
    #[error("the JWKS file `{0}` is larger than 256 KiB")]
    TooLarge(PathBuf),
    /// What came is not a JWKS.
    #[error("what came is not a JWKS")]
    Jwks(#[from] JwkSetError),
}

impl Place {
    pub(super) fn read(&self) -> Result<JwkSet, FetchError> {
        let bytes = match self {
            Place::Url(url) => url.get()?,
            Place::File(path) => read_file(path)?,
        };
        Ok(JwkSet::parse(&bytes)?)
    }
}

impl Url {
    /// Takes `https`, and `http` where nobody else is on the wire or the operator accepts it.
    pub(super) fn parse(text: &str, allow_insecure: bool) -> Result<Self, ConfigError> {
        let wrong = |why| ConfigError::Url {
            url: without_user(text),
            why,
        };
        let uri: Uri = text
            .parse()
            .map_err(|_| wrong("it is not a URL: give one such as https://example.com/jwks"))?;
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| wrong("it names no host"))?;
        if uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err(wrong(
                "it has a user or password in it: a JWKS is public, remove them",
            ));
        }
        let is_loopback = is_loopback(host);
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback || allow_insecure => {}
            Some("http") => return Err(wrong("keys from another machine must come by https")),
            Some(_) | None => return Err(wrong("it does not begin with https://")),
        }
        Ok(Self {
            text: text.to_owned(),
            is_loopback,
        })
    }

    fn get(&self) -> Result<Vec<u8>, FetchError> {
        let failed = |error| FetchError::Http {
            url: self.text.clone(),
            source: Box::new(error),
        };
        let response = self
            .agent()
            .get(&self.text)
            .header("accept", "application/json")
            .call()
            .map_err(failed)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(FetchError::Status {
                url: self.text.clone(),
                status,
            });
        }
        response
            .into_body()
            .into_with_config()
            .limit(MAX_BYTES)
            .read_to_vec()
            .map_err(failed)
    }

    fn agent(&self) -> Agent {
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let mut config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent("groma");
        if self.is_loopback {
            config = config.proxy(None); // A proxy would ask its own loopback.
        }
        config.build().new_agent()
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// The URL as a message may show it.
fn without_user(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => text.to_owned(),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, FetchError> {
    let failed = |source| FetchError::File {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        Err(FetchError::TooLarge(path.to_owned()))
    } else {
        Ok(bytes)
    }
}

//! The address of the service under test.

use std::net::{SocketAddr, ToSocketAddrs};

use super::NetError;

/// A plain-text address: host, port and a path before every route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Url {
    host: String,
    port: u16,
    prefix: String,
}

impl Url {
    /// Reads `http://host[:port][/prefix]`.
    pub(crate) fn parse(text: &str) -> Result<Self, NetError> {
        let wrong = |why: &str| NetError::Address {
            url: text.to_owned(),
            why: why.to_owned(),
        };
        if text.starts_with("https://") {
            return Err(wrong(
                "https is not supported yet; give the http address behind the proxy",
            ));
        }
        let rest = text
            .strip_prefix("http://")
            .ok_or_else(|| wrong("it must begin with `http://`"))?;
        if rest.contains(['?', '#', '@']) || rest.contains(char::is_whitespace) {
            return Err(wrong("give no query, fragment, user or space"));
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = split_port(authority).ok_or_else(|| wrong("the port is not a number"))?;
        if host.is_empty() {
            return Err(wrong("it has no host"));
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            prefix: path.trim_end_matches('/').to_owned(),
        })
    }

    /// Host and port as they stand in `Host`.
    pub(crate) fn authority(&self) -> String {
        if self.port == 80 {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The path before every route, without a final slash.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The whole address of a path.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("http://{}{}{path}", self.authority(), self.prefix)
    }

    /// Where to connect: loopback, or a host that was allowed by name.
    pub(crate) fn resolve(&self, allowed: &[String]) -> Result<Vec<SocketAddr>, NetError> {
        let name = self.host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<SocketAddr> = (name, self.port)
            .to_socket_addrs()
            .map_err(|source| NetError::Connect {
                host: self.authority(),
                source,
            })?
            .collect();
        let is_allowed = allowed.iter().any(|host| host.eq_ignore_ascii_case(&self.host));
        if is_allowed || addresses.iter().all(|address| address.ip().is_loopback()) {
            return Ok(addresses);
        }
        Err(NetError::Address {
            url: self.join(""),
            why: format!(
                "verifying writes and attacks, so only this machine is tried unasked; allow `{}` by name if it is yours",
                self.host
            ),
        })
    }
}

fn split_port(authority: &str) -> Option<(&str, u16)> {
    match authority.rsplit_once(':') {
        Some((host, _)) if host.starts_with('[') && !host.ends_with(']') => Some((authority, 80)),
        Some((host, port)) => Some((host, port.parse().ok()?)),
        None => Some((authority, 80)),
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                out.extend(hex(byte >> 4));
                out.extend(hex(byte & 15));
            }
        }
    }
    out
}

fn hex(digit: u8) -> Option<char> {
    char::from_digit(u32::from(digit), 16).map(|digit| digit.to_ascii_uppercase())
}

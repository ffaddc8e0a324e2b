//! What tells one client from another, in limits and in the log.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;

use hyper::header::HeaderMap;

use crate::settings::Network;

/// Somebody who calls. The hash is keyed by this process: it names nobody, and nobody can make one like it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Client {
    /// By the subject of their token.
    Caller(u64),
    /// By the address that they come from.
    Address(u64),
}

/// Where a request comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Origin {
    /// Who sends it: the caller, or without one the address.
    pub(crate) client: Client,
    /// The address, whoever sends it.
    pub(crate) address: Client,
}

/// Knows clients apart.
#[derive(Debug)]
pub(crate) struct Clients {
    key: u64,
    proxies: Vec<Network>,
}

impl Clients {
    pub(crate) fn new(proxies: Vec<Network>) -> Self {
        // The standard library seeds it with what the system's random numbers give.
        Self {
            key: RandomState::new().hash_one("client"),
            proxies,
        }
    }

    /// Somebody with a token.
    pub(crate) fn caller(&self, subject: &str) -> Client {
        Client::Caller(xxhash_rust::xxh3::xxh3_64_with_seed(subject.as_bytes(), self.key))
    }

    /// Somebody at an address.
    pub(crate) fn address(&self, headers: &HeaderMap, peer: IpAddr) -> Client {
        let bytes = match self.origin(headers, peer).to_canonical() {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            // One customer has at least 2^64 addresses of their own.
            IpAddr::V6(address) => address.to_bits() >> 64,
        };
        Client::Address(xxhash_rust::xxh3::xxh3_64_with_seed(
            &bytes.to_le_bytes(),
            !self.key,
        ))
    }

    /// Where a request comes from: the last address in `X-Forwarded-For` that is not a trusted proxy's, as far
    /// as trusted proxies have told it.
    fn origin(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let mut origin = peer;
        let told = headers.get_all("x-forwarded-for").iter().rev();
        let mut told = told
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.rsplit(','));
        while self.proxies.iter().any(|proxy| proxy.contains(origin)) {
            let Some(Ok(address)) = told.next().map(|address| address.trim().parse()) else {
                break;
            };
            origin = address;
        }
        origin
    }
}

impl Client {
    /// One number, for both kinds.
    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Caller(hash) | Self::Address(hash) => hash,
        }
    }
}

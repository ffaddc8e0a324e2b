//! From the `Authorization` headers of a request to the claims of its caller.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::bearer;
use super::cache::TokenCache;
use super::claims::{Claims, Requirements, is_expired};
use super::compact::Compact;
use super::config::{Algorithm, Config, ConfigError, KeySource};
use super::error::{AuthError, Reason};
use super::fetch::{FetchError, Place, Url};
use super::jwk::{JwkSet, SkippedKey};
use super::keyring::{Background, Keyring, LoadError, log_failure};
use super::keys::KeySet;
use super::timing::Timing;

/// Checks bearer tokens. Cloning gives another handle to the same keys and the same cache.
///
/// Needs a tokio runtime with time. Keys by URL or file are refreshed in the background until the last handle is
/// dropped.
#[derive(Debug, Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    algorithms: Vec<Algorithm>,
    token_type: Option<String>,
    required: Requirements,
    cache: TokenCache,
    ring: Arc<Keyring>,
    _background: Option<Background>,
}

impl Verifier {
    /// Reads the keys and is ready, or says what is wrong with the configuration.
    ///
    /// An issuer that does not answer is not an error: it may start after this server. Until it answers,
    /// [`Verifier::is_ready`] is false and every token gets [`AuthError::Unavailable`].
    pub async fn new(config: Config) -> Result<Self, ConfigError> {
        let timing = Timing::new(config.max_stale);
        Self::with_timing(config, timing).await
    }

    pub(super) async fn with_timing(config: Config, timing: Timing) -> Result<Self, ConfigError> {
        config.validate()?;
        let (ring, failures) = open_keys(&config, timing).await?;
        let ring = Arc::new(ring);
        let background = ring.keep_fresh(failures);
        let required = Requirements {
            issuer: config.issuer,
            audience: config.audience,
            numeric_subject: config.numeric_subject && config.subject_claim != "sub",
            subject_claim: config.subject_claim,
            leeway: config.leeway.as_secs_f64(),
        };
        let shared = Shared {
            algorithms: config.algorithms,
            token_type: config.required_token_type,
            required,
            cache: TokenCache::new(),
            ring,
            _background: background,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Whether there are keys that may be used.
    pub fn is_ready(&self) -> bool {
        self.shared.ring.generation().is_some()
    }

    /// Whether a key of [`super::dev`] is among the keys. A production start refuses that.
    pub fn uses_development_key(&self) -> bool {
        self.shared.ring.has_development_key()
    }

    /// The claims of the caller, from all the values of `Authorization` in a request.
    ///
    /// A token seen before is answered from memory without waiting for anything.
    pub async fn verify<'h>(
        &self,
        authorization: impl Iterator<Item = &'h [u8]>,
    ) -> Result<Arc<Claims>, AuthError> {
        let token = bearer::token(authorization)?;
        let now = unix_now();
        let generation = self.shared.ring.generation().ok_or(AuthError::Unavailable)?;
        if let Some(claims) = self.shared.cache.get(token, generation) {
            if !is_expired(claims.expires_at(), self.shared.required.leeway, now) {
                return Ok(claims);
            }
            self.shared.cache.remove(token);
            return Err(Reason::Expired.into());
        }
        self.shared.verify_unseen(token, now).await
    }
}

impl Shared {
    async fn verify_unseen(&self, token: &[u8], now: f64) -> Result<Arc<Claims>, AuthError> {
        let compact = Compact::parse(token)?;
        if !self.algorithms.contains(&compact.header.algorithm) {
            return Err(Reason::AlgorithmNotAllowed.into());
        }
        compact.header.check_type(self.token_type.as_deref())?;
        let (seen, keys) = self.ring.keys().ok_or(AuthError::Unavailable)?;
        let (generation, claims) = match self.check(&compact, &keys, now) {
            Err(Reason::UnknownKey) if self.ring.refresh_for_unknown_key(seen).await => {
                let (generation, keys) = self.ring.keys().ok_or(AuthError::Unavailable)?;
                (generation, self.check(&compact, &keys, now)?)
            }
            checked => (seen, checked?),
        };
        let claims = Arc::new(claims);
        self.cache.insert(token, generation, Arc::clone(&claims));
        Ok(claims)
    }

    /// The signature first: what it does not cover is not read.
    fn check(&self, compact: &Compact<'_>, keys: &KeySet, now: f64) -> Result<Claims, Reason> {
        keys.find(&compact.header)?.verify(compact)?;
        Claims::accept(compact.claims()?, &self.required, now)
    }
}

/// The keyring of a configuration, and how many loads have failed so far.
async fn open_keys(config: &Config, timing: Timing) -> Result<(Keyring, u32), ConfigError> {
    match &config.keys {
        KeySource::Secret(secret) => Ok((Keyring::fixed(KeySet::shared(secret)?, None), 0)),
        KeySource::Static(set) => Ok((fixed(set, &config.algorithms)?, 0)),
        KeySource::JwksFile(path) => {
            let ring = Keyring::renewed(Place::File(path.clone()), config.algorithms.clone(), timing);
            let skipped = ring.load().await.map_err(unreadable)?;
            refuse_empty(ring.keys().is_none_or(|(_, keys)| keys.is_empty()), &skipped)?;
            Ok((ring, 0))
        }
        KeySource::JwksUrl(url) => {
            let place = Place::Url(Url::parse(url, config.allow_insecure_http)?);
            let ring = Keyring::renewed(place, config.algorithms.clone(), timing);
            let loaded = ring.load().await;
            log_failure(&loaded);
            Ok((ring, u32::from(loaded.is_err())))
        }
    }
}

fn fixed(set: &JwkSet, allowed: &[Algorithm]) -> Result<Keyring, ConfigError> {
    let (keys, skipped) = KeySet::public(set, allowed);
    refuse_empty(keys.is_empty(), &skipped)?;
    Ok(Keyring::fixed(keys, Some(set.clone())))
}

fn unreadable(error: LoadError) -> ConfigError {
    match error {
        LoadError::Fetch(FetchError::Jwks(error)) => ConfigError::Jwks(error),
        LoadError::Fetch(error) => ConfigError::Fetch(error),
        LoadError::Stopped => ConfigError::Stopped,
    }
}

fn refuse_empty(is_empty: bool, skipped: &[SkippedKey]) -> Result<(), ConfigError> {
    if !is_empty {
        return Ok(());
    }
    let reasons: Vec<_> = skipped
        .iter()
        .map(|key| {
            format!(
                "key `{}`: {}",
                key.kid.as_deref().unwrap_or("without a kid"),
                key.why
            )
        })
        .collect();
    let reasons = if reasons.is_empty() {
        "the set is empty".to_owned()
    } else {
        reasons.join("; ")
    };
    Err(ConfigError::NoUsableKey(reasons))
}

/// Seconds since 1970. Before that the clock is wrong, and everything counts as expired.
fn unix_now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(f64::INFINITY, |elapsed| elapsed.as_secs_f64())
}

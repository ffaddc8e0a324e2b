//! Configurations that a server must not start with.

use std::time::Duration;

use super::super::{ConfigError, JwkSet, KeySource, Secret};
use super::*;

fn start_error(change: impl FnOnce(&mut Config)) -> ConfigError {
    let mut config = config(ed());
    change(&mut config);
    run(Verifier::new(config)).expect_err("it started")
}

#[test]
fn an_allow_list_has_an_algorithm() {
    assert!(matches!(
        start_error(|config| config.algorithms.clear()),
        ConfigError::NoAlgorithm
    ));
}

#[test]
fn the_leeway_is_sixty_seconds_at_most() {
    assert!(matches!(
        start_error(|config| config.leeway = Duration::from_millis(60_001)),
        ConfigError::Leeway
    ));
    let mut config = config(ed());
    config.leeway = Config::MAX_LEEWAY;
    assert!(config.validate().is_ok());
}

#[test]
fn keys_are_usable_for_some_time() {
    assert!(matches!(
        start_error(|config| config.max_stale = Duration::from_secs(9)),
        ConfigError::MaxStale
    ));
    let mut config = config(ed());
    config.max_stale = Config::MIN_MAX_STALE;
    assert!(config.validate().is_ok());
}

#[test]
fn the_caller_has_a_claim() {
    assert!(matches!(
        start_error(|config| config.subject_claim.clear()),
        ConfigError::SubjectClaim
    ));
}

#[test]
fn a_secret_and_public_keys_are_not_mixed() {
    let secret = || KeySource::Secret(Secret::new([7; 32]));
    assert!(matches!(
        start_error(|config| config.keys = secret()),
        ConfigError::SecretForPublicKeys
    ));
    let both = |config: &mut Config| {
        config.algorithms = vec![Algorithm::EdDsa, Algorithm::Hs256];
    };
    assert!(matches!(start_error(both), ConfigError::SharedWithoutSecret));
    let mixed = |config: &mut Config| {
        both(config);
        config.keys = secret();
    };
    assert!(matches!(start_error(mixed), ConfigError::SecretForPublicKeys));
}

#[test]
fn a_secret_has_32_bytes_at_least() {
    let short = |config: &mut Config| {
        config.algorithms = vec![Algorithm::Hs256];
        config.keys = KeySource::Secret(Secret::new([7; 31]));
    };
    assert!(matches!(start_error(short), ConfigError::WeakSecret(31)));
}

#[test]
fn a_secret_is_not_printed() {
    let mut config = config(ed());
    config.keys = KeySource::Secret(Secret::new("hunter2hunter2hunter2hunter2hunter2"));
    let printed = format!("{config:?}");
    assert!(
        printed.contains("Secret(..)") && !printed.contains("hunter2"),
        "{printed}"
    );
}

#[test]
fn keys_that_cannot_be_used_are_named_at_start() {
    let empty = start_error(|config| config.keys = KeySource::Static(JwkSet::default()));
    assert!(empty.to_string().ends_with("the set is empty"), "{empty}");
    let other = start_error(|config| config.algorithms = vec![Algorithm::Es256]);
    assert!(
        other
            .to_string()
            .contains("key `key-1`: its algorithm is not in the allow-list"),
        "{other}"
    );
}

#[test]
fn a_jwks_comes_by_https_or_from_this_machine() {
    let validate = |url: &str, insecure: bool| {
        let mut config = config(ed());
        config.keys = KeySource::JwksUrl(url.to_owned());
        config.allow_insecure_http = insecure;
        config.validate().map_err(|error| error.to_string())
    };
    for url in [
        "https://issuer.example/jwks",
        "https://issuer.example:8443/a/b?c=d",
        "http://127.0.0.1:3000/jwks",
        "http://127.9.9.9/jwks",
        "http://localhost:3000/jwks",
        "http://LOCALHOST/jwks",
        "http://[::1]:3000/jwks",
    ] {
        assert_eq!(validate(url, false), Ok(()), "{url}");
    }
    for url in [
        "",
        "jwks",
        "/jwks",
        "file:///etc/passwd",
        "ftp://127.0.0.1/jwks",
        "http://issuer.example/jwks",
        "http://localhost.evil.example/jwks",
        "http://127.0.0.1.evil.example/jwks",
        "http://0.0.0.0/jwks",
        "http://10.0.0.1/jwks",
        "https://ann:pass@issuer.example/jwks",
        "http://127.0.0.1@evil.example/jwks",
    ] {
        assert!(validate(url, false).is_err(), "{url}");
    }
    assert_eq!(validate("http://issuer.example/jwks", true), Ok(()));
    assert!(validate("ftp://issuer.example/jwks", true).is_err());
    let shown = validate("https://ann:pass@issuer.example/jwks", false).unwrap_err();
    assert!(!shown.contains("pass") || shown.contains("password"), "{shown}");
    assert!(!shown.contains("ann:"), "{shown}");
}

#[test]
fn names_of_algorithms_are_read_and_written() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.name().parse(), Ok(algorithm));
    }
    assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDsa));
    for name in ["none", "eddsa", "RS512", ""] {
        let error = name.parse::<Algorithm>().unwrap_err();
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
    }
}

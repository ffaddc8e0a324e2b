//! The cache of verified tokens.

use std::time::Duration;

use super::super::cache::TokenCache;
use super::*;

fn some_claims() -> Arc<Claims> {
    judge_parts(&ed().header(), &claims()).unwrap()
}

#[tokio::test]
async fn the_same_token_gets_the_same_claims_without_a_second_check() {
    let verifier = Verifier::new(config(ed())).await.unwrap();
    let token = ed().sign(&ed().header(), &claims()).unwrap();
    let first = ask(&verifier, &token).await.unwrap();
    let second = ask(&verifier.clone(), &token).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn a_remembered_token_still_expires() {
    let mut config = config(ed());
    config.leeway = Duration::ZERO;
    let verifier = Verifier::new(config).await.unwrap();
    let token = ed()
        .sign(&ed().header(), &with(claims(), "exp", now() + 2))
        .unwrap();
    assert!(ask(&verifier, &token).await.is_ok());
    assert!(ask(&verifier, &token).await.is_ok());
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    refused(&ask(&verifier, &token).await, Reason::Expired);
    refused(&ask(&verifier, &token).await, Reason::Expired);
}

#[tokio::test]
async fn a_refused_token_is_not_remembered_as_good() {
    let verifier = Verifier::new(config(ed())).await.unwrap();
    let good = ed().sign(&ed().header(), &claims()).unwrap();
    let bad = format!("{}A", &good[..good.len() - 1]);
    for _ in 0..3 {
        assert!(ask(&verifier, &good).await.is_ok());
        assert!(good == bad || ask(&verifier, &bad).await.is_err());
    }
}

#[test]
fn an_entry_counts_only_for_the_keys_that_verified_it() {
    let cache = TokenCache::new();
    cache.insert(b"token", 1, some_claims());
    assert!(cache.get(b"token", 1).is_some());
    assert!(cache.get(b"tokem", 1).is_none());
    assert!(cache.get(b"token", 2).is_none());
    assert!(cache.get(b"token", 1).is_none(), "it was dropped");
    cache.insert(b"token", 2, some_claims());
    cache.remove(b"token");
    assert!(cache.get(b"token", 2).is_none());
}

#[test]
fn the_number_of_entries_is_bounded() {
    let cache = TokenCache::new();
    let claims = some_claims();
    for number in 0..60_000_u32 {
        cache.insert(&number.to_be_bytes(), 1, Arc::clone(&claims));
    }
    assert!((10_000..=16_384).contains(&cache.len()), "{}", cache.len());
    let large = TokenCache::new();
    for number in 0..10_000_u32 {
        large.insert(
            &[&[0; 8_000][..], &number.to_be_bytes()].concat(),
            1,
            Arc::clone(&claims),
        );
    }
    assert!(large.len() <= 16 * 1024 * 1024 / 32_000, "{}", large.len());
}

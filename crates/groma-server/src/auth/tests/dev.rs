//! The development issuer.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::super::dev::{DevError, DevIssuer, TokenRequest};
use super::super::{KeySource, is_development_key};
use super::*;

/// A folder of its own that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("groma-auth-dev-{}-{number}", std::process::id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn request() -> TokenRequest {
    let mut request = TokenRequest::new("user-1");
    request.issuer = Some(ISSUER.to_owned());
    request.audience = Some(AUDIENCE.to_owned());
    request
}

fn dev_config(issuer: &DevIssuer) -> Config {
    let mut config = config(ed());
    config.keys = KeySource::JwksFile(issuer.jwks_path().to_owned());
    config
}

#[test]
fn its_tokens_verify_against_the_file_that_it_writes() {
    let folder = Folder::new();
    let issuer = DevIssuer::open(&folder.0.join("deep/.groma")).unwrap();
    let mut request = request();
    request.roles = vec!["user".into(), "admin".into()];
    request.extra.insert("email".into(), json!("a@example.com"));
    let claims = judge(dev_config(&issuer), &issuer.mint(&request).unwrap()).unwrap();
    assert_eq!(claims.subject(), "user-1");
    assert_eq!(claims.roles("role").collect::<Vec<_>>(), ["user", "admin"]);
    assert_eq!(claims.text("email"), Some("a@example.com"));
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since 1970 fit a float exactly"
    )]
    let hours = (claims.expires_at() - now() as f64) / 3600.0;
    assert!((7.9..=8.0).contains(&hours), "{hours}");
}

#[test]
fn the_key_stays_the_same_from_start_to_start() {
    let folder = Folder::new();
    let token = DevIssuer::open(&folder.0).unwrap().mint(&request()).unwrap();
    fs::remove_file(folder.0.join("dev-jwks.json")).unwrap();
    let again = DevIssuer::open(&folder.0).unwrap();
    accepted(&judge(dev_config(&again), &token));
}

#[test]
fn starts_at_once_agree_on_one_key() {
    let folder = Folder::new();
    let jwks: Vec<String> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| DevIssuer::open(&folder.0).unwrap().jwks_json()))
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert!(jwks.iter().all(|other| *other == jwks[0]), "{jwks:?}");
    let files: Vec<_> = fs::read_dir(&folder.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_the_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    DevIssuer::open(&folder.0).unwrap();
    let mode = fs::metadata(folder.0.join("dev-key.pkcs8"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_file_has_no_private_part() {
    let folder = Folder::new();
    let issuer = DevIssuer::open(&folder.0).unwrap();
    let text = fs::read_to_string(issuer.jwks_path()).unwrap();
    assert!(!text.contains("\"d\""), "{text}");
    assert!(text.contains("groma-dev-"), "{text}");
}

#[test]
fn a_production_start_can_tell() {
    let folder = Folder::new();
    let issuer = DevIssuer::open(&folder.0).unwrap();
    assert!(is_development_key(&issuer.jwks()));
    assert!(
        run(Verifier::new(dev_config(&issuer)))
            .unwrap()
            .uses_development_key()
    );
    assert!(!run(Verifier::new(config(ed()))).unwrap().uses_development_key());
    assert!(
        !run(Verifier::new(config(super::issuer(Algorithm::Hs256))))
            .unwrap()
            .uses_development_key()
    );
}

#[test]
fn a_spoilt_key_file_says_what_to_do() {
    let folder = Folder::new();
    DevIssuer::open(&folder.0).unwrap();
    fs::write(folder.0.join("dev-key.pkcs8"), b"no key").unwrap();
    let error = DevIssuer::open(&folder.0).unwrap_err();
    assert!(
        matches!(&error, DevError::NotAKey(_)) && error.to_string().contains("delete it"),
        "{error}"
    );
}

#[test]
fn a_folder_that_cannot_be_made_says_which() {
    let folder = Folder::new();
    fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("file");
    fs::write(&file, b"").unwrap();
    let error = DevIssuer::open(&file.join("inner")).unwrap_err();
    assert!(error.to_string().contains("create the folder"), "{error}");
}

#[test]
fn claims_can_be_named_and_replaced() {
    let mut request = request();
    request.subject_claim = "uid".into();
    request.role_claim = "groups".into();
    request.roles = vec!["admin".into()];
    request.extra.insert("exp".into(), json!(1));
    let mut config = config(ed());
    config.subject_claim = "uid".into();
    refused(
        &judge(config.clone(), &ed().mint(&request).unwrap()),
        Reason::Expired,
    );
    request.extra.clear();
    let claims = judge(config, &ed().mint(&request).unwrap()).unwrap();
    assert_eq!(
        (claims.subject(), claims.text("groups"), claims.text("sub")),
        ("user-1", Some("admin"), None)
    );
}

use std::path::PathBuf;
use std::time::Duration;

use crate::postgres::{ChannelBinding, Encryption, Root, Url};

/// As Neon's console gives it.
const NEON: &str = "postgresql://neondb_owner:npg_s3cret@ep-cool-rain-a1b2c3d4-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require";

fn refused(text: &str) -> String {
    Url::parse(text).unwrap_err().to_string()
}

#[test]
fn what_a_host_hands_out_is_taken_as_it_is() {
    let url = Url::parse(NEON).unwrap();

    assert_eq!(
        url.host,
        "ep-cool-rain-a1b2c3d4-pooler.eu-central-1.aws.neon.tech"
    );
    assert_eq!(
        (url.port, url.user.as_str(), url.database.as_str()),
        (5432, "neondb_owner", "neondb")
    );
    assert_eq!(
        (url.encryption, url.channel_binding),
        (Encryption::Require, ChannelBinding::Require)
    );
    assert_eq!(url.root, Root::System);
    assert!(url.says_pooled());
    assert!(!Url::parse(&NEON.replace("-pooler", "")).unwrap().says_pooled());
}

#[test]
fn everything_is_read_and_its_escapes_too() {
    let url = Url::parse(
        "postgres://us%65r:p%40s%2Fs:word@[::1]:6543/my%20db?options=endpoint%3Dep-x&sslmode=verify-ca\
         &sslrootcert=/etc/own%2Dca.pem&connect_timeout=15&application_name=tasks&pgbouncer=true",
    )
    .unwrap();

    assert_eq!(url.password.as_ref().unwrap().0, "p@s/s:word");
    assert_eq!(
        (url.host.as_str(), url.port, url.user.as_str()),
        ("::1", 6543, "user")
    );
    assert_eq!(url.database, "my db");
    assert_eq!(url.options.as_deref(), Some("endpoint=ep-x"));
    assert_eq!(url.root, Root::File(PathBuf::from("/etc/own-ca.pem")));
    assert_eq!(url.connect_timeout, Duration::from_secs(15));
    assert_eq!(url.application_name.as_deref(), Some("tasks"));
    assert!(url.says_pooled() && url.is_local());
}

#[test]
fn a_socket_is_named_by_its_folder() {
    for text in [
        "postgresql:///tasks?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/tasks",
    ] {
        assert_eq!(
            refused(text),
            "it names no user: `postgresql://USER:PASSWORD@HOST/DATABASE`"
        );
    }
    let url = Url::parse("postgresql://me@/tasks?host=/var/run/postgresql").unwrap();
    assert_eq!(url.host, "/var/run/postgresql");
    assert!(url.is_local());
}

#[test]
fn the_password_is_shown_nowhere() {
    let url = Url::parse(NEON).unwrap();
    let shown = format!("{url} {url:?}");

    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(
        shown.contains("postgresql://neondb_owner@ep-cool-rain"),
        "{shown}"
    );
    for broken in [
        "postgresql://me:s3cret@host:port/db",
        "postgresql://me:s3cret/x@host/db",
        "postgresql://me:s3cret%zz@host/db",
        "postgresql://me:s3cret@host/db?sslmode=maybe",
        "mysql://me:s3cret@host/db",
    ] {
        assert!(!refused(broken).contains("s3cret"), "{broken}");
    }
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    for (text, why) in [
        (
            "mysql://me@host/db",
            "it begins neither with `postgresql://` nor with `postgres://`",
        ),
        (
            "postgresql://me@host/db?sslmode=allow",
            "its parameter `sslmode` must be `disable`, `prefer`, `require`, `verify-ca` or `verify-full`",
        ),
        (
            "postgresql://me@host/db?connect_timeout=0",
            "its parameter `connect_timeout` must be a number of seconds from 1 to 600",
        ),
        (
            "postgresql://me@host/db?options=a&options=b",
            "its parameter `options` is given twice",
        ),
        (
            "postgresql://me@one,two/db",
            "it names several hosts; give one, which may be a proxy that knows the others",
        ),
        (
            "postgresql://me@/db",
            "it names no host: `postgresql://USER:PASSWORD@HOST/DATABASE`",
        ),
        (
            "postgresql://me@host/a/b",
            "the name of its database holds a `/`; a `/` in the password is written `%2F`",
        ),
        (
            "postgresql://me%00@host/db",
            "what its escapes stand for is no UTF-8 text",
        ),
        (
            "postgresql://me@localhost/db?channel_binding=require",
            "it asks for `channel_binding=require` and for `sslmode=prefer`: signing in can only be tied to an \
             encrypted connection; say `sslmode=require`",
        ),
    ] {
        assert_eq!(refused(text), why);
    }
    let why = refused("postgresql://me@host/db?sslmode=require&schema=other");
    assert!(
        why.starts_with("its parameter `schema` is not known; known are `sslmode`, "),
        "{why}"
    );
}

#[test]
fn who_does_not_say_it_gets_encryption_to_other_machines() {
    let encryption = |text: &str| Url::parse(text).unwrap().encryption;
    assert_eq!(
        encryption("postgresql://me@db.example.org/x"),
        Encryption::Require
    );
    assert_eq!(
        encryption("postgresql://me@10.0.0.7/x?connect_timeout=5"),
        Encryption::Require
    );
    assert_eq!(
        encryption("postgresql://me@db/x?sslmode=prefer"),
        Encryption::Prefer
    );
    for local in [
        "postgresql://me@127.0.0.1/x",
        "postgresql://me@localhost/x",
        "postgresql://me@/x?host=/run/postgresql",
    ] {
        assert_eq!(encryption(local), Encryption::Prefer, "{local}");
    }
}

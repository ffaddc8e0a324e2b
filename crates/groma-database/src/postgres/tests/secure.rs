//! Connections as to a host of Postgres: encrypted, by a certificate, signed in with channel binding.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use testkit::Folder;
use testkit::postgres::Postgres;

use super::connect::{connector, run};
use crate::postgres::{ConnectError, Connector, Url};

/// A server with a certificate for a name, by an authority whose certificate lies in `root.pem` of the folder.
fn server(folder: &Folder, name: &str) -> Postgres {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    folder.write("root.pem", &authority.pem());

    let mut server = Postgres::with(&[]);
    let certificate = server.put("server.crt", &certificate.pem());
    let key = server.put("server.key", &key.serialize_pem());
    server.set(&[
        ("ssl", "on"),
        ("ssl_cert_file", &certificate.to_string_lossy()),
        ("ssl_key_file", &key.to_string_lossy()),
    ]);
    server
}

/// The address, as a console would give it.
fn url(server: &Postgres, host: &str, parameters: &str) -> String {
    server
        .url()
        .replace("127.0.0.1", host)
        .replace("sslmode=disable", parameters)
}

fn refused(url: &str) -> String {
    run(async { connector(url).connect().await })
        .unwrap_err()
        .to_string()
}

async fn protocol(connector: &Connector) -> (bool, String) {
    let connection = connector.connect().await.unwrap();
    let row = connection
        .query_one(
            "SELECT ssl, coalesce(version, '') FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
            &[],
        )
        .await
        .unwrap();
    (row.get(0), row.get(1))
}

#[test]
fn a_console_s_address_works_with_channel_binding() {
    let folder = Folder::new();
    let server = server(&folder, "localhost");
    let root = folder.path().join("root.pem");
    let root = format!("sslrootcert={}", root.display());

    for mode in ["require", "verify-ca", "verify-full"] {
        let url = url(
            &server,
            "localhost",
            &format!("sslmode={mode}&channel_binding=require&{root}"),
        );
        assert_eq!(
            run(protocol(&connector(&url))),
            (true, String::from("TLSv1.3")),
            "{mode}"
        );
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let folder = Folder::new();
    let server = server(&folder, "localhost");

    for mode in ["require", "verify-full"] {
        let error = refused(&url(&server, "localhost", &format!("sslmode={mode}")));
        assert!(error.contains("cannot be made safe: "), "{error}");
        assert!(
            error.contains("give the root that does by `sslrootcert=FILE`"),
            "{error}"
        );
    }
    // Who does not ask for more than encryption gets no more, and who asks for none gets none.
    assert!(run(protocol(&connector(&url(&server, "localhost", "sslmode=prefer")))).0);
    assert!(!run(protocol(&connector(&server.url()))).0);
}

#[test]
fn a_certificate_for_another_name_is_for_who_looks_at_the_authority_alone() {
    let folder = Folder::new();
    let server = server(&folder, "elsewhere.example");
    let root = format!("sslrootcert={}", folder.path().join("root.pem").display());

    let error = refused(&url(&server, "localhost", &format!("sslmode=verify-full&{root}")));
    assert!(error.contains("its certificate is for another name"), "{error}");
    assert!(
        run(protocol(&connector(&url(
            &server,
            "localhost",
            &format!("sslmode=verify-ca&{root}")
        ))))
        .0
    );
}

#[test]
fn without_channel_binding_who_requires_it_does_not_sign_in() {
    let folder = Folder::new();
    let server = server(&folder, "localhost");
    let hba = std::fs::read_to_string(server.data().join("pg_hba.conf")).unwrap();
    server.put("pg_hba.conf", &hba.replace("scram-sha-256", "password"));
    server.psql("SELECT pg_reload_conf()");
    let root = format!("sslrootcert={}", folder.path().join("root.pem").display());

    let error = refused(&url(
        &server,
        "localhost",
        &format!("sslmode=require&channel_binding=require&{root}"),
    ));
    assert!(
        error.contains("server did not use channel binding, so that somebody may stand between"),
        "{error}"
    );
}

#[test]
fn a_file_that_holds_no_root_is_named() {
    let folder = Folder::new();
    folder.write("empty.pem", "nothing\n");
    let file = folder.path().join("empty.pem");
    let url = format!(
        "postgresql://me@localhost/db?sslmode=require&sslrootcert={}",
        file.display()
    );

    let error = Connector::new(&Url::parse(&url).unwrap()).unwrap_err();
    assert!(matches!(error, ConnectError::Root { .. }));
    assert!(
        error
            .to_string()
            .contains("it holds no certificate; it must hold certificates in PEM"),
        "{error}"
    );
}

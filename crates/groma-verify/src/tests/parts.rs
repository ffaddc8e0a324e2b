//! Parts on their own: the client, tokens by the byte, patterns, the shell, and runs that cannot be made.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use groma_ir::Model;
use serde_json::json;

use super::bed::{Bed, Bug, Issuer};
use super::designs;
use crate::net::{Budget, Client, NetError, Request, Url, encode};
use crate::tokens::{Minter, TokenSpec};
use crate::{ReadyTokens, Status, Target, VerifyError, jose, verify, wire};

/// A server that answers every connection with these bytes, once.
fn answering(bytes: &'static [u8]) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(bytes);
        }
    });
    client(&url)
}

fn client(url: &str) -> Client {
    let second = Duration::from_secs(1);
    let budget = Budget {
        requests: 5,
        time: second * 5,
        answer_within: second,
    };
    Client::new(Url::parse(url).unwrap(), &[], budget).unwrap()
}

#[test]
fn a_body_is_read_by_length_by_chunks_or_to_the_end() {
    for bytes in [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".as_slice(),
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
    ] {
        let answer = answering(bytes).send(&Request::new("GET", "/")).unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
    }
}

#[test]
fn what_is_not_http_is_said_to_be_so() {
    for bytes in [
        b"SSH-2.0-x\r\n".as_slice(),
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 999\r\n\r\n",
    ] {
        let error = answering(bytes).send(&Request::new("GET", "/")).unwrap_err();
        assert!(matches!(error, NetError::Malformed { .. }), "{error}");
    }
    let error = answering(b"").send(&Request::new("GET", "/")).unwrap_err();
    assert!(matches!(error, NetError::Broken { .. }), "{error}");
}

#[test]
fn a_run_ends_with_its_requests() {
    let mut client = answering(b"HTTP/1.1 204 No Content\r\n\r\n");
    for _ in 0..5 {
        client.send(&Request::new("GET", "/")).unwrap();
    }
    let error = client.send(&Request::new("GET", "/")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the run has used up its requests: raise the bound, or verify fewer checks"
    );
}

#[test]
fn only_this_machine_is_verified_unasked() {
    let url = Url::parse("http://192.0.2.1:80/x").unwrap();
    assert!(matches!(url.resolve(&[]), Err(NetError::Address { .. })));
    assert!(url.resolve(&["192.0.2.1".to_owned()]).is_ok());
    assert!(Url::parse("http://[::1]:8000").unwrap().resolve(&[]).is_ok());
    for wrong in [
        "https://localhost",
        "localhost:1",
        "http://",
        "http://a:b",
        "http://a/?x",
        "http://u@a",
    ] {
        assert!(Url::parse(wrong).is_err(), "{wrong}");
    }
    assert_eq!(
        Url::parse("http://127.0.0.1:8000/x/").unwrap().join("/y"),
        "http://127.0.0.1:8000/x/y"
    );
}

#[test]
fn every_byte_but_the_unreserved_is_encoded() {
    assert_eq!(encode("a-._~ /?#%&=+é"), "a-._~%20%2F%3F%23%25%26%3D%2B%C3%A9");
}

#[test]
fn a_curl_line_survives_the_shell() {
    let request = Request::new("POST", "/a?b=c")
        .header("Authorization", "Bearer x")
        .header("Content-Type", "application/json")
        .body(b"{\"a\":\"it's\"}".to_vec());
    let line = wire::curl("http://h/a?b=c", &request, Some("ALICE"));
    let wanted = r#"curl -i -X POST 'http://h/a?b=c' -H "Authorization: Bearer $ALICE" -H 'Content-Type: application/json' --data-binary '{"a":"it'\''s"}'"#;
    assert_eq!(line, wanted);
    let request = Request::new("PUT", "/").body(vec![b'"', 0xff, b'\'', b'\\']);
    assert!(wire::curl("http://h/", &request, None).ends_with(r#"--data-binary $'"\xff\'\\'"#));
}

#[test]
fn foreign_keys_sign_what_they_claim() {
    for algorithm in ["EdDSA", "ES256", "ES512", "HS256"] {
        let foreign = jose::Foreign::generate(algorithm).unwrap();
        let token = foreign
            .sign(&json!({"alg": algorithm}).to_string(), "{\"sub\":\"a\"}")
            .unwrap();
        assert_eq!(jose::claims(&token).unwrap()["sub"], "a");
        assert_eq!(jose::header(&token).unwrap()["alg"], algorithm);
    }
    assert!(jose::Foreign::generate("none").is_none());
}

#[test]
fn a_service_that_is_not_there_cannot_be_verified() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let issuer = Issuer::new();
    let error = verify(&Model::new(designs::tasks()), &Target::new(url, &issuer)).unwrap_err();
    assert!(
        matches!(error, VerifyError::Net(NetError::Connect { .. })),
        "{error}"
    );
}

#[test]
fn without_any_token_nothing_can_be_verified() {
    let error = verify(
        &Model::new(designs::tasks()),
        &Target::new("http://127.0.0.1:1", &ReadyTokens::default()),
    );
    assert!(matches!(error, Err(VerifyError::NoTokens(_))));
}

#[test]
fn a_run_that_stops_early_says_so() {
    let issuer = Issuer::new();
    let bed = Bed::start(designs::tasks(), issuer.public(), &[]);
    let model = Model::new(designs::tasks());
    let mut target = Target::new(bed.url(), &issuer);
    target.max_requests = 300;
    let report = verify(&model, &target).unwrap();
    assert!(!report.complete);
    assert_eq!(report.check("F09").unwrap().status, Status::NotRun);
    assert!(report.to_text().contains("The run stopped early"));
}

/// Tokens of users who have had rows before, and no key to sign with.
#[test]
fn ready_tokens_of_old_users_do() {
    let issuer = Issuer::new();
    let bed = Bed::start(designs::tasks(), issuer.public(), &[]);
    let users = ["alice", "bob", "carol", "user", "admin"].map(|name| {
        let roles = if name == "admin" {
            vec!["admin".to_owned()]
        } else {
            Vec::new()
        };
        let spec = TokenSpec {
            name: name.into(),
            subject: format!("old-{name}"),
            roles,
            claims: serde_json::Map::new(),
        };
        (name.to_owned(), issuer.mint(&spec).unwrap())
    });
    leave_rows(&bed, &users);
    let tokens = ReadyTokens(users.to_vec());
    let report = verify(&Model::new(designs::tasks()), &Target::new(bed.url(), &tokens)).unwrap();
    assert!(report.is_clean(), "{}", report.to_text());
    assert_eq!(report.check("J07").unwrap().status, Status::NotRun);
    assert_eq!(report.check("J02").unwrap().status, Status::Passed);
    assert_eq!(
        report.check("J04").unwrap().status,
        Status::Passed,
        "weak secrets need no key"
    );
}

/// A database full of other people's rows.
#[test]
fn rows_of_others_do_not_disturb() {
    let issuer = Issuer::new();
    for (bugs, is_clean) in [(vec![], true), (vec![Bug::ListsAnyRow], false)] {
        let bed = Bed::start(designs::tasks(), issuer.public(), &bugs);
        let stranger = |name: &str| {
            let spec = TokenSpec {
                name: name.into(),
                subject: name.into(),
                roles: Vec::new(),
                claims: serde_json::Map::new(),
            };
            (name.to_owned(), issuer.mint(&spec).unwrap())
        };
        leave_rows(&bed, &[stranger("ida"), stranger("jon")]);
        let report = verify(&Model::new(designs::tasks()), &Target::new(bed.url(), &issuer)).unwrap();
        assert_eq!(report.is_clean(), is_clean, "{}", report.to_text());
    }
}

fn leave_rows(bed: &Bed, users: &[(String, String)]) {
    let budget = Budget {
        requests: 10_000,
        time: Duration::from_mins(1),
        answer_within: Duration::from_secs(5),
    };
    let mut client = Client::new(Url::parse(&bed.url()).unwrap(), &[], budget).unwrap();
    for (name, token) in users {
        for number in 0..30 {
            let request = Request::new("POST", "/api/tasks")
                .header("Authorization", format!("Bearer {token}"))
                .header("Content-Type", "application/json")
                .body(json!({"title": format!("{name}'s task {number}")}).to_string());
            assert_eq!(client.send(&request).unwrap().status, 201);
        }
    }
}

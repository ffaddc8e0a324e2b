use hyper::header::{HeaderMap, HeaderValue};

use super::super::client::Clients;

fn clients(proxies: &[&str]) -> Clients {
    Clients::new(proxies.iter().map(|proxy| proxy.parse().unwrap()).collect())
}

fn told(lines: &[&'static str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-forwarded-for", HeaderValue::from_static(line));
    }
    headers
}

/// Whether a request counts as one from an address.
fn check(proxies: &[&str], peer: &str, lines: &[&'static str], origin: &str) {
    let clients = clients(proxies);
    let got = clients.address(&told(lines), peer.parse().unwrap());
    assert_eq!(
        got,
        clients.address(&HeaderMap::new(), origin.parse().unwrap()),
        "{peer} {lines:?}"
    );
}

#[test]
fn nobody_is_believed_unless_trusted() {
    check(&[], "9.9.9.9", &["1.1.1.1"], "9.9.9.9");
    check(&["10.0.0.0/8"], "9.9.9.9", &["1.1.1.1"], "9.9.9.9");
}

#[test]
fn a_trusted_proxy_tells_who_called_it() {
    let proxies = ["10.0.0.0/8", "fd00::/8"];
    check(&proxies, "10.1.2.3", &["1.1.1.1"], "1.1.1.1");
    check(&proxies, "::ffff:10.1.2.3", &["1.1.1.1"], "1.1.1.1");
    check(&proxies, "fd12::1", &["8.8.8.8, 1.1.1.1, 10.0.0.1"], "1.1.1.1");
    check(&proxies, "10.1.2.3", &["8.8.8.8", "1.1.1.1"], "1.1.1.1");
    check(&proxies, "10.1.2.3", &[], "10.1.2.3");
    check(&proxies, "10.1.2.3", &["nonsense"], "10.1.2.3");
    check(&proxies, "10.1.2.3", &["1.1.1.1, nonsense, 10.0.0.1"], "10.0.0.1");
}

#[test]
fn a_network_of_one_customer_is_one_client() {
    check(&[], "2001:db8:1:2::1", &[], "2001:db8:1:2:ffff::9");
    let clients = clients(&[]);
    let of = |address: &str| clients.address(&HeaderMap::new(), address.parse().unwrap());
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    assert_ne!(of("1.1.1.1"), of("1.1.1.2"));
}

#[test]
fn a_subject_cannot_be_guessed_from_its_hash() {
    assert_ne!(
        clients(&[]).caller("ann"),
        clients(&[]).caller("ann"),
        "the key is the same in two processes"
    );
}

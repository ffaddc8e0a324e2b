use super::Postgres;

#[test]
fn a_server_keeps_what_it_was_told_through_a_crash() {
    let mut server = Postgres::start();
    server.psql("CREATE TABLE t (a int); INSERT INTO t VALUES (7);");
    server.restart();
    assert_eq!(server.psql("SELECT a FROM t"), "7");
}

#[test]
fn two_servers_know_nothing_of_each_other() {
    let (one, other) = (Postgres::start(), Postgres::start());
    one.psql("CREATE TABLE t (a int)");
    assert_eq!(
        other.psql("SELECT count(*) FROM pg_class WHERE relname = 't'"),
        "0"
    );
}

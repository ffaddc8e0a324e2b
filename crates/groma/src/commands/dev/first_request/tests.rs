//! What is pasted into a shell arrives as it was meant.

use super::*;

#[test]
fn the_sample_gets_a_create_and_a_list_of_the_same_resource() {
    let model = groma_ir::sample::tasks();
    let first = choose(&model, "alice", false);
    assert!(first.grants.is_plain());
    let requests = first.lines("http://127.0.0.1:8000", Some("a.b.c"));
    let lines: Vec<&str> = requests.iter().map(|(_, line)| line.as_str()).collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines
            .iter()
            .all(|line| line.contains("-H 'Authorization: Bearer a.b.c'")),
        "{lines:?}"
    );
    assert!(lines[0].contains(" -d '{\""), "{lines:?}");
    assert!(
        lines[0].starts_with(&lines[1].replace(" -H 'Authorization: Bearer a.b.c'", "")),
        "{lines:?}"
    );
    assert!(lines.iter().all(|line| !line.contains('\n')), "{lines:?}");
}

#[test]
fn without_a_token_of_ours_the_line_waits_for_one() {
    let model = groma_ir::sample::tasks();
    let lines = choose(&model, "alice", false).lines("http://127.0.0.1:8000", None);
    assert!(
        lines
            .iter()
            .all(|(_, line)| line.contains(" -H \"Authorization: Bearer $TOKEN\"")),
        "{lines:?}"
    );
}

#[test]
fn quotes_survive_the_shell() {
    assert_eq!(quoted("it's"), r"'it'\''s'");
    assert_eq!(
        quoted("http://127.0.0.1:8000/api/tasks"),
        "http://127.0.0.1:8000/api/tasks"
    );
}

#[test]
fn a_caller_with_odd_characters_stays_one_segment() {
    assert_eq!(percent_encoded("a/b c"), "a%2Fb%20c");
}

//! `groma explain`

use crate::support::{Folder, groma};

#[test]
fn a_code_and_a_name_give_the_same_page() {
    let by_code = groma(&Folder::new(), &["explain", "E021"]);
    assert_eq!(by_code.code, Some(0), "{by_code:?}");
    for heading in ["E021 declared-twice", "## Why", "## Bad", "## Good"] {
        assert!(by_code.out.contains(heading), "{heading} in {}", by_code.out);
    }
    assert_eq!(
        groma(&Folder::new(), &["explain", "declared-twice"]).out,
        by_code.out
    );
    assert_eq!(groma(&Folder::new(), &["explain", "e021"]).out, by_code.out);
}

#[test]
fn an_unknown_code_suggests_the_nearest() {
    let ran = groma(&Folder::new(), &["explain", "declared-twic"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("there is no finding `declared-twic`"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("did you mean `declared-twice`?"), "{}", ran.err);
}

#[test]
fn without_a_code_the_whole_catalogue_is_listed_once() {
    let ran = groma(&Folder::new(), &["explain"]);
    let codes: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        codes.len() >= 40,
        "the first issue asks for forty codes: {codes:?}"
    );
    let mut once = codes.clone();
    once.dedup();
    assert_eq!(codes, once);
    let json = groma(&Folder::new(), &["explain", "--json"]);
    let rules: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(rules.as_array().unwrap().len(), codes.len());
}

#[test]
fn the_language_is_explained_on_one_page() {
    let ran = groma(&Folder::new(), &["explain", "language"]);
    assert!(ran.out.starts_with("# The design language\n"), "{}", ran.out);
}

#[test]
fn every_danger_of_a_change_of_a_database_has_a_page() {
    let listed = groma(&Folder::new(), &["explain"]).out;
    let dangers: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|code| code.starts_with("PG"))
        .collect();
    assert_eq!(dangers.len(), 62);
    for code in dangers {
        let page = groma(&Folder::new(), &["explain", code]).out;
        for part in ["\nInstead: ", "\nLock: ", "\nMeasured: ", "\n```sql\n"] {
            assert!(page.contains(part), "{part:?} is not in {page}");
        }
    }
    let ran = groma(&Folder::new(), &["explain", "pg25", "--json"]);
    let page: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(page["code"], "PG25");
    let topic = groma(&Folder::new(), &["explain", "migrations"]);
    assert!(topic.out.starts_with("# Migrations\n"), "{topic:?}");
}

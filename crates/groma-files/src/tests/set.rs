use std::collections::BTreeMap;

use crate::{Drift, DriftKind, FileSet};

const MARK: &str = "<!-- Generated";

fn drifts(disk: &[(&str, &str)]) -> Vec<Drift> {
    let mut files = FileSet::default();
    files.insert("api/README.md", "one\n");
    files.insert("api/tasks.md", "two\n");
    let disk: BTreeMap<&str, &str> = disk.iter().copied().collect();
    files.compare(MARK, disk.keys().copied(), |path| {
        disk.get(path).map(|text| (*text).to_owned())
    })
}

fn drift(path: &str, kind: DriftKind) -> Drift {
    Drift {
        path: path.to_owned(),
        kind,
    }
}

#[test]
fn the_same_files_have_not_drifted() {
    assert_eq!(
        drifts(&[("api/README.md", "one\n"), ("api/tasks.md", "two\r\n")]),
        []
    );
}

#[test]
fn missing_changed_and_stale_files_are_told_apart() {
    let stale = format!("{MARK}: ... -->\n");
    let found = drifts(&[
        ("api/tasks.md", "three\n"),
        ("api/old.md", &stale),
        ("api/mine.md", "# By hand\n"),
    ]);
    assert_eq!(
        found,
        [
            drift("api/README.md", DriftKind::Missing),
            drift("api/old.md", DriftKind::Stale),
            drift("api/tasks.md", DriftKind::Changed),
        ]
    );
}

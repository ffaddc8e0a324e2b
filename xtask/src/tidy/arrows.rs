//! Which crate may use which: the table in ARCHITECTURE.md is the law, the manifests are held to it.

use std::collections::BTreeMap;

use super::manifest::{self, Manifest};

/// The heading above the table of crates.
const ROOMS: &str = "## Rooms and arrows";
/// The heading above the table of dependencies.
const DEPENDENCIES: &str = "## Dependencies";

/// What one row of the table allows.
#[derive(Debug, Default)]
struct Row {
    may_use: Vec<String>,
    tests_may_use: Vec<String>,
}

/// Every arrow between crates that the table does not list, and every crate that has no row.
pub(super) fn check(manifests: &[Manifest], architecture: &str) -> Vec<String> {
    let table = rows(architecture);
    let ours: Vec<&str> = manifests.iter().map(|manifest| manifest.name.as_str()).collect();
    let mut out = Vec::new();
    for manifest in manifests {
        let Some(row) = table.get(manifest.name.as_str()) else {
            out.push(format!(
                "ARCHITECTURE.md: the table under `{ROOMS}` has no row for `{}`",
                manifest.name
            ));
            continue;
        };
        out.extend(forbidden(manifest, row, &ours));
    }
    for name in table.keys().filter(|name| !ours.contains(name)) {
        out.push(format!("ARCHITECTURE.md: there is no crate `{name}`"));
    }
    out
}

fn forbidden(manifest: &Manifest, row: &Row, ours: &[&str]) -> Vec<String> {
    let is_ours = |name: &&String| ours.contains(&name.as_str());
    let allowed = |name: &String| row.may_use.contains(name);
    let product = manifest
        .dependencies
        .iter()
        .filter(is_ours)
        .filter(|name| !allowed(name))
        .map(|name| {
            format!(
                "`{}` uses `{name}`: ARCHITECTURE.md lists no such arrow",
                manifest.name
            )
        });
    let tests = manifest
        .test_dependencies
        .iter()
        .filter(is_ours)
        .filter(|name| !allowed(name) && !row.tests_may_use.contains(name))
        .map(|name| {
            format!(
                "the tests of `{}` use `{name}`: ARCHITECTURE.md lists no such arrow",
                manifest.name
            )
        });
    product.chain(tests).collect()
}

/// Every crate in `[workspace.dependencies]` that is not ours and whose reason ARCHITECTURE.md does not give.
pub(super) fn dependencies_have_reasons(root_manifest: &str, architecture: &str) -> Vec<String> {
    let reasons: Vec<&str> = table(architecture, DEPENDENCIES)
        .flat_map(|cells| quoted(cells.first()))
        .collect();
    manifest::keys(root_manifest, "workspace.dependencies")
        .filter(|name| !name.starts_with("groma") && *name != "testkit" && !reasons.contains(name))
        .map(|name| format!("ARCHITECTURE.md: say under `{DEPENDENCIES}` why we depend on `{name}`"))
        .collect()
}

/// The rows of crates by name. Cells: the crate, what it may use, what its tests may use besides, prose.
fn rows(architecture: &str) -> BTreeMap<&str, Row> {
    let mut rows = BTreeMap::new();
    for cells in table(architecture, ROOMS) {
        for name in quoted(cells.first()) {
            let owned = |at: usize| quoted(cells.get(at)).into_iter().map(str::to_owned).collect();
            rows.insert(
                name,
                Row {
                    may_use: owned(1),
                    tests_may_use: owned(2),
                },
            );
        }
    }
    rows
}

/// The cells of each line of the first table under a heading; the line of titles has no backticks and so no names.
fn table<'t>(text: &'t str, heading: &'t str) -> impl Iterator<Item = Vec<&'t str>> {
    text.lines()
        .skip_while(move |line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix('|'))
        .map(|line| line.split('|').map(str::trim).collect())
}

/// The words in backticks of a cell.
fn quoted<'t>(cell: Option<&&'t str>) -> Vec<&'t str> {
    cell.map_or_else(Vec::new, |cell| cell.split('`').skip(1).step_by(2).collect())
}

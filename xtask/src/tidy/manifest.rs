//! As much of a `Cargo.toml` as tidy needs: which crates it names, and whether it opts into the lints.

/// The manifest of one crate of the workspace.
#[derive(Debug)]
pub(super) struct Manifest {
    /// The name of the crate.
    pub(super) name: String,
    /// What its product code depends on.
    pub(super) dependencies: Vec<String>,
    /// What only its tests depend on.
    pub(super) test_dependencies: Vec<String>,
    path: String,
    /// It is a workspace of its own, which has no lints to inherit.
    is_alone: bool,
    has_workspace_lints: bool,
}

impl Manifest {
    /// Reads the manifest of a crate; other files, and the manifest of the workspace itself, are none.
    pub(super) fn of(path: &str, text: &str) -> Option<Manifest> {
        if !path.ends_with("/Cargo.toml") {
            return None;
        }
        let name = entries(text, "package").find(|(key, _)| *key == "name")?.1;
        Some(Manifest {
            name: name.trim_matches('"').to_owned(),
            dependencies: names(text, &["dependencies", "build-dependencies"]),
            test_dependencies: names(text, &["dev-dependencies"]),
            path: path.to_owned(),
            is_alone: text.lines().any(|line| line.trim() == "[workspace]"),
            has_workspace_lints: entries(text, "lints").any(|entry| entry == ("workspace", "true")),
        })
    }

    /// A complaint unless the lints of the workspace hold in this crate too.
    pub(super) fn opts_into_lints(&self) -> Option<String> {
        (!self.has_workspace_lints && !self.is_alone)
            .then(|| format!("{}: add `[lints]` with `workspace = true`", self.path))
    }
}

/// The keys of a table of a TOML text, `[workspace.dependencies]` for instance.
pub(super) fn keys<'t>(text: &'t str, table: &'t str) -> impl Iterator<Item = &'t str> {
    entries(text, table).map(|(key, _)| key.split('.').next().unwrap_or(key))
}

fn names(text: &str, tables: &[&str]) -> Vec<String> {
    tables
        .iter()
        .flat_map(|table| keys(text, table))
        .map(str::to_owned)
        .collect()
}

/// `key = value` lines below `[table]`, up to the next table.
fn entries<'t>(text: &'t str, table: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let mut inside = false;
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            inside = header.strip_suffix(']') == Some(table);
            return None;
        }
        let (key, value) = line
            .split_once('=')
            .filter(|_| inside && !line.starts_with('#'))?;
        Some((key.trim(), value.trim()))
    })
}

//! How much is tried: by the gate, and when everything is.

use Services::{Async, Sync};

/// How much is tried.
pub(super) struct Depth {
    /// The projects that are judged.
    pub(super) trials: &'static [Trial],
    /// Requests that both servers are sent.
    pub(super) requests: u32,
    /// Random changes of tables that revisions are made of.
    pub(super) changes: u32,
    /// Cases that Schemathesis makes up for each operation.
    pub(super) cases: u32,
}

/// A project, and how far it is judged; ruff, mypy, Alembic and its own tests judge each, on both databases.
pub(super) struct Trial {
    /// The folder of the design.
    pub(super) example: &'static str,
    pub(super) services: Services,
    /// On what it runs before `groma verify`; on the first of them before Schemathesis too.
    pub(super) served: &'static [Kind],
    /// On what it and the native server are compared.
    pub(super) compared: &'static [Kind],
}

/// Whether the services of a project wait for the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Services {
    Sync,
    Async,
}

/// What a project keeps its rows in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
}

/// Both of them.
pub(super) const BOTH: &[Kind] = &[Kind::Sqlite, Kind::Postgres];
const SQLITE: &[Kind] = &[Kind::Sqlite];
const POSTGRES: &[Kind] = &[Kind::Postgres];
/// A design with every type, filtered and sorted by all that can be.
const TYPES: &str = "xtask/outside/fastapi/types";
/// A design of what clients that are there already may want: callers in paths, 422, pages of every shape, keys of every
/// kind.
const HABITS: &str = "xtask/outside/fastapi/habits";
/// A design without tokens.
const OPEN: &str = "xtask/outside/fastapi/open";

/// What the gate has time for: what one example is not tried on, another one is.
pub(super) const GATE: Depth = Depth {
    trials: &[
        Trial::of("examples/tasks", Sync, SQLITE, SQLITE),
        Trial::of("examples/blog", Sync, SQLITE, POSTGRES),
        Trial::of("examples/team", Sync, POSTGRES, SQLITE),
        Trial::of("examples/tasks", Async, &[], BOTH),
        Trial::of(TYPES, Sync, &[], BOTH),
        Trial::of(HABITS, Sync, &[], BOTH),
        Trial::of(OPEN, Sync, &[], POSTGRES),
    ],
    requests: 600,
    changes: 3,
    cases: 5,
};

/// Everything; services that wait are held to the others on the database that they are for.
pub(super) const WHOLE: Depth = Depth {
    trials: &[
        Trial::of("examples/tasks", Sync, BOTH, BOTH),
        Trial::of("examples/blog", Sync, BOTH, BOTH),
        Trial::of("examples/team", Sync, BOTH, BOTH),
        Trial::of("examples/tasks", Async, POSTGRES, BOTH),
        Trial::of("examples/blog", Async, POSTGRES, BOTH),
        Trial::of("examples/team", Async, POSTGRES, BOTH),
        Trial::of(TYPES, Sync, &[], BOTH),
        Trial::of(HABITS, Sync, &[], BOTH),
        Trial::of(OPEN, Sync, &[], BOTH),
    ],
    requests: 5000,
    changes: 100,
    cases: 30,
};

impl Trial {
    const fn of(
        example: &'static str,
        services: Services,
        served: &'static [Kind],
        compared: &'static [Kind],
    ) -> Self {
        Self {
            example,
            services,
            served,
            compared,
        }
    }

    /// What its project is called in messages, and its folder.
    pub(super) fn name(&self) -> String {
        let example = self.example.rsplit('/').next().unwrap_or(self.example);
        match self.services {
            Sync => example.to_owned(),
            Async => format!("{example}-async"),
        }
    }
}

//! What every `groma migrate` begins with: the files and the database, and the design where it is asked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use groma_database::Door;
use groma_database::runner::{Applied, Script};
use groma_ir::Model;
use groma_migrate::file::File;
use groma_migrate::{chain, fingerprint};
use groma_server::settings::database::Address;
use groma_sql::Dialect;
use groma_sql::schema::Schema;
use serde_json::json;

use crate::cli::MigrateArgs;
use crate::compile;
use crate::failure::Failure;
use crate::project::Project;
use crate::{serving, world};

/// The folder of the files, below the project.
pub(super) const FOLDER: &str = "migrations";
/// The state to which they lead.
const SNAPSHOT: &str = "schema.json";
/// Why it is the database for development.
const ASSUMED: &str = "`DATABASE_URL` is set neither in the environment nor in `.env`, so that the file for development is taken";

/// A project with its migrations.
pub(super) struct Here {
    pub(super) address: Address,
    /// Whether nobody has named the database, so that the one for development is taken.
    is_assumed: bool,
    project: Project,
    folder: PathBuf,
    /// The migrations in order, by their names.
    pub(super) files: Vec<(String, File)>,
    /// The state to which they lead.
    pub(super) reached: Schema,
    /// Whether they do: a file may have been taken away, or the record of the state.
    is_whole: bool,
}

impl Here {
    /// Together with the design; nothing where that has errors, which are shown then.
    pub(super) fn designed(args: &MigrateArgs) -> Result<Option<(Here, Model)>, Failure> {
        let project = Project::find(args.place.paths())?;
        let Some(model) = compile::model(&project)? else {
            if args.json {
                let document = json!({"error": {
                    "kind": "design",
                    "message": "the design has errors; nothing was made from it",
                    "because": [],
                    "place": null,
                    "help": "`groma check --format json` lists them",
                }});
                world::print(&format!("{document:#}\n"));
            }
            return Ok(None);
        };
        Ok(Some((Here::of(args, project)?, model)))
    }

    /// Without the design, whatever state that is in.
    pub(super) fn find(args: &MigrateArgs) -> Result<Here, Failure> {
        Here::of(args, Project::find(args.place.paths())?)
    }

    /// For a file of SQLite; nothing where there are no migrations, or they are for another kind of database.
    pub(super) fn of_file(project: Project, file: &Path) -> Result<Option<Here>, Failure> {
        let folder = project.path_of(FOLDER);
        let snapshot = world::read_if_there(&folder.join(SNAPSHOT))?;
        let reached = snapshot
            .map(|text| groma_migrate::read_snapshot(&text))
            .transpose()?;
        if reached.is_none_or(|reached| reached.dialect != Dialect::Sqlite) {
            return Ok(None);
        }
        Here::at((Address::Sqlite(file.to_owned()), false), project).map(Some)
    }

    fn of(args: &MigrateArgs, project: Project) -> Result<Here, Failure> {
        Here::at(address(&project, args.database.as_deref())?, project)
    }

    fn at((address, is_assumed): (Address, bool), project: Project) -> Result<Here, Failure> {
        let folder = project.path_of(FOLDER);
        let snapshot = folder.join(SNAPSHOT);
        let reached = match world::read_if_there(&snapshot)? {
            Some(text) => groma_migrate::read_snapshot(&text)?,
            None => empty(dialect(&address)),
        };
        if reached.dialect != dialect(&address) {
            return Err(of_another_kind(&snapshot, (&address, is_assumed)));
        }
        let files = files(&folder)?;
        let start = fingerprint(&empty(dialect(&address)));
        let (ordered, end) = chain::order(&files, &start)?;
        let files = ordered.into_iter().cloned().collect();
        let is_whole = end == fingerprint(&reached);
        Ok(Here {
            address,
            is_assumed,
            project,
            folder,
            files,
            reached,
            is_whole,
        })
    }

    /// That the files lead to the state that is recorded beside them: what is planned would begin elsewhere.
    pub(super) fn is_followed(&self) -> Result<(), Failure> {
        if self.is_whole {
            return Ok(());
        }
        Err(Failure::usage(
            format!(
                "`{}` is not the state that the files beside it lead to; nothing was written",
                self.folder.join(SNAPSHOT).display()
            ),
            "bring both back from version control as they were together; a plan that is not applied is withdrawn by deleting \
             its files and bringing `schema.json` back to what it was before them",
        ))
    }

    pub(super) fn dialect(&self) -> Dialect {
        dialect(&self.address)
    }

    /// That there is nothing yet to hold a plan against, and why.
    pub(super) fn nothing_there(&self) -> String {
        let place = match &self.address {
            Address::Sqlite(file) => file.display().to_string(),
            Address::Postgres(url) => url.to_string(),
        };
        let why = if self.is_assumed {
            format!("{ASSUMED}, and there is no `{place}`")
        } else {
            format!("there is no file `{place}` yet")
        };
        format!("not checked against a database: {why}")
    }

    pub(super) async fn open(&self) -> Result<Door, Failure> {
        Ok(match &self.address {
            Address::Postgres(url) => Door::postgres(url).await?,
            Address::Sqlite(file) => {
                if file.starts_with(self.project.state()) {
                    serving::hide_state(&self.project)?;
                }
                Door::sqlite(file)?
            }
        })
    }

    /// The same, where there is something to open.
    pub(super) async fn open_if_there(&self) -> Result<Option<Door>, Failure> {
        match &self.address {
            Address::Sqlite(file) if !world::is_file(file) => Ok(None),
            Address::Sqlite(_) | Address::Postgres(_) => self.open().await.map(Some),
        }
    }

    pub(super) fn scripts(&self) -> Vec<Script> {
        self.files
            .iter()
            .map(|(name, file)| Script::of(name, file))
            .collect()
    }

    /// The tables that are ours once everything is applied.
    pub(super) fn ours(&self) -> BTreeSet<String> {
        self.reached
            .tables
            .iter()
            .map(|table| table.name.clone())
            .collect()
    }

    /// The files that are not applied yet, or not to their end.
    pub(super) fn pending(&self, applied: &[Applied]) -> Vec<&(String, File)> {
        let is_done = |name: &str| {
            applied
                .iter()
                .any(|applied| applied.name == name && applied.is_finished)
        };
        self.files.iter().filter(|(name, _)| !is_done(name)).collect()
    }

    /// The text of a file.
    pub(super) fn text(&self, name: &str) -> Result<String, Failure> {
        Ok(world::read(&self.folder.join(name))?)
    }

    /// The name, or one like it where a file has it already: two plans may be made in one second.
    pub(super) fn free(&self, name: &str) -> String {
        let stem = name.trim_end_matches(".sql");
        let others = (2..).map(|number| format!("{stem}_{number}.sql"));
        let mut names = std::iter::once(name.to_owned()).chain(others);
        let free = names.find(|name| !world::is_file(&self.folder.join(name)));
        free.unwrap_or_else(|| unreachable!("the numbers do not end"))
    }

    /// Puts a file into the folder, and gives its place.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.folder.join(name);
        world::write(&path, text)?;
        Ok(path)
    }

    /// Records the state to which the files lead.
    pub(super) fn write_snapshot(&self, schema: &Schema) -> Result<(), Failure> {
        self.write(SNAPSHOT, &groma_migrate::snapshot(schema))?;
        Ok(())
    }
}

fn dialect(address: &Address) -> Dialect {
    match address {
        Address::Postgres(_) => Dialect::Postgres,
        Address::Sqlite(_) => Dialect::Sqlite,
    }
}

fn of_another_kind(snapshot: &Path, (address, is_assumed): (&Address, bool)) -> Failure {
    let (this, other) = match address {
        Address::Postgres(url) => (url.to_string(), "SQLite"),
        Address::Sqlite(file) => (file.display().to_string(), "Postgres"),
    };
    let why = if is_assumed {
        format!("{ASSUMED}: `{this}`")
    } else {
        format!("the database is `{this}`")
    };
    Failure::usage(
        format!("`{}` is for {other}, and {why}", snapshot.display()),
        "name the database that the migrations are for: `--database` or `DATABASE_URL`",
    )
}

/// A database without a table of ours.
pub(super) fn empty(dialect: Dialect) -> Schema {
    Schema {
        dialect,
        tables: Vec::new(),
        role: None,
    }
}

/// The address, and whether nobody has given one.
fn address(project: &Project, given: Option<&str>) -> Result<(Address, bool), Failure> {
    let environment = serving::environment(project)?;
    let (text, from, base) = match (given, environment.get("DATABASE_URL")) {
        (Some(given), _) => (given, "--database", Path::new("")),
        (None, Some(variable)) => (variable, "DATABASE_URL", project.root.as_path()),
        (None, None) => {
            let file = project.state().join("dev.db");
            return Ok((Address::Sqlite(file), true));
        }
    };
    let address = Address::parse(text).map_err(|why| {
        Failure::usage(
            format!("`{from}` names no database: {why}"),
            "give `postgresql://USER:PASSWORD@HOST/DATABASE`, or a file as `sqlite:data/tasks.db`",
        )
    })?;
    let address = match address {
        Address::Sqlite(file) => Address::Sqlite(base.join(file)),
        server @ Address::Postgres(_) => server,
    };
    Ok((address, false))
}

fn files(folder: &Path) -> Result<Vec<(String, File)>, Failure> {
    let mut files = Vec::new();
    for path in world::texts_below(folder, &["sql"], &[])? {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let file = File::parse(&world::read(&path)?).map_err(|source| Failure::Migration { path, source })?;
        files.push((name, file));
    }
    Ok(files)
}

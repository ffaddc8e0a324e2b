//! `groma import`: the tables of a live database as the source of a design.

use std::fmt::Write as _;
use std::path::Path;

use groma_database::Door;
use groma_database::catalog::Catalog;
use groma_database::postgres::Url;
use groma_import::{Comments, Imported};
use groma_server::settings::database;
use serde_json::json;

use crate::Exit;
use crate::cli::ImportArgs;
use crate::failure::Failure;
use crate::words::count;
use crate::{serving, world};

pub(super) fn run(args: &ImportArgs) -> Result<Exit, Failure> {
    let catalog = serving::block_on(read(&args.database))?;
    let imported = groma_import::of_database(&catalog.schema, &comments(&catalog));
    let pages = imported.pages.iter();
    let pages: Vec<_> = pages.map(|(path, text)| (args.out.join(path), text)).collect();
    if let Some((path, _)) = pages.iter().find(|(path, _)| world::is_file(path)) {
        return Err(Failure::NotOurs { path: path.clone() });
    }
    for (path, text) in &pages {
        world::write(path, text)?;
    }
    if args.json {
        world::print(&format!("{:#}\n", as_json(&imported)));
    } else {
        world::print(&told(&imported, &args.out));
    }
    Ok(Exit::Fine)
}

async fn read(place: &str) -> Result<Catalog, Failure> {
    let door = if Url::is_one(place) {
        Door::to_read(&Url::parse(place).map_err(|error| usage(&error.to_string()))?).await?
    } else {
        let file = database::file(place).map_err(usage)?;
        // Opening would make it.
        if !world::is_file(&file) {
            return Err(usage("there is no such file"));
        }
        Door::sqlite(&file)?
    };
    Ok(door.catalog().await?)
}

fn usage(why: &str) -> Failure {
    Failure::usage(
        format!("the database cannot be found by this address: {why}"),
        "give `postgres://user:password@host/database` or the path of a SQLite file",
    )
}

fn comments(catalog: &Catalog) -> Comments {
    let mut comments = Comments::default();
    for (table, facts) in &catalog.facts {
        let own = facts.comment.iter();
        comments
            .tables
            .extend(own.map(|comment| (table.clone(), comment.clone())));
        let columns = facts.comments.iter();
        comments
            .columns
            .extend(columns.map(|(column, comment)| ((table.clone(), column.clone()), comment.clone())));
    }
    comments
}

fn told(imported: &Imported, out: &Path) -> String {
    let mut text = format!(
        "wrote {} below {}\n",
        count(imported.pages.len(), "file", "files"),
        out.join("specs").display()
    );
    for note in &imported.notes {
        let column = note.column.as_ref();
        let column = column.map_or_else(String::new, |column| format!(".{column}"));
        let _ = writeln!(text, "  {}{column}: {}", note.table, note.text);
    }
    text.push_str(
        "`groma check` says what is open; `groma migrate adopt` takes the tables over, without changing them\n",
    );
    text
}

fn as_json(imported: &Imported) -> serde_json::Value {
    let notes = imported
        .notes
        .iter()
        .map(|note| json!({ "table": note.table, "column": note.column, "text": note.text }));
    json!({
        "files": imported.pages.keys().collect::<Vec<_>>(),
        "notes": notes.collect::<Vec<_>>(),
    })
}

//! `groma import`: the tables of a live database as the source of a design.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use groma_database::Door;
use groma_database::catalog::{Catalog, DependentKind, QuirkKind};
use groma_import::{Beside, Imported};
use groma_server::settings::database::Address;
use serde_json::json;

use crate::Exit;
use crate::cli::ImportArgs;
use crate::failure::Failure;
use crate::words::count;
use crate::{serving, world};

pub(super) fn run(args: &ImportArgs) -> Result<Exit, Failure> {
    let catalog = serving::block_on(read(&args.database))?;
    let imported = groma_import::of_database(&catalog.schema, &beside(&catalog));
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
    let door = match Address::parse(place).map_err(|why| usage(&why.to_string()))? {
        Address::Postgres(url) => Door::to_read(&url).await?,
        // Opening would make it.
        Address::Sqlite(file) if !world::is_file(&file) => return Err(usage("there is no such file")),
        Address::Sqlite(file) => Door::sqlite(&file)?,
    };
    Ok(door.catalog().await?)
}

fn usage(why: &str) -> Failure {
    Failure::usage(
        format!("the database cannot be found by this address: {why}"),
        "give `postgresql://USER:PASSWORD@HOST/DATABASE` or the path of a SQLite file",
    )
}

/// What is known of the tables beside their form.
fn beside(catalog: &Catalog) -> Beside {
    let mut beside = Beside::default();
    for (table, facts) in &catalog.facts {
        let place = |(column, text): (&String, &String)| ((table.clone(), column.clone()), text.clone());
        let own = facts.comment.iter();
        beside
            .tables
            .extend(own.map(|comment| (table.clone(), comment.clone())));
        beside.columns.extend(facts.comments.iter().map(place));
        beside.generated.extend(facts.generated.iter().map(place));
        let mut quirks = facts.quirks.iter();
        if quirks.any(|quirk| quirk.kind == QuirkKind::Uncounted) {
            beside.uncounted.insert(table.clone());
        }
        let whole = facts.partition_of.iter();
        beside
            .partitions
            .extend(whole.map(|whole| (table.clone(), whole.clone())));
        let names: BTreeSet<(&str, &str)> = facts
            .dependents
            .iter()
            .map(|dependent| (word(dependent.kind), dependent.name.as_str()))
            .collect();
        let said = names
            .into_iter()
            .map(|(word, name)| format!("the {word} `{name}`"));
        beside.dependents.extend(said.map(|said| (table.clone(), said)));
    }
    beside
}

fn word(kind: DependentKind) -> &'static str {
    match kind {
        DependentKind::View => "view",
        DependentKind::Trigger => "trigger",
        DependentKind::Function => "function",
    }
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

//! Revisions of a project that is generated again and again.

use std::path::Path;

use expect_test::expect;
use groma_diag::Sources;
use groma_files::FileSet;
use groma_ir::Model;
use groma_sql::Dialect;
use groma_sql::schema::of_model;

use crate::{Existing, Frozen, Stop, emit};

const SHOP: &str = include_str!("designs/shop.md");

/// What is exchanged in the design, one change behind the other.
const CHANGES: [(&str, &[(&str, &str)]); 11] = [
    (
        "fields come, with and without a value",
        &[(
            "  note: text(..200)?\n",
            "  note: text(..200)?\n  place: text(..20)?\n  gift: bool = false\n  price: decimal(10, 2) = 9.50\n  seen: datetime = now\n  tags: [text(1..20)](..5) = []\n",
        )],
    ),
    (
        "an entity comes, and what points at it",
        &[
            (
                "access Customer {",
                "entity Label {\n  id: uuid key\n  name: text(1..40) unique\n  owner: User = caller readonly\n}\naccess Label { allow all to owner }\nresource /labels for Label { list; read }\naccess Customer {",
            ),
            (
                "  place: text",
                "  label: Label? on delete set null\n  place: text",
            ),
            (
                "  index state, amount",
                "  index state, amount\n  index place, day",
            ),
        ],
    ),
    (
        "names change",
        &[
            ("  title: text(1..80)\n", "  heading: text(1..80) was title\n"),
            ("entity Label {", "entity Sticker was Label {"),
            ("label: Label?", "label: Sticker?"),
            ("access Label", "access Sticker"),
            ("for Label", "for Sticker"),
        ],
    ),
    (
        "values of an enum come, go and are renamed",
        &[
            (
                "enum State { open, paid, sent }",
                "enum State { fresh was open, paid, sent, lost }",
            ),
            ("state: State = open", "state: State = fresh"),
        ],
    ),
    (
        "what was optional is required, what was twice is not",
        &[
            ("  place: text(..20)?", "  place: text(..20) = \"here\""),
            ("  phone: text(..40)?\n", "  phone: text(..40)?\n  unique name\n"),
            (
                "  index place, day\n",
                "  index place, day\n  check amount == none or amount > 0\n",
            ),
        ],
    ),
    (
        "types change",
        &[
            ("  amount: int(0..100000)?", "  amount: decimal(12, 2)?"),
            ("  day: date?", "  day: datetime?"),
            ("  note: text(..200)?", "  note: text(..20)?"),
        ],
    ),
    (
        "things go",
        &[
            ("  phone: text(..40)?\n", ""),
            ("  label: Sticker? on delete set null\n", ""),
            (
                "entity Sticker was Label {\n  id: uuid key\n  name: text(1..40) unique\n  owner: User = caller readonly\n}\naccess Sticker { allow all to owner }\nresource /labels for Sticker { list; read }\n",
                "",
            ),
            ("  index place, day\n", ""),
        ],
    ),
    (
        "two point at each other",
        &[(
            "  unique name\n",
            "  unique name\n  latest: Order? on delete set null\n",
        )],
    ),
    (
        "a value is required that no row has",
        &[("  unique name\n", "  unique name\n  email: email\n")],
    ),
    (
        "things are described",
        &[
            (
                "entity Order {",
                "## What somebody's buying. It is sent once it is paid.\nentity Order {",
            ),
            (
                "  note: text",
                "  ## For the courier: \"ring\", say.\n  note: text",
            ),
            ("  name: text", "  ## As on the bill\n  name: text"),
        ],
    ),
    (
        "they are described otherwise, and one is called otherwise",
        &[
            ("What somebody's buying.", "What somebody buys."),
            ("  ## As on the bill\n", ""),
            (
                "  ## For the courier: \"ring\", say.\n  note: text(..20)?",
                "  ## For the courier\n  hint: text(..20)? was note",
            ),
        ],
    ),
];

fn model(text: &str) -> Model {
    let mut sources = Sources::new();
    sources.add("specs/shop.md", text);
    let compiled = groma_sema::compile(&sources);
    let found = compiled.diagnostics;
    Model::new(compiled.design.unwrap_or_else(|| {
        panic!(
            "{:#?}",
            found
                .iter()
                .filter(|it| it.level == groma_diag::Level::Error)
                .collect::<Vec<_>>()
        )
    }))
}

/// A project as it stands on a disk, and what was generated last.
#[derive(Clone, Default)]
struct Project {
    generated: FileSet,
    there: FileSet,
}

impl Project {
    /// Generates; what is said.
    fn generate(&mut self, text: &str, frozen: Option<Frozen>, goes: &[String]) -> Result<Vec<String>, Stop> {
        let existing = Existing {
            generated: self.generated.clone(),
            migrations: self.there.clone(),
            frozen,
            goes: goes.to_vec(),
            ..Existing::default()
        };
        let made = emit(&model(text), &existing)?;
        let files = made.files;
        for (path, text) in self.generated.iter() {
            if files.get(path).is_none() && self.there.get(path) == Some(text) {
                let path = path.to_owned();
                self.there.remove(&path);
            }
        }
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("migrations/")) {
            if self.there.get(path).is_none() || self.there.get(path) == self.generated.get(path) {
                self.there.insert(path, text);
            }
        }
        self.generated = files;
        Ok(made.notes)
    }

    /// The names of the revisions' files.
    fn revisions(&self) -> Vec<&str> {
        let paths = self.there.iter().map(|(path, _)| path);
        paths
            .filter_map(|path| path.strip_prefix("migrations/versions/"))
            .collect()
    }
}

/// The design behind each of its changes.
fn states() -> Vec<String> {
    let mut states = vec![SHOP.to_owned()];
    for (name, exchanges) in CHANGES {
        let mut text = states.last().unwrap().clone();
        for (old, new) in exchanges {
            assert!(text.contains(old), "{name}: there is no {old:?} in {text}");
            text = text.replace(old, new);
        }
        states.push(text);
    }
    states
}

#[test]
fn each_change_of_the_tables_is_a_revision_behind_those_that_are_there() {
    let mut project = Project::default();
    for (at, text) in states().iter().enumerate() {
        let before = project.clone();
        project
            .generate(
                text,
                None,
                &[String::from("orders.label_id"), String::from("stickers")],
            )
            .unwrap();
        for (path, text) in before
            .there
            .iter()
            .filter(|(path, _)| path.starts_with("migrations/versions/"))
        {
            assert_eq!(project.there.get(path), Some(text), "{path} was written again");
        }
        let again = project.clone();
        project.generate(text, None, &[]).unwrap();
        assert_eq!(project.generated, again.generated, "twice is once");
        write(at, &project, text);
    }
    expect![[r#"
        [
            "0001_first.py",
            "0002_add_orders_place_and_4_more.py",
            "0003_add_labels_and_1_more.py",
            "0004_add_labels_and_1_more_online.py",
            "0005_rename_labels_to_stickers_and_1_more.py",
            "0006_rename_values_of_orders_state.py",
            "0007_rename_values_of_orders_state_online.py",
            "0008_unique_customers_name_and_1_more.py",
            "0009_unique_customers_name_and_1_more_online.py",
            "0010_change_type_of_orders_amount_and_1_more.py",
            "0011_change_type_of_orders_amount_and_1_more_online.py",
            "0012_drop_customers_phone_and_2_more.py",
            "0013_add_customers_latest_id.py",
            "0014_add_customers_latest_id_online.py",
            "0015_add_customers_email.py",
            "0016_add_customers_email_online.py",
            "0017_comment_customers_and_orders.py",
            "0018_rename_orders_note_to_hint.py",
        ]
    "#]]
    .assert_debug_eq(&project.revisions());
    expect_test::expect_file!["goldens/renamed_values.py"]
        .assert_eq(&text(&project, "0006_rename_values_of_orders_state.py"));
    expect_test::expect_file!["goldens/required.py"]
        .assert_eq(&text(&project, "0008_unique_customers_name_and_1_more.py"));
    expect_test::expect_file!["goldens/comments.py"]
        .assert_eq(&text(&project, "0017_comment_customers_and_orders.py"));
    expect_test::expect_file!["goldens/required_online.py"]
        .assert_eq(&text(&project, "0009_unique_customers_name_and_1_more_online.py"));
}

/// A design whose text differs in one place.
fn with(old: &str, new: &str) -> String {
    assert!(SHOP.contains(old), "there is no {old:?}");
    SHOP.replace(old, new)
}

const NOTE: &str = "  note: text(..200)?\n";

#[test]
fn until_the_next_freeze_the_last_change_is_a_draft_that_is_written_anew() {
    let frozen = |sha256: &str, is_this| {
        let sha256 = sha256.to_owned();
        Some(Frozen { sha256, is_this })
    };
    let agreed = |sha256| frozen(sha256, false);
    // Nothing is a draft where nothing was ever frozen.
    let mut never = Project::default();
    for more in ["", "  one: int?\n", "  one: int?\n  two: int?\n"] {
        never
            .generate(&with(NOTE, &format!("{NOTE}{more}")), None, &[])
            .unwrap();
    }
    let revisions = [
        "0001_first.py",
        "0002_add_orders_one.py",
        "0003_add_orders_two.py",
    ];
    assert_eq!(never.revisions(), revisions);
    let mut project = Project::default();
    project.generate(SHOP, frozen("a", true), &[]).unwrap();
    let one = with(NOTE, "  note: text(..200)?\n  one: int?\n");
    project.generate(&one, agreed("a"), &[]).unwrap();
    let first = id(&project, "0002_add_orders_one.py");
    let two = with(NOTE, "  note: text(..200)?\n  one: int?\n  two: int?\n");
    let notes = project.generate(&two, agreed("a"), &[]).unwrap();
    let back = format!("`alembic downgrade {}`", id(&project, "0001_first.py"));
    let is_told = |note: &String| note.contains("0002_add_orders_one.py") && note.contains(&back);
    assert!(notes.iter().any(is_told), "{notes:#?}");
    let revisions = ["0001_first.py", "0002_add_orders_one_and_1_more.py"];
    assert_eq!(project.revisions(), revisions, "the draft holds both now");
    assert_ne!(
        id(&project, revisions[1]),
        first,
        "a database that has the first draft is told so"
    );

    // Taken back, nothing is left of it.
    let mut back = project.clone();
    back.generate(SHOP, agreed("a"), &[]).unwrap();
    assert_eq!(back.revisions(), ["0001_first.py"]);

    // A freeze closes it, whatever is frozen: it may be in a database by now.
    project.generate(&two, frozen("b", true), &[]).unwrap();
    let three = with(
        NOTE,
        "  note: text(..200)?\n  one: int?\n  two: int?\n  three: int?\n",
    );
    let before = project.clone();
    project.generate(&three, agreed("b"), &[]).unwrap();
    assert_eq!(project.revisions().last(), Some(&"0003_add_orders_three.py"));
    assert_eq!(text(&project, revisions[1]), text(&before, revisions[1]));

    // So does an edit, and somebody's own revision behind it.
    let path = "migrations/versions/0003_add_orders_three.py";
    let edited = text(&project, "0003_add_orders_three.py").replace("Makes the change.", "Mine.");
    project.there.insert(path, edited.clone());
    project.generate(&one, agreed("b"), &[]).unwrap();
    assert_eq!(project.there.get(path), Some(edited.as_str()));
    let last = "0004_drop_orders_three_and_1_more.py";
    assert_eq!(project.revisions().last(), Some(&last));
    let own = format!("revision = 'mine'\ndown_revision = '{}'\n", id(&project, last));
    project.there.insert("migrations/versions/20260101_mine.py", own);
    project.generate(SHOP, agreed("b"), &[]).unwrap();
    let behind = text(&project, "0005_drop_orders_one.py");
    assert!(
        behind.contains("down_revision: str | None = \"mine\"\n"),
        "{behind}"
    );
}

/// The text of a revision.
fn text(project: &Project, name: &str) -> String {
    let path = format!("migrations/versions/{name}");
    let found = project.there.get(&path);
    found
        .unwrap_or_else(|| panic!("{path} is not in {:?}", project.revisions()))
        .to_owned()
}

/// What a revision is known by.
fn id(project: &Project, name: &str) -> String {
    let text = text(project, name);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("revision: str = "));
    line.unwrap().trim_matches('"').to_owned()
}

#[test]
fn what_cannot_be_told_stops_before_anything_is_written() {
    let mut project = Project::default();
    project.generate(SHOP, None, &[]).unwrap();
    let renamed = with("  title: text(1..80)\n", "  heading: text(1..80)\n");
    let said = |stop: Stop| format!("{stop}; {}", stop.remedy());
    let other = SHOP.replace("Customer", "Patient").replace("Order", "Visit");
    let stop = said(project.clone().generate(&other, None, &[]).unwrap_err());
    assert!(
        stop.starts_with("the revisions are of another design: `customers` and `orders`, and none"),
        "{stop}"
    );
    let mut gone = project.clone();
    let wider = with(NOTE, "  note: text(..200)?\n  one: int?\n");
    gone.generate(&wider, None, &[]).unwrap();
    gone.there.remove("migrations/versions/0001_first.py");
    let stop = said(gone.generate(&wider, None, &[]).unwrap_err());
    assert!(
        stop.starts_with(
            "`migrations/versions/0001_first.py` is not there, and \
             `migrations/versions/0002_add_orders_one.py` comes behind it; bring the file back"
        ),
        "{stop}"
    );
    let Err(Stop::Questions(questions)) = project.clone().generate(&renamed, None, &[]) else {
        panic!("it was not asked");
    };
    assert_eq!(
        questions.first().map(ToString::to_string).as_deref(),
        Some("is `orders.heading` what `orders.title` was, or does that go with its values?")
    );
    let goes = [String::from("orders.title")];
    let notes = project.clone().generate(&renamed, None, &goes).unwrap();
    assert!(
        notes.contains(&String::from(
            "the new revision loses every value of `orders.title`"
        )) && notes
            .iter()
            .any(|note| note.contains("what do rows of `orders` that are there get in `heading`")),
        "{notes:#?}"
    );

    let more = with(NOTE, "  note: text(..200)?\n  one: int?\n");
    let first = id(&project, "0001_first.py");
    let mut branches = project.clone();
    branches.generate(&more, None, &[]).unwrap();
    let other = format!("revision = \"other\"\ndown_revision = \"{first}\"\n");
    branches
        .there
        .insert("migrations/versions/0002_other.py", other.clone());
    branches.generate(&more, None, &[]).unwrap();
    let stop = branches.clone().generate(SHOP, None, &[]).unwrap_err();
    assert!(said(stop).starts_with("`migrations/versions/0002_add_orders_one.py` and `migrations/versions/0002_other.py` are both the last revision"));
    let merge = format!(
        "revision = \"m\"\ndown_revision = (\n    \"{}\",\n    \"other\",\n)\n",
        id(&branches, "0002_add_orders_one.py")
    );
    branches.there.insert("migrations/versions/0003_merge.py", merge);
    branches.generate(SHOP, None, &[]).unwrap();
    assert!(text(&branches, "0004_drop_orders_one.py").contains("down_revision: str | None = \"m\"\n"));

    let mut lost = project.clone();
    lost.there.remove("migrations/versions/0001_first.py");
    assert!(said(lost.generate(&more, None, &[]).unwrap_err()).contains(&first));
    let mut broken = project.clone();
    broken.there.insert("migrations/schema.json", "<<<<<<< ours\n");
    assert!(matches!(broken.generate(SHOP, None, &[]), Err(Stop::Snapshot(_))));
}

#[test]
fn a_first_revision_without_a_snapshot_is_taken_over_where_it_is_of_this_design() {
    let mut project = Project::default();
    project.generate(SHOP, None, &[]).unwrap();
    let path = "migrations/versions/0001_first.py";
    let old = text(&project, "0001_first.py").replace(&id(&project, "0001_first.py"), "0001");
    for files in [&mut project.there, &mut project.generated] {
        files.remove("migrations/schema.json");
        files.insert(path, old.clone());
    }
    let more = with(NOTE, "  note: text(..200)?\n  one: int?\n");
    assert!(matches!(
        project.clone().generate(&more, None, &[]),
        Err(Stop::NoSnapshot)
    ));
    project.generate(SHOP, None, &[]).unwrap();
    project.generate(&more, None, &[]).unwrap();
    assert_eq!(project.there.get(path), Some(old.as_str()));
    assert!(text(&project, "0002_add_orders_one.py").contains("down_revision: str | None = \"0001\"\n"));
}

/// With `GROMA_REVISIONS_OUT` the projects are written there, each with the statements that make its tables, to be judged
/// by Alembic on both databases.
fn write(at: usize, project: &Project, text: &str) {
    let Some(out) = std::env::var_os("GROMA_REVISIONS_OUT") else {
        return;
    };
    let folder = Path::new(&out).join(format!("{at:02}"));
    let put = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for (path, text) in project.generated.iter() {
        put(path, text);
    }
    for (name, dialect) in [("sqlite", Dialect::Sqlite), ("postgresql", Dialect::Postgres)] {
        let statements = of_model(&model(text), dialect).create_statements();
        put(&format!("wanted/{name}.sql"), &(statements.join(";\n") + ";\n"));
    }
}

#[test]
fn what_was_said_for_nothing_and_values_that_rows_may_hold_are_told() {
    let mut project = Project::default();
    let design = |values: &str| {
        with(
            "enum State { open, paid, sent }",
            &format!("enum State {{ {values} }}"),
        )
    };
    project.generate(&design("open, paid, sent"), None, &[]).unwrap();
    let goes = [String::from("orders.amount"), String::from("nothing")];
    let notes = project
        .generate(&design("open, paid, sent"), None, &goes)
        .unwrap();
    assert_eq!(
        notes,
        [
            "`--goes orders.amount` says nothing: the design has it",
            "`--goes nothing` says nothing: the tables have no such thing"
        ]
    );
    let notes = project
        .clone()
        .generate(&design("open, sent"), None, &[])
        .unwrap();
    assert_eq!(
        notes,
        [
            "the new revision stops where `state` of `orders` is `paid`, which it may not be any more; write other values in it"
        ]
    );
    let more = project
        .clone()
        .generate(&design("open, paid, sent, lost"), None, &[])
        .unwrap();
    assert!(more.is_empty(), "{more:?}");
    let renamed = project
        .generate(&design("open, settled was paid, sent"), None, &[])
        .unwrap();
    assert!(renamed.is_empty(), "{renamed:?}");
}

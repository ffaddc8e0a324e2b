use groma_diag::Sources;
use groma_ir::Model;
use testkit::Folder;

use super::{Answer, Outcome, give, value};
use crate::failure::Failure;
use crate::open::{self, Open};
use crate::project::Project;

const DESIGN: &str = "entity Book {\n  id: uuid key\n}\nentity Note {\n  id: uuid key\n  book: Book? on delete TBD(set null)\n}\n";

fn open(folder: &Folder) -> (Project, Sources, Vec<Open>) {
    let project = Project::find(&[folder.path().to_owned()]).unwrap();
    let sources = project.load().unwrap();
    let compiled = groma_sema::compile(&sources);
    let model = Model::new(compiled.design.unwrap());
    let points = open::points(&model, &sources, &compiled.diagnostics);
    (project, sources, points)
}

fn cascade() -> Answer<'static> {
    Answer {
        text: "cascade",
        because: None,
        on: "2026-11-21",
    }
}

/// The file after its hole was answered by `cascade`.
fn answered(name: &str, text: &str) -> String {
    let folder = Folder::new();
    folder.write(name, text);
    let (project, sources, points) = open(&folder);
    let outcome = give(&project, &sources, points.first().unwrap(), &cascade()).unwrap();
    assert!(matches!(outcome, Outcome::Written(_)));
    folder.read(name)
}

#[test]
fn a_file_that_somebody_has_changed_meanwhile_is_left_alone() {
    let folder = Folder::new();
    folder.write("specs/a.groma", DESIGN);
    let (project, sources, points) = open(&folder);
    folder.write("specs/a.groma", "entity Other { id: uuid key }\n");
    let failure = give(&project, &sources, points.first().unwrap(), &cascade()).err();
    assert!(
        matches!(failure, Some(Failure::ChangedMeanwhile { .. })),
        "{failure:?}"
    );
    assert_eq!(folder.read("specs/a.groma"), "entity Other { id: uuid key }\n");
}

#[test]
fn line_ends_and_quotation_marks_of_markdown_stay() {
    let crlf = format!("# Notes\n\n```groma\n{DESIGN}```\n\nEnd.\n").replace('\n', "\r\n");
    let after = answered("specs/a.md", &crlf);
    assert!(!after.replace("\r\n", "").contains(['\r', '\n']), "{after:?}");
    assert!(
        after.contains(
            "decision Note.book.on_delete = cascade over set null, restrict on 2026-11-21\r\n```\r\n"
        ),
        "{after}"
    );
    let fence = format!("```groma\n{DESIGN}```");
    let quoted = format!("> {}\n", fence.replace('\n', "\n> "));
    let after = answered("specs/a.md", &quoted);
    assert!(
        after.ends_with(
            "> decision Note.book.on_delete = cascade over set null, restrict on 2026-11-21\n> ```\n"
        ),
        "{after}"
    );
    assert!(after.contains(">   book: Book? on delete cascade\n"), "{after}");
}

#[test]
fn what_reads_as_one_answer_is_written_as_it_is() {
    for (answer, written) in [
        ("set null", "set null"),
        ("12", "12"),
        ("\"plain\"", "\"plain\""),
        ("page 20 max 100", "\"page 20 max 100\""),
        ("yes over no", "\"yes over no\""),
        ("say \"hi\"", "\"say \\\"hi\\\"\""),
        ("}", "\"}\""),
        ("yes # no", "\"yes # no\""),
    ] {
        assert_eq!(value(answer), written);
    }
}

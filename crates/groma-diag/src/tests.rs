//! What the users of this room rely on.

mod edits;
mod places;
mod rendering;

use crate::{Diagnostic, Edit, FileId, Level, RuleInfo, Sources, Span};

pub(crate) static DECLARED_TWICE: RuleInfo = RuleInfo {
    code: "E021",
    name: "declared-twice",
    level: Level::Error,
    since: "0.1",
    summary: "A name is declared once.",
    explanation: "## Why\nThe second would shadow the first.\n\n## Bad\nemail: email\nemail: email\n\n## Good\nemail: email\n",
};

pub(crate) static ON_DELETE: RuleInfo = RuleInfo {
    code: "Q103",
    name: "on-delete-unsaid",
    level: Level::Question,
    since: "0.1",
    summary: "A reference says what happens when its target goes.",
    explanation: "## Why\nNobody else can know.\n",
};

/// The range of the nth occurrence of a text.
pub(crate) fn find(sources: &Sources, file: FileId, text: &str, nth: usize) -> Span {
    let (start, _) = sources
        .text(file)
        .match_indices(text)
        .nth(nth)
        .expect("the text is there");
    let at = |at: usize| u32::try_from(at).expect("a short text");
    Span::new(file, at(start), at(start + text.len()))
}

/// Two files, an error with a label in each of them, and a question.
pub(crate) fn example() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let task = sources.add("specs/db/task.md", "# Tasks\n\n```groma\nentity Task {\n  ü: text\n  email: email\n  email: email\n  project: Project? on delete TBD(set null)\n}\n```\n");
    let user = sources.add("specs/db/user, old.md", "entity User {\n  email: email\n}\n");
    let second = find(&sources, task, "email: email", 1);
    let twice = Diagnostic::new(
        &DECLARED_TWICE,
        second,
        "field `email` is declared twice in `Task`",
    )
    .primary_label("again here")
    .label(find(&sources, task, "email: email", 0), "first declared here")
    .label(find(&sources, user, "email", 0), "and `User` has one too")
    .note("names are compared exactly")
    .help("rename one of them, or remove the second")
    .fix("remove the second", [Edit::delete(second)]);
    let hole = find(&sources, task, "TBD(set null)", 0);
    let question = Diagnostic::new(
        &ON_DELETE,
        hole,
        "what happens to tasks when their project is deleted?",
    )
    .primary_label("provisional: set null")
    .option(
        "set null",
        "task stays, project becomes empty",
        [Edit::replace(hole, "set null")],
    )
    .option(
        "cascade",
        "tasks and their shares are deleted too",
        [Edit::replace(hole, "cascade")],
    );
    (sources, vec![twice, question])
}

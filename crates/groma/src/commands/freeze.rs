//! `groma freeze`: records the agreed design, and holds others to it.

use std::fmt::Write as _;

use groma_ir::Model;

use crate::Exit;
use crate::cli::FreezeArgs;
use crate::commands::diff;
use crate::compile::{self, Compiled};
use crate::earlier;
use crate::failure::Failure;
use crate::lock;
use crate::open::{self, Open};
use crate::project::Project;
use crate::world::{self, RED};

pub(super) fn run(args: &FreezeArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let mut compiled = compile::compile(&project)?;
    let Some(design) = compiled.design.take() else {
        compile::show_errors(&project, compiled);
        return Ok(Exit::Findings);
    };
    let model = Model::new(design);
    let open = open::points(&model, &compiled.sources, &compiled.diagnostics);
    if !open.is_empty() {
        world::say(&refusal(&open));
        return Ok(Exit::Findings);
    }
    let text = lock::text(&model, &compiled.sources).map_err(Failure::Unwritable)?;
    let path = project.path_of(lock::PLACE);
    let is_new = world::read_if_there(&path)?.is_none_or(|known| known != text);
    if is_new {
        world::write(&path, &text)?;
    }
    world::print(&frozen(&compiled, &model, is_new));
    Ok(Exit::Fine)
}

fn frozen(compiled: &Compiled, model: &Model, is_new: bool) -> String {
    let decisions = crate::words::count(model.design.decisions.len(), "decision", "decisions");
    let files = crate::words::count(compiled.sources.len(), "file", "files");
    format!(
        "{} {}: {files}, {decisions}\nsha256 {}\n",
        if is_new {
            "froze the design in"
        } else {
            "the design is what is frozen in"
        },
        lock::PLACE,
        lock::hash(model)
    )
}

fn refusal(open: &[Open]) -> String {
    let mut text = format!(
        "{}: {} left open, so there is nothing to agree on yet\n",
        world::stderr_style().strong(RED, "error"),
        crate::words::count(open.len(), "point is", "points are")
    );
    for point in open {
        let _ = writeln!(text, "  {} {}: {}", point.place, point.id, point.question);
    }
    text.push_str("  help: `groma ask` goes through them\n");
    text
}

/// Whether a design is the agreed one; if not, says how it differs.
pub(super) fn is_agreed(project: &Project, model: &Model) -> Result<bool, Failure> {
    let lock = lock::of(project)?;
    if lock.sha256 == lock::hash(model) {
        return Ok(true);
    }
    let earlier = earlier::of_lock(&lock, String::from(lock::PLACE))?;
    let style = world::stderr_style();
    let mut text = format!(
        "{}: the design is not the one that was frozen\n",
        style.strong(RED, "error")
    );
    if lock::hash(&earlier.model) == lock::hash(model) {
        let _ = writeln!(
            text,
            "  its text is; but groma {} read it otherwise than this one does",
            lock.groma
        );
    } else {
        text.push_str(&diff::first(&earlier.model, model, style));
    }
    text.push_str("  help: `groma diff` shows what has changed, `groma freeze` agrees to it\n");
    world::say(&text);
    Ok(false)
}

//! `groma diff`: what has changed since the design was agreed, or since a revision.

mod facts;
mod render;

use groma_diff::{Diff, compare};
use groma_ir::Model;

use crate::Exit;
use crate::cli::{DiffArgs, Weighs};
use crate::compile;
use crate::earlier;
use crate::failure::Failure;
use crate::project::Project;
use crate::world::{self, Style};

pub(super) fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.dir.as_slice())?;
    let Some(model) = compile::model(&project)? else {
        return Ok(Exit::Findings);
    };
    let earlier = earlier::find(args.against.as_deref(), &project)?;
    let diff = compare(&earlier.model, &model);
    world::print(&if args.json {
        render::json(&diff, &earlier.name)
    } else {
        let unnoticed = facts::places(&earlier.model.design, &model.design);
        render::human(&diff, (&earlier.name, &unnoticed), world::stdout_style())
    });
    let counts = |weighs: &Weighs| weighs_in(&diff, *weighs);
    Ok(Exit::when(args.fail_on.iter().any(counts)))
}

/// The first few differences, for whoever only wants to know that there are some.
pub(super) fn first(old: &Model, new: &Model, style: Style) -> String {
    let diff = compare(old, new);
    if diff.is_empty() {
        let places = facts::places(&old.design, &new.design);
        return format!(
            "  nothing that anybody notices has changed, but: {}\n",
            places.join(", ")
        );
    }
    render::first(&diff, style)
}

fn weighs_in(diff: &Diff, weighs: Weighs) -> bool {
    match weighs {
        Weighs::Breaking => diff.breaks(),
        Weighs::Data => diff.loses_data(),
        Weighs::Access => !diff.access.is_empty(),
        Weighs::Any => !diff.is_empty(),
    }
}

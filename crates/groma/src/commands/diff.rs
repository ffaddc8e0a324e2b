//! `groma diff`: what has changed since the design was agreed, or since a revision.

mod render;

use groma_diff::{Diff, compare};

use crate::Exit;
use crate::cli::{DiffArgs, Weighs};
use crate::compile;
use crate::earlier;
use crate::failure::Failure;
use crate::project::Project;
use crate::world;

pub(super) use render::human;

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
        render::human(&diff, &earlier.name, world::stdout_style())
    });
    let counts = |weighs: &Weighs| weighs_in(&diff, *weighs);
    Ok(Exit::when(args.fail_on.iter().any(counts)))
}

fn weighs_in(diff: &Diff, weighs: Weighs) -> bool {
    match weighs {
        Weighs::Breaking => diff.breaks(),
        Weighs::Data => diff.loses_data(),
        Weighs::Access => !diff.access.is_empty(),
        Weighs::Any => !diff.is_empty(),
    }
}

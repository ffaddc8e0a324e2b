//! `groma ir`: the canonical JSON of a design, or the schema of that form.

use groma_ir::canonical;

use crate::Exit;
use crate::cli::IrArgs;
use crate::compile;
use crate::failure::Failure;
use crate::project::Project;
use crate::world;

pub(super) fn run(args: &IrArgs) -> Result<Exit, Failure> {
    if args.schema {
        world::print(&canonical::schema());
        return Ok(Exit::Fine);
    }
    let project = Project::find(args.place.paths())?;
    let Some(model) = compile::model(&project)? else {
        return Ok(Exit::Findings);
    };
    world::print(&canonical::to_json(&model.design));
    Ok(Exit::Fine)
}

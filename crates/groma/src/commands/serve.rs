//! `groma serve`: the API, until somebody stops it.

use std::sync::Arc;

use crate::Exit;
use crate::cli::ServeArgs;
use crate::commands::{freeze, spec};
use crate::compile;
use crate::failure::Failure;
use crate::project::Project;
use crate::serving;

pub(super) fn run(args: &ServeArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let Some(model) = compile::model(&project)? else {
        return Ok(Exit::Findings);
    };
    if args.frozen && !freeze::is_agreed(&project, &model)? {
        return Ok(Exit::Findings);
    }
    let environment = serving::environment(&project)?;
    let settings = serving::settings(&project, &model.design, &environment, &args.listen)?;
    let openapi = spec::openapi(&model);
    serving::block_on(async {
        let running = serving::start(&project, Arc::new(model), openapi, settings).await?;
        // Programs wait for this line and read the port from it: its form is part of the interface.
        let line = format!("listening on {}\n", serving::url(running.addr()));
        serving::until_stopped(running, &line).await;
        Ok(Exit::Fine)
    })
}

//! `groma token`: a token of the development issuer, and nothing else, on one line.

use crate::Exit;
use crate::cli::{Listen, TokenArgs};
use crate::compile;
use crate::failure::Failure;
use crate::project::Project;
use crate::{caller, serving, world};

pub(super) fn run(args: &TokenArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let Some(model) = compile::model(&project)? else {
        return Ok(Exit::Findings);
    };
    let environment = serving::environment(&project)?;
    let settings = serving::settings(&project, &model.design, &environment, &Listen::default())?;
    let subject = caller::subject(&model, args.sub.as_deref())?;
    caller::check_roles(&model, &args.role)?;
    let token = serving::development_token(&project, &settings, &subject, |request| {
        request.roles.clone_from(&args.role);
        request.lifetime = args.expires;
        request.extra.extend(args.claim.iter().cloned());
    })?;
    let Some(token) = token else {
        return Err(no_issuer(model.design.auth.is_some()));
    };
    world::print(&format!("{token}\n"));
    Ok(Exit::Fine)
}

fn no_issuer(has_auth: bool) -> Failure {
    if has_auth {
        Failure::usage(
            "tokens of this service come from the issuer that the environment names",
            "ask that issuer for one, or unset its variables to use the development issuer (`groma env` lists them)",
        )
    } else {
        Failure::usage(
            "this design knows no callers, so no token means anything to it",
            "add an `auth` block",
        )
    }
}

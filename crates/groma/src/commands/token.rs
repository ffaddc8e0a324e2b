//! `groma token`: a token that a development server takes, and nothing else, on one line.

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
        return Err(no_issuer(serving::foreign_keys(&settings)));
    };
    world::print(&format!("{token}\n"));
    Ok(Exit::Fine)
}

fn no_issuer(keys: Option<String>) -> Failure {
    match keys {
        Some(keys) => Failure::usage(
            format!("this server takes tokens by the keys {keys}, and their private half is not here"),
            "ask their issuer for a token, or unset the variable that names the keys to use the development issuer \
             (`groma env` lists it)",
        ),
        None => Failure::usage(
            "this design knows no callers, so no token means anything to it",
            "add an `auth` block",
        ),
    }
}

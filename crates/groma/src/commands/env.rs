//! `groma env`: every variable of a server, and how it stands. Secrets stay where they are.

use groma_server::settings::{Line, Need, Report, Source, State};
use serde_json::{Value, json};

use crate::Exit;
use crate::cli::EnvArgs;
use crate::compile;
use crate::failure::Failure;
use crate::project::Project;
use crate::{serving, world};

pub(super) fn run(args: &EnvArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let Some(model) = compile::model(&project)? else {
        return Ok(Exit::Findings);
    };
    let report = Report::new(&model.design, &serving::environment(&project)?);
    if args.json {
        let lines: Vec<Value> = report.lines.iter().map(as_json).collect();
        world::print(&format!(
            "{:#}\n",
            json!({ "complete": report.is_complete(), "variables": lines })
        ));
    } else {
        world::print(&report.to_string());
    }
    Ok(Exit::when(!report.is_complete()))
}

fn as_json(line: &Line) -> Value {
    let (state, shown, source) = match &line.state {
        State::Set { shown, source } => ("set", Some(shown.as_str()), Some(*source)),
        State::Default(value) => ("default", Some(value.as_str()), None),
        State::Unset => ("unset", None, None),
        State::Missing => ("missing", None, None),
    };
    json!({
        "name": line.variable.name,
        "meaning": line.variable.meaning,
        "required_in_production": line.variable.need == Need::Production,
        "secret": line.variable.secret,
        "state": state,
        "value": shown,
        "source": source.map(|source| match source {
            Source::Process => "environment",
            Source::File => ".env",
        }),
    })
}

//! `groma dev`: the whole way in one command, from a design to a first answer.

mod first_request;

use std::fmt::Write as _;
use std::sync::Arc;

use groma_diag::Diagnostic;
use groma_ir::Model;
use groma_server::settings::Settings;

use crate::Exit;
use crate::cli::DevArgs;
use crate::commands::spec;
use crate::compile::{self, Compiled};
use crate::failure::Failure;
use crate::project::Project;
use crate::world::{CYAN, GREEN, Style};
use crate::{serving, words, world};

/// Only this variable limits rates while developing: whoever tries things, or verifies them, asks often.
const RATE: &str = "RATE_LIMIT";

pub(super) fn run(args: &DevArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let Some(model) = checked(&project)? else {
        return Ok(Exit::Findings);
    };
    world::print(&step(
        "wrote",
        spec::write(&project, &model)?.to_string().trim_end(),
    ));
    let environment = serving::development(&project)?;
    let mut settings = serving::settings(&project, &model.design, &environment, &args.listen)?;
    if environment.get(RATE).is_none() {
        settings.rate = None;
    }
    let token = serving::development_token(&project, &settings, &args.sub, |request| {
        request.roles.clone_from(&args.role);
    })?;
    let model = Arc::new(model);
    serving::block_on(serve(&project, model, settings, Invitation { args, token }))
}

/// What the user is told once the server answers.
struct Invitation<'a> {
    args: &'a DevArgs,
    token: Option<String>,
}

async fn serve(
    project: &Project,
    model: Arc<Model>,
    settings: Settings,
    invitation: Invitation<'_>,
) -> Result<Exit, Failure> {
    let database = settings.database.display().to_string();
    let openapi = spec::openapi(&model);
    let running = serving::start(project, Arc::clone(&model), openapi, settings).await?;
    let url = serving::url(running.addr());
    let mut text = step("data", &database);
    text.push_str(&step(
        "serving",
        &format!("{url}{}   docs: {url}/docs", model.http.base),
    ));
    text.push_str(&invitation.text(&model, &url, world::stdout_style()));
    serving::until_stopped(running, &text).await;
    Ok(Exit::Fine)
}

/// Checks the design. Errors end it; warnings and questions are shown in one line each and wait.
fn checked(project: &Project) -> Result<Option<Model>, Failure> {
    let mut compiled = compile::compile(project)?;
    if let Some(design) = compiled.design.take() {
        world::print(&summary(project, &compiled));
        return Ok(Some(Model::new(design)));
    }
    compiled.diagnostics.retain(Diagnostic::is_error);
    let style = world::stdout_style();
    world::print(&compile::shown(
        project,
        &compiled.sources,
        &compiled.diagnostics,
        style,
    ));
    world::print(&step(
        "checked",
        &format!("{}; mend them and start again", compiled.counts()),
    ));
    Ok(None)
}

fn summary(project: &Project, compiled: &Compiled) -> String {
    let took = compiled.took.as_secs_f64() * 1e3;
    let files = words::count(compiled.sources.len(), "file", "files");
    let mut text = step(
        "checked",
        &format!("{files} in {took:.1} ms: {}", compiled.counts()),
    );
    let seen = project.as_seen(&compiled.sources);
    for found in &compiled.diagnostics {
        let line = format!("{} {} ({})", found.code, found.message, seen.place(found.primary));
        text.push_str(&step("", &line));
    }
    text
}

impl Invitation<'_> {
    fn text(&self, model: &Model, url: &str, style: Style) -> String {
        let mut text = String::new();
        if let Some(token) = &self.token {
            let _ = writeln!(text, "\n{}\n{token}", style.strong(CYAN, &self.whose_token()));
        }
        let requests = first_request::all(model, url, &self.args.sub, self.token.as_deref());
        for (title, line) in requests {
            let _ = writeln!(text, "\n{}\n{line}", style.strong(CYAN, &title));
        }
        let _ = writeln!(text, "\n{}\n", style.faint("Ctrl-C stops"));
        text
    }

    /// `token for alice (role admin), good for 8 hours`
    fn whose_token(&self) -> String {
        let roles = self.args.role.join(", ");
        let roles = if roles.is_empty() {
            roles
        } else {
            format!(" (role {roles})")
        };
        format!("token for {}{roles}, good for 8 hours", self.args.sub)
    }
}

/// One line of progress: a word in a column, then what it is about. Further lines stand under the first.
fn step(word: &str, about: &str) -> String {
    let style = world::stdout_style();
    let mut text = String::new();
    for (at, line) in about.lines().enumerate() {
        let word = if at == 0 { word } else { "" };
        let _ = writeln!(text, "{} {line}", style.strong(GREEN, &format!("{word:>8}")));
    }
    text
}

//! `groma dev`: the whole way in one command, from a design to a first answer.

mod first_request;

use std::fmt::Write as _;
use std::sync::Arc;

use groma_diag::Diagnostic;
use groma_ir::Model;
use groma_server::settings::Settings;

use crate::Exit;
use crate::caller::{self, Grants};
use crate::cli::DevArgs;
use crate::commands::spec;
use crate::compile::{self, Compiled};
use crate::failure::Failure;
use crate::project::Project;
use crate::world::{CYAN, GREEN, Style};
use crate::{serving, words, world};
use first_request::First;

/// Only this variable limits rates while developing: whoever tries things, or verifies them, asks often.
const RATE: &str = "RATE_LIMIT";

pub(super) fn run(args: &DevArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let Some(model) = checked(&project)? else {
        return Ok(Exit::Findings);
    };
    let model = Arc::new(model);
    world::print(&step(
        "wrote",
        spec::write(&project, &model)?.to_string().trim_end(),
    ));
    let environment = serving::development(&project)?;
    let mut settings = serving::settings(&project, &model.design, &environment, &args.listen)?;
    if environment.get(RATE).is_none() {
        settings.rate = None;
    }
    let subject = caller::subject(&model, args.sub.as_deref())?;
    caller::check_roles(&model, &args.role)?;
    let first = first_request::choose(&model, &spec::document(&model), &subject);
    let grants = Grants {
        roles: if args.role.is_empty() {
            first.grants.roles.clone()
        } else {
            args.role.clone()
        },
        claims: first.grants.claims.clone(),
    };
    let token = serving::development_token(&project, &settings, &subject, |request| {
        request.roles.clone_from(&grants.roles);
        request.extra.clone_from(&grants.claims);
    })?;
    let invitation = Invitation {
        first,
        subject,
        grants,
        token,
        has_auth: settings.auth.is_some(),
    };
    serving::block_on(serve(&project, Arc::clone(&model), settings, invitation))
}

/// What the user is told once the server answers.
struct Invitation<'m> {
    first: First<'m>,
    subject: String,
    grants: Grants,
    token: Option<String>,
    has_auth: bool,
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
    text.push_str(&invitation.text(&url, world::stdout_style()));
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
    fn text(&self, url: &str, style: Style) -> String {
        let mut text = String::new();
        match &self.token {
            Some(token) => {
                let _ = writeln!(text, "\n{}\n{token}", style.strong(CYAN, &self.whose_token()));
            }
            None if self.has_auth => text.push_str(FOREIGN),
            None => {}
        }
        for (title, line) in self.first.lines(url, self.token.as_deref()) {
            let _ = writeln!(text, "\n{}\n{line}", style.strong(CYAN, &title));
        }
        let _ = writeln!(text, "\n{}\n", style.faint("Ctrl-C stops"));
        text
    }

    /// `token for alice (role=admin), good for 8 hours`
    fn whose_token(&self) -> String {
        let roles = self.grants.roles.iter().map(|role| format!("role={role}"));
        let claims = self
            .grants
            .claims
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let says: Vec<String> = roles.chain(claims).collect();
        let says = if says.is_empty() {
            String::new()
        } else {
            format!(" ({})", says.join(", "))
        };
        format!("token for {}{says}, good for 8 hours", self.subject)
    }
}

/// Said where the environment names the issuer of the tokens.
const FOREIGN: &str = "
tokens come from the issuer that the environment names (`groma env` shows it); put one of its tokens into TOKEN:
export TOKEN=...
";

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

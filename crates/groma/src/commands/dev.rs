//! `groma dev`: the whole way in one command, from a design to a first answer.

mod first_request;

use std::fmt::Write as _;
use std::sync::Arc;

use groma_diag::Diagnostic;
use groma_ir::Model;
use groma_ir::design::{Jwks, Setting};
use groma_server::settings::{Environment, Settings};

use crate::Exit;
use crate::caller::{self, Says};
use crate::cli::DevArgs;
use crate::commands::{migrate, spec};
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
        settings.route_limits = false;
    }
    let subject = caller::subject(&model, args.sub.as_deref())?;
    caller::check_roles(&model, &args.role)?;
    let first = first_request::choose(&model, &subject, args.sub.is_some());
    let mut says = caller::says(&model, &first.grants);
    if !args.role.is_empty() {
        says.roles.clone_from(&args.role);
    }
    let token = serving::development_token(&project, &settings, &subject, |request| {
        request.roles.clone_from(&says.roles);
        request.extra.clone_from(&says.claims);
    })?;
    let invitation = Invitation {
        first,
        subject,
        says,
        token,
        issuer: issuer(&model, &settings, &environment),
    };
    serving::block_on(async {
        if let Some(file) = settings.database.file() {
            let project = Project::find(args.place.paths())?;
            let said = migrate::bring_up(project, &model, file, args.yes).await?;
            world::print(&step("migrated", &said.join("\n")));
        }
        serve(&project, Arc::clone(&model), settings, invitation).await
    })
}

/// What the user is told once the server answers.
struct Invitation<'m> {
    first: First<'m>,
    subject: String,
    says: Says,
    token: Option<String>,
    /// Who else's tokens there could be, and how.
    issuer: Option<String>,
}

async fn serve(
    project: &Project,
    model: Arc<Model>,
    settings: Settings,
    invitation: Invitation<'_>,
) -> Result<Exit, Failure> {
    let database = settings.database.to_string();
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
                if let Some(issuer) = &self.issuer {
                    let _ = writeln!(text, "{}", style.faint(issuer));
                }
            }
            None => {
                if let Some(issuer) = &self.issuer {
                    let _ = writeln!(text, "\n{issuer}\nexport TOKEN=...");
                }
            }
        }
        for (title, line) in self.first.lines(url, self.token.as_deref()) {
            let _ = writeln!(text, "\n{}\n{line}", style.strong(CYAN, &title));
        }
        if let Some(note) = &self.first.note {
            let _ = writeln!(text, "\n{}", style.faint(note));
        }
        let _ = writeln!(text, "\n{}\n", style.faint("Ctrl-C stops"));
        text
    }

    /// `token for alice (role=admin), good for 8 hours`
    fn whose_token(&self) -> String {
        let roles = self.says.roles.iter().map(|role| format!("role={role}"));
        let claims = self
            .says
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

/// What to know about tokens of another issuer: that they are needed, or how they would be taken.
fn issuer(model: &Model, settings: &Settings, environment: &Environment) -> Option<String> {
    if let Some(keys) = serving::foreign_keys(settings) {
        return Some(format!(
            "no token is made here: the server checks them by the keys {keys} (`groma env` shows which variable says \
             so); put one of their issuer into TOKEN:"
        ));
    }
    let auth = model.design.auth.as_ref()?;
    let (Jwks::IssuerPath(path), Some(issuer)) = (&auth.jwks, &auth.issuer) else {
        return None;
    };
    let url = match issuer {
        Setting::Env(name) => environment.get(name)?,
        Setting::Value(value) => value,
    };
    let keys = format!("{}{path}", url.trim_end_matches('/'));
    Some(format!(
        "made here, for this machine only; to take those of {url} instead: AUTH_JWKS_URL={keys}"
    ))
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

//! `groma status`: what is decided, open and assumed, and how far each resource is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use groma_ir::Model;
use groma_ir::http::{Group, Route};
use serde_json::{Value, json};

use crate::Exit;
use crate::cli::StatusArgs;
use crate::commands::spec;
use crate::compile;
use crate::failure::Failure;
use crate::lock;
use crate::open::{self, Open};
use crate::project::Project;
use crate::words::count;
use crate::world::{self, CYAN, GREEN, Style, YELLOW};

pub(super) fn run(args: &StatusArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let mut compiled = compile::compile(&project)?;
    let Some(design) = compiled.design.take() else {
        compile::show_errors(&project, compiled);
        return Ok(Exit::Findings);
    };
    let model = Model::new(design);
    let open = open::points(&model, &compiled.sources, &compiled.diagnostics);
    let outdated = spec::outdated(&project, &model)?;
    let touching = touching(&open);
    let resources = model.http.groups.iter();
    let status = Status {
        resources: resources
            .map(|group| progress(&model, group, &touching, &outdated))
            .collect(),
        agreed: agreed(&project, &model)?,
        model: &model,
        open: &open,
    };
    world::print(&if args.json {
        status.json()
    } else {
        status.human(world::stdout_style())
    });
    Ok(Exit::Fine)
}

/// How the design lies to the one that was frozen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Agreed {
    Never,
    Still,
    Changed,
}

impl Agreed {
    fn word(self) -> &'static str {
        match self {
            Agreed::Never => "never frozen",
            Agreed::Still => "as frozen",
            Agreed::Changed => "changed since it was frozen",
        }
    }
}

fn agreed(project: &Project, model: &Model) -> Result<Agreed, Failure> {
    if !lock::is_there(project) {
        return Ok(Agreed::Never);
    }
    let is_same = lock::of(project)?.sha256 == lock::hash(model);
    Ok(if is_same { Agreed::Still } else { Agreed::Changed })
}

/// How far a resource is.
struct Progress {
    name: String,
    path: String,
    routes: usize,
    /// Routes that some rule opens to somebody.
    ruled: usize,
    /// The ids of what is open and touches its routes.
    open: Vec<String>,
    /// Whether its generated page is what the design says.
    is_fresh: bool,
}

/// The ids of what is open, by the routes that it touches.
fn touching(open: &[Open]) -> BTreeMap<&str, Vec<&str>> {
    let mut routes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for point in open {
        for route in &point.radius.routes {
            routes.entry(route).or_default().push(&point.id);
        }
    }
    routes
}

fn progress(
    model: &Model,
    group: &Group,
    touching: &BTreeMap<&str, Vec<&str>>,
    outdated: &BTreeSet<String>,
) -> Progress {
    let routes: Vec<&Route> = model.http.routes_of(group).collect();
    let is_ruled = |route: &&&Route| {
        let rules = &model.design.entities[route.entity].rules;
        let verb = route.operation.verb();
        rules.iter().any(|rule| {
            let is_about = rule.verbs.iter().any(|used| used.verb == verb);
            is_about && rule.effect == groma_ir::design::Effect::Allow
        })
    };
    let open = routes
        .iter()
        .filter_map(|route| touching.get(route.operation_id.as_str()));
    let open: BTreeSet<&str> = open.flatten().copied().collect();
    let path = routes
        .first()
        .map(|route| route.path.template())
        .unwrap_or_default();
    Progress {
        name: group.slug.clone(),
        path,
        routes: routes.len(),
        ruled: routes.iter().filter(is_ruled).count(),
        open: open.into_iter().map(str::to_owned).collect(),
        is_fresh: !outdated.contains(&format!("{}/{}.md", spec::FOLDER, group.slug)),
    }
}

struct Status<'a> {
    model: &'a Model,
    open: &'a [Open],
    resources: Vec<Progress>,
    agreed: Agreed,
}

impl Status<'_> {
    fn human(&self, style: Style) -> String {
        let mut text = String::new();
        self.decided(&mut text, style);
        self.left_open(&mut text, style);
        self.assumed(&mut text, style);
        self.progress(&mut text, style);
        let agreed = match self.agreed {
            Agreed::Never => "has never been frozen",
            Agreed::Still => "is as frozen",
            Agreed::Changed => "has changed since it was frozen",
        };
        let _ = writeln!(text, "the design {agreed}");
        text
    }

    fn decided(&self, text: &mut String, style: Style) {
        let decisions = &self.model.design.decisions;
        let _ = writeln!(text, "{} {}", style.strong(GREEN, "decided"), decisions.len());
        for decision in decisions {
            let on = decision.on.as_deref().unwrap_or_default();
            let line = format!("  {} = {}  {on}", decision.subject, decision.answer);
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }

    fn left_open(&self, text: &mut String, style: Style) {
        let _ = writeln!(text, "{} {}", style.strong(YELLOW, "open"), self.open.len());
        for point in self.open {
            let _ = writeln!(
                text,
                "  {}  {} {}",
                point.id,
                point.question,
                style.faint(&point.place)
            );
        }
        if !self.open.is_empty() {
            text.push_str("  `groma ask` goes through them\n");
        }
    }

    fn assumed(&self, text: &mut String, style: Style) {
        let assumptions = &self.model.design.assumptions;
        let _ = writeln!(text, "{} {}", style.strong(CYAN, "assumed"), assumptions.len());
        for assumption in assumptions {
            let _ = writeln!(text, "  {}  {}", assumption.subject, assumption.text);
        }
    }

    fn progress(&self, text: &mut String, style: Style) {
        let _ = writeln!(
            text,
            "{} {}",
            style.strong(GREEN, "resources"),
            self.resources.len()
        );
        for resource in &self.resources {
            let open = match resource.open.len() {
                0 => String::from("nothing open"),
                number => format!("{number} open"),
            };
            let _ = writeln!(
                text,
                "  {}  {} with rules of {}, {open}, page {}",
                resource.path,
                resource.ruled,
                count(resource.routes, "route", "routes"),
                if resource.is_fresh {
                    "up to date"
                } else {
                    "outdated: run `groma spec`"
                }
            );
        }
    }

    fn json(&self) -> String {
        let design = &self.model.design;
        let decided = design.decisions.iter().map(|decision| {
            json!({
                "subject": decision.subject,
                "answer": decision.answer,
                "over": decision.over,
                "because": decision.because,
                "on": decision.on,
                "place": design.place(decision.origin),
            })
        });
        let open = self.open.iter().map(|point| {
            json!({
                "id": point.id,
                "question": point.question,
                "place": point.place,
                "touches": point.radius.size(),
            })
        });
        let assumed = design.assumptions.iter().map(|assumption| {
            json!({
                "subject": assumption.subject,
                "text": assumption.text,
                "place": assumption.origin.map(|origin| design.place(origin)),
            })
        });
        let resources = self.resources.iter().map(|resource| {
            json!({
                "name": resource.name,
                "path": resource.path,
                "routes": resource.routes,
                "routes_with_rules": resource.ruled,
                "open": resource.open,
                "page_is_fresh": resource.is_fresh,
            })
        });
        let document = json!({
            "version": 1,
            "decided": decided.collect::<Vec<Value>>(),
            "open": open.collect::<Vec<Value>>(),
            "assumed": assumed.collect::<Vec<Value>>(),
            "resources": resources.collect::<Vec<Value>>(),
            "agreed": self.agreed.word(),
        });
        format!("{document:#}\n")
    }
}

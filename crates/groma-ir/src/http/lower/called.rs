//! What the rows of a resource are called: in names of operations and schemas, and in sentences.

use crate::design::{Design, Resource};
use crate::spelling::{article, pascal, snake, spaced};

/// How one resource speaks of its rows.
pub(super) struct Called {
    /// `ProjectTask` for tasks below a project, `TaskShare` for what is below a task already by its name.
    pub(super) name: String,
    /// `ProjectTasks`, `TaskShares`.
    pub(super) names: String,
    /// `a task of a project`, `a share of a task`.
    pub(super) one: String,
    /// `tasks of a project`, `shares of a task`.
    pub(super) many: String,
}

pub(super) fn called(design: &Design, resource: &Resource) -> Called {
    let entity = &design.entities[resource.entity];
    let (name, names) = (entity.name.clone(), pascal(&entity.plural));
    let Some(parent) = resource.parent() else {
        return Called {
            one: article(&spaced(&name)),
            many: spaced(&entity.plural),
            name,
            names,
        };
    };
    let parent = pascal(&entity.fields[parent.field].name);
    let of = article(&spaced(&parent));
    let own = (behind(&name, &parent), behind(&names, &parent));
    let (one, many) = match &own {
        (Some(one), Some(many)) => (spaced(one), spaced(many)),
        _ => (spaced(&name), spaced(&entity.plural)),
    };
    // The same rows elsewhere too need another name here.
    let mut others = design
        .resources
        .iter()
        .filter(|other| other.entity == resource.entity);
    let is_only = others.nth(1).is_none();
    let below = match own {
        (Some(_), Some(_)) if is_only => "",
        _ => parent.as_str(),
    };
    Called {
        name: format!("{below}{name}"),
        names: format!("{below}{names}"),
        one: format!("{} of {of}", article(&one)),
        many: format!("{many} of {of}"),
    }
}

/// `Share` of `TaskShare` behind `Task`; nothing where the name starts otherwise.
fn behind(name: &str, parent: &str) -> Option<String> {
    let rest = snake(name);
    let rest = rest.strip_prefix(&snake(parent))?.strip_prefix('_')?;
    Some(pascal(rest))
}

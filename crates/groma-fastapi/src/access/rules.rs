//! The functions of `access.py`: one for each rule that is asked for.

use groma_ir::access::Pred;
use groma_ir::design::{EntityId, FieldId, Verb};
use groma_ir::words;

use super::pred::Rows;
use super::uses::Uses;
use crate::cx::Cx;
use crate::names;

/// A function that says whether a rule holds on a row.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Function {
    pub(crate) entity: EntityId,
    pub(crate) verb: Verb,
    /// The fields that it is about; none for the row as a whole.
    pub(crate) fields: Vec<FieldId>,
    /// Its name: `may_update`, `may_update_project_id`.
    pub(crate) name: String,
    /// What the row is called in it.
    pub(crate) this: String,
    /// Whether it takes the row after the change as well.
    pub(crate) takes_new: bool,
    /// The function for the row as a whole, where it asks for that as well.
    pub(crate) base: Option<Box<Function>>,
    /// What it says, in normal form; beside the base.
    pub(crate) pred: Pred,
    /// The rules in words.
    pub(crate) doc: String,
}

impl Function {
    /// What its rows are called.
    pub(super) fn rows(&self) -> Rows {
        Rows {
            entity: self.entity,
            this: self.this.clone(),
            new: if self.takes_new {
                "new".into()
            } else {
                self.this.clone()
            },
        }
    }

    /// Whether it holds for nobody, or for everybody who has a token.
    pub(crate) fn is_plain(&self) -> bool {
        self.pred.is_never() || self.pred.is_always()
    }
}

/// The functions of an entity that are asked for.
pub(crate) fn functions(cx: &Cx<'_>, uses: &Uses, entity: EntityId) -> Vec<Function> {
    let declared = &cx.model.design.entities[entity];
    let actions = declared.actions.ids().map(Verb::Action);
    let verbs = [Verb::Read, Verb::Create, Verb::Update, Verb::Delete, Verb::Share];
    let verbs = verbs.into_iter().chain(actions);
    verbs
        .filter(|verb| uses.has(entity, *verb))
        .flat_map(|verb| {
            let mut all = vec![function_of(cx, entity, verb)];
            all.extend(change_functions(cx, entity, verb));
            all
        })
        .collect()
}

/// The function for a verb on the row as a whole.
pub(crate) fn function_of(cx: &Cx<'_>, entity: EntityId, verb: Verb) -> Function {
    made(
        cx,
        (entity, verb),
        cx.model.access.of(entity).verb(verb),
        Vec::new(),
    )
}

/// The functions for fields that rules single out, one for those about which they say the same.
pub(crate) fn change_functions(cx: &Cx<'_>, entity: EntityId, verb: Verb) -> Vec<Function> {
    let access = cx.model.access.of(entity);
    let fields = match verb {
        Verb::Read => &access.shown,
        Verb::Create => &access.create.fields,
        Verb::Update => &access.update.fields,
        Verb::Delete | Verb::Share | Verb::Action(_) => return Vec::new(),
    };
    let mut alike: Vec<(&Pred, Vec<FieldId>)> = Vec::new();
    for (field, pred) in fields {
        match alike.iter_mut().find(|(known, _)| *known == pred) {
            Some((_, fields)) => fields.push(*field),
            None => alike.push((pred, vec![*field])),
        }
    }
    let row = function_of(cx, entity, verb);
    let made = |(pred, fields)| upon(&row, made(cx, (entity, verb), pred, fields));
    alike.into_iter().map(made).collect()
}

/// The same by what the row as a whole asks for, where it asks for all of that.
fn upon(row: &Function, function: Function) -> Function {
    let parts = |pred: &Pred| match pred {
        Pred::All(parts) => parts.clone(),
        other => vec![other.clone()],
    };
    let (asked, all) = (parts(&row.pred), parts(&function.pred));
    if row.is_plain() || !asked.iter().all(|part| all.contains(part)) {
        return function;
    }
    let rest = all.into_iter().filter(|part| !asked.contains(part));
    Function {
        pred: Pred::all(rest),
        base: Some(Box::new(row.clone())),
        ..function
    }
}

fn made(cx: &Cx<'_>, (entity, verb): (EntityId, Verb), pred: &Pred, fields: Vec<FieldId>) -> Function {
    let declared = &cx.model.design.entities[entity];
    let is_new = verb == Verb::Create;
    let pred = if is_new {
        pred.clone().on_this_row()
    } else {
        pred.clone()
    };
    let takes_new = pred.mentions_new();
    let mut name = format!(
        "may_{}",
        names::snake(words::verb(declared, verb)).trim_end_matches('_')
    );
    if let Some(first) = fields.first() {
        name.push('_');
        name.push_str(&names::field(cx.model, entity, *first));
    }
    Function {
        entity,
        verb,
        name,
        this: if is_new { "new".into() } else { cx.row_name(entity) },
        takes_new,
        base: None,
        pred: pred.normal(),
        doc: in_words(cx, entity, verb, &fields),
        fields,
    }
}

/// The rules in words, those that allow first.
fn in_words(cx: &Cx<'_>, entity: EntityId, verb: Verb, fields: &[FieldId]) -> String {
    let design = &cx.model.design;
    let said = design.entities[entity].rules.iter().filter(|rule| {
        rule.verbs.iter().any(|used| {
            let is_about = |field: &FieldId| used.fields.contains(field);
            used.verb == verb && (used.fields.is_empty() || fields.iter().any(is_about))
        })
    });
    let (allowing, refusing): (Vec<_>, Vec<_>) =
        said.partition(|rule| rule.effect == groma_ir::design::Effect::Allow);
    let mut lines: Vec<String> = allowing
        .iter()
        .chain(&refusing)
        .map(|rule| words::rule_line(design, entity, rule, verb))
        .collect();
    if allowing.is_empty() {
        lines.insert(0, String::from("Nobody: no rule allows it."));
    }
    lines.join(" ")
}

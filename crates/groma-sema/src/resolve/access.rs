//! `access` blocks: rules with their verbs, and the conditions under which they count.

use std::collections::BTreeSet;

use groma_diag::Span;
use groma_ir::Id;
use groma_ir::design::{Effect, EntityId, FieldId, Guarantee, Rule, Verb, VerbUse};
use groma_syntax::ast::{self, AstNode};

use super::conds::{Place, Scope};
use super::slips::{Slip, Trust, Where};
use super::{Declared, Resolver};
use crate::rules::{declared_twice, said_twice, verb_fields};

impl Resolver<'_> {
    pub(super) fn access(&mut self, declared: &Declared) {
        for ast in &declared.accesses {
            let Some(subject) = ast.subject() else { continue };
            let Some(id) = self.ruled(&subject) else { continue };
            if let Some(earlier) = self.map.accesses.get(&id) {
                let what = format!("`access {}`", subject.text());
                let found = declared_twice::declared_twice(subject.span(), earlier.span(), &what)
                    .help("write all rules of an entity in one place, so that they can be read together");
                self.report(found);
                continue;
            }
            self.map.accesses.insert(id, ast.clone());
            self.design.entities[id].access_origin = Some(ast.span());
            for rule in ast.rules() {
                self.rule(id, &rule);
            }
        }
        self.usual_shares();
    }

    fn rule(&mut self, id: EntityId, ast: &ast::Rule) {
        let effect = match ast.effect() {
            ast::Effect::Allow => Effect::Allow,
            ast::Effect::Deny => Effect::Deny,
            ast::Effect::Guarantee => return self.guarantee(id, ast),
        };
        let verbs = self.verbs(id, ast);
        let changes = verbs.iter().all(|used| match used.verb {
            Verb::Create | Verb::Update | Verb::Action(_) => true,
            Verb::Read | Verb::Delete | Verb::Share => false,
        });
        // A verb that is unknown may have been one that changes rows.
        let scope = if changes { Scope::Change } else { Scope::Row };
        let who = self.whos(id, scope, ast.whos());
        let except = self.whos(id, scope, ast.except());
        if who.len() < ast.whos().count() || except.len() < ast.except().count() {
            self.unsure.insert(id);
        }
        let place = Place::rule(id, scope, "a rule for reading or deleting");
        let when = ast.when().map(|when| self.cond(&place, &when));
        let when = match when {
            Some(None) => {
                self.unsure.insert(id);
                return;
            }
            Some(Some(when)) => Some(when),
            None => None,
        };
        if verbs.is_empty() || who.is_empty() {
            self.unsure.insert(id);
            return;
        }
        self.design.entities[id].rules.push(Rule {
            effect,
            verbs,
            who,
            except,
            when,
            text: one_line(self.sources.slice(ast.span())),
            origin: ast.span(),
        });
    }

    /// A guarantee is about the row as it is: it says who gets there, whatever they do then.
    fn guarantee(&mut self, id: EntityId, ast: &ast::Rule) {
        let verbs = self.verbs(id, ast);
        let only = self.whos(id, Scope::Row, ast.whos());
        let place = Place::rule(id, Scope::Row, "a guarantee");
        let when = match ast.when().map(|when| self.cond(&place, &when)) {
            Some(None) => return,
            Some(Some(when)) => Some(when),
            None => None,
        };
        if verbs.is_empty() || only.len() < ast.whos().count() {
            return;
        }
        self.design.entities[id].guarantees.push(Guarantee {
            verbs,
            only,
            when,
            text: one_line(self.sources.slice(ast.span())),
            origin: ast.span(),
        });
    }

    fn verbs(&mut self, id: EntityId, ast: &ast::Rule) -> Vec<VerbUse> {
        let mut verbs = Vec::new();
        let mut first: Vec<(String, Span)> = Vec::new();
        for verb in ast.verbs() {
            let Some(name) = verb.name() else { continue };
            let key: String = self.sources.slice(verb.span()).split_whitespace().collect();
            if let Some((_, earlier)) = first.iter().find(|(earlier, _)| *earlier == key) {
                let what = format!("`{key}`");
                let found = said_twice::said_twice(verb.span(), *earlier, &what);
                self.report(found);
                continue;
            }
            if first.len() < 64 {
                first.push((key, verb.span()));
            }
            let fields = self.verb_fields(id, &verb);
            for verb in self.verb(id, &name) {
                verbs.push(VerbUse {
                    verb,
                    fields: fields.clone(),
                });
            }
        }
        verbs
    }

    /// The verbs that a name means: one, or all of them.
    fn verb(&mut self, id: EntityId, name: &ast::Name) -> Vec<Verb> {
        let text = name.text();
        let plain = [Verb::Create, Verb::Read, Verb::Update, Verb::Delete];
        match text.as_str() {
            "all" => {
                let actions = self.design.entities[id].actions.ids().map(Verb::Action);
                let share = self.is_shared(id).then_some(Verb::Share);
                plain.into_iter().chain(share).chain(actions).collect()
            }
            _ => self.named_verb(id, name).into_iter().collect(),
        }
    }

    /// One verb by its name.
    pub(super) fn named_verb(&mut self, id: EntityId, name: &ast::Name) -> Option<Verb> {
        let text = name.text();
        match text.as_str() {
            "create" => return Some(Verb::Create),
            "read" => return Some(Verb::Read),
            "update" => return Some(Verb::Update),
            "delete" => return Some(Verb::Delete),
            "share" if self.is_shared(id) => return Some(Verb::Share),
            _ => {}
        }
        if let Some(action) = self.action_named(id, &text) {
            return Some(Verb::Action(action));
        }
        self.unknown_verb(id, name);
        None
    }

    fn unknown_verb(&mut self, id: EntityId, name: &ast::Name) {
        let text = name.text();
        let entity = &self.design.entities[id];
        let meant = match text.as_str() {
            "list" | "get" => Some(String::from("read")),
            "replace" | "write" | "edit" => Some(String::from("update")),
            _ => {
                let actions = entity.actions.iter().map(|action| action.name.as_str());
                let plain = ["create", "read", "update", "delete", "all"];
                self.guess(&text, plain.into_iter().chain(actions))
            }
        };
        let actions = self.action_names.get(id.index());
        let declared = meant.as_ref().and_then(|meant| Some(actions?.get(meant)?.1));
        self.slip(Slip {
            span: name.span(),
            wanted: "verb or action",
            place: Where::Actions(id),
            meant: meant.map(|meant| (meant, declared)),
            trust: Trust::Never,
            note: match text.as_str() {
                "list" | "get" => Some(String::from("`read` covers getting a row and having it in lists")),
                "share" => Some(String::from(
                    "nothing is shared here: `shared with` says with whom it can be",
                )),
                _ => None,
            },
            name: text,
        });
    }

    /// The fields in the parentheses of a verb.
    fn verb_fields(&mut self, id: EntityId, ast: &ast::Verb) -> Vec<FieldId> {
        let mut fields = ast.fields().peekable();
        let (Some(name), Some(_)) = (ast.name(), fields.peek()) else {
            return Vec::new();
        };
        if self.action_named(id, &name.text()).is_none() && !is_verb(&name.text()) {
            return Vec::new();
        }
        if !(name.is("create") || name.is("read") || name.is("update")) {
            self.report(verb_fields::verb_fields(ast.span(), &name.text()));
            return Vec::new();
        }
        let mut seen = BTreeSet::new();
        let all = self.field_list(id, fields, "a verb");
        all.into_iter()
            .filter_map(|(field, _)| field.filter(|field| seen.insert(*field)))
            .collect()
    }

    /// An action by its name, without a walk over all of them.
    pub(super) fn action_named(&self, id: EntityId, name: &str) -> Option<groma_ir::design::ActionId> {
        self.action_names.get(id.index())?.get(name).map(|(id, _)| *id)
    }
}

/// Whether every entity has a verb of this name.
fn is_verb(name: &str) -> bool {
    matches!(name, "create" | "read" | "update" | "delete" | "all")
}

/// The text of a node on one line.
fn one_line(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split_once(" #").map_or(line, |(code, _)| code));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

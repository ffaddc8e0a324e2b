//! Actions: verbs of the author's own, with inputs, a move, assignments and errors.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::design::{Action, ActionError, ActionId, Default, EntityId, Input, InputId, Type};
use groma_ir::{Arena, Id};
use groma_syntax::ast::{self, AstNode};

use super::conds::{KnownInput, Place, Scope};
use super::entities::doc;
use super::types::TypeUse;
use super::{Declared, Resolver};
use crate::rules::reserved_name::Naming;
use crate::rules::{
    action_move, bad_status, declared_twice, idle_action, misplaced_clause, misplaced_modifier,
};

/// What the clauses of an action add up to.
#[derive(Default)]
struct Body {
    moves: Option<ast::Move>,
    sets: Vec<ast::Assignment>,
    inputs: Vec<ast::Input>,
    errors: Vec<ast::ErrorClause>,
    creates: Vec<ast::CreateRow>,
    find: Option<ast::Find>,
}

impl Resolver<'_> {
    /// The names of all actions, which access rules speak of.
    pub(super) fn actions(&mut self, declared: &Declared) {
        self.action_names = vec![BTreeMap::new(); self.design.entities.len()];
        for resource in &declared.resources {
            let named = resource.entity().filter(|path| path.single().is_some());
            let Some(super::TopKind::Entity(id)) =
                named.and_then(|path| self.top.get(&path.text()).map(|top| top.kind))
            else {
                self.lost_actions(resource);
                continue;
            };
            for item in resource.items() {
                if let ast::ResourceItem::Action(action) = item {
                    self.action_head(id, &action);
                }
            }
        }
    }

    /// Of which entity the actions are is not known, and that has been said: nobody else has to miss them.
    fn lost_actions(&mut self, resource: &ast::Resource) {
        let names = resource.items().filter_map(|item| match item {
            ast::ResourceItem::Action(action) => action.name(),
            _ => None,
        });
        self.damaged.extend(names.map(|name| name.text()));
    }

    fn action_head(&mut self, id: EntityId, ast: &ast::Action) {
        let Some(name) = ast.name() else { return };
        let text = name.text();
        self.check_name(&name, Naming::Action);
        let Some(names) = self.action_names.get_mut(id.index()) else {
            return;
        };
        if let Some((_, earlier)) = names.get(&text) {
            let what = format!("action `{text}` of `{}`", self.design.entities[id].name);
            let found = declared_twice::declared_twice(name.span(), *earlier, &what);
            self.report(found);
            return;
        }
        let action = self.design.entities[id].actions.push(Action {
            name: text.clone(),
            inputs: Arena::default(),
            find: None,
            moves: None,
            sets: Vec::new(),
            creates: Vec::new(),
            errors: Vec::new(),
            doc: doc(ast),
            origin: ast.span(),
        });
        names.insert(text, (action, name.span()));
        if let Some(actions) = self.actions.get_mut(id.index()) {
            actions.push(ast.clone());
        }
    }

    /// What each action takes and does.
    pub(super) fn action_bodies(&mut self) {
        for id in self.design.entities.ids() {
            let actions = self.actions.get(id.index()).cloned().unwrap_or_default();
            for (action, ast) in self.design.entities[id].actions.ids().zip(actions) {
                self.action_body(id, action, &ast);
            }
        }
    }

    fn action_body(&mut self, id: EntityId, action: ActionId, ast: &ast::Action) {
        let body = self.action_clauses(ast);
        let (inputs, by_name) = self.inputs(id, ast, &body.inputs);
        let find = body
            .find
            .as_ref()
            .and_then(|find| self.find(id, find, (&body.inputs, &by_name)));
        let moves = body.moves.as_ref().and_then(|moves| {
            let resolved = self.action_move(id, moves)?;
            self.check_move(id, action, moves, &resolved);
            Some(resolved)
        });
        let declared = body.inputs.iter().filter_map(ast::Input::name);
        let broken = declared
            .map(|name| name.text())
            .filter(|name| !by_name.contains_key(name));
        let place = Place {
            broken: broken.collect(),
            entity: id,
            scope: Scope::Row,
            follows: false,
            clause: "an action",
            inputs: by_name,
        };
        let sets = self.sets(&place, &body.sets, moves.as_ref().map(|moves| moves.field));
        let creates = self.creations(&place, &body.creates);
        let errors = self.errors_of(&place, &body.errors);
        let does_nothing = body.moves.is_none() && body.sets.is_empty() && body.creates.is_empty();
        if does_nothing && !self.is_damaged(ast) && !has_unsupported(ast) {
            let span = ast.name().map_or_else(|| ast.span(), |name| name.span());
            self.report(idle_action::idle_action(
                span,
                &self.design.entities[id].actions[action].name,
            ));
        }
        let declared = &mut self.design.entities[id].actions[action];
        declared.inputs = inputs;
        declared.find = find;
        declared.moves = moves;
        declared.sets = sets;
        declared.creates = creates;
        declared.errors = errors;
    }

    fn action_clauses(&mut self, ast: &ast::Action) -> Body {
        let mut body = Body::default();
        for clause in ast.clauses() {
            match clause {
                ast::Clause::Move(it) => self.once(&mut body.moves, it, "`from .. to`"),
                ast::Clause::Set(it) => body.sets.extend(it.assignments()),
                ast::Clause::Input(it) => body.inputs.push(it),
                ast::Clause::Error(it) => body.errors.push(it),
                ast::Clause::Public(_) | ast::Clause::Limit(_) => {}
                ast::Clause::Find(it) => self.once(&mut body.find, it, "`find by`"),
                ast::Clause::CreateRow(it) => body.creates.push(it),
                ast::Clause::Handled(_) => self.unsupported(clause.span(), "`handled by`"),
                ast::Clause::Status(_) => self.unsupported(clause.span(), "`status` of an action"),
                ast::Clause::Answer(_) => self.unsupported(clause.span(), "`answer`"),
                ast::Clause::Include(_)
                | ast::Clause::Hide(_)
                | ast::Clause::Fields(_)
                | ast::Clause::Cache(_) => {
                    let what = format!("`{}` in an action", super::writes::clause_word(&clause));
                    self.unsupported(clause.span(), &what);
                }
                ast::Clause::Filter(_)
                | ast::Clause::Search(_)
                | ast::Clause::Sort(_)
                | ast::Clause::Page(_)
                | ast::Clause::Shape(_)
                | ast::Clause::Accept(_) => {
                    let word = super::writes::clause_word(&clause);
                    let fits = super::writes::where_it_fits(&clause);
                    self.report(misplaced_clause::misplaced_clause(
                        clause.span(),
                        word,
                        "an action",
                        fits,
                    ));
                }
            }
        }
        body
    }

    /// Whether each state that the action starts from leads to the one that it ends in.
    fn check_move(
        &mut self,
        id: EntityId,
        action: ActionId,
        ast: &ast::Move,
        moves: &groma_ir::design::Move,
    ) {
        let entity = &self.design.entities[id];
        let Some(states) = entity.states_of(moves.field) else {
            return;
        };
        if self.is_shaky(states.origin) {
            return;
        }
        let declared = &self.design.enums[moves.of];
        let variant = |id| declared.variants[id].name.as_str();
        let mut found = Vec::new();
        for (name, from) in ast.from().zip(&moves.from) {
            let allowed = states
                .transitions
                .iter()
                .any(|transition| transition.from == *from && transition.to == moves.to);
            if !allowed && *from != moves.to {
                found.push(action_move::impossible(
                    name.span(),
                    &entity.actions[action].name,
                    variant(*from),
                    variant(moves.to),
                    states.origin,
                ));
            }
        }
        self.out.extend(found);
    }

    fn inputs(
        &mut self,
        id: EntityId,
        ast: &ast::Action,
        all: &[ast::Input],
    ) -> (Arena<InputId, Input>, BTreeMap<String, KnownInput>) {
        let mut inputs = Arena::default();
        let mut by_name: BTreeMap<String, KnownInput> = BTreeMap::new();
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let action = ast.name().map_or_else(String::new, |name| name.text());
        for ast in all {
            let Some(name) = ast.name() else { continue };
            let text = name.text();
            self.check_name(&name, Naming::Member);
            if let Some(earlier) = first.get(&text).copied() {
                let what = format!("input `{text}`");
                self.report(declared_twice::declared_twice(name.span(), earlier, &what));
                continue;
            }
            first.insert(text.clone(), name.span());
            let subject = format!("{}.{action}.{text}", self.design.entities[id].name);
            let Some(input) = self.input(ast, &subject) else {
                continue;
            };
            let known = KnownInput {
                id: inputs.next_id(),
                ty: input.ty.clone(),
                optional: input.optional,
                origin: input.origin,
            };
            inputs.push(input);
            by_name.insert(text, known);
        }
        (inputs, by_name)
    }

    fn input(&mut self, ast: &ast::Input, subject: &str) -> Option<Input> {
        let ty = ast.ty()?;
        let used = self.ty(&ty, subject);
        let (mut stored, optional) = match used {
            TypeUse::Stored {
                ty: Type::Reference(_),
                ..
            } => {
                self.unsupported(ty.span(), "a reference as the input of an action");
                return None;
            }
            TypeUse::Stored { ty, optional } => (ty, optional),
            TypeUse::Inverse { .. } | TypeUse::ListOfRows { .. } => {
                self.unsupported(ty.span(), "a list of rows as the input of an action");
                return None;
            }
            TypeUse::Broken => return None,
        };
        for modifier in ast.modifiers() {
            let word = match &modifier {
                ast::Modifier::Default(_) | ast::Modifier::Matches(_) => continue,
                ast::Modifier::Flag(flag) if flag.kind() == Some(ast::FlagKind::Trim) => continue,
                other => other.source().trim().to_owned(),
            };
            let found = misplaced_modifier::misplaced_modifier(modifier.span(), &word, "fields of entities");
            self.report(found);
        }
        let modifiers = self.modifiers(ast.modifiers());
        self.text_modifiers(&mut stored, &modifiers);
        let default = modifiers.default.as_ref().and_then(|default| {
            match self.default(default, &stored, optional, subject)? {
                Default::Value(value) => Some(value),
                Default::Caller | Default::Now { .. } => {
                    self.unsupported(default.span(), "a default of an input that is no literal");
                    None
                }
            }
        });
        Some(Input {
            name: ast.name()?.text(),
            ty: stored,
            optional,
            default,
            doc: doc(ast),
            origin: ast.span(),
        })
    }

    fn errors_of(&mut self, place: &Place, all: &[ast::ErrorClause]) -> Vec<ActionError> {
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let mut errors = Vec::new();
        for ast in all {
            let (Some(name), Some(status), Some(when)) = (ast.name(), ast.status(), ast.when()) else {
                continue;
            };
            let text = name.text();
            if let Some(earlier) = first.insert(text.clone(), name.span()) {
                let what = format!("error `{text}`");
                self.report(declared_twice::declared_twice(name.span(), earlier, &what));
                continue;
            }
            let code = status.as_integer().and_then(|code| u16::try_from(code).ok());
            let Some(code) = code.filter(|code| is_own_status(*code)) else {
                let wanted = "an error of an action answers 400, 402, 403, 404, 409, 410, 422, 423 or 451";
                self.report(bad_status::bad_status(status.span(), wanted));
                continue;
            };
            if let Some(when) = self.cond(place, &when) {
                errors.push(ActionError {
                    name: text,
                    status: code,
                    when,
                    origin: ast.span(),
                });
            }
        }
        errors
    }
}

/// Statuses that mean nothing else already.
fn is_own_status(code: u16) -> bool {
    matches!(code, 400 | 402 | 403 | 404 | 409 | 410 | 422 | 423 | 451)
}

/// Whether the action's work is in a clause that is not supported yet, which has been said.
fn has_unsupported(ast: &ast::Action) -> bool {
    ast.clauses()
        .any(|clause| matches!(clause, ast::Clause::Handled(_)))
}

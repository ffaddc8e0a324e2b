//! What lies behind references, as functions with names of their own: `is_owner`, `is_shared`, `can_read_project`.

use groma_ir::Id;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Design, EntityId, LinkKind, Path, Row, Term, VariantId, Who};
use groma_ir::words;

use super::pred::{Rows, Writer};
use super::uses::{Uses, verb_of};
use super::ways;
use crate::cx::Cx;
use crate::names;
use crate::python::{Block, Doc, Imports};

/// The functions that the rules of a module share.
#[derive(Debug)]
pub(crate) struct Helpers {
    pub(super) home: EntityId,
    known: Vec<Helper>,
}

#[derive(Clone, Debug)]
struct Helper {
    /// The entity of the row that it is about.
    entity: EntityId,
    /// What it says, of the row as it is; of a tie, at any level.
    atom: Atom,
    name: String,
    takes_caller: bool,
}

impl Helpers {
    /// None yet, for the rules of an entity.
    pub(crate) fn of(home: EntityId) -> Self {
        Self {
            home,
            known: Vec::new(),
        }
    }

    /// The name of the function for a fact about a row of an entity, and whether it takes the caller.
    pub(crate) fn name(&mut self, cx: &Cx<'_>, entity: EntityId, atom: &Atom) -> (String, bool) {
        let atom = of_any_level(atom);
        let mut known = self.known.iter();
        if let Some(helper) = known.find(|known| known.entity == entity && known.atom == atom) {
            return (helper.name.clone(), helper.takes_caller);
        }
        let mut name = called(cx, entity, &atom);
        if entity != self.home {
            name = format!("{}_{name}", cx.package(entity).one);
        }
        let bare = name.clone();
        let mut number = 2;
        while self.known.iter().any(|known| known.name == name) {
            name = format!("{bare}_{number}");
            number += 1;
        }
        let takes_caller = takes_caller(cx, entity, &atom);
        self.known.push(Helper {
            entity,
            atom,
            name: name.clone(),
            takes_caller,
        });
        (name, takes_caller)
    }

    /// The functions, each with those that it needs itself.
    pub(crate) fn write(&mut self, cx: &Cx<'_>, uses: &Uses, imports: &mut Imports) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut at = 0;
        while let Some(helper) = self.known.get(at).cloned() {
            blocks.push(self.write_one(cx, uses, imports, &helper));
            at += 1;
        }
        blocks
    }

    fn write_one(&mut self, cx: &Cx<'_>, uses: &Uses, imports: &mut Imports, helper: &Helper) -> Block {
        let row = cx.row_name(helper.entity);
        let rows = Rows {
            entity: helper.entity,
            this: row.clone(),
            new: row.clone(),
        };
        let mut may_be_nobody = false;
        let mut body = Block::new();
        let mut writer = Writer::new(cx, imports, self, rows);
        body.inner(|body| {
            body.doc(&in_words(cx, helper.entity, &helper.atom));
            match &helper.atom {
                Atom::IsCaller { path, .. } => ways::is_caller(&mut writer, body, path),
                Atom::Linked { path, link, .. } => ways::linked(&mut writer, body, path, *link),
                Atom::Exists {
                    path, target, pred, ..
                } => {
                    let verb = verb_of(cx, helper.entity, path, *target, pred);
                    may_be_nobody = verb.is_some_and(|verb| uses.may_be_nobody(*target, verb));
                    let inner = verb.map(|verb| super::function_of(cx, *target, verb).name);
                    ways::exists(&mut writer, body, (path, *target), (inner, pred));
                }
                _ => {}
            }
        });
        let class = writer.class(helper.entity);
        let mut parameters = vec![Doc::text(format!("{row}: type[{class}]"))];
        imports.name("sqlalchemy", "ColumnElement");
        if helper.takes_caller && cx.caller().is_some() {
            imports.name("app.core.auth", "Caller");
            let caller = if may_be_nobody { "Caller | None" } else { "Caller" };
            parameters.push(Doc::text(format!("caller: {caller}")));
        }
        if let Some(levels) = level_class(cx, &helper.atom) {
            parameters.push(Doc::text(format!("*levels: {levels}")));
        }
        let mut block = Block::new();
        let head = Doc::call(format!("def {}", helper.name), parameters);
        block
            .statement("", &head, " -> ColumnElement[bool]:")
            .append(body);
        block
    }
}

fn level_class(cx: &Cx<'_>, atom: &Atom) -> Option<String> {
    let Atom::Linked { link, .. } = atom else {
        return None;
    };
    let tie = cx.model.design.entities[*link].link.as_ref()?;
    Some(names::enumeration(cx.model, tie.of))
}

/// The same of the row as it is, and of a tie at any level.
fn of_any_level(atom: &Atom) -> Atom {
    let mut atom = match Pred::Atom(atom.clone()).on_row(Row::This) {
        Pred::Atom(atom) => atom,
        Pred::All(_) | Pred::Any(_) | Pred::Not(_) => unreachable!("a fact stays a fact on another row"),
    };
    if let Atom::Linked { least, .. } = &mut atom {
        *least = VariantId::new(0);
    }
    atom
}

fn called(cx: &Cx<'_>, entity: EntityId, atom: &Atom) -> String {
    let design = &cx.model.design;
    match atom {
        Atom::Linked { path, link, .. } => {
            let kind = design.entities[*link].link.as_ref().map(|tie| tie.kind);
            let word = if kind == Some(LinkKind::Members) {
                "member"
            } else {
                "shared"
            };
            match way(design, entity, path) {
                way if way.is_empty() => format!("is_{word}"),
                way => format!("is_{way}_{word}"),
            }
        }
        Atom::Exists {
            path, target, pred, ..
        } => match verb_of(cx, entity, path, *target, pred) {
            Some(verb) => {
                let verb = names::snake(words::verb(&design.entities[*target], verb));
                format!("can_{}_{}", verb.trim_end_matches('_'), way(design, entity, path))
            }
            None => format!("{}_qualifies", way(design, entity, path)),
        },
        Atom::IsCaller { path, .. } => format!("is_{}", way(design, entity, path)),
        _ => String::from("holds"),
    }
}

/// The names of the references: `post_author`.
fn way(design: &Design, entity: EntityId, path: &Path) -> String {
    let mut at = Some(entity);
    let mut names = Vec::new();
    for step in &path.steps {
        let Some(entity) = at else { break };
        let field = &design.entities[entity].fields[*step];
        names.push(names::snake(&field.name));
        at = field.ty.target();
    }
    names.join("_")
}

fn in_words(cx: &Cx<'_>, entity: EntityId, atom: &Atom) -> String {
    let design = &cx.model.design;
    let who = match atom {
        Atom::IsCaller { path, .. } => Who::Path(path.clone()),
        Atom::Linked {
            path, link, least, ..
        } => {
            let who = Who::Level {
                path: path.clone(),
                link: *link,
                least: *least,
            };
            return sentence(&format!(
                "{}, at one of these levels",
                words::who(design, entity, &who)
            ));
        }
        Atom::Exists {
            path, target, pred, ..
        } => match verb_of(cx, entity, path, *target, pred) {
            Some(verb) => Who::Can {
                verb,
                path: path.clone(),
                entity: *target,
            },
            None => {
                return format!(
                    "What is asked of its {}.",
                    way(design, entity, path).replace('_', " ")
                );
            }
        },
        _ => return String::new(),
    };
    sentence(&words::who(design, entity, &who))
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).chain(['.']).collect()
}

fn takes_caller(cx: &Cx<'_>, entity: EntityId, atom: &Atom) -> bool {
    match atom {
        Atom::Exists {
            path, target, pred, ..
        } => {
            verb_of(cx, entity, path, *target, pred).is_some()
                || pred.any_atom(&|inner| takes_caller(cx, *target, inner))
        }
        Atom::Compare { left, right, .. } => is_of_token(left) || is_of_token(right),
        Atom::IsNone(term) => is_of_token(term),
        Atom::In { term, set } => is_of_token(term) || set.iter().any(is_of_token),
        Atom::IsTrue { .. } => false,
        Atom::Authenticated
        | Atom::Role(_)
        | Atom::IsCaller { .. }
        | Atom::Linked { .. }
        | Atom::ClaimIsTrue(_) => true,
    }
}

fn is_of_token(term: &Term) -> bool {
    matches!(term, Term::Caller | Term::Claim(_))
}

/// The levels that will do, as arguments.
pub(super) fn levels(cx: &Cx<'_>, imports: &mut Imports, atom: &Atom) -> Vec<Doc> {
    let Atom::Linked { link, least, .. } = atom else {
        return Vec::new();
    };
    let Some(tie) = &cx.model.design.entities[*link].link else {
        return Vec::new();
    };
    let class = names::enumeration(cx.model, tie.of);
    if let Some(module) = cx.module_of_enum(tie.of) {
        imports.name(&module, &class);
    }
    if least.index() == 0 {
        return vec![Doc::text(format!("*{class}"))];
    }
    let levels = cx.model.design.enums[tie.of].variants.ids();
    let levels = levels.filter(|level| level >= least);
    levels
        .map(|level| Doc::text(format!("{class}.{}", names::variant(cx.model, tie.of, level))))
        .collect()
}

//! W439.

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Entity, EntityId, Field, FieldId, List, Page, PageMode, Type};
use groma_ir::http::LONGEST_TARGET;
use groma_ir::scalar::Scalar;
use groma_ir::tables::{base_type, max_length};

use super::page::rule;
use super::reach::join;
use super::{hidden_filter, places};
use crate::resolve::Resolved;

rule! {
    /// What a list is sorted by fits into the cursor of a page.
    ///
    /// ## Why
    /// The cursor that leads to the next page carries the last row's values of all fields that the list was sorted by,
    /// and a path with its query has at most 8 KiB. Behind a row with a text that does not fit, the next page is a 414:
    /// one such row ends the list for everybody. Of the 8 KiB, 6 are for the cursor: about 1,100 characters of text, of
    /// up to 4 bytes each, of all fields that may be sorted by together. A list by `page offset` has no cursor.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   body: text(1..5000)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow all to owner
    /// }
    /// resource /notes for Note {
    ///   list { sort body; page 20 max 100 }
    ///   create { accept body }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   body: text(1..5000)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow all to owner
    /// }
    /// resource /notes for Note {
    ///   list { sort title; page 20 max 100 }
    ///   create { accept title, body }
    /// }
    Warning LONG_SORT "W439" "long-sort"
}

/// The most bytes of a cursor: as base64 it then takes 6 of the 8 KiB, and leaves the rest to the path and the filters.
const ROOM: usize = LONGEST_TARGET / 4 * 3 / 4 * 3;
/// What a cursor begins with: its version, and the digest of its query.
const HEAD: usize = 9;
/// What a value that is no text takes: whether there is one, and 16 bytes of a UUID at most.
const OTHER: usize = 17;
/// What stands before text: whether there is one, and its length.
const BEFORE_TEXT: usize = 5;

/// Text that a cursor carries.
struct Text<'d> {
    field: &'d Field,
    /// Whether `sort` names it; the key is carried even where it does not.
    is_named: bool,
    /// The most characters.
    most: Option<u32>,
    /// The most bytes of a character.
    width: usize,
}

impl Text<'_> {
    fn bytes(&self) -> Option<usize> {
        let most = usize::try_from(self.most?).ok()?;
        Some(BEFORE_TEXT + most * self.width)
    }
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, resource, _) in places::resources(resolved) {
        let Some(list) = &resource.list else { continue };
        if list.sort.is_empty() || list.page.mode == PageMode::Offset || !resolved.is_sound(list.origin) {
            continue;
        }
        let entity = &resolved.design.entities[resource.entity];
        let fields = carried(list, entity);
        let texts = fields.iter().filter_map(|field| {
            let is_named = list.sort.iter().any(|sort| sort.field == *field);
            text(resolved, (resource.entity, *field), is_named)
        });
        let texts: Vec<Text<'_>> = texts.collect();
        let others = fields.len() - texts.len();
        let room = ROOM.saturating_sub(HEAD + others * OTHER);
        let place = |text: &Text<'_>| {
            let named = hidden_filter::place(resolved, id, "sort", &text.field.name);
            named.unwrap_or(list.origin)
        };
        let (long, together) = split(texts, room);
        let page = list.page;
        found.extend(long.iter().map(|text| too_long(place(text), text, room, page)));
        let longest = together
            .iter()
            .rev()
            .filter(|text| text.is_named)
            .max_by_key(|text| text.bytes());
        found.extend(longest.map(|text| too_long_together(place(text), &together, page)));
    }
    found
}

/// The fields whose values a cursor carries at most: all that may be sorted by, and the key, which breaks ties.
fn carried(list: &List, entity: &Entity) -> Vec<FieldId> {
    let mut fields: Vec<FieldId> = list.sort.iter().map(|sort| sort.field).collect();
    if !fields.contains(&entity.key) {
        fields.push(entity.key);
    }
    fields
}

/// The field as text, where it is some. What is not `text` is ASCII; patterns, which may ask for that too, are not
/// looked at. A key stands in paths as well: one that has no maximum is taken to be short.
fn text<'r>(
    resolved: &'r Resolved<'_>,
    (entity, id): (EntityId, FieldId),
    is_named: bool,
) -> Option<Text<'r>> {
    let design = &resolved.design;
    let field = &design.entities[entity].fields[id];
    if resolved.broken.contains(&(entity, id)) || !resolved.is_sound(field.origin) {
        return None;
    }
    let is_key = id == design.entities[entity].key || field.ty.target().is_some();
    let (most, width) = match base_type(design, &field.ty) {
        Type::Scalar(Scalar::Text(text)) if text.max.is_some() || !is_key => (text.max, 4),
        ty => (Some(max_length(ty)?), 1),
    };
    Some(Text {
        field,
        is_named,
        most,
        width,
    })
}

/// The texts of a sort that do not fit by themselves; and the others, if these do not fit together.
fn split(texts: Vec<Text<'_>>, room: usize) -> (Vec<Text<'_>>, Vec<Text<'_>>) {
    let fits = |text: &Text<'_>| text.bytes().is_some_and(|bytes| bytes <= room);
    let (fitting, mut long): (Vec<_>, Vec<_>) = texts.into_iter().partition(fits);
    long.retain(|text| text.is_named);
    let all: usize = fitting.iter().filter_map(Text::bytes).sum();
    (long, if all > room { fitting } else { Vec::new() })
}

fn too_long(span: Span, text: &Text<'_>, room: usize, page: Page) -> Diagnostic {
    let name = &text.field.name;
    let message = match text.most {
        Some(most) => format!("`{name}`, up to {most} characters, is too long for the cursor of a page"),
        None => format!("`{name}` has no maximum length, and may be too long for the cursor of a page"),
    };
    let fitting = room.saturating_sub(BEFORE_TEXT) / text.width;
    let shorter = format!("allow at most {fitting} characters in `{name}`");
    told(span, message, &shorter, page)
}

fn too_long_together(span: Span, texts: &[Text<'_>], page: Page) -> Diagnostic {
    let names: Vec<String> = texts
        .iter()
        .map(|text| format!("`{}`", text.field.name))
        .collect();
    let most: u32 = texts.iter().filter_map(|text| text.most).sum();
    let names = join(&names, "and");
    let message = format!("{names}, up to {most} characters together, are too long for the cursor of a page");
    told(span, message, "make one of them shorter", page)
}

fn told(span: Span, message: String, shorter: &str, page: Page) -> Diagnostic {
    let (size, most) = (page.default, page.max);
    Diagnostic::new(&LONG_SORT, span, message)
        .note("a path with its query has at most 8 KiB, the cursor included: the page behind such a row is a 414")
        .help(format!(
            "{shorter}, sort by something else, or write `page offset {size} max {most}`, which has no cursor"
        ))
}

//! Names that mean nothing: gathered while resolving and said at the end, so that one mistake is said once, and where
//! it was made.
//!
//! A name that is missed in many places is one mistake. If something is declared that is called nearly so and that
//! nobody names, the declaration is the mistake. And what hangs on a line that could not be read is none at all.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, Sources, Span, is_slip, only_slip};
use groma_ir::Id;
use groma_ir::design::{EntityId, EnumId};
use groma_syntax::Parsed;
use groma_syntax::ast::{self, AstNode};

use super::{Declared, Resolver};
use crate::rules::reserved_name::TYPES;
use crate::rules::unknown_name::{Meant, Unknown, misdeclared, unknown};
use crate::rules::unknown_variant::unknown_variant;

/// Where a name was looked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Where {
    /// Among the entities and enums.
    Top,
    /// Among the members of an entity.
    Members(EntityId),
    /// Among the actions of an entity.
    Actions(EntityId),
    /// Among the roles, and the members of an entity.
    Who(EntityId),
    /// Among the values of an enum.
    Variants(EnumId),
    /// Among the roles and claims.
    Auth,
}

/// Whether a machine may put another name there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// No: that could open something.
    Never,
    /// If it is a slip of the pen away, and no other name is.
    Near,
    /// Yes: other languages call the same thing so.
    Alias,
}

/// A name that means nothing.
pub(super) struct Slip {
    pub(super) name: String,
    pub(super) span: Span,
    /// What it should be: `field`.
    pub(super) wanted: &'static str,
    pub(super) place: Where,
    /// The one that was probably meant, and where it is declared, if it is declared in a file.
    pub(super) meant: Option<(String, Option<Span>)>,
    /// Whether a machine may put that one there.
    pub(super) trust: Trust,
    pub(super) note: Option<String>,
}

/// All places where the same name is missed.
struct Group {
    slip: Slip,
    places: Vec<Span>,
}

impl Group {
    /// What it was probably meant to be, if that is no wild guess.
    fn near(&self) -> Option<&(String, Option<Span>)> {
        let meant = self.slip.meant.as_ref();
        meant.filter(|(meant, _)| is_slip(&self.slip.name, meant))
    }
}

fn has_type(field: &ast::Field) -> bool {
    let ty = field.ty();
    ty.is_some_and(|ty| ty.path().is_some() || ty.is_list() || ty.hole().is_some())
}

impl Resolver<'_> {
    /// Keeps a name that means nothing until all of them are known; one on a line that cannot be read is none.
    pub(super) fn slip(&mut self, slip: Slip) {
        self.guesses += 1;
        self.unsound.insert((slip.span.file, slip.span.start));
        let last = slip.name.rsplit('.').next().unwrap_or_default();
        if !self.damaged.contains(last) {
            self.slips.push(slip);
        }
    }

    /// Says what has been gathered.
    pub(super) fn settle_slips(&mut self, declared: &Declared) {
        let groups = self.groups();
        if groups.is_empty() {
            return;
        }
        let uses = self.uses(&groups);
        for group in self.unexcused(declared, groups) {
            let found = self.finding_of(&group, &uses);
            self.report(found);
        }
    }

    /// The slips by where they were looked for and by name, each with its places in order.
    fn groups(&mut self) -> Vec<(Where, Group)> {
        let mut groups: BTreeMap<(Where, String), Group> = BTreeMap::new();
        let mut slips = std::mem::take(&mut self.slips);
        slips.sort_by_key(|slip| slip.span);
        slips.retain(|slip| !self.is_echo(slip.span));
        let members: BTreeSet<(EntityId, String)> = slips
            .iter()
            .filter_map(|slip| match slip.place {
                Where::Members(entity) => Some((entity, slip.name.clone())),
                _ => None,
            })
            .collect();
        for slip in slips {
            let place = self.place_of(&slip, &members);
            let span = slip.span;
            let group = groups.entry((place, slip.name.clone())).or_insert(Group {
                slip,
                places: Vec::new(),
            });
            if group.places.last() != Some(&span) {
                group.places.push(span);
            }
        }
        groups
            .into_iter()
            .map(|((place, _), group)| (place, group))
            .collect()
    }

    /// Whether it was a role or a field that somebody meant is told by what is called so, or by where lines are broken.
    fn place_of(&self, slip: &Slip, members: &BTreeSet<(EntityId, String)>) -> Where {
        let Where::Who(entity) = slip.place else {
            return slip.place;
        };
        let is_member = |(meant, _): &(String, _)| self.member(entity, meant).is_some();
        let is_missed = members.contains(&(entity, slip.name.clone()));
        if is_missed || self.lost_members(entity) > 0 || slip.meant.as_ref().is_some_and(is_member) {
            Where::Members(entity)
        } else {
            Where::Auth
        }
    }

    /// How often each name is used that could have been meant, without its declaration.
    fn uses(&self, groups: &[(Where, Group)]) -> BTreeMap<String, usize> {
        let meant = groups.iter().filter_map(|(_, group)| group.slip.meant.as_ref());
        let mut uses: BTreeMap<String, usize> = meant.map(|(name, _)| (name.clone(), 0)).collect();
        for file in self.parsed {
            for name in file.names() {
                if let Some(count) = uses.get_mut(&name) {
                    *count += 1;
                }
            }
        }
        for count in uses.values_mut() {
            *count = count.saturating_sub(1);
        }
        uses
    }

    /// Those that no broken line accounts for: each may have declared one name.
    fn unexcused(&self, declared: &Declared, groups: Vec<(Where, Group)>) -> Vec<Group> {
        let mut by_place: BTreeMap<Where, Vec<Group>> = BTreeMap::new();
        for (place, group) in groups {
            by_place.entry(place).or_default().push(group);
        }
        let mut left = Vec::new();
        for (place, groups) in by_place {
            let (near, mut far): (Vec<Group>, Vec<Group>) =
                groups.into_iter().partition(|group| group.near().is_some());
            left.extend(near);
            // What is missed most was most likely there.
            far.sort_by_key(|group| std::cmp::Reverse(group.places.len()));
            left.extend(far.into_iter().skip(self.broken_lines(declared, place)));
        }
        left
    }

    /// How many lines could not be read where a name of this kind is declared.
    pub(super) fn broken_lines(&self, declared: &Declared, place: Where) -> usize {
        match place {
            Where::Top => {
                let named: usize = declared.named().map(|span| self.faults_within(span)).sum();
                self.faults.len().saturating_sub(named)
            }
            Where::Members(entity) | Where::Who(entity) => self.lost_members(entity),
            Where::Variants(of) => self.faults_within(self.design.enums[of].origin),
            Where::Auth => {
                let auths = declared.auths.iter();
                auths.map(|auth| self.faults_within(auth.span())).sum()
            }
            Where::Actions(entity) => {
                let name = &self.design.entities[entity].name;
                let resources = declared.resources.iter();
                resources
                    .filter(|resource| resource.entity().is_none_or(|path| path.is(name)))
                    .map(|resource| self.faults_within(resource.span()))
                    .sum()
            }
        }
    }

    /// Whether something could not be read that may have been a declaration.
    pub(super) fn has_lost_declarations(&self, parsed: &[Parsed]) -> bool {
        !self.faults.is_empty() && self.broken_lines(&Declared::collect(parsed), Where::Top) > 0
    }

    /// Lines of an entity that could not be read so far that it is known what they declare.
    fn lost_members(&self, entity: EntityId) -> usize {
        let all = self.faults_within(self.design.entities[entity].origin);
        let source = self.map.entities.get(entity.index()).filter(|_| all > 0);
        let fields = source
            .and_then(|source| source.ast.as_ref())
            .into_iter()
            .flat_map(ast::Entity::fields);
        let known = fields.filter(|field| field.name().is_some() && has_type(field));
        let known: usize = known
            .map(|field| self.faults_within(to_line_end(self.sources, field.span())))
            .sum();
        all.saturating_sub(known)
    }

    /// Whether something inside could not be read or means nothing.
    pub(super) fn is_shaky(&self, span: Span) -> bool {
        let Span { file, start, end } = span;
        let mut slips = self.unsound.range((file, start)..=(file, end));
        slips.next().is_some() || self.faults_within(span) > 0
    }

    fn faults_within(&self, span: Span) -> usize {
        let Span { file, start, end } = span;
        self.faults.range((file, start)..=(file, end)).count()
    }

    fn finding_of(&self, group: &Group, uses: &BTreeMap<String, usize>) -> Diagnostic {
        let Group { slip, places } = group;
        let uses = |name: &str| uses.get(name).copied().unwrap_or(0);
        let inside = self.inside(slip.place);
        let what = Unknown {
            name: &slip.name,
            places,
            wanted: slip.wanted,
            inside: &inside,
            meant: slip.meant.as_ref().map(|(name, declared)| Meant {
                name,
                declared: *declared,
                uses: uses(name),
                may_fix: match slip.trust {
                    Trust::Never => false,
                    Trust::Alias => true,
                    // Between two that are named equally often only the author knows which is the slip.
                    Trust::Near => {
                        self.is_only(slip, name) && (declared.is_none() || uses(name) >= places.len())
                    }
                },
            }),
        };
        if let Some((meant, Some(at))) = group.near()
            && uses(meant) == 0
            && places.len() > 1
            && self.sources.slice(*at) == meant
        {
            return misdeclared(&what, meant, *at);
        }
        let found = match slip.place {
            Where::Variants(of) => {
                let of = &self.design.enums[of];
                unknown_variant(self.sources, &slip.name, places, of, what.meant)
            }
            _ => unknown(self.sources, &what),
        };
        match &slip.note {
            Some(note) => found.note(note.clone()),
            None => found,
        }
    }

    /// Whether nothing else that is declared is as near to the name.
    fn is_only(&self, slip: &Slip, meant: &str) -> bool {
        let only = match slip.place {
            Where::Top => {
                let tops = self.top.keys().map(String::as_str);
                only_slip(&slip.name, tops.chain(TYPES))
            }
            Where::Members(entity) => {
                let source = self.map.entities.get(entity.index());
                let members = source.into_iter().flat_map(|source| source.members.keys());
                only_slip(&slip.name, members.map(String::as_str))
            }
            Where::Variants(of) => {
                let variants = self.design.enums[of].variants.iter();
                only_slip(&slip.name, variants.map(|variant| variant.name.as_str()))
            }
            Where::Actions(_) | Where::Who(_) | Where::Auth => None,
        };
        only == Some(meant)
    }

    fn inside(&self, place: Where) -> String {
        match place {
            Where::Top => String::new(),
            Where::Members(entity) | Where::Actions(entity) | Where::Who(entity) => {
                self.design.entities[entity].name.clone()
            }
            Where::Variants(of) => self.design.enums[of].name.clone(),
            Where::Auth => String::from("auth"),
        }
    }
}

/// A range with what is left of its last line, where the parser may have found fault with it.
pub(super) fn to_line_end(sources: &Sources, span: Span) -> Span {
    let rest = sources
        .text(span.file)
        .get(span.end as usize..)
        .unwrap_or_default();
    let more = rest.find(['\n', ';']).unwrap_or(rest.len());
    Span::new(span.file, span.start, span.end + u32::try_from(more).unwrap_or(0))
}

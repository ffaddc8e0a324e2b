//! From the design to its canonical form: ids become names.

mod action;
mod leaf;
mod term;

use super::{VERSION, form};
use crate::Id;
use crate::design::{
    Admission, Aggregate, Auth, ClaimType, Cond, Default, Design, Effect, Entity, EntityId, Field, FieldId,
    Generated, Guarantee, Inverse, Jwks, Link, List, ListShape, Measure, Mode, PageMode, Report, Resource,
    RoleId, Rule, Segment, States, Storage, Type, Value, Verb, VerbUse, Who, WriteBy,
};
use crate::words;
use leaf::{admission, enumeration, on_delete, rate, scalar, setting, was};
use term::InAction;

pub(super) fn design(design: &Design) -> form::Design {
    let w = Writer { design };
    form::Design {
        version: VERSION,
        service: w.service(),
        auth: design.auth.as_ref().map(|auth| w.auth(auth)),
        enums: by_name(design.enums.iter().map(enumeration), |of| &of.name),
        entities: by_name(
            design.entities.entries().map(|(id, entity)| w.entity(id, entity)),
            |of| &of.name,
        ),
        resources: by_name(
            design.resources.iter().map(|resource| w.resource(resource)),
            |of| &of.path,
        ),
        questions: by_name(w.questions().into_iter(), |of| &of.text),
        holes: by_name(w.holes().into_iter(), |of| &of.subject),
        decisions: by_name(w.decisions().into_iter(), |of| &of.subject),
    }
}

/// In the order of their names: in which file a declaration stands, and where in it, means nothing.
fn by_name<T>(declarations: impl Iterator<Item = T>, name: fn(&T) -> &String) -> Vec<T> {
    let mut sorted: Vec<T> = declarations.collect();
    sorted.sort_by(|a, b| name(a).cmp(name(b)));
    sorted
}

/// Looks names up in the design.
struct Writer<'a> {
    design: &'a Design,
}

impl Writer<'_> {
    fn service(&self) -> form::Service {
        let service = &self.design.service;
        form::Service {
            name: service.name.clone(),
            title: service.title.clone(),
            base: service.base.clone(),
            cors: service.cors.as_ref().map(|cors| form::Cors {
                origins: cors.origins.iter().map(setting).collect(),
                credentials: cors.credentials,
            }),
            body_limit: service.limits.body,
            rate: service.limits.rate.map(rate),
            validation_status: service.validation_status,
            row_security: service.row_security.clone(),
            doc: service.doc.clone(),
        }
    }

    fn auth(&self, auth: &Auth) -> form::Auth {
        form::Auth {
            issuer: auth.issuer.as_ref().map(setting),
            audience: auth.audience.iter().map(setting).collect(),
            keys: match &auth.jwks {
                Jwks::IssuerPath(path) => form::Keys::IssuerPath(path.clone()),
                Jwks::At(at) => form::Keys::Jwks(setting(at)),
                Jwks::Secret(secret) => form::Keys::Secret(setting(secret)),
            },
            algorithms: auth.algorithms.iter().map(|algorithm| algorithm.name()).collect(),
            leeway: auth.leeway,
            caller: self.entity_name(auth.caller),
            caller_claim: auth.caller_claim.clone(),
            claims: auth.claims.iter().map(claim).collect(),
            roles: auth.roles.iter().map(|role| Self::role(auth, role)).collect(),
            role_claim: auth.role_claim.clone(),
            default_role: auth.default_role.map(|role| auth.roles[role].name.clone()),
        }
    }

    fn role(auth: &Auth, role: &crate::design::Role) -> form::Role {
        let included = auth.roles.entries().filter(|(id, _)| role.includes.contains(*id));
        form::Role {
            name: role.name.clone(),
            includes: included.map(|(_, role)| role.name.clone()).collect(),
        }
    }

    fn entity_name(&self, entity: EntityId) -> String {
        self.design.entities[entity].name.clone()
    }

    fn names(entity: &Entity, fields: &[FieldId]) -> Vec<String> {
        fields
            .iter()
            .map(|field| entity.fields[*field].name.clone())
            .collect()
    }

    fn entity(&self, id: EntityId, entity: &Entity) -> form::Entity {
        form::Entity {
            name: entity.name.clone(),
            plural: entity.plural.clone(),
            storage: match entity.storage {
                Storage::Managed => "managed",
                Storage::ExternalTable => "external_table",
                Storage::ExternalId => "external",
            },
            table: entity.table.clone(),
            was: entity.was.as_ref().map(was),
            key: entity.fields[entity.key].name.clone(),
            owner: entity.owner.map(|owner| entity.fields[owner].name.clone()),
            fence: entity.fence.map(|fence| entity.fields[fence].name.clone()),
            link: entity.link.as_ref().map(|link| self.link(entity, link)),
            fields: entity.fields.iter().map(|field| self.field(field)).collect(),
            inverses: entity
                .inverses
                .iter()
                .map(|inverse| self.inverse(inverse))
                .collect(),
            uniques: entity
                .uniques
                .iter()
                .map(|unique| form::Unique {
                    fields: Self::names(entity, &unique.fields),
                    when: unique.when.as_ref().map(|when| self.cond(id, when)),
                })
                .collect(),
            indexes: entity
                .indexes
                .iter()
                .map(|index| Self::names(entity, &index.fields))
                .collect(),
            checks: entity
                .checks
                .iter()
                .map(|check| self.cond(id, &check.cond))
                .collect(),
            states: entity
                .states
                .iter()
                .map(|states| self.states(entity, states))
                .collect(),
            actions: entity
                .actions
                .iter()
                .map(|action| self.action(id, action))
                .collect(),
            access: entity.rules.iter().map(|rule| self.rule(id, rule)).collect(),
            guarantees: entity
                .guarantees
                .iter()
                .map(|guarantee| self.guarantee(id, guarantee))
                .collect(),
            doc: entity.doc.clone(),
        }
    }

    fn link(&self, entity: &Entity, link: &Link) -> form::Link {
        let name = |field: FieldId| entity.fields[field].name.clone();
        let level = |level| self.design.variant_name(link.of, level).to_owned();
        form::Link {
            kind: link.kind.word(),
            parent: name(link.parent),
            user: name(link.user),
            level: name(link.level),
            at_least: link.least.map(|least| (least.count, level(least.level))),
        }
    }

    fn field(&self, field: &Field) -> form::Field {
        form::Field {
            name: field.name.clone(),
            wire: field.wire.clone(),
            column: field.column.clone(),
            was: field.was.as_ref().map(was),
            ty: self.ty(&field.ty),
            optional: field.optional,
            default: field.default.as_ref().map(|default| self.default(default)),
            written_by: match field.write {
                WriteBy::Caller => "caller",
                WriteBy::Server => "server",
            },
            mode: match field.mode {
                Mode::Open => "open",
                Mode::WriteOnly => "writeonly",
                Mode::Internal => "internal",
            },
            generated: field.generated.map(|generated| match generated {
                Generated::Uuid7 => "uuid7",
                Generated::Identity => "identity",
            }),
            touch: field.touch,
            on_delete: field.on_delete.map(on_delete),
            unindexed: field.unindexed,
            doc: field.doc.clone(),
        }
    }

    fn ty(&self, ty: &Type) -> form::Type {
        match ty {
            Type::Scalar(of) => form::Type::Scalar(scalar(of)),
            Type::Enum(of) => form::Type::Enum(self.design.enums[*of].name.clone()),
            Type::Reference(entity) => form::Type::Reference(self.entity_name(*entity)),
            Type::List(list) => form::Type::List(Box::new(form::List {
                item: self.ty(&list.item),
                min: list.min,
                max: list.max,
            })),
        }
    }

    fn default(&self, default: &Default) -> form::Default {
        match default {
            Default::Value(value) => form::Default::Value(self.value(value)),
            Default::Caller => form::Default::Caller,
            Default::Now { offset } => form::Default::Now(*offset),
        }
    }

    fn value(&self, value: &Value) -> form::Value {
        match value {
            Value::None => form::Value::None,
            Value::Bool(value) => form::Value::Bool(*value),
            Value::Int(value) => form::Value::Int(*value),
            Value::Float(value) => form::Value::Float(*value),
            Value::Text(value) => form::Value::Text(value.clone()),
            Value::Variant(of, variant) => {
                form::Value::Text(self.design.variant_name(*of, *variant).to_owned())
            }
            Value::List(values) => form::Value::List(values.iter().map(|item| self.value(item)).collect()),
        }
    }

    fn inverse(&self, inverse: &Inverse) -> form::Inverse {
        form::Inverse {
            name: inverse.name.clone(),
            entity: self.entity_name(inverse.entity),
            via: self.design.entities[inverse.entity].fields[inverse.via]
                .name
                .clone(),
        }
    }

    fn states(&self, entity: &Entity, states: &States) -> form::States {
        let variant = |variant| self.design.variant_name(states.of, variant).to_owned();
        form::States {
            field: entity.fields[states.field].name.clone(),
            transitions: states
                .transitions
                .iter()
                .map(|transition| form::Transition {
                    from: variant(transition.from),
                    to: variant(transition.to),
                    action: transition
                        .claimed_by
                        .map(|action| entity.actions[action].name.clone()),
                })
                .collect(),
        }
    }

    fn guarantee(&self, id: EntityId, guarantee: &Guarantee) -> form::Guarantee {
        form::Guarantee {
            verbs: self.verbs(id, &guarantee.verbs),
            only: guarantee.only.iter().map(|who| self.who(id, who)).collect(),
            when: guarantee.when.as_ref().map(|when| self.cond(id, when)),
        }
    }

    fn verbs(&self, id: EntityId, verbs: &[VerbUse]) -> Vec<form::Verb> {
        let entity = &self.design.entities[id];
        let verbs = verbs.iter().map(|used| form::Verb {
            verb: verb(entity, used.verb),
            fields: Self::names(entity, &used.fields),
        });
        verbs.collect()
    }

    fn rule(&self, id: EntityId, rule: &Rule) -> form::Rule {
        form::Rule {
            effect: match rule.effect {
                Effect::Allow => "allow",
                Effect::Deny => "deny",
            },
            verbs: self.verbs(id, &rule.verbs),
            who: rule.who.iter().map(|who| self.who(id, who)).collect(),
            except: rule.except.iter().map(|who| self.who(id, who)).collect(),
            when: rule.when.as_ref().map(|when| self.cond(id, when)),
        }
    }

    fn who(&self, id: EntityId, who: &Who) -> form::Who {
        match who {
            Who::Everyone => form::Who::Everyone,
            Who::Authenticated => form::Who::Authenticated,
            Who::Role(role) => form::Who::Role(self.role_name(*role)),
            Who::Path(path) => form::Who::Path(words::path(self.design, id, path)),
            Who::Level { path, link, least } => form::Who::Level {
                path: words::path(self.design, id, path),
                link: self.entity_name(*link),
                least: self.design.level_name(*link, *least).to_owned(),
            },
            Who::Can {
                verb: of,
                path,
                entity,
            } => form::Who::Can {
                verb: verb(&self.design.entities[*entity], *of),
                path: words::path(self.design, id, path),
            },
        }
    }

    fn role_name(&self, role: RoleId) -> String {
        match &self.design.auth {
            Some(auth) => auth.roles[role].name.clone(),
            None => unreachable!("a role {} is only named where there is an `auth`", role.index()),
        }
    }

    fn cond(&self, entity: EntityId, cond: &Cond) -> form::Cond {
        InAction {
            writer: self,
            entity,
            action: None,
        }
        .cond(cond)
    }

    /// The path as a design says it, and by what a row in it is found where that is not its key.
    fn path(&self, resource: &Resource, path: &[Segment]) -> String {
        let mut owner = resource.entity;
        let mut text = String::new();
        for segment in path.iter().rev() {
            let part = match segment {
                Segment::Item => {
                    let entity = &self.design.entities[resource.entity];
                    format!("/{{{}}}", entity.fields[resource.by].name)
                }
                Segment::Literal(text) => format!("/{text}"),
                Segment::Caller { name } => format!("/{{{name} = caller}}"),
                Segment::Parent(parent) => {
                    let field = &self.design.entities[owner].fields[parent.field].name;
                    owner = parent.entity;
                    let entity = &self.design.entities[owner];
                    match &entity.fields[parent.by].name {
                        _ if parent.by == entity.key => format!("/{{{field}}}"),
                        by => format!("/{{{field} by {by}}}"),
                    }
                }
            };
            text.insert_str(0, &part);
        }
        text
    }

    fn resource(&self, resource: &Resource) -> form::Resource {
        let entity = &self.design.entities[resource.entity];
        let write = |write: &crate::design::Write| form::Write {
            accept: Self::names(entity, &write.accept),
            makes: write.makes,
            require_match: write.require_match,
            admission: admission(write.admission),
        };
        form::Resource {
            path: self.path(resource, &resource.path),
            entity: entity.name.clone(),
            by: entity.fields[resource.by].name.clone(),
            list: resource
                .list
                .as_ref()
                .map(|list| self.list(resource.entity, list)),
            create: resource.create.as_ref().map(|create| form::Create {
                accept: Self::names(entity, &create.accept),
                status: create.status,
                admission: admission(create.admission),
            }),
            read: resource.read.as_ref().map(|read| form::Read {
                include: Self::names(entity, &read.include),
                admission: admission(read.admission),
            }),
            update: resource.update.as_ref().map(write),
            replace: resource.replace.as_ref().map(write),
            delete: resource.delete.as_ref().map(|delete| form::Delete {
                require_match: delete.require_match,
                admission: admission(delete.admission),
            }),
            actions: resource
                .actions
                .iter()
                .map(|route| entity.actions[route.action].name.clone())
                .collect(),
            admission: resource
                .actions
                .iter()
                .filter(|route| route.admission != Admission::default())
                .map(|route| {
                    let name = entity.actions[route.action].name.clone();
                    (name, admission(route.admission))
                })
                .collect(),
            at: resource
                .actions
                .iter()
                .filter_map(|route| {
                    let at = route.at.as_ref()?;
                    let place = format!("{} {}", at.method.name(), self.path(resource, &at.path));
                    Some((entity.actions[route.action].name.clone(), place))
                })
                .collect(),
            reports: resource
                .reports
                .iter()
                .map(|report| self.report(resource.entity, report))
                .collect(),
            doc: resource.doc.clone(),
        }
    }

    fn list(&self, id: EntityId, list: &List) -> form::ListRoute {
        let entity = &self.design.entities[id];
        let sort = |sort: &crate::design::Sort| {
            format!(
                "{}{}",
                if sort.descending { "-" } else { "" },
                entity.fields[sort.field].name
            )
        };
        let option = |option: &crate::design::NamedOption| form::NamedOption {
            name: option.name.clone(),
            when: option.when.as_ref().map(|when| self.cond(id, when)),
        };
        form::ListRoute {
            filters: list
                .filters
                .iter()
                .map(|filter| entity.fields[filter.field].name.clone())
                .collect(),
            named_filters: list
                .named
                .iter()
                .map(|filter| (filter.name.clone(), filter.options.iter().map(option).collect()))
                .collect(),
            search: Self::names(entity, &list.search),
            sort: list.sort.iter().map(sort).collect(),
            page: match list.page.mode {
                PageMode::Cursor => "cursor",
                PageMode::Offset => "offset",
            },
            page_default: list.page.default,
            page_max: list.page.max,
            items: match &list.shape {
                ListShape::Object { items } => Some(items.clone()),
                ListShape::Array => None,
            },
            include: Self::names(entity, &list.include),
            admission: admission(list.admission),
        }
    }

    fn report(&self, id: EntityId, report: &Report) -> form::Report {
        form::Report {
            name: report.name.clone(),
            measures: report
                .measures
                .iter()
                .map(|measure| self.measure(id, measure))
                .collect(),
            admission: admission(report.admission),
        }
    }

    fn measure(&self, id: EntityId, measure: &Measure) -> form::Measure {
        let fields = &self.design.entities[id].fields;
        let (aggregate, of) = match measure.aggregate {
            Aggregate::Count => ("count", None),
            Aggregate::Sum(field) => ("sum", Some(field)),
            Aggregate::Avg(field) => ("avg", Some(field)),
            Aggregate::Min(field) => ("min", Some(field)),
            Aggregate::Max(field) => ("max", Some(field)),
        };
        form::Measure {
            name: measure.name.clone(),
            aggregate,
            of: of.map(|field| fields[field].name.clone()),
            per: measure.per.map(|field| fields[field].name.clone()),
            when: measure.when.as_ref().map(|when| self.cond(id, when)),
        }
    }

    fn questions(&self) -> Vec<form::Question> {
        let one = |question: &crate::design::Question| form::Question {
            text: question.text.clone(),
            affects: question.affects.clone(),
            default: question.default.clone(),
        };
        self.design.questions.iter().map(one).collect()
    }

    fn holes(&self) -> Vec<form::Hole> {
        let one = |hole: &crate::design::Hole| form::Hole {
            subject: hole.subject.clone(),
            provisional: hole.provisional.clone(),
        };
        self.design.holes.iter().map(one).collect()
    }

    fn decisions(&self) -> Vec<form::Decision> {
        let one = |decision: &crate::design::Decision| form::Decision {
            subject: decision.subject.clone(),
            answer: decision.answer.clone(),
            over: decision.over.clone(),
            because: decision.because.clone(),
            on: decision.on.clone(),
        };
        self.design.decisions.iter().map(one).collect()
    }
}

fn claim(claim: &crate::design::CallerClaim) -> form::Claim {
    form::Claim {
        name: claim.name.clone(),
        claim: claim.claim.clone(),
        ty: match claim.ty {
            ClaimType::Bool => "bool",
            ClaimType::Text => "text",
            ClaimType::Int => "int",
        },
    }
}

fn verb(entity: &Entity, verb: Verb) -> String {
    words::verb(entity, verb).to_owned()
}

//! A request as the checks mean it: a route, a caller, a row, typed values, and at most one deliberate mistake.
//!
//! The oracle judges a [`Call`] without parsing anything; [`crate::wire`] spells it as bytes.

use serde_json::Value as Json;

use groma_ir::design::{EntityId, FieldId, InputId, Type};
use groma_ir::http::{ErrorCode, Operator, Problem, RouteId};

use crate::oracle::RowId;

/// A user of the run; [`ActorId::NOBODY`] sends no token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct ActorId(pub(crate) usize);

impl ActorId {
    /// Nobody: no token.
    pub(crate) const NOBODY: Self = Self(0);
}

/// A request to one route.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Call {
    pub(crate) route: RouteId,
    pub(crate) actor: ActorId,
    pub(crate) key: Key,
    /// What the path lies below.
    pub(crate) below: Below,
    /// The caller in the path, where the path has one; `None` is the actor.
    pub(crate) path_caller: Option<String>,
    pub(crate) ask: Ask,
    pub(crate) body: Body,
    /// Further headers.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) precondition: Precondition,
    /// The mistake in the shape of the request, if it has one.
    pub(crate) fault: Option<Fault>,
}

/// The row that a path names.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Key {
    /// The route names no row.
    None,
    /// A row that the verifier made, deleted or not.
    Row(RowId),
    /// A key that no row has.
    Missing(String),
}

/// The row that a path lies below, where it does: the nearest one, from which those above it follow.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Below {
    /// The one that the row of the path refers to, or one that suits the call.
    Usual,
    /// A row that the verifier made, deleted or not.
    Row(RowId),
    /// The row with this key.
    Key(Json),
    /// What no row is named by.
    Missing(String),
}

/// What a query asks for.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Ask {
    pub(crate) filters: Vec<Filter>,
    pub(crate) search: Option<String>,
    /// Fields and whether the largest comes first; empty asks for the default order.
    pub(crate) sort: Vec<(FieldId, bool)>,
    pub(crate) limit: Option<u32>,
    pub(crate) count: bool,
    pub(crate) include: Vec<FieldId>,
    pub(crate) fields: Vec<String>,
    /// Parameters as they stand: cursors, offsets and mistakes.
    pub(crate) raw: Vec<(String, String)>,
}

/// A filter in use.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Filter {
    /// By a field.
    Field {
        /// The parameter's name.
        name: String,
        field: FieldId,
        operator: Operator,
        /// The type of a value.
        ty: Type,
        /// Values in the form in which they leave; one, but for `=` and `__in`.
        values: Vec<Json>,
    },
    /// By a named filter.
    Named {
        /// The parameter's name.
        name: String,
        /// Its index among `List::named`.
        filter: usize,
        /// The index of the option.
        option: usize,
    },
}

/// A value to send, and the form in which it comes back.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Sample {
    /// JSON text.
    pub(crate) sent: String,
    /// The value as it leaves.
    pub(crate) kept: Json,
}

impl Sample {
    /// A value that is sent as it comes back.
    pub(crate) fn plain(value: Json) -> Self {
        Self {
            sent: value.to_string(),
            kept: value,
        }
    }
}

/// The body of a request.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Body {
    /// None at all.
    None,
    /// An object of these members, in order.
    Members(Vec<Member>),
    /// These bytes.
    Raw(Vec<u8>),
}

/// A member of a body.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Member {
    /// A stored field.
    Field(FieldId, Sample),
    /// An input of an action.
    Input(InputId, Sample),
    /// A name and JSON text, for mistakes.
    Raw(String, String),
}

impl Body {
    /// The fields that it writes, with their values as they are kept.
    pub(crate) fn fields(&self) -> Vec<(FieldId, &Json)> {
        self.members()
            .iter()
            .filter_map(|member| match member {
                Member::Field(field, sample) => Some((*field, &sample.kept)),
                Member::Input(..) | Member::Raw(..) => None,
            })
            .collect()
    }

    /// The fields that it writes, to write them otherwise.
    pub(crate) fn into_fields(self) -> Vec<(FieldId, Sample)> {
        let members = match self {
            Self::Members(members) => members,
            Self::None | Self::Raw(_) => Vec::new(),
        };
        members
            .into_iter()
            .filter_map(|member| match member {
                Member::Field(field, sample) => Some((field, sample)),
                Member::Input(..) | Member::Raw(..) => None,
            })
            .collect()
    }

    /// The inputs that it gives.
    pub(crate) fn inputs(&self) -> Vec<(InputId, Json)> {
        self.members()
            .iter()
            .filter_map(|member| match member {
                Member::Input(input, sample) => Some((*input, sample.kept.clone())),
                Member::Field(..) | Member::Raw(..) => None,
            })
            .collect()
    }

    /// Its members, in order.
    pub(crate) fn members(&self) -> &[Member] {
        match self {
            Self::Members(members) => members,
            Self::None | Self::Raw(_) => &[],
        }
    }
}

/// What a request says about the version of the row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Precondition {
    /// Nothing, or the current version where the route requires one.
    Fine,
    /// Nothing, where the route requires one.
    Omitted,
    /// A version that is gone.
    Stale,
    /// The current version.
    Current,
    /// The current version, marked weak: never a match.
    Weak,
    /// `*`.
    Any,
    /// That the row is not there: `If-None-Match: *`.
    Absent,
}

/// A mistake in the shape of a request.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Fault {
    /// The kind of problem.
    pub(crate) problem: Problem,
    /// Every single mistake; empty where the kind lists none. An invalid body with none may as well be refused for
    /// its syntax.
    pub(crate) mistakes: Vec<Mistake>,
    /// The field that says so, if one does.
    pub(crate) field: Option<(EntityId, FieldId)>,
}

/// One mistake and where it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Mistake {
    pub(crate) code: &'static str,
    /// A JSON pointer or a parameter's name.
    pub(crate) at: String,
}

impl Mistake {
    /// A mistake in a member of the body.
    pub(crate) fn at_member(code: ErrorCode, name: &str) -> Self {
        Self {
            code: code.name(),
            at: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        }
    }

    /// A mistake in a query parameter.
    pub(crate) fn at_parameter(code: ErrorCode, name: &str) -> Self {
        Self {
            code: code.name(),
            at: name.to_owned(),
        }
    }
}

impl Call {
    /// A call without a row, a query or a body.
    pub(crate) fn new(route: RouteId, actor: ActorId) -> Self {
        Self {
            route,
            actor,
            key: Key::None,
            below: Below::Usual,
            path_caller: None,
            ask: Ask::default(),
            body: Body::None,
            headers: Vec::new(),
            precondition: Precondition::Fine,
            fault: None,
        }
    }

    /// The same call on a row.
    #[must_use]
    pub(crate) fn on(mut self, row: RowId) -> Self {
        self.key = Key::Row(row);
        self
    }

    /// The same call on a key that no row has.
    #[must_use]
    pub(crate) fn on_missing(mut self, key: String) -> Self {
        self.key = Key::Missing(key);
        self
    }

    /// The same call below another row.
    #[must_use]
    pub(crate) fn below(mut self, below: Below) -> Self {
        self.below = below;
        self
    }

    /// The same call with a body of fields.
    #[must_use]
    pub(crate) fn with(mut self, fields: Vec<(FieldId, Sample)>) -> Self {
        self.body = Body::Members(
            fields
                .into_iter()
                .map(|(field, sample)| Member::Field(field, sample))
                .collect(),
        );
        self
    }

    /// The same call with any body.
    #[must_use]
    pub(crate) fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// The same call with a query.
    #[must_use]
    pub(crate) fn asking(mut self, ask: Ask) -> Self {
        self.ask = ask;
        self
    }

    /// The same call with a mistake.
    #[must_use]
    pub(crate) fn wrong(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// The same call with a precondition.
    #[must_use]
    pub(crate) fn given(mut self, precondition: Precondition) -> Self {
        self.precondition = precondition;
        self
    }
}

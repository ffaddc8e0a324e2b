//! Kinds of problems (RFC 9457), and the codes of single mistakes in an input.

use std::borrow::Cow;

use crate::spelling::spaced;

/// A kind of problem: what `type`, `title` and `status` say.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Problem {
    /// 400: the query, the path or the syntax does not fit.
    InvalidRequest,
    /// 400, or 422 by choice: the body does not fit its schema.
    InvalidBody {
        /// The status that the design chose.
        status: u16,
    },
    /// 401: no token, or one that does not verify.
    Unauthenticated,
    /// 403: the caller may not do this.
    Forbidden,
    /// 404: no such row, or none that the caller may see.
    NotFound,
    /// 405: the path does not take this method.
    MethodNotAllowed,
    /// 406: `Accept` leaves no room for JSON.
    NotAcceptable,
    /// 408: the body took too long to arrive.
    RequestTimeout,
    /// 409: a unique or foreign key stands in the way.
    Conflict,
    /// 409: the state of the row does not allow the move.
    InvalidState,
    /// 409: a request with the same `Idempotency-Key` is being answered.
    KeyInUse,
    /// 412: `If-Match` does not match.
    PreconditionFailed,
    /// 413: the body is over the limit.
    ContentTooLarge,
    /// 414: the path with its query is longer than [`LONGEST_TARGET`].
    UriTooLong,
    /// 415: the body is not JSON by its content type.
    UnsupportedMediaType,
    /// 422: the `Idempotency-Key` came with another request before.
    KeyReused,
    /// 428: `If-Match` is missing.
    PreconditionRequired,
    /// 429: over the rate limit.
    TooManyRequests,
    /// 431: the headers together are larger than [`LARGEST_HEAD`].
    HeadersTooLarge,
    /// 500: a defect of the server.
    Internal,
    /// 501: the request uses a part of HTTP that is not there.
    NotImplemented,
    /// 503: the database or the keys cannot be reached.
    Unavailable,
    /// An error of an action's own.
    Declared {
        /// Its name: `expired`.
        name: String,
        /// Its status.
        status: u16,
    },
}

/// The most bytes of a path with its query.
pub const LONGEST_TARGET: usize = 8 * 1024;
/// The most bytes of all headers of a request together.
pub const LARGEST_HEAD: usize = 32 * 1024;

impl Problem {
    /// What any request can meet, whatever the design says of its route.
    pub const ANYWHERE: [Self; 6] = [
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::UriTooLong,
        Self::HeadersTooLarge,
        Self::NotImplemented,
    ];

    /// The status on the wire.
    pub fn status(&self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::InvalidBody { status } | Self::Declared { status, .. } => *status,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable => 406,
            Self::RequestTimeout => 408,
            Self::Conflict | Self::InvalidState | Self::KeyInUse => 409,
            Self::PreconditionFailed => 412,
            Self::ContentTooLarge => 413,
            Self::UriTooLong => 414,
            Self::UnsupportedMediaType => 415,
            Self::KeyReused => 422,
            Self::PreconditionRequired => 428,
            Self::TooManyRequests => 429,
            Self::HeadersTooLarge => 431,
            Self::Internal => 500,
            Self::NotImplemented => 501,
            Self::Unavailable => 503,
        }
    }

    /// The last part of its `type`, stable for ever: `not-found`.
    pub fn slug(&self) -> Cow<'_, str> {
        let slug = match self {
            Self::InvalidRequest => "invalid-request",
            Self::InvalidBody { .. } => "invalid-body",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::NotAcceptable => "not-acceptable",
            Self::RequestTimeout => "request-timeout",
            Self::Conflict => "conflict",
            Self::InvalidState => "invalid-state",
            Self::PreconditionFailed => "precondition-failed",
            Self::ContentTooLarge => "content-too-large",
            Self::UriTooLong => "uri-too-long",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::KeyInUse => "idempotency-key-in-use",
            Self::KeyReused => "idempotency-key-reused",
            Self::PreconditionRequired => "precondition-required",
            Self::TooManyRequests => "too-many-requests",
            Self::HeadersTooLarge => "headers-too-large",
            Self::Internal => "internal",
            Self::NotImplemented => "not-implemented",
            Self::Unavailable => "unavailable",
            Self::Declared { name, .. } => return Cow::Owned(spaced(name).replace(' ', "-")),
        };
        Cow::Borrowed(slug)
    }

    /// The `type` member: a relative URI reference that names the kind, `/problems/not-found`.
    pub fn type_uri(&self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// The `title` member: the same for every occurrence.
    pub fn title(&self) -> String {
        let title = match self {
            Self::InvalidRequest => "Invalid request",
            Self::InvalidBody { .. } => "Invalid body",
            Self::Unauthenticated => "Not authenticated",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::NotAcceptable => "Not acceptable",
            Self::RequestTimeout => "Request timeout",
            Self::Conflict => "Conflict",
            Self::InvalidState => "Invalid state",
            Self::PreconditionFailed => "Precondition failed",
            Self::ContentTooLarge => "Content too large",
            Self::UriTooLong => "URI too long",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::KeyInUse => "Idempotency key in use",
            Self::KeyReused => "Idempotency key reused",
            Self::PreconditionRequired => "Precondition required",
            Self::TooManyRequests => "Too many requests",
            Self::HeadersTooLarge => "Headers too large",
            Self::Internal => "Internal server error",
            Self::NotImplemented => "Not implemented",
            Self::Unavailable => "Service unavailable",
            Self::Declared { name, .. } => return declared_title(name),
        };
        title.to_owned()
    }

    /// The `detail` member where nothing more is to be said; never tells anything of the inside.
    pub fn detail(&self) -> String {
        let detail = match self {
            Self::InvalidRequest => "The request does not fit this route.",
            Self::InvalidBody { .. } => "The body does not fit its schema.",
            Self::Unauthenticated => "A valid bearer token is required.",
            Self::Forbidden => "You may not do this.",
            Self::NotFound => "There is no such resource.",
            Self::MethodNotAllowed => "This path does not take that method.",
            Self::RequestTimeout => "The body took too long to arrive.",
            Self::NotAcceptable => "Only JSON can be answered here.",
            Self::Conflict => "Another resource stands in the way.",
            Self::InvalidState => "The resource is not in a state that allows this.",
            Self::PreconditionFailed => "The resource has changed since you read it.",
            Self::ContentTooLarge => "The body is larger than this service takes.",
            Self::UriTooLong => "The path with its query is longer than 8 KiB.",
            Self::UnsupportedMediaType => "The body must be sent as application/json.",
            Self::KeyInUse => "A request with this Idempotency-Key is being answered just now.",
            Self::KeyReused => "This Idempotency-Key came with another request before.",
            Self::PreconditionRequired => "This request needs an If-Match header.",
            Self::TooManyRequests => "Too many requests; wait before the next one.",
            Self::HeadersTooLarge => "The headers are larger than 32 KiB.",
            Self::NotImplemented => "The request uses a part of HTTP that is not there.",
            Self::Internal => "Something went wrong here; the request id finds it in the log.",
            Self::Unavailable => "The service cannot answer just now; try again.",
            Self::Declared { name, .. } => return format!("{}.", declared_title(name)),
        };
        detail.to_owned()
    }

    /// Whether its body lists single `errors`.
    pub fn has_errors(&self) -> bool {
        matches!(self, Self::InvalidRequest | Self::InvalidBody { .. })
    }
}

fn declared_title(name: &str) -> String {
    let mut title = spaced(name);
    if let Some(first) = title.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// The code of a single mistake: the error type that Pydantic gives for it, so that a client sees the same
/// codes from both runtimes; the last few are ours, for what Pydantic does not know.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "each is the Pydantic error type of the same name")]
pub enum ErrorCode {
    Missing,
    ExtraForbidden,
    JsonInvalid,
    ModelAttributesType,
    StringType,
    StringTooShort,
    StringTooLong,
    StringPatternMismatch,
    StringUnicode,
    IntType,
    FloatType,
    FiniteNumber,
    BoolType,
    GreaterThanEqual,
    LessThanEqual,
    DecimalType,
    DecimalParsing,
    DecimalMaxDigits,
    DecimalMaxPlaces,
    DecimalWholeDigits,
    UuidType,
    UuidParsing,
    DateType,
    DateFromDatetimeParsing,
    TimeType,
    TimeParsing,
    DatetimeType,
    DatetimeParsing,
    TimezoneAware,
    Enum,
    ListType,
    TooShort,
    TooLong,
    IntParsing,
    FloatParsing,
    BoolParsing,
    UrlParsing,
    UrlType,
    ValueError,
    ReferenceNotFound,
    UnknownParameter,
    UnknownValue,
    InvalidCursor,
    RepeatedParameter,
}

impl ErrorCode {
    /// All of them.
    pub const ALL: [Self; 44] = [
        Self::Missing,
        Self::ExtraForbidden,
        Self::JsonInvalid,
        Self::ModelAttributesType,
        Self::StringType,
        Self::StringTooShort,
        Self::StringTooLong,
        Self::StringPatternMismatch,
        Self::StringUnicode,
        Self::IntType,
        Self::FloatType,
        Self::FiniteNumber,
        Self::BoolType,
        Self::GreaterThanEqual,
        Self::LessThanEqual,
        Self::DecimalType,
        Self::DecimalParsing,
        Self::DecimalMaxDigits,
        Self::DecimalMaxPlaces,
        Self::DecimalWholeDigits,
        Self::UuidType,
        Self::UuidParsing,
        Self::DateType,
        Self::DateFromDatetimeParsing,
        Self::TimeType,
        Self::TimeParsing,
        Self::DatetimeType,
        Self::DatetimeParsing,
        Self::TimezoneAware,
        Self::Enum,
        Self::ListType,
        Self::TooShort,
        Self::TooLong,
        Self::IntParsing,
        Self::FloatParsing,
        Self::BoolParsing,
        Self::UrlParsing,
        Self::UrlType,
        Self::ValueError,
        Self::ReferenceNotFound,
        Self::UnknownParameter,
        Self::UnknownValue,
        Self::InvalidCursor,
        Self::RepeatedParameter,
    ];

    /// The code on the wire: `string_too_short`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::ExtraForbidden => "extra_forbidden",
            Self::JsonInvalid => "json_invalid",
            Self::ModelAttributesType => "model_attributes_type",
            Self::StringType => "string_type",
            Self::StringTooShort => "string_too_short",
            Self::StringTooLong => "string_too_long",
            Self::StringPatternMismatch => "string_pattern_mismatch",
            Self::StringUnicode => "string_unicode",
            Self::IntType => "int_type",
            Self::FloatType => "float_type",
            Self::FiniteNumber => "finite_number",
            Self::BoolType => "bool_type",
            Self::GreaterThanEqual => "greater_than_equal",
            Self::LessThanEqual => "less_than_equal",
            Self::DecimalType => "decimal_type",
            Self::DecimalParsing => "decimal_parsing",
            Self::DecimalMaxDigits => "decimal_max_digits",
            Self::DecimalMaxPlaces => "decimal_max_places",
            Self::DecimalWholeDigits => "decimal_whole_digits",
            Self::UuidType => "uuid_type",
            Self::UuidParsing => "uuid_parsing",
            Self::DateType => "date_type",
            Self::DateFromDatetimeParsing => "date_from_datetime_parsing",
            Self::TimeType => "time_type",
            Self::TimeParsing => "time_parsing",
            Self::DatetimeType => "datetime_type",
            Self::DatetimeParsing => "datetime_from_date_parsing",
            Self::TimezoneAware => "timezone_aware",
            Self::Enum => "enum",
            Self::ListType => "list_type",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::IntParsing => "int_parsing",
            Self::FloatParsing => "float_parsing",
            Self::BoolParsing => "bool_parsing",
            Self::UrlParsing => "url_parsing",
            Self::UrlType => "url_type",
            Self::ValueError => "value_error",
            Self::ReferenceNotFound => "reference_not_found",
            Self::UnknownParameter => "unknown_parameter",
            Self::UnknownValue => "unknown_value",
            Self::InvalidCursor => "invalid_cursor",
            Self::RepeatedParameter => "repeated_parameter",
        }
    }
}

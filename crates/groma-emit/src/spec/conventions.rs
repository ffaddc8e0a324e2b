//! What holds for every route: bodies, lists, conditional requests, limits.

use groma_ir::design::{ListShape, PageMode, Type};
use groma_ir::http::{Method, Operator, ParamKind, Route};
use groma_ir::scalar::Scalar;
use groma_ir::words;

use super::Cx;
use super::readme::setting;
use crate::markdown::{Page, Table, code};

/// Writes the section.
pub(super) fn conventions(cx: &Cx<'_>, page: &mut Page) {
    page.heading(2, "Conventions");
    paths(cx, page);
    bodies(cx, page);
    lists(cx, page);
    conditional(cx, page);
    retries(cx, page);
    limits(cx, page);
}

fn routes<'a>(cx: &'a Cx<'_>) -> impl Iterator<Item = &'a Route> {
    cx.model.http.routes.iter()
}

fn has_param(cx: &Cx<'_>, is_it: impl Fn(&ParamKind) -> bool) -> bool {
    routes(cx)
        .flat_map(|route| &route.query)
        .any(|param| is_it(&param.kind))
}

/// Whether some field of the design, or some item of a list, has such a type.
fn has_scalar(cx: &Cx<'_>, is_it: impl Fn(&Scalar) -> bool) -> bool {
    let fields = cx
        .model
        .design
        .entities
        .iter()
        .flat_map(|entity| entity.fields.iter());
    fields.into_iter().any(|field| match &field.ty {
        Type::Scalar(scalar) => is_it(scalar),
        Type::List(list) => matches!(&list.item, Type::Scalar(scalar) if is_it(scalar)),
        Type::Enum(_) | Type::Reference(_) => false,
    })
}

fn paths(cx: &Cx<'_>, page: &mut Page) {
    page.heading(3, "Paths and methods");
    let base = &cx.model.http.base;
    let mut lines = Vec::new();
    if !base.is_empty() {
        lines.push(format!("Every path begins with {}.", code(base)));
    }
    lines.extend([
        String::from("In the examples `$BASE_URL` is the scheme and the host, and `$TOKEN` a bearer token."),
        String::from("`HEAD` answers wherever `GET` does. `OPTIONS` answers with `Allow`."),
        String::from("A method that a path does not take is a 405 with `Allow`. A path that is not listed is a 404, and so is one with a slash at its end."),
        String::from("Every answer has `X-Request-Id`. Send your own, and it is taken over and stands in the server's log."),
    ]);
    page.list(lines);
}

fn bodies(cx: &Cx<'_>, page: &mut Page) {
    page.heading(3, "Bodies");
    let mut lines = vec![
        format!(
            "Bodies are JSON in UTF-8 with `Content-Type: application/json`, at most {}.",
            bytes(cx.model.design.service.limits.body)
        ),
        String::from("Nothing is converted: `\"1\"` is not a number, `1` is not a boolean."),
        String::from(
            "Members that a table does not list are refused. So are the same member twice, and text after the end.",
        ),
        String::from("Every mistake in a body is reported, not only the first."),
        String::from("An answer holds every member of its table, in that order; an empty one is `null`."),
        String::from("The length of a text counts Unicode code points. U+0000 is refused."),
    ];
    let mut about = |is_there: bool, line: &str| {
        if is_there {
            lines.push(line.to_owned());
        }
    };
    about(
        has_scalar(cx, |scalar| matches!(scalar, Scalar::DateTime)),
        "A date-time is taken with any offset (RFC 3339) and answered in UTC with six digits of a second: `2026-11-21T09:30:00.000000Z`.",
    );
    about(
        has_scalar(cx, |scalar| matches!(scalar, Scalar::Date)),
        "A date is `YYYY-MM-DD`.",
    );
    about(
        has_scalar(cx, |scalar| matches!(scalar, Scalar::Decimal { .. })),
        "A decimal is a string with a fixed number of digits after the point: `\"19.90\"`.",
    );
    page.list(lines);
}

fn lists(cx: &Cx<'_>, page: &mut Page) {
    if !routes(cx).any(|route| route.operation == groma_ir::http::Operation::List) {
        return;
    }
    page.heading(3, "Lists");
    page.block(&pages(cx));
    let mut table = Table::new(["To", "Write", "Meaning"]);
    let mut row = |is_there: bool, cells: [&str; 3]| {
        if is_there {
            table.row(cells);
        }
    };
    let with = |wanted: Operator| {
        has_param(
            cx,
            |kind| matches!(kind, ParamKind::Filter { operator, .. } if *operator == wanted),
        )
    };
    row(
        with(Operator::Eq),
        [
            "filter",
            "`?a=x&a=y`",
            "`a` is any of the values; a list holds any of them",
        ],
    );
    row(with(Operator::In), ["", "`?a__in=x,y`", "the same with commas"]);
    row(
        with(Operator::Ne),
        ["", "`?a__ne=x`", "`a` is not this, or is empty"],
    );
    row(
        with(Operator::Null),
        ["", "`?a__null=true`", "`a` is empty; `false`: it is not"],
    );
    row(
        with(Operator::Gte),
        [
            "",
            "`?a__gte=x`",
            "`a` is at least this; also `__gt`, `__lte`, `__lt`",
        ],
    );
    row(
        with(Operator::Contains),
        [
            "",
            "`?a__contains=x`",
            "`a` contains this, in any case; also `__startswith`",
        ],
    );
    row(
        has_param(cx, |kind| matches!(kind, ParamKind::Search { .. })),
        [
            "search",
            "`?q=two words`",
            "every word stands in one of the searched members, in any case",
        ],
    );
    row(
        has_param(cx, |kind| matches!(kind, ParamKind::Sort { .. })),
        [
            "sort",
            "`?sort=-a,b`",
            "`a` from the largest, then `b`; empty values last; the key breaks ties",
        ],
    );
    row(
        has_param(cx, |kind| matches!(kind, ParamKind::Include { .. })),
        [
            "embed",
            "`?include=a`",
            "the object that `a_id` refers to stands in `a`",
        ],
    );
    row(
        has_param(cx, |kind| matches!(kind, ParamKind::Fields { .. })),
        ["narrow", "`?fields=a,b`", "only these members are answered"],
    );
    row(
        has_param(cx, |kind| matches!(kind, ParamKind::Count)),
        [
            "count",
            "`?count=true`",
            if cx.model.http.routes.iter().any(|route| route.success.total) {
                "adds `total`, or the header `X-Total-Count` where the answer is a bare array"
            } else {
                "adds `total`"
            },
        ],
    );
    page.table(&table);
    page.block(
        "Each endpoint lists what it takes. Different parameters hold together. An unknown one is a 400.",
    );
}

/// How pages follow each other, for the modes that the design uses.
fn pages(cx: &Cx<'_>) -> String {
    let lists: Vec<_> = cx
        .model
        .design
        .resources
        .iter()
        .filter_map(|resource| resource.list.as_ref())
        .collect();
    let mut parts = Vec::new();
    if lists.iter().any(|list| list.page.mode == PageMode::Cursor) {
        parts.push(
            "A list is answered in pages of `limit` items. For the next page send `next_cursor` as `cursor`, with the \
             same filters and the same sort, until it is `null`. Following the cursors gives every row that was there \
             all the time exactly once, also while others write. A cursor belongs to its query: with another one it is a 400.",
        );
    }
    if lists.iter().any(|list| list.page.mode == PageMode::Offset) {
        parts.push("Where an endpoint takes `offset`, it passes over so many items before it answers `limit` of them.");
    }
    if lists.iter().any(|list| list.shape == ListShape::Array) {
        parts.push("A list that is a bare array has its next page in the header `Link`.");
    } else {
        parts.push("The header `Link` has the next page too.");
    }
    parts.join(" ")
}

fn conditional(cx: &Cx<'_>, page: &mut Page) {
    if !routes(cx).any(|route| route.etag) {
        return;
    }
    page.heading(3, "Conditional requests");
    let mut lines = vec![String::from(
        "An item is answered with an `ETag`, which changes with every write.",
    )];
    if routes(cx).any(|route| route.etag && route.method == Method::Get) {
        lines.push(String::from(
            "`If-None-Match` with it on `GET`: 304 without a body while the item is the same.",
        ));
    }
    if routes(cx).any(|route| route.if_match) {
        lines.push(String::from("`If-Match` with it on a write: 412, and nothing is written, when the item has changed since you read it."));
    }
    if routes(cx).any(|route| route.require_match) {
        lines.push(String::from(
            "Endpoints that require `If-Match` answer 428 without it.",
        ));
    }
    page.list(lines);
}

fn retries(cx: &Cx<'_>, page: &mut Page) {
    if !routes(cx).any(|route| route.retry) {
        return;
    }
    page.heading(3, "Safe retries");
    page.list([
        String::from(
            "A `POST` with an `Idempotency-Key` of your own, such as a UUID, can be sent again when no answer came: it is \
             done once, and its answer is kept for 24 hours, for you and this endpoint.",
        ),
        String::from(
            "Another path, query or body with the same key, or a token with other roles: 422 `idempotency-key-reused`.",
        ),
        String::from("The same key while the first request is being answered: 409 `idempotency-key-in-use`."),
        String::from("What was refused is not kept; without a token the key means nothing."),
    ]);
}

fn limits(cx: &Cx<'_>, page: &mut Page) {
    let service = &cx.model.design.service;
    page.heading(3, "Limits");
    let mut lines = vec![format!(
        "A body of more than {} is a 413.",
        bytes(service.limits.body)
    )];
    if let Some(rate) = service.limits.rate {
        lines.push(format!(
            "One {} may make {}; more are a 429, and `Retry-After` says how many seconds to wait.",
            rate.per.name(),
            words::rate(rate)
        ));
    }
    if cx.model.http.routes.iter().any(|route| route.limit.is_some()) {
        lines.push(String::from(
            "An endpoint that has a limit of its own says so. `RateLimit` tells what is left of each limit.",
        ));
    }
    match &service.cors {
        Some(cors) => {
            let origins = words::list(cors.origins.iter().map(setting), "and");
            let credentials = if cors.credentials {
                ", with credentials"
            } else {
                ""
            };
            lines.push(format!(
                "Browsers may call from these origins: {origins}{credentials}."
            ));
        }
        None => lines.push(String::from(
            "Browsers may not call from other origins (no CORS).",
        )),
    }
    page.list(lines);
}

/// `64 KiB`.
pub(super) fn bytes(bytes: u64) -> String {
    match bytes {
        0 => String::from("0 bytes"),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{} bytes", words::grouped(bytes)),
    }
}

//! Authentication: what a token must be, and what it says about the caller.

use groma_ir::design::{Auth, ClaimType, Jwks, Setting};
use groma_ir::words;

use super::Cx;
use super::{links, readme};
use crate::markdown::{Page, Table, code};

/// Writes the section, where callers are known at all.
pub(super) fn authentication(cx: &Cx<'_>, page: &mut Page) {
    let Some(auth) = &cx.model.design.auth else { return };
    page.heading(2, "Authentication");
    let open = cx.model.http.routes.iter().any(|route| route.public);
    let exception = if open {
        " Endpoints that are public answer without one; a token that is sent has to be right there too."
    } else {
        ""
    };
    page.block(&format!(
        "Send a JSON Web Token with every request: `Authorization: Bearer $TOKEN`.{exception} A missing, expired or otherwise \
         wrong token is a 401 with `WWW-Authenticate: Bearer`, and the answer does not say what is wrong with it.",
    ));
    page.table(&token(cx, auth));
    roles(page, auth);
    claims(page, auth);
    if let Some(source) = links::source(cx, &cx.model.design.place(auth.origin)) {
        page.block(&format!("Declared in {source}."));
    }
}

fn token(cx: &Cx<'_>, auth: &Auth) -> Table {
    let mut table = Table::new(["A token must", ""]);
    let algorithms = auth.algorithms.iter().map(|algorithm| code(algorithm.name()));
    table.row([String::from("be signed with"), words::list(algorithms, "or")]);
    table.row([String::from("by a key of"), keys(auth)]);
    if let Some(issuer) = &auth.issuer {
        table.row([String::from("have the `iss`"), readme::setting(issuer)]);
    }
    if !auth.audience.is_empty() {
        let audience = words::list(auth.audience.iter().map(readme::setting), "or");
        table.row([String::from("have an `aud`"), audience]);
    }
    let leeway = format!(
        "the time at which it ends; clocks may differ by {} seconds",
        auth.leeway
    );
    table.row([String::from("have an `exp`"), leeway]);
    let caller = links::an_entity(cx, auth.caller);
    table.row([
        format!("have a {}", code(&auth.caller_claim)),
        format!("the key of the caller, {caller}"),
    ]);
    table
}

fn keys(auth: &Auth) -> String {
    match &auth.jwks {
        Jwks::IssuerPath(path) => format!("the JWK set at {} of the issuer", code(path)),
        Jwks::At(setting) => format!("the JWK set at {}", readme::setting(setting)),
        Jwks::Secret(Setting::Env(name)) => format!("the secret in the environment variable {}", code(name)),
        Jwks::Secret(Setting::Value(_)) => {
            String::from("a secret that stands in the design (not shown here)")
        }
    }
}

fn roles(page: &mut Page, auth: &Auth) {
    if auth.roles.is_empty() {
        return;
    }
    page.heading(3, "Roles");
    let claim = auth.role_claim.as_ref().map(|claim| {
        format!("The claim {} names the roles: a text, a list, or a text with commas. Unknown names give nothing.", code(claim))
    });
    let default = auth.default_role.map(|role| {
        format!(
            "A token that names none has the role {}.",
            code(&auth.roles[role].name)
        )
    });
    page.block(
        &[claim, default]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
    );
    let mut table = Table::new(["Role", "Includes"]);
    for (id, role) in auth.roles.entries() {
        let below = auth
            .roles
            .entries()
            .filter(|(other, _)| *other != id && role.includes.contains(*other));
        let below: Vec<String> = below.map(|(_, role)| code(&role.name)).collect();
        table.row([code(&role.name), words::list(below, "and")]);
    }
    page.table(&table);
}

fn claims(page: &mut Page, auth: &Auth) {
    if auth.claims.is_empty() {
        return;
    }
    page.heading(3, "Claims");
    page.block("Rules read these claims too. One of another type counts as absent.");
    let mut table = Table::new(["In rules", "Claim", "Type"]);
    for claim in &auth.claims {
        let ty = match claim.ty {
            ClaimType::Bool => "boolean",
            ClaimType::Text => "text",
            ClaimType::Int => "whole number",
        };
        table.row([
            code(&format!("caller.{}", claim.name)),
            code(&claim.claim),
            ty.to_owned(),
        ]);
    }
    page.table(&table);
}

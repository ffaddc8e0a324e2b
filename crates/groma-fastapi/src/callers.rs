//! `app/core/auth.py`: who the caller is, from what a token says.

use groma_ir::design::{Auth, ClaimType, Type};
use groma_ir::scalar::Scalar;

use crate::cx::Cx;
use crate::names;
use crate::python::{Block, Doc, Imports, Module, string};
use crate::types::Types;

/// The module; none where callers are not known.
pub(crate) fn write(cx: &Cx<'_>) -> Option<String> {
    let auth = cx.model.design.auth.as_ref()?;
    let path = cx.model.design.path(auth.origin).unwrap_or_default();
    let mut module = Module::new(format!(
        "Who is calling, from the bearer token of a request. @{path}"
    ));
    if !auth.roles.is_empty() {
        let block = roles(&mut module, auth);
        module.push(block);
    }
    let block = class(cx, &mut module, auth);
    module.push(block);
    let block = reading(cx, &mut module, auth);
    module.push(block);
    for name in ["BearerDep", "authenticate"] {
        module.imports.name("app.core.tokens", name);
    }
    module.imports.name("fastapi", "Request");
    let mut current = Block::new();
    current.lines(CURRENT);
    module.push(current);
    let is_public = cx.model.http.routes.iter().any(|route| route.public);
    if is_public {
        module.imports.name("app.core.answers", "may_be_kept");
        let mut nobody = Block::new();
        nobody.lines(NOBODY);
        module.push(nobody);
    }
    module.imports.name("fastapi", "Depends");
    module.imports.name("typing", "Annotated");
    let mut last = Block::new();
    last.line("CallerDep = Annotated[Caller, Depends(current_caller)]");
    if is_public {
        last.line("MaybeCallerDep = Annotated[Caller | None, Depends(current_caller_or_nobody)]");
    }
    module.push(last);
    Some(module.text())
}

fn roles(module: &mut Module, auth: &Auth) -> Block {
    let last = module.imports.name("typing", "Final");
    let mut block = Block::new();
    let sets = auth.roles.entries().map(|(id, role)| {
        let others = auth
            .roles
            .entries()
            .filter(|(other, _)| *other != id && role.includes.contains(*other));
        let names = std::iter::once(string(&role.name)).chain(others.map(|(_, other)| string(&other.name)));
        let set = Doc::Group {
            open: String::from("{"),
            items: names.map(Doc::from).collect(),
            close: "}",
        };
        (string(&role.name), set)
    });
    block.comment("A role and those that it includes.");
    block.statement(&format!("ROLES: {last} = "), &Doc::dict(sets), "");
    if let Some(role) = auth.default_role {
        block.line(&format!(
            "DEFAULT_ROLE: {last} = {}",
            string(&auth.roles[role].name)
        ));
    }
    block
}

fn class(cx: &Cx<'_>, module: &mut Module, auth: &Auth) -> Block {
    module.imports.name("dataclasses", "dataclass");
    let types = Types::new(cx, String::from("app.core.auth"), &[]);
    let entity = &cx.model.design.entities[auth.caller];
    let key = types.stored(&mut module.imports, &entity.fields[entity.key].ty);
    let mut block = Block::new();
    block.line("@dataclass(frozen=True)").line("class Caller:");
    block.inner(|block| {
        block.doc("Who asks.").line("").line(&format!("id: {key}"));
        if !auth.roles.is_empty() {
            block.line("roles: frozenset[str]");
        }
        for claim in &auth.claims {
            let ty = match claim.ty {
                ClaimType::Bool => "bool",
                ClaimType::Text => "str",
                ClaimType::Int => "int",
            };
            block.line(&format!("{}: {ty} | None", names::claim(&claim.name)));
        }
        if cx.keeps_replies() {
            block.line("");
            rights(&mut module.imports, block, auth);
        }
    });
    block
}

/// What an answer depends on beside who asks: it is kept for whoever holds the same.
fn rights(imports: &mut Imports, block: &mut Block, auth: &Auth) {
    let roles = if auth.roles.is_empty() {
        string("")
    } else {
        String::from("\",\".join(role for role in ROLES if role in self.roles)")
    };
    let claims = auth.claims.iter().map(|claim| {
        let text = imports.name("app.core.tokens", "wire_text");
        Doc::text(format!("{text}(self.{})", names::claim(&claim.name)))
    });
    let all = Doc::list(std::iter::once(Doc::text(roles)).chain(claims));
    block.line("def rights(self) -> list[str]:");
    block.inner(|block| {
        block.doc("What the token lets them do, as texts: the roles, then each claim.");
        block.statement("return ", &all, "");
    });
}

fn reading(cx: &Cx<'_>, module: &mut Module, auth: &Auth) -> Block {
    let tokens = "app.core.tokens";
    let key = key_of(cx, auth);
    let (function, bounds) = match &key {
        Scalar::Uuid => ("uuid_key", Vec::new()),
        Scalar::Int(bounds) => {
            let (min, max) = bounds.effective();
            ("int_key", vec![min.to_string(), max.to_string()])
        }
        other => {
            let (least, most) = lengths(other);
            ("text_key", vec![least.to_string(), most.to_string()])
        }
    };
    let imports = &mut module.imports;
    let mut parts = vec![Doc::text("claims"), Doc::text(string(&auth.caller_claim))];
    parts.extend(bounds.into_iter().map(Doc::from));
    let mut arguments = vec![Doc::named("id", Doc::call(imports.name(tokens, function), parts))];
    if !auth.roles.is_empty() {
        let claim = auth.role_claim.as_deref().unwrap_or("role");
        let claim = format!("claims.get({})", string(claim));
        let mut parts = vec![Doc::text(claim), Doc::text("ROLES")];
        parts.extend(auth.default_role.map(|_| Doc::text("DEFAULT_ROLE")));
        let roles = Doc::call(imports.name(tokens, "roles_in"), parts);
        arguments.push(Doc::named("roles", roles));
    }
    for claim in &auth.claims {
        let function = match claim.ty {
            ClaimType::Bool => "bool_claim",
            ClaimType::Text => "text_claim",
            ClaimType::Int => "int_claim",
        };
        let parts = [Doc::text("claims"), Doc::text(string(&claim.claim))];
        let value = Doc::call(imports.name(tokens, function), parts);
        arguments.push(Doc::named(&names::claim(&claim.name), value));
    }
    imports.name("typing", "Any");
    let mut block = Block::new();
    block.line("def caller_of(claims: dict[str, Any]) -> Caller:");
    block.inner(|block| {
        let said = if auth.roles.is_empty() {
            "The caller whom the claims name."
        } else {
            "The caller whom the claims name, with every role that theirs include."
        };
        block.doc(said);
        block.statement("return ", &Doc::call("Caller", arguments), "");
    });
    block
}

/// The type of a caller's key.
pub(crate) fn key_of(cx: &Cx<'_>, auth: &Auth) -> Scalar {
    let mut entity = &cx.model.design.entities[auth.caller];
    for _ in 0..=cx.model.design.entities.len() {
        match &entity.fields[entity.key].ty {
            Type::Scalar(scalar) => return scalar.clone(),
            Type::Reference(target) => entity = &cx.model.design.entities[*target],
            Type::Enum(_) | Type::List(_) => break,
        }
    }
    Scalar::Text(groma_ir::scalar::Text::default())
}

/// How long a key may be that is text.
pub(crate) fn lengths(key: &Scalar) -> (u32, u32) {
    match key {
        Scalar::Text(text) => (text.min, text.max.unwrap_or(u32::MAX)),
        Scalar::Slug { min, max } => (*min, *max),
        _ => (1, 254),
    }
}

const CURRENT: &str = r#"
async def current_caller(request: Request, _scheme: BearerDep) -> Caller:
    """The caller, or 401."""
    return await authenticate(request, caller_of)
"#;

const NOBODY: &str = r#"
async def current_caller_or_nobody(request: Request, scheme: BearerDep) -> Caller | None:
    """The caller; nobody where there is no token."""
    if "authorization" not in request.headers:
        await may_be_kept(request)
        return None
    return await current_caller(request, scheme)
"#;

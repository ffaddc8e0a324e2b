//! E401.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use groma_diag::{Diagnostic, Span};
use groma_ir::design::ResourceId;

use super::page::rule;
use super::places;
use super::routes::Spot;
use crate::resolve::Resolved;

rule! {
    /// No two routes answer the same method at the same path.
    ///
    /// ## Why
    /// Only one of them could ever be called, and which one would be chance. The server's own paths, such as `/docs` and
    /// `/livez`, are taken too.
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
    ///   owner: User = caller readonly
    /// }
    /// entity Memo {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// access Memo {
    ///   allow read to owner
    /// }
    /// resource /notes for Note { read }
    /// resource /notes for Memo { read }
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
    ///   owner: User = caller readonly
    /// }
    /// entity Memo {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// access Memo {
    ///   allow read to owner
    /// }
    /// resource /notes for Note { read }
    /// resource /memos for Memo { read }
    Error ROUTE_COLLISION "E401" "route-collision"
}

/// What the server answers itself.
const OWN: [&str; 5] = ["/livez", "/readyz", "/metrics", "/openapi.json", "/docs"];

pub(crate) fn check(resolved: &Resolved<'_>, spots: &[Spot]) -> Vec<Diagnostic> {
    let paths = places::resources(resolved).map(|(id, ..)| (id, places::route(resolved, id)));
    let whole: BTreeSet<ResourceId> = paths
        .filter(|(_, path)| resolved.is_sound(*path))
        .map(|(id, _)| id)
        .collect();
    let mut first: HashMap<(&str, String), &Spot> = HashMap::with_capacity(spots.len());
    let mut pairs: BTreeMap<(ResourceId, ResourceId), Vec<(&Spot, &Spot)>> = BTreeMap::new();
    let mut found = Vec::new();
    for spot in spots.iter().filter(|spot| whole.contains(&spot.resource)) {
        let shape = spot.shape();
        if spot.method == "GET" && OWN.contains(&shape.as_str()) {
            found.push(own(spot));
        }
        match first.get(&(spot.method, shape.clone())) {
            Some(earlier) => pairs
                .entry((earlier.resource, spot.resource))
                .or_default()
                .push((earlier, spot)),
            None => {
                first.insert((spot.method, shape), spot);
            }
        }
    }
    found.extend(pairs.values().filter_map(|pairs| collision(pairs)));
    found
}

/// All collisions of two resources are one mistake.
fn collision(pairs: &[(&Spot, &Spot)]) -> Option<Diagnostic> {
    let (first, second) = pairs.first()?;
    let place: Span = second.origin;
    let message = format!(
        "`{} {}` is {} as well as {}",
        second.method,
        second.path(),
        first.what,
        second.what
    );
    let found = Diagnostic::new(&ROUTE_COLLISION, place, message)
        .label(first.origin, "the same path")
        .help("give one of them another path or name");
    let more: Vec<String> = pairs
        .iter()
        .skip(1)
        .take(4)
        .map(|(_, second)| format!("`{} {}`", second.method, second.path()))
        .collect();
    Some(if more.is_empty() {
        found
    } else {
        found.note(format!("so are {}", more.join(", ")))
    })
}

fn own(spot: &Spot) -> Diagnostic {
    Diagnostic::new(
        &ROUTE_COLLISION,
        spot.origin,
        format!(
            "`GET {}` is {}, and a page of the server itself",
            spot.path(),
            spot.what
        ),
    )
    .help("give the resource another path, or the service a `base`")
}

//! A whole run, from the address to the report.

use std::time::{SystemTime, UNIX_EPOCH};

use groma_ir::Model;
use groma_ir::http::Operation;

use crate::call::ActorId;
use crate::ledger::Ledger;
use crate::net::{Budget, Client, NetError, Request, Url};
use crate::oracle::World;
use crate::report::Report;
use crate::rng::Rng;
use crate::session::Session;
use crate::target::Target;
use crate::{actors, checks};

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The service cannot be asked.
    #[error(transparent)]
    Net(#[from] NetError),
    /// Nobody has a token.
    #[error("no user has a token, so nothing can be verified: {}", .0.join("; "))]
    NoTokens(
        /// Why each has none.
        Vec<String>,
    ),
}

/// Holds a running service to its design.
///
/// The service should be the only one that writes the rows that the run makes; other rows may be there.
pub fn verify(model: &Model, target: &Target<'_>) -> Result<Report, VerifyError> {
    let budget = Budget {
        requests: target.max_requests,
        time: target.max_time,
        answer_within: target.answer_within,
    };
    let client = Client::new(Url::parse(&target.base_url)?, &target.allow_hosts, budget)?;
    let mut rng = Rng::new(target.seed);
    let (marker, mut own_rng) = marker();
    let (actors, missing) = actors::all(model, target.tokens, &marker, &mut rng);
    if model.design.auth.is_some() && actors::with_token(&actors).next().is_none() {
        return Err(VerifyError::NoTokens(missing));
    }
    let mut ledger = Ledger::default();
    for why in missing {
        ledger.note(why);
    }
    let mut world = World::new(model);
    world.knows_hidden = target.hidden.is_some();
    let mut session = Session {
        model,
        target,
        world,
        actors,
        ledger,
        rng,
        marker,
        client,
        serial: own_rng.next() % 1_000,
        own_rng,
        in_company: std::collections::BTreeSet::new(),
    };
    // Nothing is judged before the service has answered once.
    session.client.send(&Request::new("GET", "/livez"))?;
    let run = checks::run(&mut session);
    let complete = matches!(run, Ok(true));
    match run {
        Ok(_) => {}
        Err(stop @ (NetError::Spent { .. } | NetError::Connect { .. })) => stopped(&mut session, &stop),
        Err(stop) => return Err(stop.into()),
    }
    tidy(&mut session);
    Ok(close(session, complete))
}

/// A word that no other run has written, and chance that no other run has: the time and the process make them.
fn marker() -> (String, Rng) {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let seed =
        u64::try_from(since % u128::from(u64::MAX)).unwrap_or(0) ^ (u64::from(std::process::id()) << 40);
    let mut rng = Rng::new(seed);
    (format!("v{}", rng.word(8)), rng)
}

fn stopped(session: &mut Session<'_>, stop: &NetError) {
    session.ledger.note(format!("the run stopped early: {stop}"));
}

/// Leaves the rows for whoever repeats a finding; without findings, takes them away again.
fn tidy(session: &mut Session<'_>) {
    if session.ledger.len() > 0 {
        return;
    }
    let entities: Vec<_> = session.model.design.entities.ids().collect();
    for entity in entities.into_iter().rev() {
        let Some(delete) = session.route_of(entity, Operation::Delete) else {
            continue;
        };
        let rows: Vec<_> = session.world.alive(entity).map(|(row, _)| row).collect();
        for row in rows {
            let users: Vec<ActorId> = session.users();
            let mut calls = users
                .into_iter()
                .map(|user| crate::call::Call::new(delete, user).on(row));
            let Some(call) = calls.find(|call| session.decide(call).is_success()) else {
                continue;
            };
            let Ok(request) = session.spell(&call) else { return };
            let outcome = session.decide(&call);
            match session.client.send(&request) {
                Ok(answer) if answer.status < 300 => session.world.apply(&outcome.effect, None),
                Ok(_) => continue,
                Err(_) => return,
            };
        }
    }
}

fn close(session: Session<'_>, complete: bool) -> Report {
    let target = session.target;
    let users = session
        .actors
        .iter()
        .filter_map(|actor| actor.user(target.tokens))
        .collect();
    let (findings, checks, notes) = session.ledger.close();
    Report {
        version: 1,
        target: target.base_url.clone(),
        seed: target.seed,
        marker: session.marker,
        requests: session.client.sent(),
        milliseconds: u64::try_from(session.client.elapsed().as_millis()).unwrap_or(u64::MAX),
        complete,
        users,
        checks,
        findings,
        notes,
    }
}

//! What the policies of a database stand on, and what no table tells of: whether it does what it says that it does.

use std::fmt::Write as _;

use groma_sql::schema::{CALLER_BODY, FunctionKind, Schema};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::asked;
use super::postgres::begin;
use super::reconcile::attempt;
use crate::error::{DatabaseError, postgres};

/// Whether who asks is told as it was made to be.
const CALLER: &str = "SELECT EXISTS (SELECT FROM pg_proc f
  WHERE f.pronamespace = to_regnamespace('groma_internal') AND f.proname = 'caller' AND f.pronargs = 0
    AND f.prosrc = $1 AND f.provolatile = 's' AND f.proconfig IS NULL
    AND NOT f.prosecdef AND NOT f.proisstrict
    AND NOT EXISTS (SELECT FROM pg_namespace n, aclexplode(n.nspacl) a
      WHERE n.oid = f.pronamespace AND a.grantee <> n.nspowner AND a.grantee = f.proowner))";

/// The views that rules look things up in and the function that says who asks, as far as they are other ones than their
/// comments and names say. A view is printed otherwise than it was written: so each is made a second time, in a
/// transaction that is rolled back, and both are printed.
pub async fn replaced(client: &Client, live: &Schema) -> Result<Vec<String>, DatabaseError> {
    let doing = || postgres("ask what the policies stand on");
    let functions = live.tables.iter().flat_map(|table| &table.functions);
    let views = functions.filter(|function| matches!(function.kind, FunctionKind::Rows { .. }));
    let (mut names, mut script) = (Vec::new(), String::from("SET LOCAL client_min_messages = error;"));
    for view in views {
        names.push(view.name.clone());
        let made = format!("CREATE TEMP VIEW groma_scratch_{} AS {}", names.len(), view.body);
        let _ = write!(script, "{}", attempt(&[made]));
    }
    begin(client, "").await.map_err(doing())?;
    let asked = async {
        let caller = client.query_typed(CALLER, &[(&CALLER_BODY, Type::TEXT)]).await?;
        client.batch_execute(&script).await?;
        let views = client
            .query_typed(asked::REPLACED_VIEWS, &[(&names, Type::TEXT_ARRAY)])
            .await?;
        Ok((caller, views))
    };
    let answered: Result<_, tokio_postgres::Error> = asked.await;
    client.batch_execute("ROLLBACK").await.map_err(doing())?;
    let (caller, views) = answered.map_err(doing())?;
    let is_told = caller.first().is_some_and(|row| row.get(0));
    let caller = (!is_told).then(|| String::from("function \"groma_internal.caller\""));
    let views = views
        .iter()
        .map(|row| format!("view {:?}", row.get::<_, String>(0)));
    Ok(caller.into_iter().chain(views).collect())
}

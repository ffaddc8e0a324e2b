//! Removes answers that are kept no longer for whoever sends the same `Idempotency-Key` again: beside requests, so that
//! none of them pays for it, and a few at a time, so that none of them waits for it.
//!
//! It looks when the server starts, and when keys are used: a database that nobody asks for anything may sleep.

use std::sync::Arc;
use std::time::Duration;

use groma_sql::replies;
use tokio::sync::watch;

use crate::serve::App;
use crate::store::StoreError;

/// How long between two looks at least.
const PAUSE: Duration = Duration::from_mins(10);
/// How many are removed at once.
const AT_ONCE: i64 = 500;

/// Removes them until the server stops.
pub(crate) async fn forget(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    loop {
        match forget_all(&app).await {
            // The server stops.
            Err(StoreError::Closed) => return,
            Err(error) => tracing::warn!(
                %error,
                "answers that are kept no longer are not removed from the table `{}`: its owner may do it",
                replies::TABLE
            ),
            Ok(()) => {}
        }
        let next_use = async {
            tokio::time::sleep(PAUSE).await;
            app.retries.used().await;
        };
        tokio::select! {
            _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
            () = next_use => {}
        }
    }
}

async fn forget_all(app: &App) -> Result<(), StoreError> {
    loop {
        let now = jiff::Timestamp::now().as_microsecond();
        let call = replies::forget(app.sql.dialect(), now, AT_ONCE);
        let removed = app.store.run_alone(call).await?;
        if i64::try_from(removed).is_ok_and(|removed| removed < AT_ONCE) {
            return Ok(());
        }
    }
}

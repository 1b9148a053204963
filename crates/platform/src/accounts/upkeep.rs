//! What happens to accounts by the clock: sessions that are over go, and the end of the audit's chain is noted where who
//! can write the store cannot.

use crate::config::AccountsConfig;
use crate::jobs::{Job, Schedule, Words};
use bowei_store::Store;
use std::sync::Arc;

/// Sessions and failures past their time go.
pub(crate) fn expiry(store: Arc<dyn Store>, rules: &AccountsConfig) -> Job {
    let (idle, lock) = (rules.idle(), rules.lock());
    Job::new("sign-ins", Schedule::Hourly, move |period| {
        let store = Arc::clone(&store);
        async move {
            let sessions = store.purge_user_sessions(period.from, period.from.checked_sub(idle)?).await?;
            let failures = store.purge_failures(period.from.checked_sub(lock)?).await?;
            Ok(Words::when(
                sessions + failures > 0,
                format!("结束会话 {sessions} 个，清除登录失败记录 {failures} 条"),
                format!("{sessions} sessions are over, {failures} counts of failures are forgotten"),
            ))
        }
    })
}

/// The end of the audit's chain is written to the log, and kept as what the run did.
pub(crate) fn audit_head(store: Arc<dyn Store>) -> Job {
    Job::new("audit head", Schedule::Daily { hour: 0 }, move |_| {
        let store = Arc::clone(&store);
        async move {
            let head = store.audit_head().await?;
            tracing::info!(%head, "the audit ends here: `bowei audit verify --noted` takes it");
            Ok(Words::new(format!("审计末条：{head}"), format!("the audit ends with {head}")))
        }
    })
}

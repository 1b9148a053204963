//! The folder that files of records are put into, wired to the outbox.

use crate::Gateway;
use crate::devices::folder::{Folder, NewReport as Row, Rejection};
use crate::intake::NewReport;
use bowei_service::stopping::stopped;
use std::sync::{Arc, PoisonError};
use tokio::sync::watch;

/// Takes files until `stopping` turns true.
pub(crate) async fn run(gateway: Arc<Gateway>, stopping: watch::Receiver<bool>) {
    let Some(config) = &gateway.config.folder else { return };
    let folder = Folder::new(&config.path, gateway.lot.clone(), gateway.lot.as_str());
    let take = |rows: Vec<Row>| {
        let gateway = Arc::clone(&gateway);
        async move {
            let new = |Row { report, picture }| NewReport { report, picture: picture.map(|it| it.bytes) };
            gateway.take(rows.into_iter().map(new).collect()).await.map(drop)
        }
    };
    let looked = |all: &[Rejection], trouble: Option<&str>| {
        let mut known = gateway.rejections.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != all {
            *known = all.to_vec();
        }
        *gateway.folder_trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble.map(str::to_owned);
    };
    let taking = folder.run(take, looked);
    tokio::select! {
        () = stopped(stopping) => {}
        () = taking => {}
    }
}

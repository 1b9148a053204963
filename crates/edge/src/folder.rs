//! The folder that files of records are put into, wired to the outbox.

use crate::Gateway;
use crate::devices::folder::{Folder, NewReport as Row};
use crate::intake::NewReport;
use bowei_service::stopping::stopped;
use std::sync::Arc;
use tokio::sync::watch;

/// Takes files until `stopping` turns true.
pub(crate) async fn run(gateway: Arc<Gateway>, stopping: watch::Receiver<bool>) {
    let Some(config) = &gateway.config.folder else { return };
    let folder = Folder::new(&config.path, gateway.lot.clone(), gateway.lot.as_str());
    let taking = folder.run(|rows: Vec<Row>| {
        let gateway = Arc::clone(&gateway);
        async move {
            let new = |Row { report, picture }| NewReport { report, picture: picture.map(|it| it.bytes) };
            gateway.take(rows.into_iter().map(new).collect()).await.map(drop)
        }
    });
    tokio::select! {
        () = stopped(stopping) => {}
        () = taking => {}
    }
}

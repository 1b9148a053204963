//! What a camera pushed, on its way in: read in its maker's form, each car made a passage, and the passage kept before
//! the camera is answered.

use crate::devices::{CameraEvent, DeviceFault, Heard};
use crate::intake::NewReport;
use crate::{Camera, Gateway};
use bytes::Bytes;
use http::HeaderMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A message that a camera pushed.
pub(crate) struct Push {
    /// The address that it was pushed from.
    pub(crate) from: Option<IpAddr>,
    /// The query of the address that it was pushed to.
    pub(crate) query: String,
    /// The request's headers.
    pub(crate) headers: HeaderMap,
    /// The request's body.
    pub(crate) body: Bytes,
}

/// Takes a message of `camera`. When this returns what was read of it, every car in it is on disk.
pub(crate) async fn take(
    gateway: &Arc<Gateway>,
    camera: &Camera,
    push: Push,
) -> Result<Vec<Heard>, DeviceFault> {
    let (gateway, name) = (Arc::clone(gateway), camera.name.clone());
    // A task of its own: should the camera hang up now, no car is left that was seen and not kept.
    let taking = tokio::spawn(async move {
        let Some(camera) = gateway.cameras.get(&name) else {
            return Err(DeviceFault::NotKept { why: format!("there is no camera {name:?}") });
        };
        let taken = read_and_keep(&gateway, camera, &push).await;
        if let Err(fault) = &taken {
            camera.refused(gateway.clock.now(), camera.in_chinese(fault));
            tracing::warn!(camera = camera.name, %fault, "a camera's message was not taken");
        }
        taken
    });
    taking.await.unwrap_or_else(|broken| Err(DeviceFault::NotKept { why: broken.to_string() }))
}

async fn read_and_keep(gateway: &Gateway, camera: &Camera, push: &Push) -> Result<Vec<Heard>, DeviceFault> {
    let heard = camera.maker.read_push(&push.query, &push.headers, &push.body)?;
    for one in &heard {
        camera.heard(gateway.clock.now(), push.from, matches!(one, Heard::Car(_)));
        if let Heard::Car(event) = one {
            keep(gateway, camera, event).await?;
        }
    }
    Ok(heard)
}

/// Makes a passage of what a camera saw, and keeps it.
async fn keep(gateway: &Gateway, camera: &Camera, event: &CameraEvent) -> Result<(), DeviceFault> {
    let Some(lane) = camera.lane(event.direction) else {
        // Sent again it would say no more.
        return Err(DeviceFault::Unreadable {
            maker: camera.maker.name(),
            expected: "过车方向，由相机上报或写在 edge.toml 的 direction 中 which way the car went, from the camera or as `direction` in edge.toml",
            received: "二者皆无 neither".to_owned(),
        });
    };
    let now = gateway.now();
    // The keeper is held until the passage is on disk: the same event pushed twice waits here, and where the disk does
    // not take it the keeper has not seen it. A lot's cars are seconds apart, a sync is some milliseconds.
    let _following = gateway.following.read().await;
    let mut tracker = gateway.tracker.lock().await;
    let before = tracker.clone();
    let made = tracker.see(&camera.name, event, &lane, now);
    if made.is_empty() {
        return Ok(());
    }
    let new = made.into_iter().map(|made| NewReport { report: made.report, picture: made.picture }).collect();
    gateway.keep(new).await.map(drop).map_err(|not_taken| {
        *tracker = before;
        DeviceFault::NotKept { why: not_taken.to_string() }
    })
}

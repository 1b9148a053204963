//! `GET /v1/status`: how it goes, for the page and for whoever watches over the lot.

use super::Problem;
use crate::Gateway;
use crate::devices::folder::Rejection;
use crate::downlink;
use crate::outbox::{DiskState, UplinkStatus};
use crate::reconciliation::{Reconciliation, not_configured};
use crate::uplink::{DRIFT, State as UplinkState, Uplink, own_setting};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bowei_model::moment::rfc3339;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// `GET /readyz`: records can be taken.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Result<&'static str, Problem> {
    match gateway.outbox.status().disk {
        DiskState::Full | DiskState::Failing { .. } => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "磁盘已满或写入失败，见 /v1/status the disk is full or failing",
        )),
        _ => Ok("ready"),
    }
}

/// `GET /v1/status`.
pub(super) async fn status(State(gateway): State<Arc<Gateway>>) -> Json<Value> {
    let kept = gateway.outbox.status();
    let mut warnings = Vec::new();
    let uplinks: Vec<Value> = gateway
        .uplinks
        .iter()
        .zip(&kept.uplinks)
        .map(|(uplink, kept)| {
            let reconciliation = gateway.reconciliations.iter().find(|it| it.is_of(uplink));
            let mut shown = of_uplink(uplink, kept, reconciliation.map(Arc::as_ref), &mut warnings);
            let directives = gateway.directives.iter().find(|it| it.uplink == uplink.name);
            let reservations = directives.map_or_else(downlink::not_configured, |it| it.status());
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("reservations".to_owned(), reservations);
            }
            if let Some(why) = directives.and_then(|it| it.failed()) {
                let zh = format!("{}：无法向平台领取预约（{why}），稍后再试", uplink.name);
                let en = format!(
                    "{}: the platform could not be asked for reservations ({why}): it is tried again",
                    uplink.name
                );
                warnings.push(
                    json!({ "code": "reservations-failed", "uplink": uplink.name, "zh": zh, "en": en }),
                );
            }
            shown
        })
        .collect();
    let (state, why) = disk(&kept.disk);
    // Pictures also go where the disk has no room though the limit is far.
    let at_limit = kept.bytes / 9 * 10 >= kept.max_bytes;
    if let Some((zh, en)) = disk_words(&kept.disk, at_limit) {
        warnings.push(json!({ "code": format!("disk-{state}"), "uplink": null, "zh": zh, "en": en }));
    }
    if kept.damaged > 0 {
        let zh = format!("{} 条记录在磁盘上损坏，已另存，其余不受影响", kept.damaged);
        let en =
            format!("{} records were damaged on disk and set aside; the rest is not affected", kept.damaged);
        warnings.push(json!({ "code": "damaged", "uplink": null, "zh": zh, "en": en }));
    }
    let of = |shared: &Mutex<Option<String>>| shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(why) = of(&gateway.config_fault) {
        let zh = format!("edge.toml 不可用，仍按原来的配置运行：{why}");
        let en = format!("edge.toml cannot be used, and the configuration before goes on: {why}");
        warnings.push(json!({ "code": "config", "uplink": null, "zh": zh, "en": en }));
    }
    if let Some(why) = of(&gateway.folder_trouble) {
        let zh = format!("CSV 文件夹：{why}");
        let en = format!("the folder of CSV files: {why}");
        warnings.push(json!({ "code": "folder", "uplink": null, "zh": zh, "en": en }));
    }
    if let Some((code, zh, en)) = gateway.unknown_senders.warning(gateway.clock.now()) {
        warnings.push(json!({ "code": code, "uplink": null, "zh": zh, "en": en }));
    }
    let rejections = gateway.rejections.lock().unwrap_or_else(PoisonError::into_inner).clone();
    warnings.extend(rejections.iter().map(of_rejection));
    let lot = &gateway.config.lot;
    let view = gateway.view().await;
    let tracker = gateway.tracker.lock().await;
    warnings.extend(gateway.cameras.warnings(&tracker));
    let cameras = gateway.cameras.seen(&tracker);
    drop(tracker);
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "now": rfc3339(gateway.clock.now()),
        "started_at": rfc3339(gateway.started_at),
        "lot": {
            "code": lot.code, "name": lot.name, "spaces_total": lot.spaces_total,
            "vacant": view.vacant, "inside": view.inside, "reserved": view.reserved,
        },
        "disk": {
            "state": state, "why": why, "bytes": kept.bytes, "max_bytes": kept.max_bytes, "records": kept.records,
            "photos": kept.photos, "photos_dropped": kept.photos_dropped, "damaged": kept.damaged,
        },
        "warnings": warnings,
        "uplinks": uplinks,
        "cameras": cameras,
        "rejected_files": rejections
            .iter()
            .map(|it| json!({ "file": it.file, "rows": it.rows, "without_picture": it.without_picture, "why": it.why }))
            .collect::<Vec<_>>(),
        "unknown_senders": gateway.unknown_senders.seen(gateway.clock.now()),
    }))
}

fn of_uplink(
    uplink: &Uplink,
    kept: &UplinkStatus,
    reconciliation: Option<&Reconciliation>,
    warnings: &mut Vec<Value>,
) -> Value {
    let seen = uplink.seen();
    let mut warn = |code: &str, zh: String, en: String| {
        warnings.push(json!({ "code": code, "uplink": uplink.name, "zh": zh, "en": en }));
    };
    let card = uplink.standard.card();
    let (platform_zh, platform_en) = card.platform;
    // Two of one standard are told apart by the names that edge.toml gives them.
    let (zh, en) = match uplink.name == card.name {
        true => (platform_zh.to_owned(), platform_en.to_owned()),
        false => (format!("{platform_zh}（{}）", uplink.name), format!("{platform_en} ({})", uplink.name)),
    };
    let why = seen.why.as_deref().unwrap_or_default();
    let setting = own_setting(why).filter(|_| seen.state == UplinkState::Refused);
    match seen.state {
        UplinkState::Down => warn(
            "down",
            format!("{zh}：无法连接平台（{why}）"),
            format!("{en}: no answer from the platform ({why})"),
        ),
        UplinkState::Waiting => warn(
            "waiting",
            format!("{zh}：平台要求稍后再报（{why}）"),
            format!("{en}: the platform wants to be asked later ({why})"),
        ),
        UplinkState::Refused if setting.is_some() => warn(
            "refused",
            format!("{zh}：edge.toml 的设置有误（{why}）"),
            format!("{en}: a setting of edge.toml is wrong ({why})"),
        ),
        UplinkState::Refused => warn(
            "refused",
            format!("{zh}：平台不接受本网关的账号（{why}）"),
            format!("{en}: the platform refuses the account ({why})"),
        ),
        UplinkState::Starting | UplinkState::Up => {}
    }
    let clock = uplink.clock.offset().map(|offset| {
        let drifting = offset.offset.abs() > DRIFT;
        if offset.is_doubted {
            let seconds = offset.offset.as_secs();
            warn(
                "clock-doubted",
                format!("{zh}：平台与本机时钟相差 {seconds} 秒，超出可修正范围，过车时间仍以本机为准；请核对双方时钟"),
                format!("{en}: the platform's clock is {seconds} s away from this machine's, too far to be believed: passages keep the machine's time. See which of the two is wrong"),
            );
        }
        if drifting {
            let seconds = offset.offset.as_secs();
            warn(
                "clock-drift",
                format!("{zh}：本机时钟与平台相差 {seconds} 秒，请校时（上报时间已按平台时间修正）"),
                format!("{en}: this machine's clock is {seconds} s away from the platform's: set it (messages are stamped with the platform's time)"),
            );
        }
        json!({
            "offset_ms": i64::try_from(offset.offset.as_millis()).unwrap_or(i64::MAX),
            "measured_at": rfc3339(offset.measured_at), "drifting": drifting,
        })
    });
    if seen.without_picture > 0 {
        let number = seen.without_picture;
        warn(
            "without-picture",
            format!("{zh}：{number} 条记录未等到照片，已用“无照片”图片上报"),
            format!("{en}: {number} records had no picture in time and went with one that says so"),
        );
    }
    if let Some(why) = reconciliation.and_then(Reconciliation::failed) {
        warn(
            "reconciliation-failed",
            format!("{zh}：每日对账未能进行（{why}），稍后再试"),
            format!("{en}: the day could not be compared with the platform ({why}): it is tried again"),
        );
    }
    let still_missing = reconciliation.map_or(0, Reconciliation::still_missing);
    if still_missing > 0 {
        warn(
            "reconciliation-missing",
            format!("{zh}：近几日有 {still_missing} 条记录补报后平台仍缺，请查看“被拒收和无法上报的记录”"),
            format!(
                "{en}: {still_missing} records of the last days are still not at the platform after being sent again: see the dead letters"
            ),
        );
    }
    let mend = (seen.state == UplinkState::Refused).then(|| {
        let (zh, en) = to_mend(why);
        json!({ "zh": zh, "en": en })
    });
    json!({
        "name": uplink.name, "standard": card.name, "platform": { "zh": platform_zh, "en": platform_en }, "url": uplink.url, "lot_id": uplink.lot_id,
        "state": seen.state, "why": seen.why, "mend": mend, "setting": setting, "backlog": kept.backlog, "backlog_bytes": kept.backlog_bytes,
        "oldest_waiting": kept.oldest_waiting.map(rfc3339), "last_accepted": kept.last_accepted.map(rfc3339),
        "last_heartbeat": seen.last_heartbeat.map(rfc3339), "accepted": kept.accepted, "refused": kept.refused,
        "dead_letters": kept.dead_letters, "not_sent": kept.not_sent, "not_carried": kept.not_carried, "without_picture": seen.without_picture,
        "in_flight": seen.in_flight, "retry_at": seen.retry_at.map(rfc3339), "clock": clock,
        "reconciliation": reconciliation.map_or_else(not_configured, Reconciliation::status),
    })
}

/// What to change where the platform refuses everything, by its words: most name what they blame.
fn to_mend(why: &str) -> (&'static str, &'static str) {
    match own_setting(why) {
        Some("lot_id") => {
            return (
                "停车场编号不符合规范：请修改 edge.toml 的 lot_id",
                "the standard takes no such id of a lot: mend lot_id in edge.toml",
            );
        }
        Some(_) => {
            return (
                "平台地址不正确：请修改 edge.toml 的 url",
                "the platform's address is wrong: mend url in edge.toml",
            );
        }
        None => {}
    }
    // A string that is quoted says nothing of what is wrong.
    let why: String =
        why.split('“').map(|part| part.split_once('”').map_or(part, |(_, rest)| rest)).collect();
    let why = why.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| why.contains(word));
    if any(&["parkinglotid", "parkpotid", "park_code", "parkcode", "parkid", "停车场", "车场", "路段"])
    {
        return (
            "平台没有此停车场编号，或它不属于本账号：请修改 edge.toml 的 lot_id，或请平台登记",
            "the platform has no such lot of this account: mend lot_id in edge.toml, or have it registered",
        );
    }
    if any(&["时间戳", "timestamp", "有效期", "时钟", "校时"]) {
        return ("本机时钟不准：请校时（NTP）", "this machine's clock is off: set it by NTP");
    }
    if any(&["解密", "encrypteddata", "公钥"]) {
        return (
            "公钥不正确：请修改 edge.toml 的 public_key",
            "the public key is wrong: mend public_key in edge.toml",
        );
    }
    if any(&["签名", "sign", "密码", "口令", "密钥", "portpwd", "password", "secret"]) {
        return (
            "密钥或密码不正确：请修改 edge.toml",
            "the secret or the password is wrong: mend it in edge.toml",
        );
    }
    (
        "平台没有此账号，或账号不可用：请核对 edge.toml 的账号与密钥",
        "the platform does not take this account: look at account and keys in edge.toml",
    )
}

/// A CSV file of which not all was taken.
fn of_rejection(Rejection { file, rows, without_picture, why, .. }: &Rejection) -> Value {
    let mut parts = Vec::new();
    match rows - without_picture {
        _ if *rows == 0 => parts.push(("未接收".to_owned(), "not taken".to_owned())),
        0 => {}
        rows => parts.push((format!("{rows} 行未接收"), format!("rows not taken: {rows}"))),
    }
    if *without_picture > 0 {
        let zh = format!("{without_picture} 行已接收、缺照片");
        parts.push((zh, format!("rows taken without their picture: {without_picture}")));
    }
    let (zh, en): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let (zh, en) = (zh.join("，"), en.join(", "));
    let zh = format!("CSV 文件 {file}：{zh}，已放入 rejected 文件夹，改正后移回即可：{why}");
    let en = format!("the CSV file {file}: {en}. Put it right in rejected/ and move it back ({why})");
    json!({ "code": "rejected-file", "uplink": null, "file": file, "zh": zh, "en": en })
}

/// The disk's state in one word, and why.
pub(super) fn disk(disk: &DiskState) -> (&'static str, Option<&str>) {
    match disk {
        DiskState::Ok => ("ok", None),
        DiskState::PhotosGoing => ("photos-going", None),
        DiskState::PhotosRefused => ("photos-refused", None),
        DiskState::Full => ("full", None),
        DiskState::Failing { why } => ("failing", Some(why)),
    }
}

fn disk_words(disk: &DiskState, at_limit: bool) -> Option<(String, String)> {
    let words = |zh: &str, en: &str| Some((zh.to_owned(), en.to_owned()));
    let (zh, en) = match at_limit {
        true => ("存储已到上限", "the limit is reached"),
        false => ("磁盘剩余空间不足", "the disk has little room"),
    };
    match disk {
        DiskState::Ok => None,
        DiskState::PhotosGoing => words(
            &format!("{zh}，正在删除最早的照片（记录不受影响）"),
            &format!("{en}: the oldest pictures are being dropped (records are not affected)"),
        ),
        DiskState::PhotosRefused => words(
            &format!("{zh}，暂不接收新照片（记录照常接收）"),
            &format!("{en}: new pictures are refused (records are taken)"),
        ),
        DiskState::Full => words(
            "磁盘已满，无法接收记录：请立即清理磁盘",
            "the disk is full and no record can be taken: make room at once",
        ),
        DiskState::Failing { why } => Some((
            format!("磁盘写入失败（{why}）：请检查磁盘"),
            format!("writing to the disk fails ({why}): look at the disk"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::to_mend;

    #[test]
    fn what_is_to_be_mended_follows_from_the_platforms_words() {
        for (why, shared) in [
            ("400 encryptedData 无法解密：请核对：使用本账号当前的 PublicKey", "公钥不正确"),
            (
                "401 signature 验证失败：应为对字符串“appId=hz-0001&timestamp=1&path=/api/x”的签名，请核对密钥",
                "密钥",
            ),
            ("401 appId 无效：平台没有登记账号“hz-9999”", "平台没有此账号"),
            ("404 parkinglotId 不存在：没有编号为“HZ1”的停车场", "lot_id"),
            ("401 timestamp 已超出有效期：应与平台时间相差不超过 300 秒", "时钟"),
            ("portpwd 验证失败：应为密码的 MD5", "密钥或密码"),
            ("1101 车场不存在", "lot_id"),
            ("lot_id：parkpotid: 应为 12 位数字，收到“123”", "不符合规范：请修改 edge.toml 的 lot_id"),
            ("url：此地址没有平台的接口（HTTP 404 Not Found：密码）", "edge.toml 的 url"),
            ("3001 用户名或密码错误", "密钥或密码"),
        ] {
            assert!(to_mend(why).0.contains(shared), "{why}: {}", to_mend(why).0);
        }
    }
}

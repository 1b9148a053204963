//! Verifying a package, step by step.

use crate::audit;
use crate::bounds::PACKAGE_MAX;
use crate::files::Contents;
use crate::fold::{Folded, fold};
use crate::json;
use crate::keys::PublicKey;
use crate::layout;
use crate::manifest::{
    AUDIT, EVIDENCE, FORMAT, KEY, Listed, MANIFEST, MESSAGES, Manifest, ORDER, PHOTOS, RECORD, SIGNATURE,
    evidence_sha256,
};
use crate::package::Files;
use crate::recompute::{Recomputation, Recomputed};
use crate::verdict::Verdict;
use bowei_encoding::sha256_hex;
use bowei_model::supervision::order::{IssuedOrder, Order, OrderFinding};
use bowei_model::supervision::rule;
use bowei_model::{NamedPhoto, Photo, Picture, Report, moment};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Verifies a package: that it is whole, that `key` has signed it (without one, that whoever made it has), and that what the
/// order says was found is found anew from what is in it. Whatever is in it, this ends with a verdict and never panics.
pub fn verify(reader: impl Read, key: Option<&PublicKey>) -> Verdict {
    let mut verdict = Verdict::default();
    let mut bytes = Vec::new();
    match reader.take(PACKAGE_MAX + 1).read_to_end(&mut bytes) {
        Err(error) => verdict.fails(format!("无法读取：{error}"), format!("it cannot be read: {error}")),
        Ok(_) if bytes.len() as u64 > PACKAGE_MAX => verdict.fails(
            format!("超过 {PACKAGE_MAX} 字节，不是证据包"),
            format!("it has more than {PACKAGE_MAX} bytes: no package has"),
        ),
        Ok(_) => {
            if let Some(files) = whole(&bytes, key, &mut verdict) {
                contents(&files, &mut verdict);
            }
        }
    }
    verdict
}

/// Whether it is, to the last byte, what was signed. `None` where it is not: the rest would say nothing then.
fn whole<'a>(bytes: &'a [u8], key: Option<&PublicKey>, verdict: &mut Verdict) -> Option<Files<'a>> {
    let files = match Files::of(bytes) {
        Ok(files) => files,
        Err((zh, en)) => {
            verdict.fails(zh, en);
            return None;
        }
    };
    let missing = |path: &str| (format!("缺少文件 {path}"), format!("the file {path} is missing"));
    let needed = [MANIFEST, SIGNATURE, KEY, ORDER, RECORD];
    if let Some(path) = needed.into_iter().find(|path| files.get(path).is_none()) {
        let (zh, en) = missing(path);
        verdict.fails(zh, en);
        return None;
    }
    let (signed, signature) = (files.get(MANIFEST)?, files.get(SIGNATURE)?);
    let own = std::str::from_utf8(files.get(KEY)?).ok().and_then(|pem| PublicKey::from_pem(pem).ok());
    let Some(signer) = key.copied().or(own) else {
        verdict.fails(format!("{KEY} 不是 Ed25519 公钥"), format!("{KEY} is no Ed25519 public key"));
        return None;
    };
    let fingerprint = signer.fingerprint();
    if !signer.has_signed(signed, signature) {
        verdict.fails(
            format!("签名无效：清单 {MANIFEST}、签名 {SIGNATURE} 已被改动，或不是由该公钥签署（指纹 {fingerprint}）"),
            format!(
                "the signature does not hold: {MANIFEST} or {SIGNATURE} was changed, or another key has signed than that with the fingerprint {fingerprint}"
            ),
        );
        return None;
    }
    match key {
        Some(_) => verdict.holds_that(
            format!("签名有效：清单由所给公钥签署，指纹 {fingerprint}"),
            format!("the signature holds: the manifest is signed by the key given, fingerprint {fingerprint}"),
        ),
        None => verdict.note(
            format!(
                "未提供公钥：签名仅证明本包完整，不证明由谁制作。包内公钥指纹 {fingerprint}，请与平台公布的指纹核对，或用 --key 指定公钥"
            ),
            format!(
                "no key was given: the signature proves only that the package is whole, not who made it. Its key has the fingerprint {fingerprint}: compare it with what the platform publishes, or name the key with --key"
            ),
        ),
    }
    let manifest: Manifest = match json::file(signed) {
        Ok(manifest) => manifest,
        Err(why) => {
            verdict.fails(format!("{MANIFEST} 无法读取：{why}"), format!("{MANIFEST} cannot be read: {why}"));
            return None;
        }
    };
    if manifest.format != FORMAT || manifest.key_sha256 != fingerprint || own != Some(signer) {
        verdict.fails(
            format!("{MANIFEST} 的格式或公钥与本包不符：应为 {FORMAT}、{fingerprint}"),
            format!("{MANIFEST} names another format or key: {FORMAT} and {fingerprint} are expected"),
        );
        return None;
    }
    let listed: BTreeMap<&str, &Listed> =
        manifest.files.iter().map(|listed| (listed.path.as_str(), listed)).collect();
    let mut is_whole = listed.len() == manifest.files.len();
    for (path, file) in &listed {
        let Some(content) = files.get(path) else {
            let (zh, en) = missing(path);
            verdict.fails(zh, en);
            is_whole = false;
            continue;
        };
        if Listed::of(path, content) != **file {
            verdict.fails(format!("文件 {path} 已被改动"), format!("the file {path} was changed"));
            is_whole = false;
        }
    }
    let unlisted = files.sorted().map(|(path, _)| path);
    for path in unlisted.filter(|path| ![MANIFEST, SIGNATURE].contains(path) && !listed.contains_key(path)) {
        verdict.fails(format!("多出文件 {path}"), format!("an added file {path}"));
        is_whole = false;
    }
    if !is_whole {
        return None;
    }
    let in_order = [MANIFEST, SIGNATURE].into_iter().chain(listed.keys().copied());
    if !in_order.eq(files.stored().map(|(path, _)| path)) {
        verdict.fails("文件的次序已被改动", "the order of the files was changed");
        return None;
    }
    if let Some(offset) = layout::first_difference(bytes, files.stored()) {
        verdict.fails(
            format!("第 {offset} 字节（包的结构）已被改动"),
            format!("byte {offset}, of the package's structure, was changed"),
        );
        return None;
    }
    verdict.holds_that(
        format!(
            "完整：{} 个文件的摘要均与清单一致，无缺失、无多余；{} 制作于 {}",
            listed.len(),
            manifest.order,
            moment::rfc3339(manifest.made_at)
        ),
        format!(
            "whole: {} files have the digests of the manifest, none is missing and none was added; {} was made at {}",
            listed.len(),
            manifest.order,
            moment::rfc3339(manifest.made_at)
        ),
    );
    Some(files)
}

/// What is in a whole package.
fn contents(files: &Files<'_>, verdict: &mut Verdict) {
    let (Some(order), Some(record)) = (files.get(ORDER), files.get(RECORD)) else { return };
    let Some(order) = the_order(order, record, verdict) else { return };
    let evidence = || files.sorted().filter(|(path, _)| path.starts_with(EVIDENCE));
    let digest = evidence_sha256(evidence());
    if digest == order.issue.evidence_sha256 {
        verdict.holds_that(
            format!("证据与制发时一致，摘要 {digest}"),
            format!("the evidence is that of the order's issue, digest {digest}"),
        );
    } else {
        verdict.fails(
            format!("证据与制发时不符：文书记载 {}，现为 {digest}", order.issue.evidence_sha256),
            format!(
                "the evidence is not that of the order's issue: it has {}, and this is {digest}",
                order.issue.evidence_sha256
            ),
        );
    }
    let contents = match Contents::read(evidence()) {
        Ok(contents) => contents,
        Err((path, why)) => {
            verdict.fails(format!("{path} 无法读取：{why}"), format!("{path} cannot be read: {why}"));
            return;
        }
    };
    messages(files, &contents, verdict);
    photos(files, &contents, verdict);
    if let Some(bytes) = files.get(AUDIT) {
        the_audit(bytes, verdict);
    }
    clocks(&contents, verdict);
    findings(&order, &contents, verdict);
}

/// The order as issued, and that its later life has not changed it.
fn the_order(order: &[u8], record: &[u8], verdict: &mut Verdict) -> Option<IssuedOrder> {
    let issued: IssuedOrder = match json::file(order) {
        Ok(issued) => issued,
        Err(why) => {
            verdict.fails(format!("{ORDER} 无法读取：{why}"), format!("{ORDER} cannot be read: {why}"));
            return None;
        }
    };
    let replayed: Order = match json::file(record) {
        Ok(replayed) => replayed,
        Err(why) => {
            verdict.fails(format!("{RECORD} 核验不通过：{why}"), format!("{RECORD} does not hold: {why}"));
            return None;
        }
    };
    if replayed.issued().as_ref() != Some(&issued) {
        verdict.fails(
            format!("{ORDER} 与 {RECORD} 所载文书不同"),
            format!("{ORDER} and {RECORD} have different orders"),
        );
        return None;
    }
    let (steps, state) = (replayed.log.len(), replayed.state);
    verdict.holds_that(
        format!(
            "文书 {} 制发于 {}：由 {steps} 步办理记录重新得出，现为“{}”，制发后内容未变",
            issued.issue.number,
            moment::rfc3339(issued.issue.at),
            state.in_chinese()
        ),
        format!(
            "order {} was issued at {}: its log of {steps} steps gives it again, it is {}, and it says what it said when it was issued",
            issued.issue.number,
            moment::rfc3339(issued.issue.at),
            state.name()
        ),
    );
    Some(issued)
}

/// Messages as received: each is the one that its statements came in.
fn messages(files: &Files<'_>, contents: &Contents, verdict: &mut Verdict) {
    let named: BTreeSet<&str> = contents.statements.iter().map(|kept| kept.message_sha256.as_str()).collect();
    let kept = of_folder(files, MESSAGES, &named, verdict, ("报文", "message"));
    verdict.note(
        format!(
            "上报记录 {} 条，来自 {} 份报文，其中 {kept} 份附有原文",
            contents.statements.len(),
            named.len()
        ),
        format!(
            "{} statements from {} messages, of which {kept} are here as they were received",
            contents.statements.len(),
            named.len()
        ),
    );
}

fn photos(files: &Files<'_>, contents: &Contents, verdict: &mut Verdict) {
    let pictures = contents.statements.iter().filter_map(|kept| match &kept.statement.report {
        Report::Photo(Photo { picture: Picture::Bytes { sha256, .. }, .. })
        | Report::NamedPhoto(NamedPhoto { picture: Picture::Bytes { sha256, .. }, .. }) => {
            Some(sha256.as_str())
        }
        _ => None,
    });
    let named: BTreeSet<&str> = pictures.collect();
    let kept = of_folder(files, PHOTOS, &named, verdict, ("照片", "photo"));
    if !named.is_empty() {
        verdict.note(
            format!("照片 {} 张（按摘要），其中 {kept} 张附有原图", named.len()),
            format!("{} photos by their digests, of which {kept} are here", named.len()),
        );
    }
}

/// Holds the files of a folder against their names, and these against what names them. How many there are.
fn of_folder(
    files: &Files<'_>,
    folder: &str,
    named: &BTreeSet<&str>,
    verdict: &mut Verdict,
    (zh, en): (&str, &str),
) -> usize {
    let mut count = 0;
    for (path, content) in files.sorted() {
        let Some(digest) = path.strip_prefix(folder) else { continue };
        count += 1;
        if sha256_hex(content) != digest {
            verdict.fails(format!("{zh} {path} 与其摘要不符"), format!("the {en} {path} has another digest"));
        } else if !named.contains(digest) {
            verdict
                .fails(format!("{zh} {path} 无上报记录提及"), format!("no statement names the {en} {path}"));
        }
    }
    count
}

fn the_audit(bytes: &[u8], verdict: &mut Verdict) {
    match audit::walk(bytes) {
        Ok(audit::AuditWalk { entries, gaps }) => verdict.holds_that(
            format!("审计 {entries} 条，逐条由前一条的 SM3 摘要得出；其间有 {gaps} 处未附的条目"),
            format!("{entries} audit entries, each of which follows by SM3 from the one before it; at {gaps} places there are others between that are not here"),
        ),
        Err(why) => verdict.fails(format!("审计链断开：{why}"), format!("the audit's chain is broken: {why}")),
    }
}

fn clocks(contents: &Contents, verdict: &mut Verdict) {
    match contents.clocks.iter().max_by_key(|reading| reading.ahead_ms.unsigned_abs()) {
        Some(worst) => verdict.note(
            format!(
                "平台时钟比对 {} 次，最大偏差 {} 毫秒（{}，{}）",
                contents.clocks.len(),
                worst.ahead_ms,
                worst.source,
                moment::rfc3339(worst.at)
            ),
            format!(
                "the platform's clock was read against others {} times, and was off by {} ms at most ({}, {})",
                contents.clocks.len(),
                worst.ahead_ms,
                worst.source,
                moment::rfc3339(worst.at)
            ),
        ),
        None => verdict.note("未附时钟比对", "no readings of clocks are here"),
    }
}

/// Finds anew what the order says was found.
fn findings(order: &IssuedOrder, contents: &Contents, verdict: &mut Verdict) {
    let lot = &order.content.lot;
    let version = contents.rules.as_ref().map(|kept| kept.version);
    if version.is_some_and(|version| version != order.content.rule_set) {
        verdict.fails(
            format!("规则集版本与文书不符：文书为 {}，包内为 {version:?}", order.content.rule_set),
            format!(
                "the rule set is not the order's: {} is, and {version:?} is here",
                order.content.rule_set
            ),
        );
        return;
    }
    let by_day = order.content.findings.iter().any(|finding| rule(finding.kind).by_day);
    if by_day && version.is_none() {
        verdict.fails(
            "缺少规则集，无法重算按日问题",
            "without the rule set, findings of days cannot be found anew",
        );
    }
    let late = contents.statements.iter().find(|kept| kept.statement.received_at > order.issue.at);
    if let Some(late) = late {
        let at = moment::rfc3339(late.statement.received_at);
        verdict.fails(
            format!("有上报记录接收于制发之后：{at}"),
            format!("a statement was received after the issue: {at}"),
        );
    }
    if let Some(other) = contents.days.iter().find(|day| day.lot.code != *lot) {
        verdict.fails(
            format!("{} 的证据属于另一停车场 {}", other.day, other.lot.code),
            format!("the evidence of {} is another lot's, {}", other.day, other.lot.code),
        );
        return;
    }
    let folded = match fold(contents.statements.iter().map(|kept| &kept.statement)) {
        Ok(folded) => folded,
        Err(why) => {
            verdict.fails(format!("上报记录过多，无法重算：{why}"), format!("too much to be folded: {why}"));
            return;
        }
    };
    days(contents, &folded, verdict);
    let recomputation = Recomputation::new(contents, folded);
    for claimed in &order.content.findings {
        finding(claimed, &recomputation.look_for(order, claimed), verdict);
    }
}

/// Holds the stays in the evidence of days against the statements that are here about them.
fn days(contents: &Contents, folded: &Folded, verdict: &mut Verdict) {
    let stays =
        || contents.days.iter().flat_map(|day| day.sessions.iter().map(move |session| (day.day, session)));
    let mut backed = 0;
    for (day, session) in stays() {
        match folded.sessions.get(&(session.lot.clone(), session.record_id.clone())) {
            Some(folded) if folded == session => backed += 1,
            Some(_) => verdict.fails(
                format!("{day} 的证据中，记录 {} 与其上报记录不符", session.record_id),
                format!(
                    "in the evidence of {day}, record {} is not what its statements say",
                    session.record_id
                ),
            ),
            None => {}
        }
    }
    let all = stays().count();
    if !contents.days.is_empty() {
        verdict.note(
            format!(
                "{} 天的证据：停车记录 {all} 条，其中 {backed} 条与所附上报记录一致",
                contents.days.len()
            ),
            format!(
                "evidence of {} days: {all} stays, of which {backed} are what the statements here say",
                contents.days.len()
            ),
        );
    }
}

fn finding(claimed: &OrderFinding, found: &Recomputed, verdict: &mut Verdict) {
    let (title, at) = (rule(claimed.kind).title, moment::rfc3339(claimed.at));
    let zh =
        |text: &str| format!("问题 {}（{}，{}，{at}）：{text}", claimed.number, title.zh, claimed.subject);
    let en =
        |text: &str| format!("finding {} ({}, {}, {at}): {text}", claimed.number, title.en, claimed.subject);
    match found {
        Recomputed::Doubted => verdict.holds_that(
            zh("由所附上报记录按规则重新得出，与文书一致"),
            en("found anew by the rules from the statements, as the order has it"),
        ),
        Recomputed::Folded => verdict.holds_that(
            zh("由所附上报记录重新得出，与文书一致"),
            en("found anew from the statements, as the order has it"),
        ),
        Recomputed::AsRead => verdict.holds_that(
            zh("由所附上报记录重新得出，与文书一致；其依据为读取报文时的判断，可用 bowei open 对原文复核"),
            en("found anew from the statements, as the order has it; it rests on how the message was read, which bowei open shows of a message"),
        ),
        Recomputed::Evaluated => verdict.holds_that(
            zh("由当日证据按规则集重新得出，与文书一致"),
            en("found anew from the evidence of its day by the rule set, as the order has it"),
        ),
        Recomputed::Missing => verdict.fails(
            zh("所附证据得不出此问题"),
            en("it does not follow from the evidence that is here"),
        ),
        Recomputed::NotDoubted => verdict.fails(
            zh("按规则，所附上报记录不存在此问题"),
            en("by the rules there is nothing of the kind in the statements that are here"),
        ),
        Recomputed::Differs(other) => verdict.fails(
            zh(&format!("重算结果不同：{:?}，{:?}", other.facts, other.resolved_at)),
            en(&format!("found otherwise: {:?}, {:?}", other.facts, other.resolved_at)),
        ),
    }
}

//! A day's quota that is used up: 429 in every standard's own form, with its words; and a sender that comes back.

use bowei_standards::lot_side::Reading;
use bowei_standards::platform_side::Outcome;
use jiff::{SignedDuration, Timestamp};

#[test]
fn a_quota_that_is_used_up_is_told_in_words_and_tried_again() {
    let quota = "今日上报的图片已达每日限额 6400 MiB，2026-04-02T00:00:00+08:00 起可继续上报";
    for standard in bowei_standards::all() {
        let name = standard.card().name;
        let outcome = Outcome::OverQuota { quota, retry_after_s: 900 };
        let answer = standard.answer(&outcome, Timestamp::from_second(1_775_002_530).unwrap());
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (429, &"900".parse().unwrap()),
            "{name}"
        );
        let body = std::str::from_utf8(answer.body()).unwrap();
        assert!(body.contains(quota) && body.contains("900 秒后重新上传"), "{name}: {body}");
        let reading = standard.read_answer(&answer);
        let Reading::TryLater { after, .. } = &reading else { panic!("{name}: {reading:?}") };
        assert_eq!(*after, Some(SignedDuration::from_secs(900)), "{name}");
    }
}

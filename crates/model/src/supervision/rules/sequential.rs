//! Wald's sequential probability ratio test, begun again whenever what was seen speaks for right, as Page's cumulative sum
//! is: the fewest observations that tell wrong from right with the error rates asked for (A. Wald, Sequential Tests of
//! Statistical Hypotheses, 1945; E. S. Page, Continuous Inspection Schemes, 1954).

use super::super::SequentialSettings;

/// The observation with which it is settled that something is wrong; `None` while, or where, it is not. An observation is
/// true where it is beyond the tolerance. A fault that begins in the evening is found as soon as one of the morning: what
/// was right before does not speak for it.
pub(super) fn wrong_at(
    observations: impl IntoIterator<Item = bool>,
    settings: &SequentialSettings,
) -> Option<usize> {
    let within = |share: f64| share.clamp(1e-9, 1.0 - 1e-9);
    let (alpha, beta) = (within(settings.alpha), within(settings.beta));
    let (right, wrong) = (within(settings.right_share), within(settings.wrong_share));
    // A rule set that believes more of a right lot than of a wrong one tells nothing.
    if right.partial_cmp(&wrong) != Some(std::cmp::Ordering::Less) {
        return None;
    }
    let rejects = ((1.0 - beta) / alpha).ln();
    let (beyond, inside) = ((wrong / right).ln(), ((1.0 - wrong) / (1.0 - right)).ln());
    let mut ratio = 0.0_f64;
    observations.into_iter().position(|is_beyond| {
        ratio = (ratio + if is_beyond { beyond } else { inside }).max(0.0);
        ratio >= rejects
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_hours_in_a_row_tell_and_one_now_and_then_does_not() {
        let settings = SequentialSettings::default();
        let wrong = |hours: &str| wrong_at(hours.chars().map(|hour| hour == 'x'), &settings);
        for (hours, at) in [
            ("xxxx", Some(3)),
            ("xxx", None),
            ("xx.xx", Some(4)),
            ("xx..xx..xx", Some(9)),
            ("x...x...x...x...x...x...", None),
            ("....................xxxx", Some(23)),
            ("........................", None),
        ] {
            assert_eq!(wrong(hours), at, "{hours}");
        }
    }

    #[test]
    fn settings_that_make_no_sense_find_nothing() {
        let settings = SequentialSettings { right_share: 0.9, wrong_share: 0.1, ..Default::default() };
        assert_eq!(wrong_at([true; 100], &settings), None);
        let settings = SequentialSettings { alpha: f64::NAN, ..Default::default() };
        assert_eq!(wrong_at([true; 100], &settings), None);
    }
}

//! No plate is left whole in a text that is masked, whatever stands around it and however it is written.

use bowei_model::plate::PROVINCES;
use bowei_model::{Plate, mask_plates};
use proptest::prelude::*;

fn plate() -> impl Strategy<Value = String> {
    let province = proptest::sample::select(PROVINCES.chars().collect::<Vec<_>>());
    let serial = prop_oneof![
        "[A-HJ-Z][A-HJ-NP-Z0-9]{5}",
        "[A-HJ-Z][A-HJK][A-HJ-NP-Z0-9][0-9]{4}",
        "[A-HJ-Z][0-9]{5}[A-HJK]",
        "[A-HJ-Z][0-9]{4}[警学挂领港澳超试]",
        "[A-HJ-Z][0-9]{4}应急",
        "[0-9]{7}",
        // Misread.
        "[A-Z][A-Z0-9]{4,6}",
    ];
    prop_oneof![
        8 => (province, serial).prop_map(|(province, serial)| format!("{province}{serial}")),
        1 => "使[0-9]{6}",
        1 => "[0-9]{6}使",
        1 => "民航[A-Z][0-9]{4}",
    ]
}

/// A plate as texts write it: small letters, full width, a dot or a dash, percent-encoded.
fn written(plate: &str, how: u8) -> String {
    let wide = |c: char| match c {
        'A'..='Z' | '0'..='9' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
        c => c,
    };
    let mut chars = plate.chars();
    match how {
        0 => plate.to_lowercase(),
        1 => plate.chars().map(wide).collect(),
        2 => format!("{}·{}", chars.by_ref().take(2).collect::<String>(), chars.collect::<String>()),
        3 => format!("{}-{}", chars.by_ref().take(2).collect::<String>(), chars.collect::<String>()),
        4 => plate.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        _ => plate.to_owned(),
    }
}

fn bare(text: &str) -> String {
    Plate::read(text).map(|plate| plate.as_str().replace('_', "")).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn no_plate_is_left_whole(
        plate in plate(), how in 0u8..8, before in "[A-Za-z0-9浙京入场_·: /-]{0,12}", after in "([_: /入-][A-Za-z0-9浙 _-]{0,12})?",
    ) {
        let text = format!("{before}{}{after}", written(&plate, how));
        let masked = mask_plates(&text);
        prop_assert!(!bare(&masked).contains(&plate), "{text:?} became {masked:?}");
        prop_assert!(!masked.contains(&written(&plate, how)), "{text:?} became {masked:?}");
    }

    #[test]
    fn words_of_letters_and_digits_are_masked_if_they_are_plates(
        word in prop_oneof!["[A-Z0-9]{6,9}", "[A-Z]{2}[0-9]{5}", "WJ[A-Z0-9]{3,8}", "[A-Z]{1,3}[0-9]{4,7}"],
        dash in 0usize..9,
    ) {
        // Within a word, or around it: then either part may be a plate, too.
        let (head, tail) = word.split_at(dash.min(word.len()));
        let text = if head.is_empty() { word.to_lowercase() } else { format!("{head}-{tail}") };
        let is_plate = |word: &&str| {
            (6..=9).contains(&word.len()) && Plate::read(word).is_some_and(|plate| plate.shape().is_some())
        };
        let expected = [word.as_str(), head, tail].iter().any(is_plate);
        prop_assert_eq!(mask_plates(&text) != text, expected, "{}", text);
    }

    #[test]
    fn any_text_can_be_masked(text in ".{0,64}") {
        let _ = mask_plates(&text);
    }
}

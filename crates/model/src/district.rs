//! Districts (行政区划), by the codes of GB/T 2260: two digits each for province, city and county.

/// Provinces, regions and municipalities, from 北京 to 澳门.
const PROVINCES: [&str; 34] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42",
    "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];

/// Whether `text` is a code of GB/T 2260: six digits, the first two those of a province.
pub fn is_code(text: &str) -> bool {
    let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.get(..2).is_some_and(|province| PROVINCES.contains(&province))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_district_is_six_digits_of_a_province() {
        for code in ["330502", "440305", "330500", "110101"] {
            assert!(is_code(code), "{code}");
        }
        for other in ["", "湖州", "33050", "3305021", "990502", "000000", "33050a", "３３０５０２"] {
            assert!(!is_code(other), "{other}");
        }
    }
}

//! 附录 F 深圳市区域编码表, and the codes of GB/T 2260 and GB/T 10114 beyond Shenzhen.

/// What an area code is.
pub(in crate::shenzhen) const EXPECTED: &str =
    "6 至 12 位数字的行政区划代码（GB/T 2260、GB/T 10114），深圳市内为附录 F 所列区域";

/// GB/T 2260: Shenzhen's own four digits.
const SHENZHEN: &str = "4403";
/// The digits of a district in GB/T 2260; GB/T 10114 and the statistical codes add up to six.
const DISTRICT_DIGITS: usize = 6;
const DIGITS_MAX: usize = 12;

/// 表 F.1: 罗湖区, 福田区, 南山区, 宝安区, 龙岗区, 盐田区, 龙华区, 坪山区, 光明区, 大鹏新区. The last is none of GB/T 2260's.
const DISTRICTS: [&str; 10] =
    ["440303", "440304", "440305", "440306", "440307", "440308", "440309", "440310", "440311", "440327"];

/// The district that an area code names, as six digits; `None` for what is no area code.
pub(in crate::shenzhen) fn district(code: &str) -> Option<&str> {
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    if !digits || !(DISTRICT_DIGITS..=DIGITS_MAX).contains(&code.len()) {
        return None;
    }
    let district = code.get(..DISTRICT_DIGITS)?;
    (!district.starts_with(SHENZHEN) || DISTRICTS.contains(&district)).then_some(district)
}

//! 附录 C 机动车号牌种类字典: the dictionary that all of Bowei speaks, so that its list is the model's.

use crate::Fault;
use crate::shared::Present;
use bowei_model::PlateKind;
use serde::Serializer;

pub(in crate::shenzhen) const EXPECTED: &str =
    "号牌种类代码，整数 1 至 27、31、32、41、42、43、51、52 或 99（附录 C）";

/// Reads a code: `1`, `"01"`; `None` for 0, the Int that nobody has set.
pub(in crate::shenzhen) fn read(value: &Present<'_>) -> Result<Option<PlateKind>, Fault> {
    let number = value.integer()?;
    if number == 0 {
        return Ok(None);
    }
    let kind = u8::try_from(number).ok().and_then(PlateKind::from_code);
    kind.map(Some).ok_or_else(|| value.outside_list(&number.to_string()))
}

/// Writes the code as the Int that the tables ask for.
pub(in crate::shenzhen) fn write<S: Serializer>(
    kind: &Option<PlateKind>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match kind {
        Some(kind) => serializer.serialize_u8(kind.code()),
        None => serializer.serialize_none(),
    }
}

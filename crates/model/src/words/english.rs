//! The words in English.

use super::{difference, percent};
use crate::finding::{BaseDataItem, Facts, Spaces, TimeOf};
use crate::rules::VERY_LATE_AFTER;
use crate::{Direction, FindingKind, LotKind, moment};
use rust_decimal::Decimal;

/// What is doubted, in English. What a text asks for stands in the text's own words, and a sentence of which no facts are
/// kept stands as it is.
pub fn english(kind: FindingKind, facts: &Facts) -> String {
    let shown = moment::rfc3339;
    match facts {
        Facts::Sentence { text } if text.is_empty() => format!("doubtful: {}", kind.name()),
        Facts::Sentence { text } => text.clone(),
        Facts::OddPlate { plate } => format!("the plate “{plate}” fits no shape of GA 36"),
        Facts::PlateMismatch { entry, exit } => format!("the entry's plate is “{entry}”, the exit's “{exit}”"),
        Facts::ExitBeforeEntry { entered_at, exited_at } => {
            format!("the exit at {} lies before the entry at {}", shown(*exited_at), shown(*entered_at))
        }
        Facts::EndBeforeStart { start_field, start, end_field, end } => {
            format!("{end_field} {end} lies before {start_field} {start}")
        }
        Facts::DurationMismatch { received, expected } => {
            format!("a stay of {received} minutes was reported; by entry and exit it was {expected} minutes")
        }
        Facts::RemainingExceedsTotal { spaces, total, received } => {
            let spaces = match spaces {
                Spaces::All => "free spaces",
                Spaces::Charging => "free charging spaces",
                Spaces::Reservable => "free spaces that can be reserved",
                Spaces::Monthly => "free spaces for monthly cards",
                Spaces::Fixed => "free fixed spaces",
                Spaces::Temporary => "free spaces for visitors",
            };
            match total {
                Some(total) => {
                    format!("{spaces} should be between 0 and the total of {total}, received {received}")
                }
                None => format!("{spaces} should not be less than 0, received {received}"),
            }
        }
        Facts::TimeInFuture { time, received, platform } => {
            let (received, platform) = (shown(*received), shown(*platform));
            let time = time_in_english(*time);
            format!("{time}, {received}, is more than five minutes ahead of the platform's clock, {platform}")
        }
        Facts::LateReport { time, received, platform } => {
            let very_late = platform.duration_since(*received) > VERY_LATE_AFTER;
            let by = if very_late { "24 hours" } else { "ten minutes" };
            let (received, platform) = (shown(*received), shown(*platform));
            let time = time_in_english(*time);
            format!("{time}, {received}, is more than {by} before it was received, {platform}")
        }
        Facts::PhotoTooSmall { min_bytes, max_bytes, received_bytes } => format!(
            "a picture should have {} KB to {} KB, received {received_bytes} bytes",
            min_bytes / 1024,
            max_bytes / 1024
        ),
        Facts::PhotoCut { field, received_bytes } => {
            format!("{field} is incomplete: its Base64 ends in dots, and only {received_bytes} bytes could be read")
        }
        Facts::UnmatchedExit => "an exit whose entry was not received".to_owned(),
        Facts::Amended { direction, ways, at_least } => {
            let what = direction.map_or("the record", |direction| match direction {
                Direction::Entry => "the entry",
                Direction::Exit => "the exit",
            });
            let least = if *at_least { "at least " } else { "" };
            format!("{what} was reported with {least}{ways} different contents; the newest counts")
        }
        Facts::PhotosReplaced { photos } => {
            format!("photos of the same number were reported with different contents: {photos} replaced")
        }
        Facts::ReportedAbnormal { memo } => {
            format!("the lot marks it as abnormal: {}", memo.as_deref().unwrap_or("no reason given"))
        }
        Facts::FieldUnset { field } => {
            format!("{field} is a date that nobody set (such as 0001-01-01 00:00:00), taken as not reported")
        }
        Facts::FieldBlank { field, expected } => format!("{field} is empty: it should be {expected}"),
        Facts::FieldAbsent { field, expected, assumed } => {
            format!("{field} is missing: it should be {expected}; {assumed} is assumed")
        }
        Facts::MalformedJson => "the message is no valid JSON (curly quotation marks, a comma missing, full-width \
                                 punctuation or a value without quotation marks); it was read as it is meant: \
                                 mend it"
            .to_owned(),
        Facts::SecondsForMilliseconds { field, received } => format!(
            "{field} should be a time in milliseconds, received {received}, which looks like seconds and was read so"
        ),
        Facts::PasswordNotHashed { field } => {
            format!("{field} should be the password's MD5 (32 hexadecimal digits), received the password itself")
        }
        Facts::UnlistedValue { field, expected, received } => {
            format!("{field} is none of those listed: it should be {expected}, received {received}")
        }
        Facts::EntryTimeMismatch { expected, received } => format!(
            "the exit says that the car came in at {}, the entry at {}: more than five minutes apart",
            shown(*received),
            shown(*expected)
        ),
        Facts::PlateKindMismatch { plate, received } => {
            format!("the kind of plate {received} does not go with the plate “{plate}”")
        }
        Facts::WrongLotKind { field, received, expected } => {
            let what = field.as_deref().unwrap_or("the interface");
            let kind = |kind: &LotKind| match kind {
                LotKind::OnStreet => "on-street",
                LotKind::OffStreet => "off-street",
            };
            let (received, expected) = (kind(received), kind(expected));
            format!("{what} is for {received} parking, and this lot is registered as {expected}")
        }
        Facts::DuplicateRecord { direction } => {
            let way = way_in_english(*direction);
            format!("the same plate's {way} in the same second was reported under more than one record id")
        }
        Facts::PhotoWithoutRecord { direction } => {
            let way = way_in_english(*direction);
            format!("photos of an {way} were received, and no record of that {way}")
        }
        Facts::ChargingOverlap { started_at, ended_at, station, device } => format!(
            "the charge from {} to {} overlaps others at the same device ({station}, {device})",
            shown(*started_at),
            shown(*ended_at)
        ),
        Facts::ChargingFeeMismatch { electricity, service, total } => {
            let amount = |fee: &Option<Decimal>| {
                fee.map_or_else(|| "not reported".to_owned(), |fee| format!("{fee} yuan"))
            };
            let (electricity, service) = (amount(electricity), amount(service));
            format!("electricity ({electricity}) and service ({service}) should add up to the total, received {total} yuan")
        }
        Facts::ChargingEnergyImplausible { energy_kwh, minutes, power_max_kw } => format!(
            "{energy_kwh} kWh in {minutes} minutes: on average no more than {power_max_kw} kW are expected"
        ),
        Facts::TooManyPhotos { received, at_least, kept } => {
            let least = if *at_least { "at least " } else { "" };
            format!("{least}{received} different photos were received; the first and the newest are kept, {kept} in all")
        }
        Facts::DoubleEntry { other_record, other_entered_at } => format!(
            "the car came in while it was inside since {} by record {other_record}, without an exit",
            shown(*other_entered_at)
        ),
        Facts::TwoLotsAtOnce { other_lot, other_record, from, to } => format!(
            "the same plate was in lot {other_lot} too (record {other_record}) from {} to {}",
            shown(*from),
            shown(*to)
        ),
        Facts::MissingExit { entered_at, plausible_minutes, from_past } => {
            let by = if *from_past { "the lot's own past" } else { "lots of its kind" };
            let hours = plausible_minutes / 60;
            let entered_at = shown(*entered_at);
            format!("came in at {entered_at} and no exit was received: by {by} a stay lasts {hours} hours at most")
        }
        Facts::MissingPhoto { direction, within_minutes } => {
            let way = way_in_english(*direction);
            format!("no picture of the {way} was received within {within_minutes} minutes")
        }
        Facts::VacancyDrift { received, expected, tolerance, hours_off, hours } => format!(
            "in {hours_off} of {hours} hours the free spaces reported and those that follow from the passages differ by \
             more than {tolerance}; at most {received} reported and {expected} expected"
        ),
        Facts::ListMismatch { listed, inside, not_listed, not_inside, counted, lists_off, lists } => {
            let counted = counted.map_or_else(String::new, |counted| format!(", {counted} by the count"));
            format!(
                "{lists_off} of {lists} lists of the cars inside do not fit the passages or the count; at most {listed} \
                 listed and {inside} inside by the passages{counted}: {not_listed} inside and not listed, {not_inside} \
                 listed and not inside"
            )
        }
        Facts::UnbalancedDay { entries, exits, change } => format!(
            "{entries} entries and {exits} exits: the cars inside should have grown by {}; by the counts they grew by \
             {change}",
            difference(*entries, *exits)
        ),
        Facts::FrozenCount { received, from, to, passages, expected_min, expected_max } => format!(
            "from {} to {} there were {passages} passages, and the free spaces reported stood at {received}; by the \
             passages they were between {expected_min} and {expected_max}",
            shown(*from),
            shown(*to)
        ),
        Facts::CountJump { before, after, expected } => format!(
            "the free spaces reported went from {before} to {after}; by the passages they changed by {expected}"
        ),
        Facts::HeartbeatMissed { from, minutes, every_minutes } => format!(
            "no sign of life for {minutes} minutes from {} on; one is due every {every_minutes} minutes",
            shown(*from)
        ),
        Facts::Silence { from, minutes, expected, level_percent } => format!(
            "no passages for {minutes} minutes from {} on; on average there are {expected} at this time of the week (the \
             rest of the day was at {level_percent}% of an ordinary one)",
            shown(*from)
        ),
        Facts::ClockOff { gate, seconds, passages } => {
            let whose = gate.as_ref().map_or_else(|| "the lot".to_owned(), |gate| format!("gate {gate}"));
            let way = if *seconds < 0 { "behind" } else { "ahead" };
            format!("{passages} passages say that the clock of {whose} is {} s {way}", seconds.unsigned_abs())
        }
        Facts::BaseDataMissing { item } => format!("the base data have no {}", item_in_english(*item)),
        Facts::ChargingSpacesExceedTotal { charging, total } => {
            format!("{charging} charging spaces of {total} spaces in all")
        }
        Facts::OutsideDistrict { district, metres } => {
            format!("the position lies about {metres} m outside district {district}")
        }
        Facts::TotalMismatch { expected, received } => {
            format!("the base data have {expected} spaces, the lot's counts say {received}")
        }
        Facts::BaseDataLate { changed_at, within_hours } => format!(
            "the base data changed at {} and were not reported within {within_hours} hours",
            shown(*changed_at)
        ),
        Facts::AmendmentShare { amended, passages, allowed_permille } => format!(
            "{amended} of {passages} passages were amended after the fact; {}% are believed",
            percent(*allowed_permille)
        ),
        Facts::MissingRecord { direction, declared_at } => format!(
            "the lot's declaration of the day, of {}, has this {}; it was not received",
            shown(*declared_at),
            way_in_english(*direction)
        ),
        Facts::ChargesMissing { expected, received } => {
            format!("the lot's declaration of the day has {expected} charges; {received} were received")
        }
        Facts::VanishedRecord { direction, received_at, declared_at } => {
            let way = way_in_english(*direction);
            let before = received_at.map_or_else(
                || format!("an {way} that was declared before"),
                |at| format!("an {way} that was received at {}", shown(at)),
            );
            format!("{before} is not in the lot's declaration of the day, of {}", shown(*declared_at))
        }
    }
}

fn way_in_english(direction: Direction) -> &'static str {
    match direction {
        Direction::Entry => "entry",
        Direction::Exit => "exit",
    }
}

fn time_in_english(time: TimeOf) -> &'static str {
    match time {
        TimeOf::Passage => "the passage's time",
        TimeOf::SpaceCount => "the count's time",
        TimeOf::ChargeEnd => "the end of the charge",
        TimeOf::CarsInside => "the list's time",
    }
}

pub(crate) fn item_in_english(item: BaseDataItem) -> &'static str {
    match item {
        BaseDataItem::Name => "name",
        BaseDataItem::Code => "code",
        BaseDataItem::Category => "kind",
        BaseDataItem::District => "district",
        BaseDataItem::Address => "address",
        BaseDataItem::Position => "position",
        BaseDataItem::SpacesTotal => "number of spaces",
        BaseDataItem::ChargingSpaces => "number of charging spaces",
        BaseDataItem::Tariff => "tariff",
    }
}

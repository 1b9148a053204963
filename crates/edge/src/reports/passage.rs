//! `entry` and `exit`.

use super::fields::Fields;
use super::{About, ReportFault, form};
use bowei_model::{Direction, Passage, Payment, RecordId, Vehicle};

/// Reads a passage: what only leaving cars have is no field of an entry.
pub(super) fn read(
    fields: &mut Fields,
    about: About<'_>,
    direction: Direction,
) -> Result<Passage, ReportFault> {
    let record_id = RecordId::from(fields.needed("record_id", form::RECORD_ID)?);
    let at = fields.needed("at", form::MOMENT)?;
    let passage = Passage {
        plate: fields.optional("plate", form::PLATE)?.flatten(),
        plate_kind: fields.optional("plate_kind", form::PLATE_KIND)?,
        vehicle: vehicle(fields)?.or_none(),
        gate_code: fields.optional("gate", form::TEXT)?,
        gate: fields.optional("gate_name", form::TEXT)?,
        berth: fields.optional("berth", form::TEXT)?,
        reservation_code: fields.optional("booking", form::TEXT)?,
        photo_id: fields.optional("photo_id", form::RECORD_ID)?,
        vacant: fields.optional("vacant", form::WHOLE)?,
        charging_vacant: fields.optional("charging_vacant", form::WHOLE)?,
        abnormal: fields.optional("abnormal", form::FLAG)?,
        memo: fields.optional("memo", form::LONG_TEXT)?,
        ..Passage::new(about.lot.clone(), record_id, direction, at)
    };
    if direction == Direction::Entry {
        return Ok(passage);
    }
    Ok(Passage {
        entered_at: fields.optional("entered_at", form::MOMENT)?,
        minutes: fields.optional("minutes", form::WHOLE)?,
        payment: payment(fields)?,
        ..passage
    })
}

fn vehicle(fields: &mut Fields) -> Result<Vehicle, ReportFault> {
    Ok(Vehicle {
        color: fields.optional("color", form::TEXT)?,
        plate_color: fields.optional("plate_color", form::TEXT)?,
        brand: fields.optional("brand", form::TEXT)?,
        sub_brand: fields.optional("sub_brand", form::TEXT)?,
    })
}

fn payment(fields: &mut Fields) -> Result<Option<Payment>, ReportFault> {
    let payment = Payment {
        payable: fields.optional("payable", form::DECIMAL)?,
        paid: fields.optional("paid", form::DECIMAL)?,
        paid_at: fields.optional("paid_at", form::MOMENT)?,
        pay_kind: fields.optional("pay_kind", form::PAY_KIND)?,
    };
    Ok((payment != Payment::default()).then_some(payment))
}

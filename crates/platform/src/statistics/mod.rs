//! 报表: days, weeks and months in figures, held against the ones before.

mod accountability;
mod figures;
mod kept;
pub(crate) mod orders;
mod period;
pub(crate) mod quality;

pub(crate) use accountability::{Accountability, WeekItem};
pub(crate) use figures::{Figures, Group, Row, Table, gather};
pub(crate) use kept::{KeptReport, job, one as kept_report};
pub(crate) use period::{Period, PeriodKind, UnfitPeriod};
pub(crate) use quality::{DataQuality, latest as data_quality};

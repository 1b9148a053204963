//! What a paper must have: a part that is empty is an error before it is printed, not a heading with nothing below it.

use super::data::{Attachment, Table};
use super::error::PaperError;
use super::paper::Paper;

impl Paper {
    pub(super) fn check(&self) -> Result<(), PaperError> {
        let title = self.kind().title();
        let missing = self.required().into_iter().find(|&(_, is_there)| !is_there);
        if let Some((field, _)) = missing {
            return Err(PaperError::MissingData { title, field });
        }
        for table in self.tables() {
            let columns = table.columns.len();
            if let Some(row) = table.rows.iter().find(|row| row.len() != columns) {
                return Err(PaperError::UnevenTable { title, columns, cells: row.len() });
            }
        }
        Ok(())
    }

    /// The parts by their fields, and whether they are there.
    fn required(&self) -> Vec<(&'static str, bool)> {
        let text = |text: &str| !text.trim().is_empty();
        let texts = |texts: &[String]| !texts.is_empty() && texts.iter().all(|item| text(item));
        match self {
            Self::Order(order) => vec![
                ("party.name", text(&order.party.name)),
                ("lots", texts(&order.lots)),
                ("facts", !order.facts.is_empty()),
                ("facts.title", order.facts.iter().all(|fact| text(&fact.title))),
                ("facts.text", order.facts.iter().all(|fact| text(&fact.text))),
                ("evidence", !order.evidence.is_empty()),
                ("rules_broken", !order.rules_broken.is_empty()),
                ("basis", !order.basis.is_empty()),
                ("demands", texts(&order.demands)),
                ("consequences", texts(&order.consequences)),
                ("hearing_days", order.hearing_days > 0),
                ("date", order.number.is_none() || order.date.is_some()),
            ],
            Self::Review(review) => vec![
                ("party.name", text(&review.party.name)),
                ("lots", texts(&review.lots)),
                ("method", text(&review.method)),
                ("items", !review.items.is_empty()),
                ("items.demand", review.items.iter().all(|item| text(&item.demand))),
                ("items.found", review.items.iter().all(|item| text(&item.found))),
                ("date", review.number.is_none() || review.date.is_some()),
            ],
            Self::Receipt(receipt) => {
                vec![("document", text(&receipt.document)), ("recipient.name", text(&receipt.recipient.name))]
            }
            Self::Notice(notice) => vec![
                ("title", text(&notice.title)),
                ("addressees", texts(&notice.addressees)),
                ("introduction", text(&notice.introduction)),
                ("indicators", !notice.indicators.is_empty()),
                ("named.party.name", notice.named.iter().all(|named| text(&named.party.name))),
                ("named.reason", notice.named.iter().all(|named| text(&named.reason))),
                ("demands", texts(&notice.demands)),
                ("date", notice.number.is_none() || notice.date.is_some()),
            ],
            Self::Interview(interview) => vec![
                ("party.name", text(&interview.party.name)),
                ("reason", text(&interview.reason)),
                ("basis", !interview.basis.is_empty()),
                ("place", text(&interview.place)),
                ("interviewers", texts(&interview.interviewers)),
                ("attendees", texts(&interview.attendees)),
                ("matters", texts(&interview.matters)),
                ("date", interview.number.is_none() || interview.date.is_some()),
            ],
            Self::Report(report) => {
                vec![("title", text(&report.title)), ("sections", !report.sections.is_empty())]
            }
        }
    }

    fn tables(&self) -> Vec<&Table> {
        fn of(attachments: &[Attachment]) -> Vec<&Table> {
            attachments.iter().filter_map(|attachment| attachment.table.as_ref()).collect()
        }
        match self {
            Self::Order(order) => of(&order.attachments),
            Self::Review(review) => of(&review.attachments),
            Self::Receipt(_) => Vec::new(),
            Self::Notice(notice) => of(&notice.attachments),
            Self::Interview(interview) => of(&interview.attachments),
            Self::Report(report) => {
                report.sections.iter().filter_map(|section| section.table.as_ref()).collect()
            }
        }
    }
}

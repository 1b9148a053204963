//! What each paper says: plain data, filled by whoever makes the paper. Every field that a template may print is here,
//! under the name that the template uses; `docs/supervision/papers.md` lists them.

mod interview;
mod notice;
mod order;
mod receipt;
mod report;
mod review;
mod shared;

pub use interview::Interview;
pub use notice::{Indicator, Named, Notice, Standing};
pub use order::{Due, Fact, Order};
pub use receipt::{Manner, Proxy, Receipt};
pub use report::{Report, Section};
pub use review::{Conclusion, Review, Reviewed};
pub use shared::{Align, Attachment, Citation, Column, Evidence, Figure, Number, Party, Period, Table, Unit};

//! What can go wrong, and what to do then.

use std::io;

/// The outbox cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The folder cannot be read or written.
    #[error("the outbox's folder cannot be used ({what}): {error}")]
    Disk {
        /// What was being done.
        what: String,
        /// What the system says.
        error: io::Error,
    },
    /// The machine gives no thread.
    #[error("no thread for the outbox's writer: {0}")]
    Thread(io::Error),
    /// An uplink named twice, or with an empty or overlong name.
    #[error("uplink name {0:?}: give every uplink a name of its own of 1 to 64 bytes")]
    Name(String),
}

/// Entries were not taken: none of them is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnqueueError {
    /// The outbox is as large as it may be and has no picture left to drop.
    #[error(
        "磁盘将满，不再保存照片：可不带照片上报 the outbox has no room for photos: send the report without its photo, or raise max_bytes"
    )]
    PhotosRefused,
    /// The disk is full.
    #[error(
        "磁盘已满，请清理；此前已接收的不受影响 the disk is full: make room on it; what was taken before is safe"
    )]
    Full,
    /// The disk does not do what it is told.
    #[error(
        "磁盘写入失败，请检查磁盘，稍后重发 the disk fails, nothing was taken: send again later, and have the disk looked at: {why}"
    )]
    Disk {
        /// What the system says.
        why: String,
    },
    /// Larger than anything a lot sends.
    #[error("{what} of {size} where {max} is the most")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        size: usize,
        /// The most there may be.
        max: usize,
    },
    /// The gateway is stopping.
    #[error("网关正在停止，请稍后重发 the gateway is stopping: send again when it is back")]
    Closed,
}

/// A record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is none with the number, or there is none any more.
    #[error("no record with that number is kept")]
    Unknown,
    /// Its bytes are not what was written. They are set aside, and nobody is waiting for it any more.
    #[error("the record is damaged; its bytes are in the folder `damaged`")]
    Damaged,
    /// The disk does not give it back now.
    #[error("the disk fails: {why}")]
    Disk {
        /// What the system says.
        why: String,
    },
}

/// There is no picture to be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// None came with the record, or there is no such record.
    #[error("the record has no picture")]
    None,
    /// It made room, or its time was over.
    #[error("the picture is no longer kept")]
    Dropped,
    /// Its bytes are not what was written.
    #[error("the picture is damaged; its bytes are in the folder `damaged`")]
    Damaged,
    /// The disk does not give it back now.
    #[error("the disk fails: {why}")]
    Disk {
        /// What the system says.
        why: String,
    },
}

/// A dead letter was not sent again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetryFault {
    /// There is none with the number: it was retried already, or is too old.
    #[error("没有这个编号的记录待处理 no open dead letter has that number")]
    NoSuchLetter,
    /// Its uplink is no longer configured.
    #[error("edge.toml 中已没有平台 {0:?} uplink {0:?} is not configured")]
    NoSuchUplink(String),
    /// It could not be kept.
    #[error(transparent)]
    EnqueueError(#[from] EnqueueError),
}

/// A document was not saved: the one before is still there.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// Not a name of small letters, digits, `-` and `_`.
    #[error("document name {0:?}: at most 64 of a-z, 0-9, - and _")]
    Name(String),
    /// Larger than a document may be.
    #[error("a document of {bytes} bytes where {max} is the most")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The most there may be.
        max: usize,
    },
    /// The disk does not take it.
    #[error("the disk fails: {0}")]
    Disk(#[from] io::Error),
}
